"""The cells in which a map draws the sites of a wafer, which of them are in view, and which lies beside which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.wafer.reticle import Die
from smtjlab.instruments.wafer.wafer import Site, Wafer

from .wafer_frame import Box

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

CLOSE = 10e-6
"""Distance in m within which a chuck is at a site: pads that lie closer are the same pads."""
OFF_LINE = 2.0
"""What a step to the side counts for against one straight on, when a neighbour is looked for."""


@dataclass(frozen=True)
class Cells:
    """Cells of sites by their numbers, in m from the middle of the wafer."""

    place: Places
    """Column and row of each in the grid, (sites, 2)."""
    middle: Floats
    """(sites, 2)."""
    size: tuple[float, float]
    """Width and height, alike for all."""

    @classmethod
    def of(cls, grid: Places, edges: tuple[Floats, Floats], many: int) -> Cells:
        """Return the cells of a grid of numbers (rows, columns) with its edges along x and y."""
        rows, columns = np.nonzero(grid >= 0)
        place = np.zeros((many, 2), np.intp)
        place[grid[rows, columns]] = np.stack([columns, rows], axis=1)
        along, up = edges
        middle = np.stack([(one[k - 1] + one[k]) / 2 for one, k in ((along, place[:, 0]), (up, place[:, 1]))], axis=1)
        return cls(place, middle, (float(along[1] - along[0]), float(up[1] - up[0])))

    def within(self, box: Box) -> Places:
        """Return the numbers of the cells whose middles are in view."""
        left, right, low, high = box
        x, y = self.middle.T
        return np.nonzero((left <= x) & (x <= right) & (low <= y) & (y <= high))[0]

    def beside(self, number: int, right: int, up: int) -> int:
        """Return the nearest cell in a direction, straight on before aside; itself where there is none."""
        return _nearest(self.place, number, right, up, np.ones(len(self.place), bool))

    def nearest(self, x: float, y: float) -> int:
        """Return the cell whose middle is nearest to a place."""
        return int(np.argmin(np.hypot(self.middle[:, 0] - x, self.middle[:, 1] - y)))


def die_beside(sites: tuple[Site, ...], number: int, right: int, up: int) -> int:
    """Return the sub-site of the same name on the nearest die in a direction; itself where there is none."""
    dies = np.array([site.die for site in sites])
    alike = np.array([site.name == sites[number].name for site in sites])
    return _nearest(dies, number, right, up, alike)


def box_of_die(wafer: Wafer, die: Die) -> Box:
    """Return where a die lies."""
    (x, y), (wide, high) = wafer.position(die), wafer.size
    return x - wide / 2, x + wide / 2, y - high / 2, y + high / 2


def box_of_reticle(wafer: Wafer, die: Die) -> Box:
    """Return where the exposure lies that printed a die."""
    column, row = (one - place for one, place in zip(die, wafer.reticle.place(die), strict=True))
    columns, rows = wafer.reticle.size
    first, last = box_of_die(wafer, (column, row)), box_of_die(wafer, (column + columns - 1, row + rows - 1))
    return first[0], last[1], first[2], last[3]


def dies_within(wafer: Wafer, box: Box) -> list[Die]:
    """Return the printed dies of which any part is in view."""
    ranges = []
    for axis, (low, high) in enumerate((box[:2], box[2:])):
        first, last = ((one - wafer.offset[axis]) / wafer.pitch[axis] for one in (low, high))
        ends = wafer.box[2 * axis : 2 * axis + 2]
        ranges.append(range(max(ends[0], round(first)), min(ends[1], round(last)) + 1))
    known = frozenset(wafer.printed) if ranges[0] and ranges[1] else frozenset()
    return [(column, row) for row in ranges[1] for column in ranges[0] if (column, row) in known]


def _nearest(places: Places, number: int, right: int, up: int, allowed: NDArray[np.bool_]) -> int:
    way = places - places[number]
    along, aside = way @ [right, up], np.abs(way @ [up, right])
    ahead = allowed & (along > 0) & (aside <= along)
    if not ahead.any():
        return number
    cost = np.where(ahead, along + OFF_LINE * aside, np.inf)
    return int(np.argmin(cost))
