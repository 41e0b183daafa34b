"""Touchdowns by pads. Pads are known by where they lie; no two places that are read back are quite the same."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

SAME_PADS = 10e-6
"""Distance in m within which two places are the same pads."""

Place = tuple[float, float]
"""m from home."""


class PadCounts:
    """How often the pads at each place were touched. The first place of a pad is where it counts from."""

    def __init__(self) -> None:
        self._counts: dict[Place, int] = {}
        self._near: dict[tuple[int, int], list[Place]] = defaultdict(list)

    def __getitem__(self, place: Place) -> int:
        """Return how often the pads at a place were touched."""
        found = self._known(place)
        return 0 if found is None else self._counts[found]

    def add(self, place: Place, count: int = 1) -> None:
        """Take it that the pads at a place were touched `count` times more."""
        found = self._known(place)
        if found is None:
            found = place
            self._counts[found] = 0
            self._near[_square(found)].append(found)
        self._counts[found] += count

    def _known(self, place: Place) -> Place | None:
        """Return the nearest place of known pads that are the same; None where there are none."""
        return min(
            (one for one in self._around(place) if math.dist(one, place) <= SAME_PADS),
            key=lambda one: math.dist(one, place),
            default=None,
        )

    def _around(self, place: Place) -> Iterator[Place]:
        column, row = _square(place)
        for right in (-1, 0, 1):
            for up in (-1, 0, 1):
                yield from self._near.get((column + right, row + up), ())


def _square(place: Place) -> tuple[int, int]:
    return math.floor(place[0] / SAME_PADS), math.floor(place[1] / SAME_PADS)
