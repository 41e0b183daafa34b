"""From a gate that steps and holds to the creep of the strain and to what flows through the gate.

Creep: strain(t) = strain_0 [1 + g log10(t/0.1 s)] after a step; for any course of the gate, steps dV_k at times t_k,

    V_eff(t) = V(t) + g D(t),    D(t) = sum over k of dV_k log10((t - t_k)/0.1 s)    (no less than 0 each).

The conductance is turned into an effective gate by the curve itself: above the threshold R = a + b/(s V_eff - nu), with
a and b fitted to the held gate and to a small probing step at its end, so that no believed resistance enters. nu is
small against the gate and taken from elsewhere. A stray field along the minor axis of 5 % of the dipole field bends
this curve so that g comes out 2 % smaller: SHAPE allows for it. V is what the strain answers to, the piezo's loop
included as it is believed: a loop that nobody knows of makes g too small by its width, and a third more.

Gate current: I = I_0 + V/R_leak + c sum over k of dV_k ((t - t_k)/1 s)^-n; what charges the capacitor flows during
ramps only, and readings follow them. I_0 is the ammeter's offset, the same at all gates.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from smtjlab.simulation.whitening import whitening_matrix

from .common_errors import CommonErrors, effects_of
from .errors import InferenceError
from .extraction import Estimate, Extraction
from .gate_course import GateHistory as GateHistory
from .gate_current import GateCurrent, gate_current
from .least_squares import Fit, Floats, Mask, differences, fit, placed
from .wandering import wandering, whitening

FEWEST = 8
"""Readings at the held gate that are needed at the least."""
EARLIEST = 0.5
"""Age in s of a step from which on its logarithm is believed."""
SHAPE = 0.01
"""Relative standard uncertainty of g by what the assumed curve and the logarithm are not."""
DECADES = 1.0
"""Least span of ages, in decades, that tells a growth per decade."""
FOLLOWS = 5.0
"""Standard deviations by which the probing step must change the conductance."""


@dataclass(frozen=True)
class StepReadings:
    """`n` readings before, while and after a gate is held; arrays of shape (n,), SI units."""

    history: GateHistory
    strain: GateHistory
    """The same in the voltage that the strain answers to, creep apart: the piezo's loop lags behind the gate."""
    time: Floats
    """Middle of each reading of the conductance in s."""
    gate: Floats
    strained: Floats
    """The voltage that the strain answers to during each reading, creep apart."""
    conductance: Floats
    scatter: Floats
    valid: Mask
    held: Mask
    """Readings at the held gate, and at the probing step after it."""
    probed: Mask
    """Those at the probing step."""
    current: Floats
    """A into the gate; nan where there is none."""
    current_time: Floats
    """Middle of each reading of the gate's current in s."""
    slow: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    """1/f noise that is known of, in S, shape (k, n): what each of k errors of one standard deviation does."""


@dataclass(frozen=True)
class GateStepView:
    """What a page draws; arrays of shape (n,)."""

    age: Floats
    """Time in s since the gate came to where it is: for axes in decades."""
    held: Mask
    conductance: Floats
    fitted: Floats
    """nan where the conductance was not fitted."""
    effective: Floats
    """What the creep adds to the gate in V, from each reading and the fitted curve; nan likewise."""
    current: Floats
    fitted_current: Floats


def gate_step(data: StepReadings, gate_sign: int, shape_voltage: Estimate) -> Extraction:
    """Return creep, leakage resistance and absorption, or why there is none. Raises InferenceError."""
    _check(data)
    current = gate_current(data.current_time, data.current, data.gate, data.history.absorption, _step_size(data))
    creep = _creep(data, gate_sign, shape_voltage)
    if isinstance(creep, str):
        return _joined(None, current, {"piezo_creep": creep})
    return _joined(creep, current, {})


