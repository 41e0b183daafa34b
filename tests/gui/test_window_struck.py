"""What strikes while a run goes on, and what the window says and does then: real engine, real guardian, real bench."""

import subprocess
import sys

import pytest
from qtpy.QtCore import Qt

from smtjlab.gui import texts
from smtjlab.procedures.run import Run, run_folders

from .driving import (
    PATIENCE,
    engine_of,
    full_disk,
    guardian_of,
    measuring,
    outputs_of,
    pressed_run,
    seen_in_log,
    told_off,
    told_safe,
    until,
    waited,
)

WINDOW = """
import sys
from pathlib import Path
from qtpy.QtCore import QSettings, QTimer
from qtpy.QtWidgets import QApplication
from smtjlab.gui.models.lab import Lab
from smtjlab.gui.views.main_window import MainWindow
application = QApplication([])
runs = Path(sys.argv[1])
window = MainWindow(Lab("virtual", runs), QSettings(str(runs / "settings.ini"), QSettings.IniFormat))
window.show()
window.measurement.form.fields["points"].setText("60")
window.measurement.form.fields["points"].textEdited.emit("60")
window.measurement.model.setCurrentText("static")
presses = QTimer(window, interval=50)
presses.timeout.connect(lambda: window.measurement.run.isEnabled() and (presses.stop(), window.measurement.run.click()))
presses.start()
application.exec_()
"""
"""A window in which somebody presses Run."""


def test_an_engine_that_is_killed_is_told_in_words_and_the_next_run_begins(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    killed = measuring(qtbot, window)
    engine_of(killed).kill()
    seen_in_log(qtbot, window, "The guardian made the bench safe and read it back.")
    assert window._lab.glance.state == "interrupted"
    assert texts.STATES["interrupted"] in window.run_bar.state.text()
    assert "The engine died after" in window.run_bar.detail.text()
    told_off(qtbot, window)
    assert not any(outputs_of(window).values())
    pressed_run(qtbot, window, points="5")
    assert waited(qtbot, window, "done", after=killed.run).taken == 10


def test_engine_and_guardian_hang_and_safe_now_makes_safe_all_the_same(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    glance = measuring(qtbot, window)
    engine, guardian = engine_of(glance), guardian_of(glance)
    assert any(outputs_of(window).values())
    engine.suspend()
    guardian.kill()
    try:
        for _ in range(2):
            qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
        told_safe(qtbot, window)
        assert not any(outputs_of(window).values())
        told_off(qtbot, window)
    finally:
        engine.resume()
    assert waited(qtbot, window, "stopped", "failed").safe is True


def test_an_instrument_that_is_lost_ends_the_run_safe_and_is_shown_as_lost(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    measuring(qtbot, window)
    window.drawer.fault_wanted.emit("junction:drop@#0")
    glance = waited(qtbot, window, "failed")
    assert glance.safe is True
    told_off(qtbot, window)
    assert "`junction` must be reachable at" in window.run_bar.detail.text()
    window.drawer.fault_wanted.emit("junction:drop@#0,count=1000000")
    until(qtbot, window, lambda: window.log.shown().count("A fault is awaited") == 2)
    window.bench.check.click()
    seen_in_log(qtbot, window, "junction: `junction` must be reachable at")
    cards = window.bench._cards
    assert (cards["gate"]._state.text(), cards["junction"]._state.text()) == ("○ off", "▲ lost")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_disk_that_is_full_ends_the_run_safe_and_is_told_in_a_sentence(qtbot, window, monkeypatch):
    pressed_run(qtbot, window, points="4000")
    full = measuring(qtbot, window)
    with full_disk(monkeypatch, engine_of(full), *engine_of(full).children()):
        glance = waited(qtbot, window, "interrupted")
        seen_in_log(qtbot, window, f"Look at the bench. The disk of {full.folder} is full.")
        assert f"The disk of {full.folder} is full" in window.run_bar.detail.text()
        qtbot.waitUntil(lambda: not any(outputs_of(window).values()), timeout=PATIENCE)
        assert len(Run(full.folder).readings()) == glance.taken
    window.run_bar.safe.click()
    told_safe(qtbot, window)
    pressed_run(qtbot, window, points="5")
    assert waited(qtbot, window, "done", after=full.run).taken == 10


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_what_a_full_disk_does_not_take_is_told_and_what_was_there_stays(qtbot, window, monkeypatch):
    plan = window._lab.runs / "plan.json"
    plan.write_text("of yesterday")
    pressed_run(qtbot, window, points="5")
    waited(qtbot, window, "done")
    qtbot.waitUntil(lambda: window.live.svg() is not None, timeout=PATIENCE)
    window.measurement.add.click()
    with full_disk(monkeypatch):
        for key in (Qt.Key.Key_F11, Qt.Key.Key_F12):
            qtbot.keyClick(window, key)
        window.plan.write(plan)
        for name in (".svg", ".png", "plan.json"):
            seen_in_log(qtbot, window, f"{name} must be written, but cannot be: File too large.")
    assert (plan.read_text(), window.plan.list.count()) == ("of yesterday", 1)
    assert not [file for kind in ("png", "svg") for file in window._lab.runs.rglob(f"*.{kind}*")]


def test_a_window_that_is_killed_stops_nothing_and_the_next_shows_every_point(qtbot, open_windows, tmp_path):
    runs = tmp_path / "runs"
    killed = subprocess.Popen([sys.executable, "-c", WINDOW, str(runs)])
    qtbot.waitUntil(lambda: bool(run_folders(runs)), timeout=PATIENCE)
    run = Run(run_folders(runs)[0])
    qtbot.waitUntil(lambda: run.points_taken > 3, timeout=PATIENCE)
    killed.kill()
    killed.wait()
    assert run.points_taken < 120
    qtbot.waitUntil(lambda: run.status.ended, timeout=PATIENCE)
    window = open_windows()
    window.tabs.setCurrentWidget(window.results)
    qtbot.waitUntil(lambda: window.results.rows.rowCount() == 1, timeout=PATIENCE)
    window.results.show_wanted.emit(window.results.rows.rows[0].folder)
    glance = waited(qtbot, window, "done")
    assert (glance.folder, glance.taken, glance.safe) == (run.folder, 120, True)
    qtbot.waitUntil(lambda: window.live.canvas.curves.points.count == 120, timeout=PATIENCE)
