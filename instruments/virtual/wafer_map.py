"""What a prober knows of a wafer: its dies, which of them are tested in which order, their sub-sites and their bins."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

Die = tuple[int, int]
"""Column and row, counted from the die in the middle of the wafer: columns to the right, rows upwards."""

START_CORNERS = {"ul": (1, -1), "ur": (-1, -1), "ll": (1, 1), "lr": (-1, 1)}
"""Direction in which columns and rows are walked from each corner."""
LARGEST_MAP = 20_000
"""Dies of one map: a grid finer than this is refused."""


@dataclass(frozen=True, slots=True)
class Subsite:
    """A place on every die."""

    name: str
    x: float
    """Distance from the middle of the die to the right, in m."""
    y: float
    """Distance upwards, in m."""


@dataclass(slots=True)
class WaferMap:
    """A map of one wafer. All lengths are in m; dies count from the middle of the wafer."""

    diameter: float = 0.1
    pitch: tuple[float, float] = (10e-3, 10e-3)
    """Width and height of a die with its street."""
    street: tuple[float, float] = (100e-6, 100e-6)
    offset: tuple[float, float] = (0.0, 0.0)
    edge: float = 3e-3
    """Width of the rim that holds no whole die."""
    home: Die = (0, 0)
    """The die that lies under the needles at the home position."""
    start: str = "ul"
    priority: str = "wr"
    """`r` or `c`: rows or columns first; with `w` every other one backwards."""
    present: set[Die] = field(default_factory=set)
    selected: set[Die] = field(default_factory=set)
    subsites: list[Subsite] = field(default_factory=lambda: [Subsite("0", 0.0, 0.0)])
    bins: dict[tuple[int, int, int], int] = field(default_factory=dict)
    _route: list[Die] | None = None

    def __post_init__(self) -> None:
        if not self.present:
            self.lay_out()

    def lay_out(self) -> None:
        """Fill the wafer with whole dies; ValueError where that is more than a map holds."""
        (width, height), (right, up) = self.pitch, self.offset
        radius = self.diameter / 2 - self.edge
        columns, rows = math.ceil(radius / width), math.ceil(radius / height)
        if (2 * columns + 1) * (2 * rows + 1) > LARGEST_MAP:
            raise ValueError(f"A map must hold at most {LARGEST_MAP} dies, but would hold more.")
        self._take(
            (column, row)
            for column in range(-columns, columns + 1)
            for row in range(-rows, rows + 1)
            if math.hypot(
                abs(column * width + right) + width / 2,
                abs(row * height + up) + height / 2,
            )
            <= radius
        )

    def lay_out_rectangle(self, columns: int, rows: int) -> None:
        """Take `columns` times `rows` dies, the home die in their middle; ValueError where that is none or too many."""
        if not (columns > 0 and rows > 0 and columns * rows <= LARGEST_MAP):
            raise ValueError(f"A map must hold 1 to {LARGEST_MAP} dies, but would hold {columns} times {rows}.")
        self._take((x - columns // 2, y - rows // 2) for x in range(columns) for y in range(rows))

    def _take(self, dies: object) -> None:
        self.present = set(dies)  # type: ignore[call-overload]
        self.selected = set(self.present)
        self.bins.clear()
        self._route = None

    def select(self, die: Die, chosen: bool) -> None:
        """Test a die, or do not."""
        (self.selected.add if chosen else self.selected.discard)(die)
        self._route = None

    def add(self, die: Die) -> None:
        """Add a die, and test it; ValueError where the map is full."""
        if len(self.present) >= LARGEST_MAP:
            raise ValueError(f"A map must hold at most {LARGEST_MAP} dies, but is full.")
        self.present.add(die)
        self.select(die, chosen=True)

    def remove(self, die: Die) -> None:
        """Take a die out of the map."""
        self.present.discard(die)
        self.select(die, chosen=False)

    def walk(self, start: str, priority: str) -> None:
        """Change the order in which dies are tested; ValueError for what is no order."""
        if start not in START_CORNERS or priority not in ("r", "c", "wr", "wc"):
            raise ValueError(f"A route must have a corner and a priority, but has {start!r} and {priority!r}.")
        self.start, self.priority, self._route = start, priority, None

    @property
    def route(self) -> list[Die]:
        """Return the dies to be tested, in their order."""
        if self._route is None:
            self._route = self._ordered()
        return self._route

    def _ordered(self) -> list[Die]:
        right, up = START_CORNERS[self.start]
        by_row = self.priority.endswith("r")
        step = (up, right) if by_row else (right, up)  # of the slow and of the fast direction
        lines: dict[int, list[Die]] = {}
        for column, row in self.selected:
            lines.setdefault(row if by_row else column, []).append((column, row))
        ordered: list[Die] = []
        for number, line in enumerate(sorted(lines, key=lambda position: position * step[0])):
            backwards = -1 if self.priority.startswith("w") and number % 2 else 1
            fast = 0 if by_row else 1
            ordered += sorted(lines[line], key=lambda die: die[fast] * step[1] * backwards)
        return ordered

    def position(self, die: Die, site: int) -> tuple[float, float]:
        """Return where a site of a die lies from the home position, in m."""
        subsite = self.subsites[site]
        return (
            (die[0] - self.home[0]) * self.pitch[0] + subsite.x,
            (die[1] - self.home[1]) * self.pitch[1] + subsite.y,
        )

    @property
    def size(self) -> tuple[int, int]:
        """Return how many columns and rows the map spans."""
        columns, rows = ({die[axis] for die in self.present} or {0} for axis in (0, 1))
        return max(columns) - min(columns) + 1, max(rows) - min(rows) + 1
