"""Stable branches over a sweep: every well followed through the bifurcations at which it is born and dies.

Between two members of a sweep fields and anisotropies are interpolated linearly, which is exact for a swept gate,
field or current. Steps in which the number of wells changes are halved down to rounding, and so are steps in which a
well moves far: wells are then matched by continuity alone.

Where two wells meet the one they part from (or merge into), or where a well's place stays stationary without it, the
bifurcation is a pitchfork, which needs a symmetry. Otherwise a well meets a saddle and both vanish: a fold, as on the
astroid |h_x|^(2/3) + |h_y|^(2/3) = |A|^(2/3) (Stoner and Wohlfarth, Phil. Trans. A 240, 599 (1948)).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

import numpy as np

from .equilibria import Kind, stationary_points
from .errors import ModelError
from .landscape import FloatArray
from .magnetic_energy import MagneticEnergy

_FAR = 0.2
"""Chord that a well may move in one step, small against the distance of two wells that are not about to merge."""
_TOGETHER = 1e-4
"""Chord below which points at a bifurcation are one; a field across of 1e-12 of the others parts wells by more."""
_HALVINGS = 60


class Change(StrEnum):
    """What happens at an end of a branch."""

    EDGE = "edge"
    """Nothing: the sweep begins or ends there."""
    FOLD = "fold"
    """The well meets a saddle."""
    PITCHFORK = "pitchfork"
    """One well becomes two mirror wells, or meets two mirror saddles, or the reverse."""


@dataclass(frozen=True)
class StableBranch:
    """One well as long as it lives, at `k` values of the sweep: those given, and more of them near bifurcations."""

    sweep: FloatArray
    """Shape (k,), in the unit of the sweep and in its order."""
    magnetization: FloatArray
    """Shape (3, k)."""
    energy: FloatArray
    """e in A/m, shape (k,)."""
    birth: Change
    death: Change

    @property
    def born(self) -> float:
        """Value of the sweep at which the branch begins."""
        return float(self.sweep[0])

    @property
    def died(self) -> float:
        """Value of the sweep at which the branch ends."""
        return float(self.sweep[-1])


def stable_branches(energy: MagneticEnergy, sweep: FloatArray) -> tuple[StableBranch, ...]:
    """Return every stable branch of members that are one junction at the rising (or falling) values of a sweep.

    Branches come in the order of birth. A well that is born and dies between two members is not seen, and a circle
    of equal minima counts as one well at an arbitrary place. Raises ModelError where the sweep does not fit.
    """
    steps = np.diff(sweep)
    if len(sweep) != len(energy) or len(sweep) < 2 or not ((steps > 0).all() or (steps < 0).all()):
        raise ModelError(
            f"`sweep` must be {len(energy)} (at least 2) rising or falling values, one a member, but is {sweep}."
        )
    finished: list[_Track] = []
    living: list[_Track] = []
    for place in _refined(energy, sweep):
        living = _continued(living, place, finished)
    return tuple(track.branch(energy, sweep) for track in sorted([*finished, *living], key=lambda track: track.rank))


@dataclass(frozen=True)
class _Place:
    """What is stationary at one value of the sweep."""

    value: float
    wells: list[FloatArray]
    points: FloatArray
    """All stationary points, (3, 6), nan where there are fewer."""

    def has(self, m: FloatArray) -> bool:
        """Whether m is stationary here, stable or not."""
        return bool(np.nanmin(np.linalg.norm(self.points - m[:, None], axis=0)) < _TOGETHER)


@dataclass
class _Track:
    """A branch while it is followed."""

    birth: Change
    rank: int
    places: list[_Place] = field(default_factory=list)
    wells: list[FloatArray] = field(default_factory=list)
    death: Change = Change.EDGE

    def to(self, place: _Place, well: FloatArray) -> _Track:
        self.places.append(place)
        self.wells.append(well)
        return self

    def branch(self, energy: MagneticEnergy, sweep: FloatArray) -> StableBranch:
        values, m = np.array([place.value for place in self.places]), np.stack(self.wells, axis=1)
        return StableBranch(values, m, _between(energy, sweep, values).energy(m), self.birth, self.death)


def _continued(living: list[_Track], place: _Place, finished: list[_Track]) -> list[_Track]:
    """Return the tracks that live on at the next place, born ones included; those that die go to `finished`."""
    wells = place.wells
    if not living:
        return [_Track(Change.EDGE, i).to(place, well) for i, well in enumerate(wells)]
    before = [track.wells[-1] for track in living]
    if len(wells) == len(living):
        return [track.to(place, wells[i]) for track, i in zip(living, _matched(before, wells), strict=True)]
    number = len(living) + len(finished)
    pair, one = (wells, before[0]) if len(wells) > len(living) else (before, wells[0])
    if float(np.linalg.norm(pair[0] - pair[1])) < _TOGETHER:
        for track in living:
            track.death = Change.PITCHFORK
        finished.extend(living)
        return [_Track(Change.PITCHFORK, number + i).to(place, well) for i, well in enumerate(wells)]
    near = int(np.argmin([np.linalg.norm(m - one) for m in pair]))
    if len(wells) > len(living):
        birth = Change.PITCHFORK if living[0].places[-1].has(wells[1 - near]) else Change.FOLD
        return [living[0].to(place, wells[near]), _Track(birth, number).to(place, wells[1 - near])]
    living[1 - near].death = Change.PITCHFORK if place.has(before[1 - near]) else Change.FOLD
    finished.append(living[1 - near])
    return [living[near].to(place, wells[0])]


def _matched(places: list[FloatArray], wells: list[FloatArray]) -> list[int]:
    """Return for each place the number of the well it goes to, as many wells as places."""
    if len(wells) == 1:
        return [0]
    straight = sum(float(np.linalg.norm(m - w)) for m, w in zip(places, wells, strict=True))
    crossed = sum(float(np.linalg.norm(m - w)) for m, w in zip(places, reversed(wells), strict=True))
    return [0, 1] if straight <= crossed else [1, 0]


def _refined(energy: MagneticEnergy, sweep: FloatArray) -> list[_Place]:
    """Return the places of a sweep, with more of them where wells change in number or move far."""
    grid = _places(energy, sweep)
    finest = 4 * np.finfo(float).eps * float(np.max(np.abs(sweep)))
    for _ in range(_HALVINGS):
        wide = [i for i, (a, b) in enumerate(pairwise(grid)) if abs(b.value - a.value) > finest and _far(a, b)]
        if not wide:
            break
        middles = np.array([(grid[i].value + grid[i + 1].value) / 2 for i in wide])
        found = _places(_between(energy, sweep, middles), middles)
        for i, place in zip(reversed(wide), reversed(found), strict=True):
            grid.insert(i + 1, place)
    return grid


def _far(before: _Place, after: _Place) -> bool:
    if len(before.wells) != len(after.wells):
        return True
    order = _matched(before.wells, after.wells)
    return any(float(np.linalg.norm(m - after.wells[i])) > _FAR for m, i in zip(before.wells, order, strict=True))


def _places(energy: MagneticEnergy, values: FloatArray) -> list[_Place]:
    """Return what is stationary for every member; a degenerate point is a well only where there is no other."""
    points = stationary_points(energy)
    minima = points.are(Kind.MINIMUM)
    minima[0] |= ~minima.any(axis=0)
    m = points.magnetization
    return [
        _Place(float(value), [m[:, j, i] for j in np.flatnonzero(minima[:, i])], m[..., i])
        for i, value in enumerate(values)
    ]


def _between(energy: MagneticEnergy, sweep: FloatArray, values: FloatArray) -> MagneticEnergy:
    """Return the energies at values of the sweep, interpolated linearly between members."""
    rising = sweep if sweep[-1] > sweep[0] else -sweep
    wanted = values if sweep[-1] > sweep[0] else -values
    left = np.clip(np.searchsorted(rising, wanted, side="right") - 1, 0, len(sweep) - 2)
    part = (wanted - rising[left]) / (rising[left + 1] - rising[left])

    def mixed(x: FloatArray) -> FloatArray:
        return np.asarray(x[..., left] * (1 - part) + x[..., left + 1] * part)

    return MagneticEnergy(mixed(energy.field), mixed(energy.tensor), energy.scale[left], energy.damping[left])
