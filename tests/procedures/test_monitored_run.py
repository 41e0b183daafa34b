"""Monitors of a run, on the served virtual bench with its thermal stage: time is the bench's own."""

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.session import Session
from smtjlab.instruments.virtual.launch import ensure_served
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.start import RunFailed, measure
from smtjlab.procedures.station import Station
from smtjlab.procedures.status import State

SHORT = TransferCurve(points=5, direction="up", averaging=1)
STAGE = """
[monitors.stage]
instrument = "thermometer"
within = ["308 K", "312 K"]
resume = ["309 K", "311 K"]
every = "10 s"
patience = "{patience}"
"""


@pytest.fixture
def bench(out, tmp_path):
    """Return the path of a bench whose runs are held until the stage is at 310 K, and its station."""

    def write(patience):
        path = tmp_path / "stage.toml"
        path.write_text((PACKAGED / "full.toml").read_text() + STAGE.format(patience=patience))
        return path, Station.of(out.resolve(), Bench.load(path).name, path)

    return write


def heat(path, station, *messages):
    """Say something to the temperature controller, as somebody at its front panel would."""
    address = ensure_served(path, station.folder).addresses["thermometer"]
    with Session("@py", address, name="thermometer") as session:
        for message in messages:
            assert int(session.query(f"{message};*ESR?")) == 0


def held(run):
    return [e.payload["reason"] for e in run.events() if e.kind == "state" and e.payload["state"] == State.PAUSED]


def test_a_run_is_held_until_what_is_monitored_is_well_inside_its_band(bench, out):
    path, station = bench("2 h")
    heat(path, station, "*CLS;OUTMODE 1,1,1,0", "SETP 1,310", "RANGE 1,3")
    run = measure(SHORT, bench=str(path), junction="fig5", model="static", out=out)
    assert run.status is State.DONE
    assert run.points_taken == 5
    assert "the temperature of `thermometer` must lie within 308 K and 312 K, but is 30" in held(run)[0]
    noted = [event.payload["value"] for event in run.events() if event.kind == "monitor"]
    assert noted[0] < 308
    assert 309 <= noted[-1] <= 312


def test_a_run_that_is_held_too_long_fails_by_the_name_of_its_monitor(bench, out):
    path, _ = bench("5 min")
    with pytest.raises(RunFailed, match=r"Monitor `stage`: .* for 300 s already") as failed:
        measure(SHORT, bench=str(path), junction="fig5", model="static", out=out)
    assert failed.value.run.status is State.FAILED
    assert not failed.value.run.points_taken
