"""A lab of its own for each test, and a window on it, of which nothing may be left."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from smtjlab.procedures import TransferCurve
from smtjlab.procedures.start import measure

SHORT = {"start": 0.0, "stop": 0.4, "points": 5, "direction": "both"}


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Return a run that has ended, with its model."""
    return measure(TransferCurve(**SHORT), bench="virtual@smtj", model="static", out=tmp_path_factory.mktemp("runs"))


@pytest.fixture
def open_windows(qapp, tmp_path):
    """Return what opens a window on the runs folder of this test.

    Afterwards every one is closed, and neither widget nor thread is left, Qt has not complained, no thread but Qt's
    own has touched it, and nothing of it was left to a collector that runs in any thread.
    """
    from qtpy.QtCore import QSettings

    from smtjlab.gui.models.lab import Lab
    from smtjlab.gui.views.main_window import MainWindow

    from .driving import ended
    from .left_behind import circles_found, complaints_heard, foreign_threads_watched, threads_left, windows_of

    (runs := tmp_path / "runs").mkdir()
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    threads, widgets, windows = set(threading.enumerate()), windows_of(qapp), []

    def opened(bench="virtual", folder=runs):
        windows.append(MainWindow(Lab(bench, folder), settings))
        windows[-1].show()
        return windows[-1]

    with foreign_threads_watched() as touched, circles_found() as circles:
        yield opened
    with complaints_heard() as told:
        while windows:
            windows[-1].close()
            windows.pop().deleteLater()
        widgets = windows_of(qapp) - widgets
    for station in Path(runs, ".stations").glob("*/"):
        ended(station)
    assert not (left := threads_left(threads)), left
    assert not widgets, widgets
    assert not told, told
    assert not touched, touched
    assert not circles, circles


@pytest.fixture
def window(open_windows):
    """Return a window on the virtual bench."""
    return open_windows()