def gate_step_of(data: StepReadings, gate_sign: int, shape_voltage: Estimate) -> GateStepView:
    """Return what a page draws. Raises InferenceError."""
    _check(data)
    current = gate_current(data.current_time, data.current, data.gate, data.history.absorption, _step_size(data))
    fitted = effective = np.full(len(data.time), np.nan)
    if isinstance(_creep(data, gate_sign, shape_voltage), Extraction):
        model = _Model(data, gate_sign, shape_voltage.value).with_wandering()
        found = fit(model.residuals, model.start())
        fitted = placed(model.conductance(found.theta), model.used)
        effective = placed(model.inverted(found.theta) - data.strained[model.used], model.used)
    age = data.history.age(data.time, data.gate)
    return GateStepView(age, data.held, data.conductance, fitted, effective, data.current, current.fitted)


@dataclass(frozen=True)
class _Model:
    """Parameters: resistance at the held gate, its change by 1/(s V - nu), creep g."""

    data: StepReadings
    sign: int
    shape_voltage: float
    wander: float = 0.0
    """1/f noise of the readings in S a decade, see `wandering`."""

    @cached_property
    def used(self) -> Mask:
        settled = (self.data.history.age(self.data.time, self.data.gate) >= EARLIEST) | self.data.probed
        return self.data.valid & self.data.held & settled

    @cached_property
    def drift(self) -> Floats:
        return self.data.strain.creep(self.data.time[self.used])

    @cached_property
    def middle(self) -> float:
        """1/(s V - nu) at the held gate."""
        return float(1 / (self.sign * np.median(self.data.strained[self.used]) - self.shape_voltage))

    def resistance(self, theta: Floats) -> Floats:
        effective = self.data.strained[self.used] + theta[2] * self.drift
        return np.asarray(theta[0] + theta[1] * (1 / (self.sign * effective - self.shape_voltage) - self.middle), float)

    def conductance(self, theta: Floats) -> Floats:
        return np.asarray(1 / self.resistance(theta), float)

    def inverted(self, theta: Floats) -> Floats:
        """Return the effective gate in V of each reading."""
        inverse = (1 / self.data.conductance[self.used] - theta[0]) / theta[1] + self.middle
        return np.asarray(self.sign * (1 / inverse + self.shape_voltage), float)

    @cached_property
    def whitening(self) -> Floats:
        scatter = self.data.scatter[self.used]
        if not self.data.slow.size:
            return whitening(self.data.time[self.used], scatter, self.wander)
        slow = self.data.slow[:, self.used]
        return whitening_matrix(np.diag(scatter**2) + slow.T @ slow)

    def apart(self, theta: Floats) -> Floats:
        return np.asarray(self.data.conductance[self.used] - self.conductance(theta), float)

    def residuals(self, theta: Floats) -> Floats:
        return np.asarray(self.whitening @ self.apart(theta), float)

    def with_wandering(self) -> _Model:
        """Return the model with as much 1/f noise as it leaves of the readings by itself, where none is known of."""
        if self.data.slow.size:
            return self
        found = fit(self.residuals, self.start())
        jacobian = differences(self.apart, found.theta)
        scatter = self.data.scatter[self.used]
        return replace(self, wander=wandering(self.data.time[self.used], scatter, self.apart(found.theta), jacobian))

    def start(self) -> Floats:
        value, probed = 1 / self.data.conductance[self.used], self.data.probed[self.used]
        gate = self.sign * self.data.strained[self.used] - self.shape_voltage
        before, after = np.flatnonzero(~probed)[-1], np.flatnonzero(probed)[0]
        slope = (value[after] - value[before]) / (1 / gate[after] - 1 / gate[before])
        return np.array([value[before], slope, 0.01])


