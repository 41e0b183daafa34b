"""A run is followed from its journals, each row read once."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from smtjlab.gui.models import run_feed
from smtjlab.gui.models.curves import Curves
from smtjlab.gui.models.log_line import Severity
from smtjlab.gui.models.run_feed import RunFeed
from smtjlab.instruments.quantity import parse_quantity
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL
from smtjlab.procedures.status import this_process


@pytest.fixture(scope="module")
def seen(finished):
    feed = RunFeed(finished.folder)
    return feed, feed.look()


def test_all_that_a_run_has_is_there_after_one_look(seen, finished):
    feed, glance = seen
    table = finished.frame()
    assert (glance.taken, glance.answered, glance.planned) == (10, 10, 10)
    for column, name in (("gate", "gate"), ("value", "conductance"), ("median", "median"), ("high95", "high95")):
        assert feed.points.columns[column].tolist() == table[name].tolist()


def test_a_second_look_reads_nothing_again(seen):
    feed, _ = seen
    again = feed.look()
    assert (again.taken, again.lines) == (10, ())


def test_residuals_are_those_of_the_median_in_half_widths_of_the_band(seen, finished):
    feed, _ = seen
    table = finished.frame()
    expected = (table.conductance - table["median"]) / ((table.high68 - table.low68) / 2)
    assert feed.points.residual(np.arange(10)) == pytest.approx(expected.to_numpy())


def test_what_is_swept_is_drawn_against(seen):
    _, glance = seen
    assert glance.swept == "gate"


def test_what_an_adaptive_run_sweeps_is_seen_once_it_has_proposed_it(finished, monkeypatch):
    with monkeypatch.context() as early:
        early.setattr("smtjlab.procedures.run.Run.setpoints", lambda run, at_most: [])
        feed = RunFeed(finished.folder)
    assert feed._swept is None
    assert feed.look().swept == "gate"


def test_each_branch_is_a_curve_of_its_own(seen):
    feed, glance = seen
    points = feed.points
    curves = Curves(points, points.axes()[0], points.value)
    curves.update(glance.taken, glance.answered)
    assert [(curve.branch, curve.count) for curve in curves.branches] == [("up", 5), ("down", 5)]
    assert np.all(np.diff(curves.branches[1].band().x) > 0)


def test_the_end_is_told_in_sentences(seen):
    _, glance = seen
    assert glance.lines[-1].text == "Done."
    assert {line.severity for line in glance.lines} == {Severity.NOTE}
    assert glance.safe is True


def test_the_last_reading_is_told_by_instrument_with_units(seen, finished):
    _, glance = seen
    last = finished.readings()[-1]
    told = [one for texts in glance.latest.values() for one in texts.split(", ")]
    read = [(last.gate, "V"), (last.gate_current, "A"), (last.bias, "V"), (last.current, "A")]
    assert [parse_quantity(text, unit=unit) for text, (_, unit) in zip(told, read, strict=True)] == [
        pytest.approx(value, rel=1e-4) for value, _ in read
    ]


def test_a_long_run_is_read_in_portions_each_of_which_is_shown(finished, monkeypatch):
    monkeypatch.setattr(run_feed, "PORTION", 4)
    feed, looks = RunFeed(finished.folder), []
    while not looks or looks[-1].behind:
        looks.append(feed.look())
    assert [look.taken for look in looks] == [4, 8, 10]
    assert [look.answered for look in looks] == [4, 8, 10]
    assert (looks[0].state, looks[-1].planned) == ("done", 10)
    assert feed.points.columns["median"].tolist() == finished.frame()["median"].tolist()


def test_what_was_there_before_is_no_rate(finished, monkeypatch):
    monkeypatch.setattr(run_feed, "PORTION", 4)
    feed = RunFeed(finished.folder)
    assert [feed.look().rate for _ in range(3)] == [0.0, 0.0, 0.0]


def test_what_was_read_back_before_a_run_was_resumed_says_nothing_of_how_it_ended(finished, tmp_path):
    resumed = Path(shutil.copytree(finished.folder, tmp_path / "resumed"))
    assert RunFeed(resumed).look().safe is True
    with Journal(resumed / JOURNAL) as journal:
        journal.note("resume", after="stopped", accepted=[])
        journal.note("engine", process=this_process() | {"started": -1.0})  # dead
        journal.note("state", state="running")
    glance = RunFeed(resumed).look()
    assert (glance.state, glance.safe, glance.findings) == ("interrupted", None, ())
    assert "Look at the bench" in glance.reason
    assert glance.lines[-1].severity is Severity.ALARM
