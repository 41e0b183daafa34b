"""How long Qt's thread is busy with each event of the window beside a run and its model, for a minute.

    python benchmarks/window_events.py [--seconds 60] [--rate 500]

The window is opened offscreen on the virtual bench, and a telegraph trace with the shortest integration is handed in
through the real engine, the static model beside it: the bench gives what it can, and the rate that came is printed.
Then that run is written once more by another process, readings and expectations, `--rate` of them a second, and the
window follows it as any run that goes on. Each is watched as a telegraph trace and as a curve, `--seconds` long.

Each event that Qt delivers is timed, nested ones within the one that brought them: processor time of Qt's thread, and
wall time, as median, p99 and maximum, beside the goal of 16 ms of a processor. Events over it are named by their
receiver and kind. That `notify` is a method in Python adds some microseconds to each event; they are counted too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyqt5")

import numpy as np
from qtpy.QtCore import QEvent, QObject, QSettings
from qtpy.QtWidgets import QApplication

from smtjlab.gui.models.lab import Lab
from smtjlab.gui.views.garbage import search_seldom
from smtjlab.gui.views.main_window import MainWindow
from smtjlab.instruments.virtual.launch import stop_served

FRAME = 16e-3
"""s"""
PATIENCE = 120.0
"""s"""
FASTEST = 1000
"""Readings a second that no bench comes to."""
VIEWS = (("telegraph view", True), ("curve", False))
PLAYER = Path(__file__).with_name("played_run.py")


class Timed(QApplication):
    """Times every event that it delivers, the outermost ones."""

    def __init__(self) -> None:
        super().__init__([])
        self.taken: list[tuple[float, float, str]] = []
        """Processor time and wall time in s, receiver and kind."""
        self._depth = 0

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Deliver an event."""
        self._depth += 1
        name, kind = type(receiver).__name__, int(event.type())  # asked first: neither may be there afterwards
        wall, busy = time.perf_counter(), time.thread_time()
        try:
            return bool(super().notify(receiver, event))
        finally:
            self._depth -= 1
            if self._depth == 0:
                busy, wall = time.thread_time() - busy, time.perf_counter() - wall
                self.taken.append((busy, wall, f"{name} {kind}"))


def wait(application: Timed, reached: Callable[[], bool]) -> None:
    """Let the window live until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise SystemExit("The run did not come to where it should.")
        application.processEvents()
        time.sleep(0.01)


def measure(window: MainWindow, application: Timed, readings: int) -> None:
    """Hand in a long trace, and wait until it is measured."""
    form = window.measurement
    form.procedure.setCurrentIndex(form.procedure.findText("telegraph-trace"))
    form.model.setCurrentText("static")
    for name, text in {"readings": str(readings), "settle": "0 s"}.items():
        form.form.fields[name].setText(text)
        form.form.fields[name].textEdited.emit(text)
    wait(application, form.run.isEnabled)
    form.run.click()
    wait(application, lambda: window._lab.glance is not None and window._lab.glance.answered > 200)


def watch(window: MainWindow, application: Timed, seconds: float, name: str) -> None:
    """Let the run go on in each view, and print what its events took."""
    for view, shown in VIEWS:
        window.live.closer_button.setChecked(shown)
        application.taken.clear()
        begun, before = time.monotonic(), window._lab.glance
        while time.monotonic() - begun < seconds:
            application.processEvents()
            time.sleep(0.001)
        now, passed = window._lab.glance, time.monotonic() - begun
        rate = (now.taken - before.taken) / passed
        left = f"{now.taken} in all, the model {now.taken - now.answered} behind"
        print(f"{name}, {view}, {passed:.0f} s: {rate:.0f} points/s, {left}")
        report(application.taken, passed)


def report(taken: list[tuple[float, float, str]], passed: float) -> None:
    busy, wall = (np.array([one[place] for one in taken]) for place in (0, 1))
    for name, values in (("processor", busy), ("wall", wall)):
        middle, high = np.quantile(values, (0.5, 0.99))
        print(
            f"{name:>11}: p50 {1e3 * middle:.2f} ms, p99 {1e3 * high:.1f} ms, maximum {1e3 * values.max():.1f} ms; "
            f"{middle / FRAME:.3f}, {high / FRAME:.2f} and {values.max() / FRAME:.2f} of the goal"
        )
    over = Counter(name for one, _, name in taken if one > FRAME)
    named = ", ".join(f"{count} of {name}" for name, count in over.most_common(5))
    print(f"{len(taken):>11} events, {sum(over.values())} over the goal{': ' if named else ''}{named}")
    print(f"             Qt's thread has {100 * busy.sum() / passed:.0f} % of a processor", flush=True)


def main() -> None:
    """Open, run, watch, stop, play it again, watch, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=500.0)
    words = parser.parse_args()
    place = Path(tempfile.mkdtemp())
    application, player = Timed(), None
    window = MainWindow(Lab("virtual", place), QSettings(str(place / "s.ini"), QSettings.Format.IniFormat))
    window.show()
    search_seldom(window)
    try:
        measure(window, application, int(len(VIEWS) * words.seconds * FASTEST))
        watch(window, application, words.seconds, "measured")
        window.run_bar.stop.click()
        wait(application, lambda: window._lab.glance.state.ended and window._lab.glance.answered > 0)
        measured, folder = window._lab.glance.folder, place / "2026-11-27-5a1e0003"
        wait(application, lambda: window._lab.glance.answered == window._lab.glance.taken)
        player = subprocess.Popen([sys.executable, PLAYER, measured, folder, str(words.rate)])
        wait(application, (folder / "expectation.sqlite").is_file)
        window.show_run(folder, by_hand=True)
        wait(application, lambda: window._lab.glance is not None and window._lab.glance.answered > 200)
        watch(window, application, words.seconds, "written again")
    finally:
        if player is not None:
            player.kill()
            player.wait()
        window.close()
        for station in place.glob(".stations/*/"):
            stop_served(station)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
