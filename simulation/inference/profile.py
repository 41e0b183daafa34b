"""Intervals by the profile of chi-square, for where the covariance lies.

A parameter is held at a value and everything else is fitted anew; the interval at 68.3 % (95.4 %) is where chi-square
is less than 1 (4) above its least value. Errors that all readings share do not bend chi-square, and are added in
squares at either end. Where an end differs by more than a tenth from what the covariance says, the covariance lies:
chi-square is no parabola within the interval, as for a stray field near 0, or for Gamma where R_P is hardly told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .errors import InferenceError
from .extraction import Estimate
from .static_answer import Answer, fit_static
from .static_fit import TransferFit

NEVER_FAR = 12.0
"""Gaussian standard deviations within which an end of an interval is looked for."""
LIES = 0.1
"""Relative difference from the Gaussian half-width from which on the covariance lies."""
JUMP = 0.2
"""Part of a level by which chi-square may still be below it 0.005 Gaussian standard deviations before an end."""
PINNED = 1e-4
"""Width, in Gaussian standard deviations, within which nu = |V_th| - Gamma is held."""


@dataclass(frozen=True)
class Interval:
    """A value with its 68.3 % and 95.4 % intervals; an end that the readings do not tell is infinite."""

    value: float
    low68: float
    high68: float
    low95: float
    high95: float
    gaussian: float
    """Standard uncertainty by the covariance."""

    @property
    def covariance_lies(self) -> bool:
        """Whether an end at 68.3 % is off by more than a tenth of what the covariance says."""
        halves = (self.value - self.low68, self.high68 - self.value)
        return any(not abs(half - self.gaussian) <= LIES * self.gaussian for half in halves)

    @property
    def measurable(self) -> bool:
        """Whether both ends at 95.4 % are told, and on the same side of 0."""
        ends = (self.low95, self.high95)
        return all(math.isfinite(end) for end in ends) and self.low95 * self.high95 > 0


def profile_intervals(fit: TransferFit, names: Sequence[str]) -> dict[str, Interval]:
    """Return the intervals of free parameters of a fit, and of `shape_voltage` (nu), by profile.

    Raises InferenceError where there is no fit, or where something else is asked for.
    """
    if fit.answer is None:
        raise InferenceError("A profile needs a fitted curve, but these readings allow none.")
    best = _refined(fit.answer)
    out = {}
    for name in names:
        if name == "shape_voltage" and {"threshold", "rotation_voltage"} <= set(best.question.free):
            value, sigma = _nu(best)
            common = 0.0
        elif name in best.question.free:
            k = best.question.fitted.index(name)
            value, sigma = float(best.theta[k]), float(np.sqrt(best.covariance[k, k]))
            common = math.hypot(*fit.extraction.contributions.get(name, {}).values()) if name in fit.extraction else 0.0
            common = math.sqrt(max(0.0, common**2 - sum(float(e[k]) ** 2 for e in best.effects_of_taken.values())))
        else:
            raise InferenceError(f"A profile must be of a free parameter, but `{name}` is none of this fit.")
        out[name] = _interval(_rise(best, name, sigma), value, sigma, common)
    return out


def measured_nu(fit: TransferFit) -> str:
    """Return in words what a transfer curve alone says of nu."""
    found = profile_intervals(fit, ["shape_voltage"])["shape_voltage"]
    ends = [f"{1e3 * end:.2g}" if math.isfinite(end) else "∞" for end in (found.low95, found.high95)]
    if found.measurable:
        return f"{ends[0]} to {ends[1]} mV (95 %) by the scatter alone; an error of the gate's scale is not in it"
    return f"not measurable: {ends[0]} to {ends[1]} mV (95 %)"


def _refined(answer: Answer) -> Answer:
    """Return the least chi-square itself, without any average over a stray field."""
    return replace(answer, spread=None)


def _nu(answer: Answer) -> tuple[float, float]:
    question = answer.question
    gradient = np.zeros(len(question.fitted))
    gradient[question.fitted.index("threshold")] = question.gate_sign
    gradient[question.fitted.index("rotation_voltage")] = -1.0
    return float(gradient @ answer.theta), float(np.sqrt(gradient @ answer.covariance @ gradient))


def _rise(best: Answer, name: str, sigma: float) -> Callable[[float], float]:
    """Return how much chi-square is above its least value, in units of the widening, with `name` held at a value."""
    question = best.question
    last: dict[str, Mapping[str, float]] = {"start": best.parameters}

    def rise(value: float) -> float:
        if name == "shape_voltage":
            asked = replace(question, shape_voltage=Estimate(value, PINNED * sigma))
        else:
            free = tuple(one for one in question.free if one != name)
            asked = replace(question, free=free, taken={**question.taken, name: Estimate(value, 0.0)})
        try:
            found = fit_static(asked, last["start"])
        except InferenceError:
            return math.inf  # no junction has this value
        last["start"] = found.parameters
        return max(0.0, found.chi_square - best.chi_square) / best.widening

    return rise


def _interval(rise: Callable[[float], float], value: float, sigma: float, common: float) -> Interval:
    ends = {}
    for level, label in ((1.0, "68"), (4.0, "95")):
        for side, end in ((-1, "low"), (1, "high")):
            half = _half_width(partial(_along, rise, value, side * sigma), level) * sigma
            ends[end + label] = value + side * math.hypot(half, math.sqrt(level) * common)
    return Interval(value, gaussian=math.hypot(sigma, common), **ends)


def _along(rise: Callable[[float], float], value: float, step: float, t: float) -> float:
    return rise(value + t * step)


def _half_width(rise: Callable[[float], float], level: float) -> float:
    """Return where the rise reaches a level, in Gaussian standard deviations; inf where it never does."""
    from scipy.optimize import brentq

    known = {0.0: -level}

    def above(t: float) -> float:
        if t not in known:  # asked once only: another start could end elsewhere
            known[t] = min(rise(t), 1e6) - level
        return known[t]

    near, far = 0.0, math.sqrt(level)
    while above(far) < 0:
        near, far = far, 1.4 * far
        if far > NEVER_FAR:
            return math.inf
    end = float(brentq(above, near, far, xtol=1e-3, rtol=1e-3))
    # Where chi-square jumps, no junction is possible beyond: it is not the readings that end the interval there.
    return math.inf if above(max(0.0, end - 5e-3)) < -JUMP * level else end
