"""Easy-axis loops without a jump: the soft layer turns, and its resistance is a ramp between two plateaus.

With the gate on, beyond H_s = H_k, the equilibrium in a field H along the easy axis is (physics: in-plane equilibrium)

    m_x = (H + H_d)/(H_s - H_k)   for |H + H_d| < H_s - H_k,   else 1 or -1,

so the centre of the ramp is -H_d and its half width H_s - H_k. A stray transverse field and temperature round its ends;
both are in the model that is fitted, the former where the readings ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .loop_readings import Floats, LoopReadings
from .rotation import rotated_conductance
from .weighted_fit import WeightedFit, weighted_fit

ASKED = 6.0
"""Gain in chi-square from which on an optional parameter is part of the model; chance does so in one loop of 70."""

HalfWidths = Callable[[Mapping[str, float]], Floats]
"""Parameters to the half width in A/m that the ramp has at each reading, shape (n,)."""


@dataclass(frozen=True)
class Ramps:
    """Readings of ramps of one junction as a model of its parameters.

    These are `resistance_parallel`, `resistance_antiparallel`, `dipole_field`, where there is one `transverse_field`,
    and what `half_widths` takes.
    """

    readings: LoopReadings
    half_widths: HalfWidths
    orientation: int
    """1 where the hard layer points along -x (high resistance in a high field), -1 where it points along +x."""
    energy_scale: float
    """mu0 M_s Vol/kT in m/A, inf for 0 K."""
    own_scatter: Floats
    """Scatter of each conductance in S without that of its field, shape (n,)."""

    def conductance(self, parameters: Mapping[str, float]) -> Floats:
        """Return the conductance in S at each reading, shape (n,)."""
        return rotated_conductance(
            -self.half_widths(parameters),
            self.orientation * self.readings.field + parameters["dipole_field"],
            np.full(len(self.readings), parameters.get("transverse_field", 0.0)),
            energy_scale=self.energy_scale,
            parallel=parameters["resistance_parallel"],
            antiparallel=parameters["resistance_antiparallel"],
        )

    def weighted(self, parameters: Mapping[str, float]) -> Ramps:
        """Return the ramps with what scatter of the field adds to that of each reading, where the model is steep."""
        step = max(self.readings.field_scatter, 1e-6 * float(np.ptp(self.readings.field)))
        ends = [
            replace(self, readings=replace(self.readings, field=self.readings.field + side * step)) for side in (1, -1)
        ]
        change = (ends[0].conductance(parameters) - ends[1].conductance(parameters)) / (2 * step)
        scatter = np.hypot(self.own_scatter, change * self.readings.field_scatter)
        return replace(self, readings=replace(self.readings, scatter=scatter))

    def fit(self, start: Mapping[str, float], scale: Mapping[str, float]) -> WeightedFit:
        """Return the least squares from a start on; `scale` is how far each parameter may be off. InferenceError."""
        names = tuple(start)

        def residuals(values: Floats) -> Floats:
            model = self.conductance(dict(zip(names, map(float, values), strict=True)))
            left = (self.readings.conductance - model) / self.readings.scatter
            return np.asarray(np.nan_to_num(left, nan=1e9, posinf=1e9, neginf=-1e9), float)

        return _positive(weighted_fit(residuals, start, [scale[name] for name in names], self.readings.shared))

    def asked(
        self, start: Mapping[str, float], optional: Mapping[str, float], scale: Mapping[str, float]
    ) -> WeightedFit:
        """Return the fit with those optional parameters, each with its start, that the readings ask for.

        The one that gains most comes first; then the others are tried again.
        """
        best, left = self.fit(start, scale), dict(optional)
        while left:
            known = dict(zip(best.names, map(float, best.values), strict=True))
            others = [self._tried(known | {name: value}, scale) for name, value in left.items()]
            found = [other for other in others if other is not None]
            other = min(found, key=lambda one: one.chi_square, default=best)
            if not other.chi_square < best.chi_square - ASKED * other.widening:
                break
            best = other
            left.pop(best.names[-1])
        return best

    def _tried(self, start: Mapping[str, float], scale: Mapping[str, float]) -> WeightedFit | None:
        """Return the fit, None where the readings do not tell its parameters: then they do not ask for them either."""
        try:
            return self.fit(start, scale)
        except InferenceError:
            return None


def _positive(fit: WeightedFit) -> WeightedFit:
    """Return the same minimum with a transverse field above 0: the model is even in it."""
    sign = np.array([-1.0 if name == "transverse_field" and fit.value(name) < 0 else 1.0 for name in fit.names])
    return replace(fit, values=sign * fit.values, covariance=fit.covariance * np.outer(sign, sign))


@dataclass(frozen=True)
class RampGuess:
    """What is seen of ramps without a fit, `m` visits."""

    low: float
    high: float
    """Resistances of the plateaus in ohm."""
    centre: float
    """A/m."""
    half_widths: Floats
    """A/m, shape (m,)."""
    orientation: int

    @property
    def dipole_field(self) -> float:
        """Net coupling field in A/m."""
        return -self.orientation * self.centre


def guess(readings: LoopReadings, visit: NDArray[np.int_]) -> RampGuess:
    """Return where each visit crosses a quarter, half and three quarters of the change, as guesses for a fit.

    `visit`, shape (n,), numbers from 0 what has one gate. Raises InferenceError where a visit crosses none of them, or
    where no ramp ends in plateaus inside the sweep.
    """
    low, high = readings.levels()
    share = (readings.resistance - low) / (high - low)
    centres, widths = [], []
    for number in range(int(visit.max()) + 1):
        mine = visit == number
        quarter, half, three = _crossings(readings, share, mine)
        centres.append(half)
        widths.append(abs(three - quarter))
    orientation = 1 if np.corrcoef(readings.field, readings.resistance)[0, 1] > 0 else -1
    found = RampGuess(low, high, float(np.median(centres)), np.array(widths), orientation)
    _refuse_unsaturated(readings, found.centre, float(found.half_widths.min()))
    return found


def _crossings(readings: LoopReadings, share: Floats, mine: NDArray[np.bool_]) -> Sequence[float]:
    """Return the mean fields in A/m at which a visit crosses each quarter, each crossing interpolated."""
    field, share = readings.field[mine], share[mine]
    found = []
    for level in (0.25, 0.5, 0.75):
        above = share > level
        at = np.flatnonzero(above[1:] != above[:-1])
        if len(at) == 0:
            raise InferenceError(
                "A ramp must go through both halves of the change in resistance, but that at "
                f"{readings.gate[mine].mean():.4g} V does not."
            )
        part = (level - share[at]) / (share[at + 1] - share[at])
        found.append(float(np.mean(field[at] + part * (field[at + 1] - field[at]))))
    return found


def _refuse_unsaturated(readings: LoopReadings, centre: float, least: float) -> None:
    if readings.field.min() > centre - least or readings.field.max() < centre + least:
        raise InferenceError(
            f"A ramp must end in plateaus inside the sweep, but it reaches from {centre - least:.4g} to "
            f"{centre + least:.4g} A/m, and the sweep from {readings.field.min():.4g} to "
            f"{readings.field.max():.4g} A/m: widen it or take a smaller gate."
        )
