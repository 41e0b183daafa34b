"""The window on the virtual bench, through the real engine."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import replace

from smtjlab.gui import texts
from smtjlab.gui.models.follower import Seen
from smtjlab.gui.models.lab import Lab, News
from smtjlab.gui.models.run_feed import RunFeed
from smtjlab.gui.models.safe_now import Safety
from smtjlab.instruments.bench import PACKAGED
from smtjlab.procedures.run import Run

from .driving import PATIENCE, fill, pressed_run, told_safe, waited


def test_a_run_is_measured_and_shown_to_its_end(qtbot, window):
    pressed_run(qtbot, window, points="5")
    glance = waited(qtbot, window, "done")
    qtbot.waitUntil(lambda: "agrees" in window.run_bar.detail.text(), timeout=PATIENCE)
    assert glance.taken == 10
    assert texts.STATES["done"] in window.run_bar.state.text()
    assert "off" in window.bench._cards["gate"]._state.text()
    assert len(window.live.canvas.items) == 2


def test_a_field_that_is_wrong_says_so_and_run_says_why(qtbot, window):
    fill(window, points="1")
    assert not window.measurement.run.isEnabled()
    assert window.measurement.form.faults["points"].text().startswith("`points` must be")
    assert texts.FIELD_WRONG.format(fields="Points") in window.measurement.told.text()


def test_a_gate_beyond_the_limits_of_the_bench_is_told_before_anything_moves(qtbot, window):
    fill(window, stop="900 mV")
    qtbot.waitUntil(lambda: "600 mV" in window.measurement.form.faults["stop"].text(), timeout=PATIENCE)
    assert texts.FIELD_WRONG.format(fields="Stop") in window.measurement.told.text()
    assert not window.measurement.run.isEnabled()
    assert not list(window._lab.runs.glob("*/journal.sqlite"))


def test_a_run_pauses_goes_on_and_stops(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    waited(qtbot, window, "running")
    window.run_bar.pause.click()
    waited(qtbot, window, "paused")
    window.run_bar.pause.click()
    waited(qtbot, window, "running")
    window.run_bar.stop.click()
    assert waited(qtbot, window, "stopped").safe is True


def test_safe_now_ends_a_run_and_tells_what_was_read_back(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    waited(qtbot, window, "running")
    window.run_bar.safe.click()
    waited(qtbot, window, "stopped")
    told_safe(qtbot, window)


def test_a_second_press_starts_no_second_process(window, monkeypatch):
    begun = []
    monkeypatch.setattr(window._lab.safety, "_make_safe", begun.append)
    for _ in range(3):
        window.safe_now()
    time.sleep(0.2)
    assert begun == ["virtual"]


def test_a_bench_that_is_not_safe_stays_in_sight(window):
    window.run_bar.show_safety(Safety("station.toml", safe=False, text=""))
    window.run_bar.show_safety(Safety("virtual", safe=True, text=""))
    window.run_bar.show_nothing()
    assert "NOT SAFE" in window.run_bar.safety.text()
    assert "station.toml" in window.run_bar.safety.text()
    assert window.run_bar.safety.isVisible()


def test_a_run_that_is_only_looked_at_changes_neither_badge_nor_what_is_made_safe(qtbot, tmp_path, finished):
    text = PACKAGED.joinpath("virtual.toml").read_text(encoding="utf-8")
    metal = tmp_path / "metal.toml"
    metal.write_text(
        text[: text.index("\n[virtual]\n")]
        .replace("virtual bench", "metal")
        .replace("::0::", "::5025::", 1)
        .replace("::0::", "::5026::"),
        encoding="utf-8",
    )
    lab, pressed = Lab(str(metal), tmp_path), []
    lab.safety.press = lambda stations, benches: pressed.extend(benches)
    lab.show(finished.folder, by_hand=True)
    qtbot.waitUntil(lambda: lab.look() and lab.glance is not None, timeout=PATIENCE)
    lab.safe_now()
    assert (lab.simulated, lab.bench.name, lab.shown_elsewhere) == (False, "metal", "virtual bench")
    assert pressed == [str(metal)]
    lab.close()


def test_the_next_run_is_shown_when_one_has_ended(qtbot, window):
    for points in ("5", "4000"):
        pressed_run(qtbot, window, points=points)
    qtbot.waitUntil(lambda: window._lab.glance is not None and window._lab.glance.planned == 8000, timeout=PATIENCE)
    waited(qtbot, window, "running")
    window.run_bar.stop.click()
    waited(qtbot, window, "stopped")


def test_what_was_seen_of_the_run_before_is_not_drawn_as_the_next_one(window, finished, monkeypatch):
    feed = RunFeed(finished.folder)
    news = News(Seen(0, feed.look(), feed.points), [], [], [], begun=window._lab.runs / "2026-11-28-0123abcd")
    monkeypatch.setattr(window._lab, "look", lambda: news)
    window.look()
    assert window.live.canvas.curves is None
    assert window.run_bar.state.text() == texts.NO_RUN


def test_a_run_that_is_under_way_while_another_is_shown_is_told_and_one_press_away(qtbot, window):
    pressed_run(qtbot, window, points="5")
    done = waited(qtbot, window, "done")
    pressed_run(qtbot, window, points="4000")
    running = waited(qtbot, window, "running")
    bar, cards, looked = window.run_bar, window.bench._cards, window._lab._looked
    qtbot.waitUntil(lambda: window._lab._looked > looked + 1 and bool(window._lab._running), timeout=PATIENCE)
    assert bar.show_it.isHidden()
    window.show_run(done.folder, by_hand=True)
    assert waited(qtbot, window, "done").folder == done.folder
    qtbot.waitUntil(bar.show_it.isVisible, timeout=PATIENCE)
    assert f"Run {running.run} is under way" in bar.other.text()
    qtbot.waitUntil(lambda: "in use" in cards["gate"]._state.text(), timeout=PATIENCE)
    bar.show_it.click()
    assert waited(qtbot, window, "running").run == running.run
    qtbot.waitUntil(lambda: bar.show_it.isHidden() and "● on" in cards["gate"]._state.text(), timeout=PATIENCE)
    bar.stop.click()
    waited(qtbot, window, "stopped")


def test_safe_now_works_while_the_engine_hangs(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    engine = Run(waited(qtbot, window, "running").folder).meta["engine"]["pid"]
    os.kill(engine, signal.SIGSTOP)
    try:
        window.run_bar.safe.click()
        told_safe(qtbot, window)
    finally:
        with suppress(ProcessLookupError):  # its guardian has ended it
            os.kill(engine, signal.SIGCONT)


def test_a_self_check_tells_who_answers(qtbot, window):
    window.bench.check.click()
    qtbot.waitUntil(lambda: "All 2 instruments answer" in window.log.shown(), timeout=PATIENCE)
    assert window.bench.check.isEnabled()
    assert window.bench._cards["junction"]._state.text() == "○ off"
    assert "MODEL 2450" in window.bench._cards["gate"]._rows[2][1].text()


def test_a_window_that_is_closed_stops_nothing_and_the_next_finds_the_run(qtbot, window, tmp_path):
    from qtpy.QtCore import QSettings

    from smtjlab.gui.views.main_window import MainWindow

    pressed_run(qtbot, window, points="4000")
    run = Run(waited(qtbot, window, "running").folder)
    window.close()
    before = run.points_taken
    again = MainWindow(Lab("virtual", window._lab.runs), QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))
    try:
        qtbot.waitUntil(lambda: again._lab.glance is not None, timeout=PATIENCE)
        assert (again._lab.glance.folder.name, again._lab.glance.state) == (run.folder.name, "running")
        qtbot.waitUntil(lambda: run.points_taken > before, timeout=PATIENCE)
        again.run_bar.stop.click()
        assert waited(qtbot, again, "stopped").safe is True
    finally:
        again.close()
        again.deleteLater()


def test_a_gate_that_leaks_ends_the_run_in_words(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    waited(qtbot, window, "running")
    window.drawer.truth_wanted.emit()
    qtbot.waitUntil(lambda: "resistance_parallel" in window.drawer.truth.toPlainText(), timeout=PATIENCE)
    window.drawer.instrument.setCurrentText("gate")
    window.drawer.kind.setCurrentIndex(window.drawer.kind.findData("leakage_step"))
    window.drawer.fail.click()
    glance = waited(qtbot, window, "failed", "unsafe")
    assert "Gate must draw at most 20 nA" in glance.reason
    assert glance.reason in window.run_bar.detail.text()


def test_runs_wait_in_the_order_that_is_asked_for(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    running = waited(qtbot, window, "running").run
    for points in ("5", "6"):
        pressed_run(qtbot, window, points=points)
    qtbot.waitUntil(lambda: window.queue.list.count() == 2, timeout=PATIENCE)
    last = window.queue.list.item(1).text()
    window.queue.list.setCurrentRow(1)
    window.queue.first.click()
    qtbot.waitUntil(lambda: window.queue.list.item(0).text() == last, timeout=PATIENCE)
    window.queue.list.setCurrentRow(0)
    window.queue.remove.click()
    qtbot.waitUntil(lambda: window.queue.list.count() == 1, timeout=PATIENCE)
    window.run_bar.safe.click()
    waited(qtbot, window, "stopped")
    assert window._lab.glance.run == running
    qtbot.waitUntil(lambda: "Nothing is started" in window.queue.pause.text(), timeout=PATIENCE)


def test_runs_are_found_exported_and_drawn_beneath(qtbot, window):
    pressed_run(qtbot, window, points="5")
    waited(qtbot, window, "done")
    window.tabs.setCurrentWidget(window.results)
    qtbot.waitUntil(lambda: window.results.rows.rowCount() == 1, timeout=PATIENCE)
    window.results.search.setText("transfer nothing-like-it")
    assert window.results.rows.rowCount() == 0
    window.results.search.setText("transfer")
    window.results.table.selectRow(0)
    qtbot.waitUntil(lambda: "points\t5" in window.results.details.toPlainText(), timeout=PATIENCE)
    window.results.tags.setText("sample-7")
    window.results.tags.returnPressed.emit()
    qtbot.waitUntil(lambda: window.results.rows.rows[0].tags == ("sample-7",), timeout=PATIENCE)
    window.results.search.setText("sample-7")
    assert window.results._folders()
    window.results.export.click()
    window.results.overlay.click()
    qtbot.waitUntil(
        lambda: ".csv" in window.log.shown() and len(window.live.canvas.overlays.items) == 2, timeout=PATIENCE
    )


def test_a_run_in_the_table_is_followed_while_it_goes_on_and_what_is_typed_beside_it_stays(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    waited(qtbot, window, "running")
    window.tabs.setCurrentWidget(window.results)
    qtbot.waitUntil(lambda: window.results.rows.rowCount() == 1, timeout=PATIENCE)
    window.results.table.selectRow(0)
    window.results.tags.setText("half a wo")
    stand = window.results.rows.rows[0].stand
    qtbot.waitUntil(lambda: window.results.rows.rows[0].stand != stand, timeout=PATIENCE)
    assert window.results._folders() == [window.results.rows.rows[0].folder]
    assert window.results.tags.text() == "half a wo"
    window.run_bar.stop.click()
    qtbot.waitUntil(lambda: window.results.rows.rows[0].status == "stopped", timeout=PATIENCE)


def test_esc_pressed_twice_anywhere_makes_safe_and_once_does_not(qtbot, window, monkeypatch):
    from qtpy.QtCore import Qt

    asked = []
    monkeypatch.setattr(window._lab, "safe_now", lambda: asked.append("safe"))
    window.measurement.form.fields["stop"].setFocus()
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    assert asked == []
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    assert len(asked) == 1


def test_an_instrument_out_of_use_greys_run_until_it_has_answered(qtbot, window):
    qtbot.waitUntil(window.measurement.run.isEnabled, timeout=PATIENCE)
    card = window.bench._cards["gate"]
    card.use.click()
    assert "out of use" in card._state.text()
    qtbot.waitUntil(lambda: "`gate` is not" in window.measurement.told.text(), timeout=PATIENCE)
    assert not window.measurement.run.isEnabled()
    card.use.click()
    qtbot.waitUntil(window.measurement.run.isEnabled, timeout=PATIENCE)
    assert "`gate` is in use again" in window.log.shown()
    assert "off" in card._state.text()


def test_time_and_noise_of_a_virtual_bench_are_set_in_its_drawer(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    waited(qtbot, window, "running")
    window.tabs.setCurrentWidget(window.drawer)
    qtbot.waitUntil(lambda: "noise is as in the specifications" in window.drawer.pace.text(), timeout=PATIENCE)
    window.drawer.noise.setCurrentIndex(window.drawer.noise.findData("3"))
    window.drawer.set_pace.click()
    qtbot.waitUntil(lambda: "noise is 3 times" in window.drawer.pace.text(), timeout=PATIENCE)
    window.drawer.reveal.click()
    qtbot.waitUntil(lambda: "3 times the noise" in window.drawer.truth.toPlainText(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: "make 3 times the noise" in window.log.shown(), timeout=PATIENCE)  # its journal says so
    window.run_bar.stop.click()
    waited(qtbot, window, "stopped")


def test_all_columns_of_the_results_are_seen_at_once(qtbot, open_windows, finished):
    window = open_windows(folder=finished.folder.parent)
    window.tabs.setCurrentWidget(window.results)
    qtbot.waitUntil(lambda: window.results.rows.rowCount() == 1, timeout=PATIENCE)
    qtbot.waitUntil(window.results.table.isVisible, timeout=PATIENCE)
    assert window.results.table.horizontalHeader().length() <= window.results.table.viewport().width()


def test_what_is_chosen_stays_over_a_look_that_could_not_read_the_folder(qtbot, open_windows, finished):
    results = open_windows(folder=finished.folder.parent).results
    results.window().tabs.setCurrentWidget(results)
    qtbot.waitUntil(lambda: results._folders() == [finished.folder], timeout=PATIENCE)
    results.tags.setText("half a wo")
    rows, results._results.found = results._results.found, []
    results._show()
    assert results._folders() == []
    results._results.found = [replace(rows[0], status="running")]  # of its own no running one is chosen
    results._show()
    assert (results._folders(), results.tags.text()) == ([finished.folder], "half a wo")
