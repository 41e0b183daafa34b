"""A bench that was left unsafe is told so until it was read back as safe."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from smtjlab.gui.models.follower import Seen
from smtjlab.gui.models.lab import Lab, lines_of_safety
from smtjlab.gui.models.log_line import Severity
from smtjlab.gui.models.points import Points
from smtjlab.gui.models.run_feed import RunFeed
from smtjlab.gui.models.safe_now import Safety
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL
from smtjlab.procedures.status import State


@pytest.fixture
def lab(finished, tmp_path):
    """Return a lab that shows a run which left the gate as it was."""
    found = Lab("virtual", tmp_path)
    found.show(finished.folder)
    found.follower.close()
    glance = RunFeed(finished.folder).look()
    left = tuple({**one, "ok": one["instrument"] != "gate"} for one in glance.findings)
    seen(found, replace(glance, state=State.UNSAFE, safe=False, findings=left))
    yield found
    found.close()


def seen(lab, glance):
    """Let a lab look at a run that stands like this."""
    lab.follower.take = lambda: (Seen(lab._generation, glance, Points()), [])
    lab.look()
    lab.follower.take = lambda: (None, [])


def states(lab):
    return {one.name: one.state for one in lab.facts()}


def test_the_next_run_that_waits_or_is_refused_does_not_hide_it(lab, finished):
    unsafe = lab.glance
    lab.show(finished.folder)
    lab.show(finished.folder)  # before anything was seen of the one that was to be shown
    for state in (State.WAITING, State.FAILED, State.INTERRUPTED):
        seen(lab, replace(unsafe, run="next", state=state, safe=None, findings=(), taken=0))
        assert states(lab)["gate"] == "not safe"
    seen(lab, replace(unsafe, run="next", state=State.RUNNING, safe=None, findings=(), latest={}))
    assert states(lab)["gate"] == "in use"
    lab.show(finished.folder, by_hand=True)
    seen(lab, replace(unsafe, state=State.WAITING, findings=()))
    assert states(lab) == {"gate": "", "junction": ""}


def test_an_older_run_that_is_looked_at_calls_nothing_safe(lab, finished):
    done = RunFeed(finished.folder).look()
    lab.show(finished.folder, by_hand=True)
    seen(lab, replace(done, run="older"))
    assert states(lab)["gate"] == "not safe"
    pressed = []
    lab.safety.press = lambda stations, benches: pressed.extend(benches)
    lab.safe_now()
    assert pressed == ["virtual@smtj", "virtual"]
    lab.safety.take = lambda: [Safety("virtual@smtj", safe=True, text="")]
    lab.look()
    assert states(lab)["gate"] == "off"
    lab.safety.take = list
    lab.show(finished.folder, by_hand=True)
    seen(lab, replace(done, run="oldest"))
    assert states(lab) == {"gate": "", "junction": ""}


def test_safe_now_is_for_the_bench_that_was_left_so_and_ends_it(lab):
    unsafe, pressed = lab.glance, []
    lab.safety.press = lambda stations, benches: pressed.extend(benches)
    lab.safe_now()
    assert pressed == ["virtual@smtj", "virtual"]
    lab.safety.take = lambda: [Safety("virtual@smtj", safe=True, text="")]
    lab.look()
    assert states(lab) == {"gate": "off", "junction": "off"}
    lab.safety.take = list
    for state in (State.RUNNING, State.UNSAFE):  # the same run, resumed
        seen(lab, replace(unsafe, state=state))
    assert states(lab)["gate"] == "not safe"


def test_a_run_that_ends_unsafe_while_another_is_shown_is_told(qtbot, lab, finished, tmp_path):
    seen(lab, replace(lab.glance, state=State.RUNNING))
    hidden = Path(shutil.copytree(finished.folder, tmp_path / "hidden"))
    with Journal(hidden / JOURNAL) as journal:
        left = {"instrument": "gate", "ok": False, "text": "nobody answers."}
        journal.note("safety", by="guardian", safe=False, findings=[left])
    lab.show(finished.folder, by_hand=True)
    lab.desk.running = dict
    lab._running, lab._looked = {hidden: None}, 0.0
    lines = []
    qtbot.waitUntil(lambda: bool(lines.extend(lab.look().lines) or lines))
    assert [line.severity for line in lines] == [Severity.ALARM]
    assert f"{finished.id}, which is not shown: " in lines[0].text
    seen(lab, RunFeed(finished.folder).look())
    assert states(lab)["gate"] == "not safe"


def test_what_could_not_be_made_safe_is_one_alarm():
    found = Safety("virtual", safe=False, text="junction: Read back safe.\ngate: nobody answers.\n`bench` is NOT SAFE.")
    assert [line.severity for line in lines_of_safety(found)] == [Severity.WARNING, Severity.WARNING, Severity.ALARM]
