"""From easy-axis ramps at one or several gates to the fields of the junction and the loop of its piezo."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.junction import Junction

from .errors import InferenceError
from .extraction import Extraction
from .gate_memory import GateMemory
from .loop_readings import Floats, LoopReadings
from .ramps import Ramps, fit_ramps
from .shared_errors import with_shared_errors
from .weighted_fit import WeightedFit, weighted_fit

HELD = ("saturation_magnetization", "thickness", "major_axis", "minor_axis", "temperature", "piezo_creep")
"""Fields of the belief that the rounding of the ramps and the creep between them are taken from."""
Visits = NDArray[np.int_]


@dataclass(frozen=True)
class RampLadder:
    """Half widths of the ramps against the gate; arrays of shape (m,), a page plots them with their line."""

    gate: Floats
    """V, as read back."""
    effective_gate: Floats
    """V, that the strain answered to."""
    half_width: Floats
    """H_s - H_k in A/m."""
    uncertainty: Floats
    """Standard uncertainty of each half width from the scatter, in A/m."""
    fitted: Floats
    """The same of the fitted line, in A/m."""


def one_ramp(readings: LoopReadings, belief: Belief) -> Extraction:
    """Return what an easy-axis loop at one gate tells where it is a ramp: its half width, centre and plateaus.

    Raises InferenceError.
    """
    return with_shared_errors(_one_ramp, readings, belief, HELD[:-1])


def gated_ramps(readings: LoopReadings, visit: Visits, memory: GateMemory, belief: Belief) -> Extraction:
    """Return what ramps at several gates tell; `visit`, shape (n,), numbers from 0 what was taken at one gate.

    Slope and intercept of H_s - H_k against the gate are the stress field per volt and the shape field; what differs
    between the ways up and down is the loop of the piezo. Raises InferenceError.
    """
    return with_shared_errors(partial(_several, visit, memory, readings.gate), readings, belief, HELD)


def ramp_ladder(readings: LoopReadings, visit: Visits, memory: GateMemory, belief: Belief) -> RampLadder:
    """Return half widths against gates and the line through them. Raises InferenceError."""
    ramps = _ramps(readings, visit, belief.junction, None)
    line = _Line(ramps, readings, visit, memory, readings.gate, belief.junction)
    fit = line.fit()
    scatter = np.sqrt(np.diag(ramps.half_width_covariance))
    return RampLadder(line.applied, line.effective(fit), ramps.half_widths, scatter, line.at(fit.names, fit.values))


def _ramps(readings: LoopReadings, visit: Visits, junction: Junction, like: Extraction | None) -> Ramps:
    stray = None if like is None else "transverse_field" in like
    return fit_ramps(readings, visit, energy_scale=junction.energy_scale, stray=stray)


def _one_ramp(readings: LoopReadings, junction: Junction, like: Extraction | None) -> Extraction:
    ramps = _ramps(readings, np.zeros(len(readings), int), junction, like)
    fit = ramps.fit
    names = tuple("ramp_half_width" if name == "half_width_0" else name for name in fit.names)
    return _told(readings, ramps, names, fit.values, fit.covariance, ())


def _several(
    visit: Visits,
    memory: GateMemory,
    applied: Floats,
    readings: LoopReadings,
    junction: Junction,
    like: Extraction | None,
) -> Extraction:
    ramps = _ramps(readings, visit, junction, like)
    line = _Line(ramps, readings, visit, memory, applied, junction)
    fit = line.fit()
    shared = len(ramps.fit.names) - len(line.applied)
    # The line's parameters as linear functions of the half widths carry the covariance with what the ramps share.
    widen = np.linalg.inv(line.information(fit)) @ line.sensitivity(fit)
    whole = np.zeros((shared + len(fit.names), len(ramps.fit.names)))
    whole[:shared, :shared] = np.eye(shared)
    whole[shared:, shared:] = widen
    covariance = whole @ ramps.fit.covariance @ whole.T
    covariance[shared:, shared:] = fit.covariance
    names = ramps.fit.names[:shared] + fit.names
    values = np.concatenate([ramps.fit.values[:shared], fit.values])
    return _told(readings, ramps, names, values, covariance, line.remarks(fit), line.reasons)


class _Line:
    """H_s - H_k of each visit as a line over the gate that the strain answered to."""

    def __init__(
        self,
        ramps: Ramps,
        readings: LoopReadings,
        visit: Visits,
        memory: GateMemory,
        applied: Floats,
        junction: Junction,
    ) -> None:
        self._ramps, self._memory, self._visit = ramps, memory, visit
        self._sign = int(junction.gate_sign)
        self._believed = junction.piezo_hysteresis
        self.applied = self._means(readings.gate)
        """Gate of each visit in V, shape (m,)."""
        self._root = np.linalg.cholesky(ramps.half_width_covariance)
        if len(np.unique(np.round(self._means(applied) / max(1e-9, float(np.ptp(applied))), 3))) < 2:
            raise InferenceError(f"A stress field per volt needs at least 2 gates, but all are {applied[0]:.4g} V.")
        lag = self._means(memory.lag(0.1) - memory.lag(0.0))
        straight = np.polyval(np.polyfit(self.applied, lag, 1), self.applied)
        self._free = len(lag) > 3 and float(np.ptp(lag - straight)) > 1e-3 * float(np.ptp(self.applied))
        unseen = "the gates must be visited on the way up and on the way down, at least four times in all"
        self.reasons = {} if self._free else {"piezo_hysteresis": unseen}

    def _means(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self._visit, values) / np.bincount(self._visit), float)

    def effective(self, fit: WeightedFit) -> Floats:
        """Return the gate that the strain of each visit answered to, in V, shape (m,)."""
        return self._effective(self._width(fit.names, fit.values))

    def _effective(self, width: float) -> Floats:
        return np.asarray(self.applied + self._means(self._memory.lag(width)), float)

    def _width(self, names: tuple[str, ...], values: Floats) -> float:
        return float(values[names.index("piezo_hysteresis")]) if "piezo_hysteresis" in names else self._believed

    def at(self, names: tuple[str, ...], values: Floats) -> Floats:
        """Return the half widths of some parameters in A/m, shape (m,)."""
        effective = self._effective(self._width(names, values))
        return np.asarray(self._sign * values[0] * effective - values[1], float)

    def fit(self) -> WeightedFit:
        """Return `stress_field_per_volt`, `shape_field` and, where it can be told, `piezo_hysteresis`."""
        slope, intercept = np.polyfit(self._sign * self.applied, self._ramps.half_widths, 1)
        start = {"stress_field_per_volt": float(slope), "shape_field": float(-intercept)}
        scale = [abs(slope), abs(slope) * float(np.ptp(self.applied))]
        if self._free:
            start, scale = {**start, "piezo_hysteresis": 0.0}, [*scale, 0.1]
        return weighted_fit(partial(self._residuals, tuple(start)), start, scale)

    def _residuals(self, names: tuple[str, ...], values: Floats) -> Floats:
        return np.asarray(np.linalg.solve(self._root, self._ramps.half_widths - self.at(names, values)), float)

    def _jacobian(self, fit: WeightedFit) -> Floats:
        steps = 1e-4 * np.array([abs(fit.values[0]), abs(fit.values[0]) * float(np.ptp(self.applied)), 1.0])
        moved = [
            fit.values + step * (np.arange(len(fit.values)) == k) for k, step in enumerate(steps[: len(fit.names)])
        ]
        base = self.at(fit.names, fit.values)
        columns = [(self.at(fit.names, one) - base) / step for one, step in zip(moved, steps, strict=False)]
        return np.asarray(np.linalg.solve(self._root, np.stack(columns, axis=1)), float)

    def information(self, fit: WeightedFit) -> Floats:
        """Return the inverse covariance of the line's parameters, shape (k, k)."""
        jacobian = self._jacobian(fit)
        return np.asarray(jacobian.T @ jacobian, float)

    def sensitivity(self, fit: WeightedFit) -> Floats:
        """Return `information` times the derivatives of the line's parameters by the half widths, shape (k, m)."""
        return np.asarray(np.linalg.solve(self._root.T, self._jacobian(fit)).T, float)

    def remarks(self, fit: WeightedFit) -> tuple[str, ...]:
        """Return what is to be said of the line."""
        if not fit.poor:
            return ()
        return (
            f"Half widths lie on no line over the gate (chi-square/nu = {fit.chi_square / fit.dof:.3g}): the strain is "
            "not proportional to the gate; uncertainties are widened by it.",
        )


