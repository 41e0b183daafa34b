"""A transfer curve fitted once more with one imperfection allowed, for each that is known.

Hysteresis and creep of the piezo act through the gate that the strain answers to: by how much it moves at each reading
follows from the piezo's own equations and the very stimuli of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.stimulus import Stimulus
from smtjlab.simulation.whitening import Whitening

from .gate_memory import effective_gates
from .static_curve import ALIGNED, CURVE_PARAMETERS, static_curve, static_curve_derivatives
from .suspects import Alternative, Suspect

Floats = NDArray[np.float64]

LARGEST = {
    Suspect.HYSTERESIS: 0.5,
    Suspect.CREEP: 0.2,
    Suspect.TRANSVERSE_FIELD: 0.5,
    Suspect.TEMPERATURE: 5.0,
    Suspect.GATE_GAIN: 0.5,
    Suspect.DRIFT: 0.5,
}
"""Sizes beyond which no imperfection is looked for; that of the temperature is the logarithm of a factor."""
FAR = 1e9
HISTORY = {Suspect.HYSTERESIS: "piezo_hysteresis", Suspect.CREEP: "piezo_creep"}
"""Fields of a junction that act through the history of its gate."""
STEPS = {Suspect.HYSTERESIS: 1e-3, Suspect.CREEP: 1e-4, Suspect.TRANSVERSE_FIELD: 0.02}
"""Sizes from which a fit starts where the curve is even in them, or where they are small numbers by nature."""
DRIVES = (1.0, 2.5)
"""Full drives of a piezo's loop that are tried, over the largest gate of the run."""
PARAMETER = {
    Suspect.SERIES_RESISTANCE: "series_resistance",
    Suspect.TRANSVERSE_FIELD: "transverse_ratio",
    Suspect.TEMPERATURE: "thermal_energy",
    Suspect.PARALLEL: "resistance_parallel",
    Suspect.GATE_GAIN: "gate_gain",
}
"""Imperfections that are parameters of the curve."""


@dataclass(frozen=True)
class FittedCurve:
    """A fit of a transfer curve, with all that is needed to do it again; arrays of shape (n,)."""

    gate: Floats
    """V."""
    conductance: Floats
    """S."""
    white: Whitening
    """Makes the errors of the readings independent."""
    parameters: Mapping[str, float]
    """What `static_curve` takes, at the best fit."""
    free: tuple[str, ...]
    """Those of CURVE_PARAMETERS that were fitted."""
    gate_sign: int = 1

    @property
    def residuals(self) -> Floats:
        """Reading minus curve in S."""
        return self.conductance - static_curve(self.gate, self.parameters, gate_sign=self.gate_sign)


def alternatives(
    fit: FittedCurve, *, time: Floats | None = None, shifts: Sequence[tuple[Suspect, Floats]] = ()
) -> list[Alternative]:
    """Return the fit done again with each imperfection that was not free in it.

    `time` (n,) in s lets a drift be seen, `shifts` (n,) in V per unit (see `gate_shifts`) a history of the gate. Where
    G_AP was fitted, a series resistance cannot be told from another R_P, and is not tried.
    """
    settled = {suspect for suspect, name in PARAMETER.items() if name in fit.free}
    if "conductance_antiparallel" in fit.free:
        settled.add(Suspect.SERIES_RESISTANCE)
    if not np.isfinite({**ALIGNED, **fit.parameters}["thermal_energy"]):
        settled.add(Suspect.TEMPERATURE)
    found = [_by_parameter(fit, suspect) for suspect in PARAMETER if suspect not in settled]
    found += [_by_history(fit, suspect, shift) for suspect, shift in shifts]
    if time is not None and np.ptp(time) > 0:
        found.append(_by_drift(fit, (time - time[0]) / float(np.ptp(time))))
    return found


def gate_shifts(junction: Junction, stimuli: Sequence[Sequence[Stimulus]]) -> list[tuple[Suspect, Floats]]:
    """Return by how much in V a piezo's hysteresis and creep would move the gate at each reading, per unit, (n,).

    `stimuli` are those of each reading. They are moved from what `junction` is believed to have of either. Where
    it is believed to have no hysteresis, nobody knows the full drive of its loop: it is tried as the largest gate of
    the run, and as what is beyond it. Nothing where a reading has no stimulus that was read: then nobody knows either.
    """
    largest = max((abs(one.gate) for reading in stimuli for one in reading), default=0.0)
    known = junction.piezo_hysteresis > 0 or largest == 0
    drives = [junction.piezo_hysteresis_voltage] if known else [factor * largest for factor in DRIVES]
    trials = [(Suspect.HYSTERESIS, junction.changed(piezo_hysteresis_voltage=drive)) for drive in drives]
    if not all(any(one.read for one in reading) for reading in stimuli):
        return []
    return [_shift(suspect, one, stimuli) for suspect, one in [*trials, (Suspect.CREEP, junction)]]


