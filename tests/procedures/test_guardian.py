import subprocess
import sys

from smtjlab.procedures import guardian
from smtjlab.procedures.status import this_process


def dead_process():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return this_process() | {"pid": child.pid}


def test_an_engine_that_dies_under_the_guardians_hand_does_not_kill_the_guardian(monkeypatch):
    looks = iter([True, False])
    monkeypatch.setattr(guardian, "runs_here", lambda _: next(looks))
    guardian._end_engine(dead_process())
    assert next(looks, None) is None