def _told(
    readings: LoopReadings,
    ramps: Ramps,
    names: tuple[str, ...],
    values: Floats,
    covariance: Floats,
    remarks: tuple[str, ...],
    reasons: dict[str, str] | None = None,
) -> Extraction:
    """Return the extraction, the centre of the ramps said as a dipole field."""
    fit, k = ramps.fit, names.index("centre")
    turned = np.ones(len(names))
    turned[k] = -ramps.orientation
    missing = dict(reasons or {})
    if "transverse_field" not in names:
        missing["transverse_field"] = "the ends of the ramp are as sharp as temperature leaves them"
    return Extraction(
        names=tuple("dipole_field" if name == "centre" else name for name in names),
        values=values * turned,
        covariance=covariance * np.outer(turned, turned),
        statistical=covariance * np.outer(turned, turned),
        reasons=missing,
        remarks=remarks + _remarks(readings, ramps),
        chi_square=fit.chi_square,
        dof=fit.dof,
        points=len(readings),
        fitted=ramps.fitted,
        pulls=fit.residuals,
    )


def _remarks(readings: LoopReadings, ramps: Ramps) -> tuple[str, ...]:
    said = []
    if ramps.orientation < 0:
        said.append("The hard layer points along +x: the junction is antiparallel in low fields.")
    if ramps.fit.poor:
        reduced = ramps.fit.chi_square / ramps.fit.dof
        said.append(
            f"The ramps are not those of one coherent layer (chi-square/nu = {reduced:.3g}): their uncertainties are "
            "widened by it."
        )
    if "transverse_field" in ramps.fit.names:
        said.append("Only the size of the transverse field shows in these loops, not its sign.")
    return tuple(said)
