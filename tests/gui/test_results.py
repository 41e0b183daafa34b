"""The list of runs: found by any word, shown as it was read, with a small curve of each."""

import time

import pytest

from smtjlab.gui.models import results as module
from smtjlab.gui.models.desk import Desk
from smtjlab.gui.models.results import Result, Results
from smtjlab.gui.models.thumbnails import Thumbnails, curve_of
from smtjlab.gui.views.results_view import ResultsView
from smtjlab.gui.views.theme import LIGHT, put_on
from smtjlab.procedures.run_notes import RunNotes, change

ROW = {
    "id": "0a6d1d58", "procedure": "transfer-curve", "status": "done", "points_taken": 22, "points_planned": 22,
    "start": "2026-11-27T14:57:40+00:00", "verdict": "agrees: chi2", "tags": ["sample-7"], "folder": "/runs/one",
}  # fmt: skip


def waited(ask):
    end = time.monotonic() + 30
    while not (found := ask()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


@pytest.fixture
def results(tmp_path):
    found = Results(tmp_path)
    yield found
    found.close()


def test_each_word_of_a_search_may_stand_anywhere(results, monkeypatch):
    rows = [Result.of(ROW), Result.of(ROW | {"tags": [], "procedure": "field-loop"})]
    monkeypatch.setattr(module, "_read", lambda _: (rows, ""))
    results.refresh()
    waited(results.take)
    for words, many in (("", 2), ("SAMPLE-7 transfer", 1), ("done 22", 2), ("sample-8", 0)):
        results.search(words)
        assert len(results.found) == many


def test_what_has_not_changed_is_not_shown_again(results, monkeypatch):
    monkeypatch.setattr(module, "_read", lambda _: ([Result.of(ROW)], ""))
    results.refresh()
    waited(results.take)
    results.refresh()
    while results._inquiry.pending:
        time.sleep(0.01)
    assert not results.take()


def test_a_run_is_told_by_what_changes_while_it_goes_on():
    running = Result.of(ROW | {"status": "running", "points_taken": 3})
    assert not running.ended
    assert Result.of(ROW).ended
    assert running.stand != Result.of(ROW).stand


def test_a_small_curve_is_that_of_the_run_in_its_frame(finished):
    curve = curve_of(finished.folder)
    frame = finished.frame()
    gates = (frame.gate - frame.gate.min()) / (frame.gate.max() - frame.gate.min())
    heights = (frame.conductance - frame.conductance.min()) / (frame.conductance.max() - frame.conductance.min())
    assert [x for x, _ in curve] == pytest.approx(gates.tolist())
    assert [y for _, y in curve] == pytest.approx(heights.tolist())


def test_a_run_that_cannot_be_read_has_no_curve_and_keeps_nobody_waiting(tmp_path, finished):
    curves = Thumbnails()
    for folder in (tmp_path, finished.folder):
        assert curves.of(folder, "done") is None
    waited(lambda: curves.of(finished.folder, "done"))
    waited(curves.take)
    assert waited(lambda: curves.of(tmp_path, "done") is not None)
    assert curves.of(tmp_path, "done") == ()
    curves.close()


def test_tags_are_put_on_all_runs_and_taken_from_those_that_have_them(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    change(one, lambda notes: notes.tagged(["old"]))
    desk = Desk("virtual", tmp_path)
    desk.tag([one, other], ["sample-7"], ["old"])
    told = waited(desk.take)
    desk.close()
    assert [RunNotes.read(folder).tags for folder in (one, other)] == [("sample-7",), ("sample-7",)]
    assert told[0].text.count("sample-7") == 2


def test_what_is_no_tag_is_told(tmp_path):
    desk = Desk("virtual", tmp_path)
    desk.tag([tmp_path], ["two words"], [])
    assert "must be one word" in waited(desk.take)[0].fault
    desk.close()


def test_points_of_thousands_are_read_whole(qtbot, qapp, results):
    put_on(qapp, LIGHT)
    view = ResultsView(results)
    qtbot.addWidget(view)
    view.show()
    view.rows.show_rows([Result.of(ROW | {"status": "stopped", "points_taken": 1500, "points_planned": 4096})])
    for column in range(4):
        assert view.table.sizeHintForColumn(column) <= view.table.columnWidth(column), column
    view.close_threads()
