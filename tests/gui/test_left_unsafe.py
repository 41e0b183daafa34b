"""A bench that was left unsafe is told so until it was read back as safe."""

from dataclasses import replace

import pytest

from smtjlab.gui.models.lab import Lab, lines_of_safety
from smtjlab.gui.models.log_line import Severity
from smtjlab.gui.models.run_feed import RunFeed
from smtjlab.gui.models.safe_now import Safety
from smtjlab.procedures.status import State


@pytest.fixture
def lab(finished, tmp_path):
    """Return a lab that shows a run which left the gate as it was."""
    found = Lab("virtual", tmp_path)
    found.show(finished.folder)
    found.follower.close()
    found.follower.take = lambda: (None, [])
    glance = RunFeed(finished.folder).look()
    left = tuple({**one, "ok": one["instrument"] != "gate"} for one in glance.findings)
    found.glance = replace(glance, state=State.UNSAFE, safe=False, findings=left)
    yield found
    found.close()


def states(lab):
    return {one.name: one.state for one in lab.facts()}


def test_the_next_run_that_waits_or_is_refused_does_not_hide_it(lab, finished):
    unsafe = lab.glance
    lab.show(finished.folder)
    for state in (State.WAITING, State.FAILED):
        lab.glance = replace(unsafe, state=state, safe=None, findings=(), taken=0)
        assert states(lab)["gate"] == "not safe"
    lab.glance = replace(unsafe, state=State.RUNNING, safe=None, findings=(), latest={})
    assert states(lab)["gate"] == "in use"
    lab.show(finished.folder, by_hand=True)
    lab.glance = replace(unsafe, state=State.WAITING, findings=())
    assert states(lab) == {"gate": "", "junction": ""}


def test_safe_now_is_for_the_bench_that_was_left_so_and_ends_it(lab):
    pressed = []
    lab.safety.press = lambda stations, benches: pressed.extend(benches)
    lab.safe_now()
    assert pressed == ["virtual@smtj", "virtual"]
    lab.safety.take = lambda: [Safety("virtual@smtj", safe=True, text="")]
    lab.look()
    assert states(lab) == {"gate": "off", "junction": "off"}


def test_what_could_not_be_made_safe_is_one_alarm():
    found = Safety("virtual", safe=False, text="junction: Read back safe.\ngate: nobody answers.\n`bench` is NOT SAFE.")
    assert [line.severity for line in lines_of_safety(found)] == [Severity.WARNING, Severity.WARNING, Severity.ALARM]
