"""Run folders made by hand, so that what reads them can be tested without an engine."""

import ctypes
import time

import psutil
import pytest

from smtjlab.instruments.bench import find_bench
from smtjlab.instruments.private_bench import InProcessBench, read_once, with_settings
from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.instruments.virtual.launch import stop_served
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.status import this_process


def reading(gate, value=5e-4):
    return Reading(
        setpoint=Setpoint(gate=gate, bias=0.1, branch="up"),
        value=value,
        uncertainty=Uncertainty(independent=1e-9),
        stimuli=(),
        time=0.0,
        gate=gate,
        gate_current=1e-12,
        bias=0.1,
        current=5e-5,
    )


@pytest.fixture
def make_run(tmp_path):
    def make(run_id, *states, day="2026-11-23", readings=0, engine=None, safe=None):
        folder = tmp_path / "runs" / f"{day}-{run_id}"
        folder.mkdir(parents=True)
        facts = {
            "id": run_id,
            "created": f"{day}T10:00:00.000+00:00",
            "procedure_name": "transfer-curve",
            "planned": 5,
            "engine": engine or this_process(),
            "simulated": True,
        }
        with Journal.create(folder / JOURNAL, facts) as journal:
            for state in states:
                journal.note("state", state=state)
            for number in range(readings):
                journal.append(number, reading(0.1 * number).to_dict())
            if safe is not None:
                journal.note("safety", by="guardian", safe=safe, findings=[])
        return Run(folder)

    return make


@pytest.fixture
def wait_until():
    """Return when a condition holds; fail with it after some seconds. The condition is the world's, not ours."""

    def wait(condition, seconds=60.0):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come about"
            time.sleep(0.01)

    return wait


@pytest.fixture
def out(tmp_path):
    """A runs folder; its virtual bench and its engine end with the test."""
    yield tmp_path / "runs"
    for station in (tmp_path / "runs" / ".stations").glob("*"):
        stop_served(station)
        for process in psutil.process_iter(["cmdline"]):
            if str(station) in (process.info["cmdline"] or []):
                process.kill()


@pytest.fixture
def reading_at():
    """Return the function that makes a reading at a gate voltage in V."""
    return reading


@pytest.fixture
def through_the_wire(measured_on):
    """Return a function: truth of a device and a procedure in, its readings on a virtual bench of that truth out."""

    def taken(truth, procedure, seed=1):
        before, _, _ = find_bench("virtual").read_text(encoding="utf-8").partition("[truth.device]")
        return measured_on(f"{before}[truth.device]\n{truth}\n", procedure, seed)[0]

    return taken


@pytest.fixture
def measured_on(tmp_path):
    """Return a function: text of a bench file and a procedure in, its readings and the hidden junction out."""

    def measured(text, procedure, seed=1):
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        bench = with_settings(read_once(path, in_process=True), seed=seed, clock=None, factor=None)
        with InProcessBench(bench) as private:
            device = private.open().device
            setpoints = procedure.setpoints()
            device.check(setpoints)
            procedure.prepare(device)
            readings = [procedure.measure(device, setpoint) for setpoint in setpoints]
            return readings, private.virtual.truth.devices["device"].junction

    return measured


@pytest.fixture
def as_nobody_else():
    """Return what a new process does first to give up root's power to write where nobody may; for others nothing."""
    return _without_override


def _without_override():
    for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7))
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP (prctl(2))
