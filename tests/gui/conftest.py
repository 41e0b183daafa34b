"""A lab of its own for each test, and a window on it."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import pytest

from smtjlab.procedures import TransferCurve
from smtjlab.procedures.start import measure

OURS = ("follower", "inquiry", "desk", "errand", "safe", "stop now")
"""Threads of a window."""
SHORT = {"start": 0.0, "stop": 0.4, "points": 5, "direction": "both"}


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Return a run that has ended, with its model."""
    return measure(TransferCurve(**SHORT), bench="virtual@smtj", model="static", out=tmp_path_factory.mktemp("runs"))


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    """Return a window on a runs folder of its own; nothing of it is left behind."""
    from qtpy.QtCore import QSettings

    from smtjlab.gui.models.lab import Lab
    from smtjlab.gui.views.main_window import MainWindow
    from smtjlab.instruments.virtual.launch import stop_served

    (runs := tmp_path / "runs").mkdir()
    before = set(threading.enumerate())
    found = MainWindow(Lab("virtual", runs), QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    found.show()
    yield found
    found.close()
    found.deleteLater()
    for station in Path(runs, ".stations").glob("*/"):
        stop_served(station)
    gc.collect()
    deadline = time.monotonic() + 30
    while left := [one for one in threading.enumerate() if one not in before and one.name in OURS]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
