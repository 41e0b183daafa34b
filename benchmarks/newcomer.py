"""A newcomer's path through the window, offscreen: `smtjlab gui`, Run with what stands there, and the report is saved.

    python benchmarks/newcomer.py

The time of each leg is printed, from the start of the process, and the whole beside its goal of a minute. Nobody reads
or thinks here: every button is pressed as soon as it can be.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

GOAL = 60.0
"""s"""
Leg = tuple[str, Callable[[], bool], Callable[[], object]]
"""What is waited for in words, whether it has come, and what is done then."""


def legs(window: Any) -> Iterator[Leg]:
    """Yield the legs of the path, one after another."""
    bar, run, results = window.run_bar, window.measurement.run, window.results
    yield "the window is there", window.isVisible, lambda: None
    yield "Run can be pressed", run.isEnabled, run.click
    yield "the first reading is drawn", lambda: bar.progress.value() > 0, lambda: None
    yield "done, bench safe", bar.report.isVisible, lambda: window.tabs.setCurrentWidget(results)
    yield "the run is chosen under Results", results.report.isEnabled, results.report.click
    yield "the report is saved", lambda: "The report of" in window.log.shown(), window.close


def walk(application: Any, begun: float) -> Iterator[bool]:
    """Walk the path in the first window that is there, a look at each step; yield whether it has been walked."""
    from smtjlab.gui.views.main_window import MainWindow

    while not (windows := [one for one in application.topLevelWidgets() if isinstance(one, MainWindow)]):
        yield False
    for words, come, act in legs(windows[0]):
        while not come():
            yield False
        took = time.time() - begun
        print(f"{took:6.2f} s  {words}", flush=True)
        act()
    print(f"{took / GOAL:.2f} of the goal")
    yield True


def main() -> None:
    """Walk, and print what each leg took."""
    begun, folder = psutil.Process().create_time(), tempfile.mkdtemp()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["XDG_CONFIG_HOME"] = folder  # a newcomer has no settings
    from qtpy.QtCore import Qt, QTimer
    from qtpy.QtWidgets import QApplication

    from smtjlab.cli.main import main as smtjlab

    for attribute in (Qt.ApplicationAttribute.AA_EnableHighDpiScaling, Qt.ApplicationAttribute.AA_UseHighDpiPixmaps):
        QApplication.setAttribute(attribute)
    application = QApplication(["smtjlab"])
    steps = walk(application, begun)
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: next(steps) and timer.stop())
    timer.start()
    sys.argv = ["smtjlab", "gui", "--out", str(Path(folder) / "runs")]
    smtjlab()


if __name__ == "__main__":
    main()
