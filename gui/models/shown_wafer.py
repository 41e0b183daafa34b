"""What a wafer's map shows: the run of a wafer, or several over each other; both are coloured and told in one way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .wafer_colours import ON_LIGHT, Colouring, Colours, Legend, Palette, brief, coloured, on_scale, told, words
from .wafer_sites import BIN, STATE, WaferSites

Floats = NDArray[np.float64]


class ShownWafer(Protocol):
    """Sites with names of what they may be coloured by."""

    @property
    def sites(self) -> WaferSites:
        """Where they lie."""

    def offers(self) -> list[tuple[str, str]]:
        """Return what sites may be coloured by: a name and words."""

    def colouring(self, by: str, ramps: tuple[Colours, Colours], palette: Palette) -> Colouring:
        """Return the colours of sites."""

    def told(self, number: int) -> list[str]:
        """Return what is known of a site, in lines."""

    def brief(self, number: int, by: str) -> str:
        """Return what a site is coloured by, in a word."""


@dataclass(frozen=True)
class RunOfWafer:
    """The wafer of one run."""

    sites: WaferSites

    def offers(self) -> list[tuple[str, str]]:
        """Return state, bin and the figures that there are."""
        return [(name, words(name)) for name in (STATE, BIN, *self.sites.known())]

    def colouring(self, by: str, ramps: tuple[Colours, Colours], palette: Palette) -> Colouring:
        """Return the colours of sites."""
        return coloured(self.sites, by, ramps, palette)

    def told(self, number: int) -> list[str]:
        """Return what is known of a site, in lines."""
        return told(self.sites, number)

    def brief(self, number: int, by: str) -> str:
        """Return what a site is coloured by, in a word."""
        return brief(self.sites, number, by)


@dataclass(frozen=True)
class StackedMap:
    """A number at each place of stacked wafers."""

    name: str
    """What it is, in words."""
    values: Floats
    """(sites,), in the unit; nan where there is none."""
    unit: str
    ends: tuple[float, float]
    """Of its scale."""

    def told(self, number: int, digits: int = 4) -> str:
        """Return the number of a site with its unit; empty where there is none."""
        value = float(self.values[number])
        return f"{value:.{digits}g} {self.unit}".rstrip() if np.isfinite(value) else ""


@dataclass(frozen=True)
class WafersStacked:
    """Several wafers over each other."""

    sites: WaferSites
    maps: tuple[StackedMap, ...]
    sentence: str
    """Of how many wafers and devices, and their yield."""

    def offers(self) -> list[tuple[str, str]]:
        """Return the maps that there are."""
        return [(one.name, one.name) for one in self.maps]

    def colouring(self, by: str, ramps: tuple[Colours, Colours], palette: Palette = ON_LIGHT) -> Colouring:
        """Return the colours of sites."""
        one = self._map(by)
        low, high = (f"{end:.4g} {one.unit}".rstrip() for end in one.ends)
        return on_scale(one.values, one.ends, ramps[0], Legend(low=low, high=high, title=one.name), palette)

    def told(self, number: int) -> list[str]:
        """Return what is known of a place over all wafers, in lines."""
        found = [f"{one.name}: {told}" for one in self.maps if (told := one.told(number))]
        return [str(self.sites.sites[number]), *found]

    def brief(self, number: int, by: str) -> str:
        """Return what a place is coloured by, in a word."""
        return self._map(by).told(number, 3)

    def _map(self, by: str) -> StackedMap:
        return next((one for one in self.maps if one.name == by), self.maps[0])
