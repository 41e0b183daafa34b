"""A wafer as it was drawn: where its dies lie, of which type each is, and where on it the needles find which device."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from .reticle import Die as Die
from .reticle import DieType, Reticle, SubSite

MOST_DIES = 20_000
"""Dies of one wafer: a grid finer than this is refused."""


class Notch(StrEnum):
    """Where the notch points while columns count to the right and rows upwards."""

    DOWN = "down"
    LEFT = "left"
    UP = "up"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """One device of a wafer: a die and the name of a sub-site."""

    column: int
    row: int
    name: str

    @property
    def die(self) -> Die:
        """Return column and row."""
        return self.column, self.row

    def __str__(self) -> str:
        return f"{self.column},{self.row}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Wafer:
    """All lengths in m; places are counted from the middle of the wafer, x to the right, y upwards.

    Raises ValueError, in one sentence, where dies overlap, the rim leaves none, or a die that is excluded is not there.
    """

    name: str
    lot: str = ""
    diameter: float
    notch: Notch = Notch.DOWN
    edge: float = 0.0
    """Width of the rim that holds no whole die."""
    pitch: tuple[float, float]
    """Width and height of a die with its street."""
    size: tuple[float, float]
    """Width and height without the street."""
    offset: tuple[float, float] = (0.0, 0.0)
    """Where the middle of die 0,0 lies."""
    types: Mapping[str, DieType]
    reticle: Reticle
    excluded: frozenset[Die] = field(default_factory=frozenset)
    listed: frozenset[Die] | None = None
    """The dies that there are, where a map tells them; None stands for every whole one."""

    def __post_init__(self) -> None:
        for axis, pitch, size in zip(("wide", "high"), self.pitch, self.size, strict=True):
            if size > pitch:
                raise ValueError(
                    f"Dies must not overlap, but are {1e3 * size:g} mm {axis} at a pitch of {1e3 * pitch:g} mm"
                )
        if len(self.listed or ()) > MOST_DIES:
            raise ValueError(f"A wafer must hold at most {MOST_DIES} dies, but {len(self.listed or ())} are listed")
        if not self.printed:
            raise ValueError(
                f"A wafer of {1e3 * self.diameter:g} mm with a rim of {1e3 * self.edge:g} mm must hold a whole die, "
                "but holds none"
            )
        for die in sorted(self.excluded):
            if die not in self._is_printed:
                raise ValueError(f"A die that is excluded must lie on the wafer, but {die[0]},{die[1]} does not")

    @cached_property
    def printed(self) -> tuple[Die, ...]:
        """Every whole die, or those that are listed, excluded or not, by row and column. ValueError for too many."""
        if self.listed is not None:
            return tuple(sorted(self.listed, key=lambda die: (die[1], die[0])))
        (width, height), (right, up) = self.pitch, self.offset
        radius = self.diameter / 2 - self.edge
        across, along = 2 * radius / width, 2 * radius / height
        if across * along > 2 * MOST_DIES or max(across, along) > MOST_DIES:
            raise ValueError(
                f"A wafer must hold at most {MOST_DIES} dies, but a grid of {across:.6g} times {along:.6g} holds more"
            )
        columns = _indices(-radius, radius, width, right)
        rows = _indices(-radius, radius, height, up)
        return tuple((column, row) for row in rows for column in columns if self._is_whole((column, row), radius))

    @cached_property
    def dies(self) -> tuple[Die, ...]:
        """The dies that may be measured, by row and column."""
        return tuple(die for die in self.printed if die not in self.excluded)

    def __contains__(self, die: object) -> bool:
        return die in self._is_printed and die not in self.excluded

    def position(self, die: Die) -> tuple[float, float]:
        """Return the middle of a die, on the wafer or beyond it."""
        return self.offset[0] + die[0] * self.pitch[0], self.offset[1] + die[1] * self.pitch[1]

    def type_of(self, die: Die) -> DieType:
        """Return the type of a die."""
        return self.types[self.reticle.type_of(die)]

    def sub_site(self, site: Site) -> SubSite:
        """Return what was drawn at a site; KeyError where dies of its type have none of that name."""
        return self.type_of(site.die).site(site.name)

    def pads(self, site: Site) -> Site:
        """Return the site whose name the pads of a site have: the first of those that lie behind them."""
        drawn = self.sub_site(site)
        return Site(*site.die, self.type_of(site.die).behind(drawn)[0].name) if drawn.route else site

    def place(self, site: Site) -> tuple[float, float]:
        """Return where the needles find the pads of a site."""
        (x, y), drawn = self.position(site.die), self.sub_site(site)
        return x + drawn.x, y + drawn.y

    def from_home(self, site: Site) -> tuple[float, float]:
        """Return where the pads of a site lie from home, which is the middle of die 0,0."""
        (x, y), (right, up) = self.place(site), self.offset
        return x - right, y - up

    def sites(self, die: Die) -> Iterator[Site]:
        """Yield the sites of a die in the order of the file."""
        for one in self.type_of(die).sites:
            yield Site(*die, one.name)

    @property
    def all_sites(self) -> Iterator[Site]:
        """Yield every site that may be measured, die by die."""
        for die in self.dies:
            yield from self.sites(die)

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Least and greatest column, least and greatest row of the printed dies."""
        columns, rows = ([die[axis] for die in self.printed] for axis in (0, 1))
        return min(columns), max(columns), min(rows), max(rows)

    @cached_property
    def _is_printed(self) -> frozenset[Die]:
        return frozenset(self.printed)

    def _is_whole(self, die: Die, radius: float) -> bool:
        (x, y), (width, height) = self.position(die), self.size
        return math.hypot(abs(x) + width / 2, abs(y) + height / 2) <= radius


def _indices(low: float, high: float, pitch: float, offset: float) -> range:
    """Return the numbers of the middles that may lie between two places."""
    return range(math.ceil((low - offset) / pitch), math.floor((high - offset) / pitch) + 1)