def _creep(data: StepReadings, sign: int, shape_voltage: Estimate) -> Extraction | str:
    """Return the creep with its uncertainty, or why there is none."""
    model = _Model(data, sign, shape_voltage.value)
    probed = data.probed[model.used]
    if (~probed).sum() < FEWEST or not probed.any():
        raise InferenceError(
            f"A gate step needs at least {FEWEST} valid readings at the held gate and one at the probing step, but "
            f"there are {int((~probed).sum())} and {int(probed.sum())}."
        )
    reason = _unfit(model)
    if reason is not None:
        return reason
    model = model.with_wandering()
    found = fit(model.residuals, model.start())
    widening = found.widening
    told = Extraction(
        ("piezo_creep",),
        found.theta[2:],
        widening * found.covariance[2:, 2:],
        widening * found.covariance[2:, 2:],
        remarks=_remarks(model, found),
        taken={"shape_voltage": shape_voltage},
        chi_square=found.chi_square,
        dof=found.dof,
        points=int(model.used.sum()),
        fitted=placed(model.conductance(found.theta), model.used),
        pulls=placed(model.apart(found.theta) / data.scatter[model.used], model.used),
    )
    shape = CommonErrors({"piezo_creep": {"shape of the curve": SHAPE * float(found.theta[2])}}, _square(found, SHAPE))
    told = shape.added_to(told)
    if shape_voltage.uncertainty == 0:
        return told

    def again(side: int) -> dict[str, float]:
        moved = replace(model, shape_voltage=shape_voltage.value + side * shape_voltage.uncertainty)
        return {"piezo_creep": float(fit(moved.residuals, moved.start()).theta[2])}

    return effects_of({"piezo_creep": float(found.theta[2])}, {"shape_voltage": again}).added_to(told)


def _square(found: Fit, relative: float) -> Floats:
    return np.array([[(relative * found.theta[2]) ** 2]])


def _unfit(model: _Model) -> str | None:
    """Return why the conductance cannot tell the creep."""
    data, used = model.data, model.used
    probed = data.probed[used]
    gate = model.sign * data.strained[used]
    if gate.min() <= model.shape_voltage:
        return "the held gate has the sign that does not rotate"
    value, scatter = data.conductance[used], data.scatter[used]
    rise = value[probed].mean() - value[~probed][-1]
    if abs(rise) < FOLLOWS * float(np.hypot(scatter[~probed][-1], scatter[probed].mean() / np.sqrt(probed.sum()))):
        return "the conductance does not follow the gate there: it must be held above the threshold"
    age = data.history.age(data.time, data.gate)[used][~probed]
    if np.log10(age[-1] / age[0]) < DECADES:
        return f"the gate was held for {np.log10(age[-1] / age[0]):.2g} decades of time, and {DECADES:g} is needed"
    return None


def _remarks(model: _Model, found: Fit) -> tuple[str, ...]:
    said = []
    if model.wander > 0:
        relative = model.wander / float(np.median(model.data.conductance[model.used]))
        said.append(
            f"Readings wander about the logarithm of time as 1/f noise of {relative:.1e} a decade does: so they were "
            "weighed."
        )
    if found.widening > 1:
        said.append(
            f"The creep misses the data (χ²/ν = {found.chi_square / found.dof:.3g}): its uncertainty is "
            "widened by the root."
        )
    return tuple(said)


def _joined(creep: Extraction | None, current: GateCurrent, reasons: dict[str, str]) -> Extraction:
    """Return creep and what the gate's current tells as one extraction: they share no error."""
    told = current.told
    parts = [told] if creep is None else [creep, told]
    names = tuple(name for part in parts for name in part.names)
    covariance, statistical = np.zeros((2, len(names), len(names)))
    at = 0
    for part in parts:
        place = slice(at, at + len(part.names))
        covariance[place, place], statistical[place, place] = part.covariance, part.statistical
        at += len(part.names)
    base = told if creep is None else creep
    return replace(
        base,
        names=names,
        values=np.concatenate([part.values for part in parts]),
        covariance=covariance,
        statistical=statistical,
        reasons={**reasons, **told.reasons},
        remarks=tuple(remark for part in parts for remark in part.remarks),
        contributions={name: effects for part in parts for name, effects in part.contributions.items()},
    )


def _step_size(data: StepReadings) -> float:
    return float(np.median(data.gate[data.held]) - data.gate[~data.held].mean()) if (~data.held).any() else 0.0


def _check(data: StepReadings) -> None:
    finite = all(np.isfinite(values).all() for values in (data.time, data.gate, data.history.start, data.history.gate))
    if not finite:
        raise InferenceError("Every time and gate voltage of a gate step must be finite, but some are not.")
    if not data.held.any() or data.held.all():
        raise InferenceError("A gate step needs readings at the held gate and at the one before, but one is missing.")
