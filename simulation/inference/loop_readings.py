"""Readings of a field loop as arrays, with the errors that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEWEST = 8
"""Least number of usable readings of a loop."""
SEEN = 10.0
"""Least change of a resistance, in standard deviations of one reading, that is one."""

_OF_MEDIAN = 1.4826
"""Standard deviation of a normal distribution over the median of its sizes."""
_OF_THIRD_DIFFERENCES = 20**0.5
"""That of third differences, in which an even grid cancels, over that of one term."""
_TOLD_TWICE = 924 / 400
"""Third differences over the independent ones that tell their variance as well: 1 + 2 sum of squared correlations.

They correlate by -15/20, 6/20 and -1/20 with the next ones.
"""
_OUTSTANDING = 5.0
"""Ratio to the others' scatter from which on a reading's own is believed."""


def pooled_scatter(value: Floats, scatter: Floats) -> Floats:
    """Return the scatter (n,) of readings whose own one is known from a few repeats only, and so hardly.

    That of all, relative to the value, stands for each; a reading that scatters much more keeps its own.
    """
    relative = scatter / np.abs(value)
    usual = relative < _OUTSTANDING * np.median(relative)
    common = np.abs(value) * np.sqrt(np.mean(relative[usual] ** 2))
    return np.asarray(np.where(usual, common, scatter), float)


@dataclass(frozen=True)
class LoopReadings:
    """Usable readings in the order in which they were taken; arrays of shape (n,), SI units."""

    field: Floats
    """A/m, along the axis that was swept."""
    gate: Floats
    """V that the strain answered to."""
    conductance: Floats
    scatter: Floats
    """Standard deviation of each conductance alone; above 0."""
    time: Floats
    """s."""
    branch: tuple[str, ...]
    effects: Mapping[str, Mapping[str, Floats]]
    """By `field`, `gate` and `conductance`: name of a common error to what its +1 sigma adds to the true one, (n,)."""

    def __post_init__(self) -> None:
        if len(self.field) < FEWEST:
            raise InferenceError(
                f"A field loop needs at least {FEWEST} valid readings, but there are {len(self.field)}."
            )
        columns = (self.field, self.gate, self.conductance, self.scatter, self.time)
        if not all(np.isfinite(column).all() for column in columns):
            raise InferenceError("Every reading of a field loop must be finite, but some are not.")
        if not ((self.scatter > 0).all() and (self.conductance > 0).all()):
            raise InferenceError("Every conductance and its scatter must be above 0, but some are not.")
        if np.ptp(self.field) == 0:
            raise InferenceError(f"A field loop needs different fields, but all are {self.field[0]:g} A/m.")

    def __len__(self) -> int:
        return len(self.field)

    @property
    def resistance(self) -> Floats:
        """Resistance in ohm."""
        return 1 / self.conductance

    @property
    def resistance_scatter(self) -> Floats:
        """Standard deviation of each resistance alone, in ohm."""
        return self.scatter / self.conductance**2

    @property
    def shared(self) -> Floats:
        """What +1 sigma of each common error adds to the conductances, over their scatter, shape (m, n)."""
        effects = self.effects.get("conductance", {})
        return np.array(list(effects.values())).reshape(len(effects), len(self)) / self.scatter

    @property
    def field_scatter(self) -> float:
        """Standard deviation in A/m of the field as read back, from how unevenly it goes on along each branch.

        Where it turns, or a reading is missing, it goes on by far less evenly than elsewhere: that is left out. Of few
        readings it is widened as Student's distribution asks, so that squares over it average to 1 (JCGM 101:2008,
        6.4.9.4).
        """
        uneven = [np.diff(self.field[self.on(name)], n=3) / _OF_THIRD_DIFFERENCES for name in self.branches]
        every = np.abs(np.concatenate(uneven))
        usual = every[every <= _OUTSTANDING * _OF_MEDIAN * np.median(every)] if len(every) else every
        dof = len(usual) / _TOLD_TWICE
        return float(np.sqrt(np.sum(usual**2) / len(usual) * dof / max(dof - 2, 1.0))) if len(usual) else 0.0

    @property
    def branches(self) -> tuple[str, ...]:
        """Names of the branches in order."""
        return tuple(dict.fromkeys(self.branch))

    def on(self, branch: str) -> Mask:
        """Return which readings belong to a branch."""
        return np.array([name == branch for name in self.branch], dtype=bool)

    @property
    def quantities(self) -> Mapping[str, Floats]:
        """What the common errors act on."""
        return {"field": self.field, "gate": self.gate, "conductance": self.conductance}

    def shifted(self, quantities: Mapping[str, Floats]) -> LoopReadings:
        """Return the readings with other fields, gates and conductances."""
        return replace(self, field=quantities["field"], gate=quantities["gate"], conductance=quantities["conductance"])

    def levels(self) -> tuple[float, float]:
        """Return the lowest and the highest resistance in ohm, of three readings each; InferenceError where equal."""
        ordered = np.sort(self.resistance)
        low, high = float(np.median(ordered[:3])), float(np.median(ordered[-3:]))
        if not high - low > SEEN * float(np.median(self.resistance_scatter)):
            raise InferenceError(
                f"A field loop must cross a transition, but the resistance stays at {np.median(ordered):.6g} ohm from "
                f"{self.field.min():.4g} to {self.field.max():.4g} A/m."
            )
        return low, high
