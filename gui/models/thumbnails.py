"""Small curves of runs: some readings of each, read in a thread, the run that was asked for last first."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smtjlab.procedures.run import Run

from .points import LEVEL, Points, swept

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading

MOST = 48
"""Readings of a small curve."""
LONGEST = 3000
"""Rows of a procedure with a loop of its own that are read for one; a longer run has none."""
WAITING = 60
"""Runs that may wait: more do not fit on a screen, and those that were scrolled past are not missed."""

Curve = Sequence[tuple[float, float]]
"""Points from 0 to 1 in both directions; empty where there is nothing to be drawn."""


class Thumbnails:
    """Small curves by run and by how it stood. `of` asks, `take` tells that some have come."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, str], Curve] = {}
        self._wanted: list[tuple[Path, str]] = []
        self._changed = threading.Condition()
        self._ends = self._came = False
        self._thread: threading.Thread | None = None

    def of(self, folder: Path, stand: str) -> Curve | None:
        """Return the curve of a run as it stands; None until it has been read."""
        key = (folder, stand)
        if key in self._known:
            return self._known[key]
        with self._changed:
            if key not in self._wanted:
                self._wanted = [*self._wanted[-WAITING:], key]
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="thumbnails", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return None

    def take(self) -> bool:
        """Return whether curves have come since the last call."""
        came, self._came = self._came, False
        return came

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._ends = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ends or self._wanted)
                if self._ends:
                    return
                key = self._wanted.pop()
            self._known[key] = curve_of(key[0])
            self._came = True


def curve_of(folder: Path) -> Curve:
    """Return the small curve of a run; raises nothing, for a list of runs shows those that cannot be read too."""
    try:
        return _scaled(_read(Run(folder)))
    except Exception:  # noqa: BLE001 - whoever shows the run is told what is wrong with it
        return ()


def _read(run: Run) -> list[tuple[float, float]]:
    """Return some readings of a run over what was swept, else over their number."""
    count = run.points_taken
    if (columns := run.meta.get("columns")) is not None:
        points = Points()
        points.add_rows(run.rows() if count <= LONGEST else [], columns)
        if points.value.column not in points.columns:
            return []
        heights = points.columns[points.value.column]
        return [(number, float(heights[number])) for number in range(0, points.count, max(1, points.count // MOST))]
    taken = sorted({round(place * (count - 1) / (MOST - 1)) for place in range(MOST)} if count else ())
    readings = [one for number in taken for one in run.readings(number - 1, 1)]
    abscissa = swept([one.setpoint for one in readings])
    return [(_place(one, number, abscissa), math.nan if one.value is None else one.value)
            for number, one in zip(taken, readings, strict=True)]  # fmt: skip


def _place(reading: Reading, number: int, abscissa: str | None) -> float:
    """Return where a reading lies along what was swept."""
    if abscissa is None:
        return number
    if abscissa.startswith(LEVEL):
        return reading.levels[abscissa.removeprefix(LEVEL)]
    value = getattr(reading, abscissa)
    return math.nan if value is None else float(value)


def _scaled(points: Sequence[tuple[float, float]]) -> Curve:
    known = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    if len(known) < 2:
        return ()
    xs, ys = zip(*known, strict=True)
    return tuple(zip(_unit(xs), _unit(ys), strict=True))


def _unit(values: Sequence[float]) -> list[float]:
    low, span = min(values), max(values) - min(values)
    return [(one - low) / span if span > 0 else 0.5 for one in values]
