"""From easy-axis ramps at one or several gates to the fields of the junction and the loop of its piezo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.junction import Junction

from .errors import InferenceError
from .extraction import Extraction
from .gate_memory import GateMemory
from .loop_readings import Floats, LoopReadings
from .ramps import RampGuess, Ramps, guess
from .ratios import RATIOS, with_ratios
from .shared_errors import with_shared_errors
from .weighted_fit import WeightedFit

HELD = (
    "saturation_magnetization", "thickness", "major_axis", "minor_axis", "temperature",
    "piezo_hysteresis", "piezo_creep", "magnetostriction",
)  # fmt: skip
"""Fields of the belief that the rounding of the ramps is taken from, and the strain where the readings do not tell.

That at one gate near 0 V is the believed one.
"""
_STRAIN = ("ramp_half_width", "stress_field_per_volt", "shape_field", "piezo_hysteresis", "piezo_creep")
"""Parameters that half widths are made of."""
_PASSES = 2
"""Fits more after which weights hardly change."""
_AT_REST = 0.02
"""Gate below which the shape field alone acts, over the gate at which the stress field equals the dipole field."""
_TOLD = 0.2
"""Standard deviation of a shape field over the believed one below which a loop without gate tells it.

Its effect on the loop is proportional to neither it nor the stray field beside it: errors of the same size as both are
not normal. What is asked is the believed value, as the found one would be kept where chance has made it large.
"""
Visits = NDArray[np.int_]


@dataclass(frozen=True)
class RampLadder:
    """Half widths of the ramps against the gate; arrays of shape (m,), one place a visit to a gate."""

    gate: Floats
    """V, as read back."""
    effective_gate: Floats
    """V, that the strain answered to."""
    half_width: Floats
    """H_s - H_k in A/m."""
    uncertainty: Floats
    """Standard uncertainty of each half width from the scatter, in A/m."""
    fitted: Floats
    """The same of the joint fit, in A/m."""


def one_ramp(readings: LoopReadings, memory: GateMemory, belief: Belief) -> Extraction:
    """Return what an easy-axis loop at one gate tells where it is a ramp: its half width, centre and plateaus.

    Raises InferenceError.
    """
    visit = np.zeros(len(readings), int)

    def core(shifted: LoopReadings, junction: Junction, like: Extraction | None) -> Extraction:
        return with_ratios(_core(visit, memory, shifted, junction, like), junction)

    return with_shared_errors(core, readings, belief, HELD)


def gated_ramps(readings: LoopReadings, visit: Visits, memory: GateMemory, belief: Belief) -> Extraction:
    """Return what ramps at several gates tell; `visit`, shape (n,), numbers from 0 what was taken at one gate.

    Slope and intercept of H_s - H_k against the gate are the stress field per volt and the shape field; what differs
    between the ways up and down is the loop of the piezo, what goes on at one gate its creep. Raises InferenceError.
    """
    if float(np.ptp(_means(visit, readings.gate))) < 0.01 * belief.junction.rotation_voltage:
        raise InferenceError(f"A stress field per volt needs at least 2 gates, but all are {readings.gate[0]:.4g} V.")
    return with_shared_errors(partial(_core, visit, memory), readings, belief, HELD)


def ramp_ladder(readings: LoopReadings, visit: Visits, memory: GateMemory, belief: Belief) -> RampLadder:
    """Return the half width at each visit, and what the joint fit makes of them. Raises InferenceError."""
    seen, strain = guess(readings, visit), _Strain(readings, visit, memory, belief.junction)
    ramps = Ramps(readings, strain.half_widths, seen.orientation, belief.junction.energy_scale, readings.scatter)
    joint = _fit(ramps, seen, strain, None)
    told = _named(joint)
    effective = strain.effective(told)
    names = [f"half_width_{k}" for k in range(int(visit.max()) + 1)]
    within = effective / _means(visit, effective)[visit]
    alone = replace(ramps, half_widths=lambda p: np.array([p[name] for name in names])[visit] * within)
    shared = {name: value for name, value in told.items() if name not in _STRAIN}
    means = _means(visit, strain.half_widths(told))
    start = shared | dict(zip(names, map(float, means), strict=True))
    fit = alone.fit(start, _scales(seen, strain) | dict.fromkeys(names, float(means.max()) / 10))
    own = slice(len(shared), None)
    return RampLadder(
        gate=_means(visit, readings.gate),
        effective_gate=_means(visit, effective),
        half_width=fit.values[own],
        uncertainty=np.sqrt(np.diag(fit.covariance)[own]),
        fitted=means,
    )


def _core(
    visit: Visits, memory: GateMemory, readings: LoopReadings, junction: Junction, like: Extraction | None
) -> Extraction:
    seen, strain = guess(readings, visit), _Strain(readings, visit, memory, junction)
    ramps = Ramps(readings, strain.half_widths, seen.orientation, junction.energy_scale, readings.scatter)
    fit = _fit(ramps, seen, strain, like)
    return Extraction(
        names=fit.names,
        values=fit.values,
        covariance=fit.covariance,
        statistical=fit.covariance,
        reasons=_reasons(fit, strain),
        remarks=_remarks(seen, fit, strain, junction),
        chi_square=fit.chi_square,
        dof=fit.dof,
        points=len(readings),
        fitted=ramps.conductance(_named(fit)),
        pulls=fit.residuals,
    )


class _Strain:
    """Half widths of the ramps from the gate, through what the piezo remembers."""

    def __init__(self, readings: LoopReadings, visit: Visits, memory: GateMemory, junction: Junction) -> None:
        self._memory, self._junction, self._sign, self._visit = memory, junction, int(junction.gate_sign), visit
        self.believed_shape_field = junction.shape_field
        applied = _means(visit, readings.gate)
        self._applied = applied[visit]  # what scatters in its reading back is not on the gate
        self.visits = len(applied)
        self.rests = self.visits == 1 and abs(float(applied[0])) < _AT_REST * junction.rotation_voltage
        """Whether there is hardly any gate: then a layer that turns does so in a stray transverse field."""
        lag = _means(visit, memory.lag(0.1, 0.0) - memory.lag(0.0, 0.0))
        line = np.polyval(np.polyfit(applied, lag, 1), applied) if self.visits > 3 else lag
        self.loops = float(np.ptp(lag - line)) > 1e-3 * float(np.ptp(applied))
        """Whether the gate has gone up and down so that a loop of the piezo would show."""
        grown = memory.lag(0.0, 1.0) / np.where(self._applied == 0, 1.0, self._applied)
        self.creeps = self.visits > 1 and float(np.ptp(grown)) > 1e-6
        """Whether readings lie apart in time, so that creep would show; a slope over the gate depends on it."""

    def effective(self, p: Mapping[str, float]) -> Floats:
        """Return the gate that the strain answered to at each reading, in V, shape (n,)."""
        loop = p.get("piezo_hysteresis", self._junction.piezo_hysteresis)
        creep = p.get("piezo_creep", self._junction.piezo_creep)
        return np.asarray(self._applied + self._memory.lag(loop, creep), float)

    def half_widths(self, p: Mapping[str, float]) -> Floats:
        """Return H_s - H_k at each reading in A/m, shape (n,): at one gate as it was on average, with its creep."""
        effective = self.effective(p)
        if "ramp_half_width" not in p:
            per_volt = p.get("stress_field_per_volt", self._junction.stress_field_per_volt)
            shape = p.get("shape_field", self._junction.shape_field)
            return np.asarray(self._sign * per_volt * effective - shape, float)
        mean = float(np.mean(effective))
        shape = self._junction.shape_field
        return np.asarray((p["ramp_half_width"] + shape) * effective / mean - shape, float)

    def start(self, seen: RampGuess) -> dict[str, float]:
        """Return guesses of the parameters that are always fitted."""
        if self.rests:
            return {"transverse_field": float(seen.half_widths[0])}
        if self.visits == 1:
            return {"ramp_half_width": float(seen.half_widths[0])}
        gates = _means(self._visit, self.effective({}))
        slope, intercept = np.polyfit(self._sign * gates, seen.half_widths, 1)
        line = {"stress_field_per_volt": float(slope), "shape_field": float(-intercept)}
        loop = {"piezo_hysteresis": self._junction.piezo_hysteresis} if self.loops else {}
        return line | loop | ({"piezo_creep": self._junction.piezo_creep} if self.creeps else {})


def _fit(ramps: Ramps, seen: RampGuess, strain: _Strain, like: Extraction | None) -> WeightedFit:
    scale = _scales(seen, strain)
    if like is not None:
        known = dict(zip(like.names, map(float, like.values), strict=True))
        return _settled(ramps, {name: value for name, value in known.items() if name not in RATIOS}, scale)
    shared = {
        "resistance_parallel": seen.low,
        "resistance_antiparallel": seen.high,
        "dipole_field": seen.dipole_field,
    }
    start = shared | strain.start(seen)
    if strain.rests:
        return _at_rest(ramps, start, scale, strain.believed_shape_field)
    optional = {"piezo_creep": 0.003, "transverse_field": 0.02 * float(np.median(seen.half_widths))}
    optional = {name: one for name, one in optional.items() if name not in start}
    found = _named(_settled(ramps, start, scale))
    asked = _named(ramps.weighted(found).asked(found, optional, scale))
    return _settled(ramps, asked, scale)


def _at_rest(ramps: Ramps, start: Mapping[str, float], scale: Mapping[str, float], believed: float) -> WeightedFit:
    """Return the fit of a loop without gate: with the shape field where the loop tells it, else with the believed."""
    held = _settled(ramps, start, scale)
    try:
        free = _settled(ramps, {**_named(held), "shape_field": believed}, scale)
    except InferenceError:
        return held
    k = free.names.index("shape_field")
    return free if free.covariance[k, k] ** 0.5 < _TOLD * believed else held


def _settled(ramps: Ramps, start: Mapping[str, float], scale: Mapping[str, float]) -> WeightedFit:
    """Return the fit whose weights are those of its own result: they depend on how steep the model is."""
    fit = ramps.weighted(start).fit(start, scale)
    for _ in range(_PASSES):
        fit = ramps.weighted(_named(fit)).fit(_named(fit), scale)
    return fit


def _scales(seen: RampGuess, strain: _Strain) -> dict[str, float]:
    """Return how far each parameter may be off its guess."""
    widest = float(seen.half_widths.max())
    volts = float(np.max(np.abs(strain.effective({})))) or 1.0
    return {
        "resistance_parallel": seen.high - seen.low,
        "resistance_antiparallel": seen.high - seen.low,
        "dipole_field": widest,
        "transverse_field": widest if strain.rests else 0.02 * widest,
        "ramp_half_width": widest,
        "stress_field_per_volt": widest / volts,
        "shape_field": widest,
        "piezo_hysteresis": 0.05,
        "piezo_creep": 0.01,
    }


def _reasons(fit: WeightedFit, strain: _Strain) -> dict[str, str]:
    every = {
        "transverse_field": "the ends of the ramp are as sharp as temperature leaves them",
        "piezo_creep": "the half width is not seen to grow while the gate stays: creep is that of the belief",
    }
    if strain.rests:
        every["piezo_creep"] = "there is hardly any gate, so nothing that creeps: it is that of the belief"
        every["shape_field"] = (
            "too few readings lie where the layer turns to tell it from the stray field: it is that of the belief"
        )
    if strain.visits > 1:
        every["piezo_hysteresis"] = "the gates must be visited on the way up and on the way down, four times in all"
    return {name: why for name, why in every.items() if name not in fit.names}


def _remarks(seen: RampGuess, fit: WeightedFit, strain: _Strain, junction: Junction) -> tuple[str, ...]:
    said = []
    if seen.orientation < 0:
        said.append("The hard layer points along +x: the junction is antiparallel in low fields.")
    if strain.rests:
        said.append(
            "Both branches coincide: the layer turns in a stray transverse field, and H_k is stiffness beside it."
        )
    if fit.poor:
        reduced = fit.chi_square / fit.dof
        said.append(
            f"Residuals exceed the scatter within readings (χ²/ν = {reduced:.3g}): slow noise, or no coherent "
            "layer; uncertainties are widened by it."
        )
    if "transverse_field" in fit.names:
        said.append("Only the size of the transverse field shows in these loops, not its sign.")
    if "piezo_hysteresis" in fit.names:
        said.append(f"The piezo's loop is that for a full drive of {junction.piezo_hysteresis_voltage:g} V.")
    return tuple(said)


def _means(visit: Visits, values: Floats) -> Floats:
    return np.asarray(np.bincount(visit, values) / np.bincount(visit), float)


def _named(fit: WeightedFit) -> dict[str, float]:
    return dict(zip(fit.names, map(float, fit.values), strict=True))
