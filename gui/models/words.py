"""Moments and runs as a person says them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path


def clock_time(wall: float) -> str:
    """Return a Unix time in s as hours, minutes and seconds of this place, with the day where that is not today."""
    told, now = datetime.fromtimestamp(wall).astimezone(), datetime.now().astimezone()
    return told.strftime("%H:%M:%S" if told.date() == now.date() else "%Y-%m-%d %H:%M:%S")


def id_of(folder: Path) -> str:
    """Return the id of the run in a folder, as its name ends with it."""
    return folder.name[-8:]