def _shift(suspect: Suspect, junction: Junction, stimuli: Sequence[Sequence[Stimulus]]) -> tuple[Suspect, Floats]:
    name = HISTORY[suspect]
    other = _away(junction, name, STEPS[suspect])
    lived = (
        (one.gate, one.duration, number if one.read else -1)
        for number, reading in enumerate(stimuli)
        for one in reading
    )
    gates = effective_gates([junction, junction.changed(**{name: other})], lived, len(stimuli))
    return suspect, (gates[:, 1] - gates[:, 0]) / (other - getattr(junction, name))


def _away(junction: Junction, name: str, step: float) -> float:
    """Return a neighbouring value that a junction may have."""
    before = float(getattr(junction, name))
    return before - step if before > step else before + step


Curve = Callable[[Mapping[str, float], float], tuple[Floats, Floats]]
"""Parameters and the size of an imperfection to conductances (n,) and derivatives (n, 8) by CURVE_PARAMETERS."""


def _by_parameter(fit: FittedCurve, suspect: Suspect) -> Alternative:
    name = PARAMETER[suspect]
    before = {**ALIGNED, **fit.parameters}[name]

    def curve(parameters: Mapping[str, float], size: float) -> tuple[Floats, Floats]:
        value = before * np.exp(size) if suspect is Suspect.TEMPERATURE else before + size
        return static_curve_derivatives(fit.gate, {**parameters, name: value}, gate_sign=fit.gate_sign)

    scale = before * 1e-2 if suspect in (Suspect.PARALLEL, Suspect.GATE_GAIN) else 1e-2
    if suspect is Suspect.SERIES_RESISTANCE:
        scale = 1e-3 / fit.parameters["conductance_antiparallel"]
    return _refitted(fit, suspect, curve, STEPS.get(suspect, 0.0), scale)


def _by_history(fit: FittedCurve, suspect: Suspect, shift: Floats) -> Alternative:
    def curve(parameters: Mapping[str, float], size: float) -> tuple[Floats, Floats]:
        return static_curve_derivatives(fit.gate + size * shift, parameters, gate_sign=fit.gate_sign)

    return _refitted(fit, suspect, curve, STEPS[suspect], 10 * STEPS[suspect])


def _by_drift(fit: FittedCurve, passed: Floats) -> Alternative:
    """Return the fit with a drift of the conductance; its size is that over the whole run, relative."""

    def curve(parameters: Mapping[str, float], size: float) -> tuple[Floats, Floats]:
        conductance, derivatives = static_curve_derivatives(fit.gate, parameters, gate_sign=fit.gate_sign)
        factor = 1 + size * passed
        return conductance * factor, derivatives * factor[:, None]

    return _refitted(fit, Suspect.DRIFT, curve, 0.0, 1e-3)


def _possible(parameters: Mapping[str, float], suspect: Suspect, size: float) -> bool:
    """Return whether there is a junction with these parameters, and an imperfection of this size."""
    foot, parallel = parameters["conductance_antiparallel"], parameters["resistance_parallel"]
    parallel += size if suspect is Suspect.PARALLEL else 0.0
    within = abs(size) < LARGEST.get(suspect, np.inf) and abs(parameters.get("transverse_ratio", 0.0)) < 1
    return within and parameters["rotation_voltage"] > 0 and 0 < foot * parallel < 1


def _refitted(fit: FittedCurve, suspect: Suspect, curve: Curve, start: float, scale: float) -> Alternative:
    """Return the fit with one more parameter; `scale` is a size that matters."""
    from scipy.optimize import least_squares

    columns = [CURVE_PARAMETERS.index(name) for name in fit.free]
    best = np.array([fit.parameters[name] for name in fit.free])
    sizes = np.where(best == 0, 1.0, np.abs(best))

    def parameters(x: Floats) -> dict[str, float]:
        return {**fit.parameters, **dict(zip(fit.free, best + sizes * x[:-1], strict=True))}

    def residuals(x: Floats) -> Floats:
        if not _possible(parameters(x), suspect, x[-1] * scale):
            return np.full(len(fit.gate), FAR)  # a step that leads nowhere is not taken
        return fit.white(curve(parameters(x), x[-1] * scale)[0] - fit.conductance)

    def jacobian(x: Floats) -> Floats:
        of, size = parameters(x), x[-1] * scale
        conductance, derivatives = curve(of, size)
        more = curve(of, size + 1e-4 * scale)[0]
        by_size = (more - conductance) / 1e-4
        return fit.white(np.stack([*(derivatives[:, columns] * sizes).T, by_size])).T

    begin = np.zeros(len(best) + 1)
    begin[-1] = start / scale
    found = least_squares(residuals, begin, jac=jacobian, method="lm", xtol=1e-8, ftol=1e-8, max_nfev=60)
    return Alternative(suspect, float(found.x[-1] * scale), 2 * float(found.cost))
