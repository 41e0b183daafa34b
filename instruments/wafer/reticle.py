"""What one exposure prints: die types side by side, the sub-sites of each, and the device at each of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

Die = tuple[int, int]
"""Column and row, counted from the die nearest to the middle of the wafer: columns to the right, rows upwards."""

CLOSEST = 1e-6
"""Distance in m below which two sub-sites are one place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKind:
    """A device as it was drawn: an ellipse, and what is believed of such a junction."""

    name: str
    major_axis: float
    """m."""
    minor_axis: float
    """m."""
    junction: str = "fig5"
    """Preset or file of the junction that such a device is believed to be."""

    @property
    def area(self) -> float:
        """Area of the ellipse in m^2, by which resistance times area is reckoned."""
        return math.pi / 4 * self.major_axis * self.minor_axis


@dataclass(frozen=True, slots=True)
class SubSite:
    """A place on a die where the needles find the pads of one device."""

    name: str
    x: float
    """Middle of the pads from the middle of the die to the right, in m."""
    y: float
    """Upwards, in m."""
    device: DeviceKind
    route: str = ""
    """How a matrix of relays leads to it, where several devices lie behind these pads; else empty."""


@dataclass(frozen=True, slots=True)
class DieType:
    """A die of one drawing; its sub-sites in the order of the file."""

    name: str
    sites: tuple[SubSite, ...]

    def site(self, name: str) -> SubSite:
        """Return the sub-site of that name; KeyError where there is none."""
        for one in self.sites:
            if one.name == name:
                return one
        raise KeyError(name)

    def behind(self, site: SubSite) -> tuple[SubSite, ...]:
        """Return the sub-sites behind the pads of one, itself among them, in their order."""
        return tuple(one for one in self.sites if math.hypot(one.x - site.x, one.y - site.y) < CLOSEST)


@dataclass(frozen=True)
class Reticle:
    """The die types of one exposure, which is repeated over the wafer."""

    rows: tuple[tuple[str, ...], ...]
    """Names of die types; the lowest row first, each from the left."""
    first: Die = (0, 0)
    """A die that lies in the lower left corner of an exposure."""

    @cached_property
    def size(self) -> tuple[int, int]:
        """Columns and rows of one exposure, in dies."""
        return len(self.rows[0]), len(self.rows)

    def place(self, die: Die) -> Die:
        """Return column and row of a die within its exposure, from its lower left corner."""
        return (die[0] - self.first[0]) % self.size[0], (die[1] - self.first[1]) % self.size[1]

    def exposure(self, die: Die) -> Die:
        """Return column and row of the exposure that printed a die."""
        return (die[0] - self.first[0]) // self.size[0], (die[1] - self.first[1]) // self.size[1]

    def type_of(self, die: Die) -> str:
        """Return the name of the type of a die."""
        column, row = self.place(die)
        return self.rows[row][column]


def one_type(name: str) -> Reticle:
    """Return the reticle of a wafer whose dies are all alike."""
    return Reticle(((name,),))


TypesByName = Mapping[str, DieType]
