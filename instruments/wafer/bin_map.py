"""A printed map of one wafer: lines from above with a bin for each die, and what its file tells of the wafer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from smtjlab.instruments.errors import WaferFileError

from .coordinates import Convention
from .reticle import Die, DieType, one_type
from .wafer import Notch, Wafer

PASS, FAIL = "Pass", "Fail"
MOST_CELLS = 200_000
"""Places of a map from a stranger."""


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin as a map defines it."""

    number: int
    name: str = ""
    good: bool = False

    @property
    def quality(self) -> str:
        """`Pass` or `Fail`, as map files have it."""
        return PASS if self.good else FAIL


@dataclass(frozen=True, kw_only=True)
class BinMap:
    """A map as it is printed with the notch where it says."""

    wafer: str
    lot: str = ""
    notch: Notch = Notch.DOWN
    lines: tuple[tuple[int | None, ...], ...]
    """Bins, the upper line first, each from the left; None where no die is."""
    bins: tuple[Bin, ...] = ()
    pitch: tuple[float, float] | None = None
    """Width and height of a die with its street in m, as printed."""
    diameter: float | None = None
    """m."""

    @classmethod
    def of(cls, wafer: Wafer, bins: Mapping[Die, int], definitions: Sequence[Bin] = (), *, untested: int = 0) -> Self:
        """Return the map of a wafer; dies without a bin get `untested`. ValueError for a die off the wafer."""
        counting = Convention(notch=wafer.notch).on(wafer)
        lines: list[list[int | None]] = [[None] * counting.columns for _ in range(counting.rows)]
        for die in bins:
            if die not in wafer:
                raise ValueError(f"A die of a map must lie on the wafer, but {die[0]},{die[1]} does not")
        for die in wafer.dies:
            line, place = counting.cell(die)
            lines[line][place] = bins.get(die, untested)
        return cls(
            wafer=wafer.name,
            lot=wafer.lot,
            notch=wafer.notch,
            lines=tuple(map(tuple, lines)),
            bins=tuple(definitions),
            pitch=wafer.pitch,
            diameter=wafer.diameter,
        )

    @property
    def columns(self) -> int:
        """Length of a line."""
        return len(self.lines[0])

    @cached_property
    def counts(self) -> Counter[int]:
        """Dies of each bin."""
        return Counter(one for line in self.lines for one in line if one is not None)

    @property
    def definitions(self) -> tuple[Bin, ...]:
        """Every bin that a die has, those that nobody defined as failed."""
        told = {one.number: one for one in self.bins}
        return tuple(told.get(number, Bin(number)) for number in sorted(self.counts))

    def on(self, wafer: Wafer) -> dict[Die, int]:
        """Return the bins by die of a wafer that was drawn alike. Raises WaferFileError where it was not."""
        counting = Convention(notch=self.notch).on(wafer)
        if (len(self.lines), self.columns) != (counting.rows, counting.columns):
            raise WaferFileError(
                f"The map of {self.wafer!r} must have {counting.rows} lines of {counting.columns} places as wafer "
                f"{wafer.name!r} has, but has {len(self.lines)} of {self.columns}."
            )
        found = {
            counting.at(line, place): one
            for line, row in enumerate(self.lines)
            for place, one in enumerate(row)
            if one is not None
        }
        for die in sorted(set(found) - set(wafer.printed)):
            raise WaferFileError(
                f"A die of the map of {self.wafer!r} must lie on wafer {wafer.name!r}, but {die[0]},{die[1]} does not."
            )
        return found

    def drawn(self, die_type: DieType, *, diameter: float, pitch: tuple[float, float]) -> Wafer:
        """Return a wafer whose dies are those of the map, all of one type, the grid's middle on that of the wafer.

        What the map itself tells of diameter and pitch comes first.
        """
        width, height = self.pitch or pitch
        columns, rows = self.columns, len(self.lines)
        dies = {
            (place - columns // 2, rows - 1 - line - rows // 2)
            for line, row in enumerate(self.lines)
            for place, one in enumerate(row)
            if one is not None
        }
        middle = (columns - 1) / 2 - columns // 2, (rows - 1) / 2 - rows // 2
        return Wafer(
            name=self.wafer,
            lot=self.lot,
            notch=self.notch,
            diameter=self.diameter or diameter,
            pitch=(width, height),
            size=(width, height),
            offset=(-middle[0] * width, -middle[1] * height),
            types={die_type.name: die_type},
            reticle=one_type(die_type.name),
            listed=frozenset(dies),
        )
