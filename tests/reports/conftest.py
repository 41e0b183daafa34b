"""Run folders made by hand: a junction that is what is believed, or is not, read with noise of a fixed seed."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import EXPECTATION, JOURNAL, JUNCTION, Run
from smtjlab.procedures.status import this_process
from smtjlab.reports.page import page
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.belief_evaluator import BeliefEvaluator
from smtjlab.simulation.expectation import Expectation

NOISE = 2e-8
FACTS = {
    "id": "abcd0123",
    "created": "2026-11-23T10:00:00.000+00:00",
    "procedure": "smtjlab.procedures.transfer_curve:TransferCurve",
    "procedure_name": "transfer-curve",
    "parameters": {"stop": {"value": 0.4, "unit": "V"}, "poling": {"value": "twice <em>up</em>", "unit": ""}},
    "bench": "virtual bench",
    "limits": {"gate": {"voltage": [0.0, 0.6], "slew": 0.5, "current": 1e-7, "leakage": None}},
    "junction": "fig5-die",
    "model": "boltzmann",
    "seed": 7,
    "versions": {"python": "3.11"},
    "hashes": {"bench": "0" * 64},
    "simulated": True,
    "identities": {"gate": "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001,1.7.12b"},
}


def conductance(junction, gate):
    return BeliefEvaluator(Belief(junction), "boltzmann")(np.zeros((1, 0)), np.asarray(gate)[None, :])[0]


def read(gate, value, branch="up", flags=(), stimuli=()):
    return Reading(
        setpoint=Setpoint(gate=gate, bias=0.1, branch=branch),
        value=value,
        uncertainty=Uncertainty(independent=NOISE, common={"gain": 2e-4 * (value or 0.0)}, gate={"gate offset": 1e-4}),
        stimuli=stimuli,
        time=float(gate),
        gate=gate,
        gate_current=1e-12,
        bias=0.1,
        current=None,
        flags=frozenset(flags),
    )


def expect_of(median, gate):
    band = {"low68": median * 0.98, "high68": median * 1.02, "low95": median * 0.96, "high95": median * 1.04}
    parts = {"parameters": 1e-5, "thermal": 4e-11, "model": 0.0, "instrument": 1e-7}
    return Expectation(median=median, parts=parts, slope=0.0, effective_gate=gate, **band)


def sweep(junction, points=81, branches=("up", "down"), stop=0.4, seed=1):
    """Return readings of a junction as it is, with noise."""
    up = np.linspace(0, stop, points)
    noise = np.random.default_rng(seed)
    gates = {"up": up, "down": up[::-1], "": up}
    return [
        read(float(v), float(g) + NOISE * noise.standard_normal(), branch)
        for branch in branches
        for v, g in zip(gates[branch], conductance(junction, gates[branch]), strict=True)
    ]


@pytest.fixture(scope="session")
def belief():
    return Belief.load("fig5-die")


def write_run(folder, belief, readings=None, *, expected=None, states=("running", "done"), engine=None, facts=None):
    """`expected` is the number of readings that the model answered; all of them where not given."""
    folder.mkdir()
    readings = sweep(belief.junction) if readings is None else readings
    answered = readings if expected is None else readings[:expected]
    (folder / JUNCTION).write_text(belief.to_toml(), encoding="utf-8")
    meta = FACTS | {"planned": 162, "engine": engine or this_process()} | (facts or {})
    with Journal.create(folder / JOURNAL, meta) as journal:
        for state in states:
            journal.note("state", state=state, reason="the probe was lifted" if state == "failed" else None)
        for number, reading in enumerate(readings):
            journal.append(number, reading.to_dict())
    if answered:
        gates = np.array([reading.gate for reading in answered])
        with Journal.create(folder / EXPECTATION, {"id": meta["id"]}) as journal:
            for number, (v, g) in enumerate(zip(gates, conductance(belief.junction, gates), strict=True)):
                journal.append(number, expect_of(float(g), float(v)).to_dict())
    return Run(folder)


@pytest.fixture
def make_run(tmp_path, belief):
    def make(*arguments, name="2026-11-23-abcd0123", **options):
        return write_run(tmp_path / name, belief, *arguments, **options)

    return make


@pytest.fixture(scope="session")
def usual(tmp_path_factory, belief):
    """Return a usual run and its page: made once, for it takes seconds."""
    run = write_run(tmp_path_factory.mktemp("runs") / "2026-11-23-abcd0123", belief)
    return run, page(run)


@pytest.fixture
def flag():
    def put(reading, *flags, value=None):
        return replace(reading, value=value, flags=frozenset(flags))

    return put
