"""How others count dies: from which corner, in which directions, with the notch where.

Terms and defaults of SEMI E142, as public descriptions of it tell them: `OriginLocation` (lower left) says where die
(0, 0) lies, `AxisDirection` (up, right) where rows and columns count to, `Orientation` how far the notch is turned,
here clockwise from below. The standard itself was not at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from .reticle import Die
from .wafer import Notch, Wafer

ORIENTATIONS = {Notch.DOWN: 0, Notch.LEFT: 90, Notch.UP: 180, Notch.RIGHT: 270}
"""Degrees by which a wafer with its notch below was turned clockwise."""


class Origin(StrEnum):
    """Where the die lies that is counted first."""

    LOWER_LEFT = "LowerLeft"
    LOWER_RIGHT = "LowerRight"
    UPPER_LEFT = "UpperLeft"
    UPPER_RIGHT = "UpperRight"
    CENTER = "Center"


class Axes(StrEnum):
    """Where rows, then columns, count to."""

    UP_RIGHT = "UpRight"
    UP_LEFT = "UpLeft"
    DOWN_RIGHT = "DownRight"
    DOWN_LEFT = "DownLeft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """A way to count dies. Numbers of a corner's convention begin with `first`; from the middle they have signs."""

    notch: Notch = Notch.DOWN
    origin: Origin = Origin.LOWER_LEFT
    axes: Axes = Axes.UP_RIGHT
    first: int = 0

    def on(self, wafer: Wafer) -> Counting:
        """Return this convention for one wafer: the corner is that of the smallest rectangle around its dies."""
        return Counting(self, wafer)


class Counting:
    """Turns columns and rows of a wafer into those of a convention, and back."""

    def __init__(self, convention: Convention, wafer: Wafer) -> None:
        quarters = (ORIENTATIONS[convention.notch] - ORIENTATIONS[wafer.notch]) // 90 % 4
        self._turn, self._back = _TURNS[quarters], _TURNS[-quarters % 4]
        left, right, low, high = wafer.box
        corners = [self._turn((column, row)) for column in (left, right) for row in (low, high)]
        columns, rows = zip(*corners, strict=True)
        self.columns, self.rows = max(columns) - min(columns) + 1, max(rows) - min(rows) + 1
        """Size of the rectangle around the dies, as it is turned."""
        self._x = 1 if convention.axes.endswith("Right") else -1
        self._y = 1 if convention.axes.startswith("Up") else -1
        self._low = min(columns), min(rows)
        origin = convention.origin
        at_x = max(columns) if origin.endswith("Right") else min(columns)
        at_y = max(rows) if origin.startswith("Upper") else min(rows)
        self._origin = (0, 0) if origin is Origin.CENTER else (at_x, at_y)
        self._first = 0 if origin is Origin.CENTER else convention.first

    def number(self, die: Die) -> Die:
        """Return the numbers that a die of the wafer has in the convention."""
        column, row = self._turn(die)
        return (
            self._x * (column - self._origin[0]) + self._first,
            self._y * (row - self._origin[1]) + self._first,
        )

    def die(self, number: Die) -> Die:
        """Return the die of the wafer that has these numbers in the convention."""
        return self._back((
            self._x * (number[0] - self._first) + self._origin[0],
            self._y * (number[1] - self._first) + self._origin[1],
        ))  # fmt: skip

    def cell(self, die: Die) -> tuple[int, int]:
        """Return line and place in the line of a die in a printed map, the line on top first."""
        column, row = self._turn(die)
        return self._low[1] + self.rows - 1 - row, column - self._low[0]

    def at(self, line: int, place: int) -> Die:
        """Return the die at a place of a printed map."""
        return self._back((self._low[0] + place, self._low[1] + self.rows - 1 - line))


def _turn(quarters: int) -> Callable[[Die], Die]:
    """Return the turn of a grid clockwise by so many quarters: what was on the right is below after one."""
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters]

    def turned(die: Die) -> Die:
        return cosine * die[0] + sine * die[1], cosine * die[1] - sine * die[0]

    return turned


_TURNS = tuple(map(_turn, range(4)))
