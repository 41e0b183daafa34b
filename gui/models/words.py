"""Times as a person says them."""

from __future__ import annotations

from datetime import datetime


def duration(seconds: float) -> str:
    """Return a time in s as a person says it."""
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def clock_time(wall: float) -> str:
    """Return a Unix time in s as hours, minutes and seconds of this place, with the day where that is not today."""
    told, now = datetime.fromtimestamp(wall).astimezone(), datetime.now().astimezone()
    return told.strftime("%H:%M:%S" if told.date() == now.date() else "%Y-%m-%d %H:%M:%S")
