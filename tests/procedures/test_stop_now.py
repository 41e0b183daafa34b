"""A stop that does not wait, on the served virtual bench under the real clock; the bench itself tells what is on."""

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import find_served
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.find import find_procedure
from smtjlab.procedures.start import submit
from smtjlab.procedures.status import State

STUCK = """
import pathlib
import time
from dataclasses import dataclass
from smtjlab.procedures import TransferCurve

@dataclass(frozen=True, kw_only=True)
class Stuck(TransferCurve):
    def measure(self, device, setpoint):
        reading = super().measure(device, setpoint)
        pathlib.Path({mark!r}).touch()
        time.sleep(60)
        return reading
"""


@pytest.fixture
def begin(out, tmp_path, wait_until):
    """Start a run on a bench whose clock is the world's, and return once it is at a point."""
    path = tmp_path / "real.toml"
    packaged = (PACKAGED / "virtual.toml").read_text()
    assert 'clock = "virtual"' in packaged
    path.write_text(packaged.replace('clock = "virtual"', 'clock = "real"'))
    clients = []

    def start(procedure, points):
        started = submit(procedure, bench=str(path), junction="fig5", model="static", out=out)
        clients.append(started)
        wait_until(lambda: started.run.points_taken >= points)
        return started

    yield start
    for client in clients:
        client.client.close()


def outputs(started):
    served = find_served(started.station.folder)
    if served is None:
        return {"gate": False, "junction": False}
    with ControlChannel(*served.control) as channel:
        return channel.outputs()


def safeties(run):
    return [event.payload for event in run.events() if event.kind == "safety"]


def test_an_exchange_under_way_is_cut_and_the_engine_makes_safe_itself(begin, wait_until):
    started = begin(TransferCurve(points=20, averaging=1000, nplc=10), points=0)
    wait_until(lambda: outputs(started)["junction"])
    started.stop(now=True)
    wait_until(lambda: started.run.status.ended)
    assert started.run.status is State.STOPPED
    assert outputs(started) == {"gate": False, "junction": False}
    assert all(found["safe"] for found in safeties(started.run))
    assert safeties(started.run)[-1]["by"] == "engine"
    assert not started.run.readings()


def test_where_a_procedure_does_not_come_back_a_second_session_makes_safe(begin, tmp_path, wait_until):
    mark = tmp_path / "stuck"
    (tmp_path / "stuck.py").write_text(STUCK.format(mark=str(mark)))
    stuck = find_procedure(f"{tmp_path / 'stuck.py'}:Stuck")
    started = begin(stuck(points=20, averaging=1, direction="up"), points=0)
    wait_until(mark.exists)
    started.stop(now=True)
    wait_until(lambda: safeties(started.run))
    assert not started.run.status.ended
    assert outputs(started) == {"gate": False, "junction": False}
    (found,) = safeties(started.run)
    assert (found["by"], found["safe"]) == ("second session", True)
