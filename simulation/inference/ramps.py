"""Easy-axis loops without a jump: the soft layer turns, and its resistance is a ramp between two plateaus.

With the gate on, beyond H_s = H_k, the equilibrium in a field H along the easy axis is (physics: in-plane equilibrium)

    m_x = (H + H_d)/(H_s - H_k)   for |H + H_d| < H_s - H_k,   else 1 or -1,

so the centre of the ramp is -H_d and its half width H_s - H_k. A stray transverse field and temperature round its ends;
both are in the model that is fitted, the former where the readings ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .loop_readings import Floats, LoopReadings
from .rotation import rotated_conductance
from .weighted_fit import WeightedFit, weighted_fit

ASKED = 6.0
"""Gain in chi-square from which on a stray transverse field is part of the model."""
_SHARED = ("resistance_parallel", "resistance_antiparallel", "centre")


@dataclass(frozen=True)
class Ramps:
    """What `m` ramps of one junction tell together."""

    fit: WeightedFit
    """`resistance_parallel`, `resistance_antiparallel`, `centre` of the ramps in A/m, `transverse_field` where the
    readings ask for it, then `half_width_0`, ... in A/m, one for each visit."""
    orientation: int
    """1 where the hard layer points along -x (high resistance in a high field), -1 where it points along +x."""
    fitted: Floats
    """Fitted conductance at each reading, shape (n,)."""

    @property
    def dipole_field(self) -> float:
        """Net coupling field in A/m of a hard layer along -x."""
        return -self.orientation * self.fit.value("centre")

    @property
    def half_widths(self) -> Floats:
        """H_s - H_k of each visit in A/m, shape (m,)."""
        return self.fit.values[self._own]

    @property
    def half_width_covariance(self) -> Floats:
        """Shape (m, m)."""
        return self.fit.covariance[self._own, self._own]

    @property
    def _own(self) -> slice:
        return slice(self.fit.names.index("half_width_0"), None)


def fit_ramps(
    readings: LoopReadings, visit: NDArray[np.int_], *, energy_scale: float, stray: bool | None = None
) -> Ramps:
    """Return the ramps of a junction; `visit`, shape (n,), numbers from 0 what has one gate and one strain.

    `energy_scale` is mu0 M_s Vol/kT in m/A, inf for 0 K; `stray` says whether a transverse field is in the model, where
    the readings are not to say so. Raises InferenceError where there is no ramp between plateaus.
    """
    low, high = readings.levels()
    orientation = 1 if np.corrcoef(readings.field, readings.resistance)[0, 1] > 0 else -1
    start = {"resistance_parallel": low, "resistance_antiparallel": high, **_start(readings, visit, low, high)}
    model = _Model(readings, visit, orientation, energy_scale)
    best = model.fit(start) if stray is None else model.fit(_with_stray(start) if stray else start)
    if stray is None:
        asked = model.fit(_with_stray(dict(zip(best.names, map(float, best.values), strict=True))))
        if asked.chi_square < best.chi_square - ASKED and _told(asked):
            best = asked
    ramps = Ramps(best, orientation, model.conductance(best.names, best.values))
    _refuse_unsaturated(readings, ramps)
    return ramps


def _with_stray(start: dict[str, float]) -> dict[str, float]:
    """Return the start of a fit with a transverse field that is small against the ramps, but not against their ends."""
    own = {name: value for name, value in start.items() if name not in _SHARED}
    stray = 0.02 * float(np.median(np.abs(list(own.values()))))
    return {name: start[name] for name in _SHARED} | {"transverse_field": stray} | own


def _told(fit: WeightedFit) -> bool:
    k = fit.names.index("transverse_field")
    return bool(fit.values[k] ** 2 > fit.covariance[k, k])


class _Model:
    """Ramps as a function of their parameters."""

    def __init__(self, readings: LoopReadings, visit: NDArray[np.int_], orientation: int, energy_scale: float) -> None:
        self._readings, self._visit = readings, visit
        self._orientation, self._energy_scale = orientation, energy_scale

    def fit(self, start: dict[str, float]) -> WeightedFit:
        """Return the least squares from a start on."""
        own = [abs(value) for name, value in start.items() if name.startswith("half_width")]
        step = max(float(np.median(own)), 1e-3 * float(np.ptp(self._readings.field)))
        sizes = {"resistance_parallel": start["resistance_parallel"], "transverse_field": start.get("transverse_field")}
        sizes["resistance_antiparallel"] = start["resistance_antiparallel"]
        scale = [sizes.get(name) or step for name in start]
        return weighted_fit(lambda values: self._residuals(tuple(start), values), start, scale, self._visit)

    def conductance(self, names: tuple[str, ...], values: Floats) -> Floats:
        """Return the conductance in S at each reading, shape (n,)."""
        p = dict(zip(names, values, strict=True))
        first = names.index("half_width_0")
        return rotated_conductance(
            -values[first + self._visit],
            self._orientation * (self._readings.field - p["centre"]),
            np.full(len(self._readings), p.get("transverse_field", 0.0)),
            energy_scale=self._energy_scale,
            parallel=p["resistance_parallel"],
            antiparallel=p["resistance_antiparallel"],
        )

    def _residuals(self, names: tuple[str, ...], values: Floats) -> Floats:
        left = (self._readings.conductance - self.conductance(names, values)) / self._readings.scatter
        return np.asarray(np.nan_to_num(left, nan=1e9, posinf=1e9, neginf=-1e9), float)


def _start(readings: LoopReadings, visit: NDArray[np.int_], low: float, high: float) -> dict[str, float]:
    """Return guesses of the centre and of each half width: where a visit crosses a quarter, half, three quarters."""
    centres, widths = [], []
    for number in range(int(visit.max()) + 1):
        mine = visit == number
        share = (readings.resistance[mine] - low) / (high - low)
        crossings = [_crossing(readings.field[mine], share, level) for level in (0.25, 0.5, 0.75)]
        if None in crossings:
            raise InferenceError(
                "A ramp must go through both halves of the change in resistance, but that at "
                f"{np.mean(readings.gate[mine]):.4g} V does not."
            )
        quarter, half, three = (float(one) for one in crossings if one is not None)
        centres.append(half)
        widths.append(abs(three - quarter))
    return {"centre": float(np.median(centres)), **{f"half_width_{k}": width for k, width in enumerate(widths)}}


def _crossing(field: Floats, share: Floats, level: float) -> float | None:
    """Return the mean field in A/m at which a visit crosses a level, each crossing interpolated; None where none."""
    above = share > level
    at = np.flatnonzero(above[1:] != above[:-1])
    if len(at) == 0:
        return None
    part = (level - share[at]) / (share[at + 1] - share[at])
    return float(np.mean(field[at] + part * (field[at + 1] - field[at])))


def _refuse_unsaturated(readings: LoopReadings, ramps: Ramps) -> None:
    """Raise InferenceError where neither the narrowest ramp nor any other ends in plateaus inside the sweep."""
    centre, least = ramps.fit.value("centre"), float(np.min(np.abs(ramps.half_widths)))
    from_centre = readings.field - centre
    if from_centre.min() > -least or from_centre.max() < least:
        raise InferenceError(
            f"A ramp must end in plateaus inside the sweep, but it reaches from {centre - least:.4g} to "
            f"{centre + least:.4g} A/m, and the sweep from {readings.field.min():.4g} to "
            f"{readings.field.max():.4g} A/m: widen it or take a smaller gate."
        )
