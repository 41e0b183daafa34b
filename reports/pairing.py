"""Readings of two runs put side by side: at the same setpoint of the same branch, or between two of its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from smtjlab.procedures.observed import Observed

from .errors import ReportMistake

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading

    from .sweep_figure import Swept

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

FEWEST = 3
"""Least number of pairs that are a comparison."""
_ALIKE = 1e-6
"""Relative distance within which two setpoints are one."""


class HasReadings(Protocol):
    """What is paired."""

    @property
    def readings(self) -> Sequence[Reading]:
        """The readings."""

    @property
    def observed(self) -> Observed:
        """The same as arrays."""

    @property
    def along(self) -> Swept:
        """What was swept."""

    @property
    def label(self) -> str:
        """How it is called."""


@dataclass(frozen=True)
class Pairs:
    """`n` readings of the first run, each with one of the other, or with a mean of two."""

    first: Places
    low: Places
    high: Places
    """The other's two readings; the same one where setpoints agree."""
    share: Floats
    """Weight of `high`."""
    value: Floats
    """The other's value there."""
    scatter: Floats
    """With what the other's curve may bend between the two."""
    offset: Floats
    """By how much the other's place along the axis is beyond the first's."""
    interpolated: bool
    skipped: int
    """Readings of the first run without a partner."""

    def of_other(self, effect: Floats) -> Floats:
        """Return what belongs to each reading of the other run, at the pairs."""
        return np.asarray((1 - self.share) * effect[self.low] + self.share * effect[self.high], float)


def pair(first: HasReadings, other: HasReadings) -> Pairs:
    """Return the pairs of two runs: by setpoint where half of them agree, else by interpolation along each branch."""
    found = _by_setpoint(first, other)
    usable = int(first.observed.valid.sum())
    interpolated = 2 * len(found) < min(usable, int(other.observed.valid.sum()))
    if interpolated:
        found = _between(first, other)
    if len(found) < FEWEST:
        raise ReportMistake(
            f"Runs that are compared must have at least {FEWEST} readings in the same places, but {first.label} and "
            f"{other.label} have {len(found)}."
        )
    places = np.array([row[:3] for row in found], dtype=np.intp).T
    share = np.array([row[3] for row in found])
    _, low, high = places
    y, s, x = other.observed.value, other.observed.scatter, other.along.values
    there = (1 - share) * x[low] + share * x[high]
    turns = _turns(other.observed, x) if interpolated else np.zeros(len(x))
    bend = share * (1 - share) * np.abs(x[high] - x[low]) * (turns[low] + turns[high]) / np.sqrt(3)
    return Pairs(
        first=places[0],
        low=low,
        high=high,
        share=share,
        value=(1 - share) * y[low] + share * y[high],
        scatter=np.where(low == high, s[low], np.hypot(np.hypot((1 - share) * s[low], share * s[high]), bend)),
        offset=there - first.along.values[places[0]],
        interpolated=interpolated,
        skipped=usable - len(found),
    )


def slope_at(observed: Observed, x: Floats) -> Floats:
    """Return dy/dx at each reading along its branch, (n,); 0 where there is nothing to tell it from."""
    slope = np.zeros(len(x))
    for branch in dict.fromkeys(observed.branch):
        here = np.flatnonzero(observed.on(branch) & observed.valid & np.isfinite(x))
        here = here[np.argsort(x[here], kind="stable")]
        levels, inverse = np.unique(x[here], return_inverse=True)
        if len(levels) > 2:
            mean = np.bincount(inverse, observed.value[here]) / np.bincount(inverse)
            slope[here] = np.gradient(mean, levels)[inverse]
    return slope


def _turns(observed: Observed, x: Floats) -> Floats:
    """Return by how much dy/dx changes at each reading of its branch, less what scatter alone would make of it, (n,).

    A curve that turns by D at one place between two readings, h apart, is missed by at most t (1 - t) h D by a line
    between them, t being the share of the way; the turns at the two readings are then D together. Of a curve that bends
    evenly, twice t (1 - t) h q for the turn q at each is four times what is missed.
    """
    turns = np.zeros(len(x))
    for branch in dict.fromkeys(observed.branch):
        here = np.flatnonzero(observed.on(branch) & observed.valid & np.isfinite(x))
        levels, inverse, counts = np.unique(x[here], return_inverse=True, return_counts=True)
        if len(levels) < 3:
            continue
        mean = np.bincount(inverse, observed.value[here]) / counts
        variance = np.bincount(inverse, observed.scatter[here] ** 2) / counts**2
        steep, per = np.diff(mean) / np.diff(levels), 1 / np.diff(levels)
        by_chance = (
            variance[:-2] * per[:-1] ** 2 + variance[1:-1] * (per[:-1] + per[1:]) ** 2 + variance[2:] * per[1:] ** 2
        )
        inner = np.sqrt(np.maximum(np.diff(steep) ** 2 - by_chance, 0.0))
        turns[here] = np.concatenate([inner[:1], inner, inner[-1:]])[inverse]
    return turns


def _by_setpoint(first: HasReadings, other: HasReadings) -> list[tuple[int, int, int, float]]:
    theirs = {key: place for place, key in enumerate(_keys(other)) if other.observed.valid[place]}
    return [
        (mine, theirs[key], theirs[key], 0.0)
        for mine, key in enumerate(_keys(first))
        if first.observed.valid[mine] and key in theirs
    ]


def _keys(member: HasReadings) -> list[tuple[str, str, int]]:
    """Return branch, setpoint and how often both came before: what makes two readings partners."""
    seen: dict[tuple[str, str], int] = {}
    keys = []
    for reading in member.readings:
        name = member.along.name
        wanted = reading.time if name == "time" else getattr(reading.setpoint, name)
        others = [getattr(reading.setpoint, one) for one in ("gate", "bias", "field") if one != name]
        key = (reading.setpoint.branch, ";".join(_rounded(value) for value in (wanted, *others)))
        seen[key] = seen.get(key, -1) + 1
        keys.append((*key, seen[key]))
    return keys


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.{round(-np.log10(_ALIKE))}g}"


def _between(first: HasReadings, other: HasReadings) -> list[tuple[int, int, int, float]]:
    """Return each reading of the first run with the two neighbours of its place on the other's same branch."""
    found: list[tuple[int, int, int, float]] = []
    x, theirs = first.along.values, other.along.values
    for branch in dict.fromkeys(first.observed.branch):
        here = np.flatnonzero(other.observed.on(branch) & other.observed.valid & np.isfinite(theirs))
        here = here[np.argsort(theirs[here], kind="stable")]
        if len(here) < 2:
            continue
        for mine in np.flatnonzero(first.observed.on(branch) & first.observed.valid):
            k = int(np.searchsorted(theirs[here], x[mine]))
            if 0 < k < len(here):
                low, high = int(here[k - 1]), int(here[k])
                width = theirs[high] - theirs[low]
                found.append((int(mine), low, high, float((x[mine] - theirs[low]) / width) if width > 0 else 0.0))
    return sorted(found)
