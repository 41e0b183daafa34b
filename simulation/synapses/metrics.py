"""What is asked of a synapse: straight, symmetric, repeatable, many levels, lasting, thrifty; each with its error.

A largest deviation and a mean size of differences grow with noise. So where they stand and which sign they have is
taken from the *other* cycles, and their size from the cycle itself: a straight or symmetric device then comes out as
0 within its error, however noisy it is. The price is that a deviation well below the noise is found too small. One
cycle alone has no others: its figures are too large by what the noise makes of them, and `remarks` say so.

Uncertainties are the larger of two: the scatter of cycles drawn anew, and that of copies of the readings with their
standard uncertainties added. A common gain error cancels in all ratios.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.landscape import FloatArray

from .checks import check_within, checked_array
from .held_out import RESAMPLED, asymmetry, bend, estimated, loop, mean, rise, scattered
from .pulse_cycles import PulseCycles

if TYPE_CHECKING:
    from .holds import HeldChange

APART = 3.0
"""Standard deviations of their difference by which two levels must be apart to be told from each other."""
SMALLER_IS_BETTER = {
    "nonlinearity_up": True,
    "nonlinearity_down": True,
    "asymmetry": True,
    "loop": True,
    "spread": True,
    "step_scatter": True,
    "levels": False,
    "retention": True,
    "energy": True,
}
"""The figures by which devices are ranked, in the order of tables."""
_WITH_UNIT = ("levels", "energy")
_ROUNDING = 1e-12
_COUNTED = 1 / math.sqrt(12)
"""Standard uncertainty of a count, which is a whole number."""


@dataclass(frozen=True)
class SynapseFigures:
    """Figures of one device; fractions of its span where no unit is given."""

    span: Estimate
    """Conductance in S that the pulses up gain."""
    nonlinearity_up: Estimate
    """Largest distance from the line through the end points, over the span."""
    nonlinearity_down: Estimate
    asymmetry: Estimate
    """Difference of the steps up and down at equal conductance, over their mean size, averaged over the span."""
    loop: Estimate
    """Mean distance of up and down at equal pulse numbers. Steps that a piezo's loop leaves out are in it; in the
    asymmetry at equal conductance they are not, for they cross no conductance."""
    spread: Estimate
    """Standard deviation from cycle to cycle at equal pulse numbers, without the scatter of reading."""
    step_scatter: Estimate
    """Standard deviation of a single step from cycle to cycle, without the scatter of reading."""
    levels: Estimate
    """Levels that can be told from each other, `APART` standard deviations of a difference from one to the next; never
    more than pulses plus one."""
    energy: Estimate | None = None
    """J an update."""
    retention: Estimate | None = None
    """Root mean square of the change over a hold, over the span, without the scatter of reading (see `hold_drift`)."""
    holds: tuple[HeldChange, ...] = ()
    """Change by the time of the hold, the shortest first; `retention` is that of the longest."""
    remarks: tuple[str, ...] = ()
    """What a reader must know before believing the figures, one sentence each."""

    def with_retention(self, drift: Estimate) -> SynapseFigures:
        """Return the figures with the change over a hold."""
        return replace(self, retention=drift)


def synapse_figures(cycles: PulseCycles, rng: np.random.Generator) -> SynapseFigures:
    """Return the figures of cycles of pulses. Raises ModelError where the conductance does not rise by the pulses."""
    span = estimated(cycles, rise, rng)
    if span.value <= 0:
        raise ModelError(f"The conductance must rise by pulses up, but changes by {span.value:g} S.")
    remarks = () if len(cycles) > 1 else (
        "One cycle has no others to compare with: nonlinearity and asymmetry hold what reading noise makes of them, "
        "and the spread from cycle to cycle is unknown.",
    )  # fmt: skip
    return SynapseFigures(
        span=span,
        nonlinearity_up=estimated(cycles, lambda one, weights: bend(one.up, weights), rng),
        nonlinearity_down=estimated(cycles, lambda one, weights: bend(-one.down, weights), rng),
        asymmetry=estimated(cycles, asymmetry, rng),
        loop=estimated(cycles, loop, rng),
        spread=_spread(cycles, span.value),
        step_scatter=_step_scatter(cycles, span.value),
        levels=_levels(cycles, rng),
        energy=mean(cycles.energy) if cycles.energy.size else None,
        remarks=remarks,
    )


def hold_drift(
    start: ArrayLike, end: ArrayLike, span: float, *, start_standard: ArrayLike = 0.0, end_standard: ArrayLike = 0.0
) -> Estimate:
    """Return the root mean square change over a hold as a fraction of the span in S, the scatter of reading taken off.

    `start` and `end` (r,) are conductances in S of `r` holds, with their standard uncertainties. Raises ModelError.
    """
    check_within("span", span, 0, math.inf, "S", above=True)
    change = np.atleast_1d(checked_array("end", end) - checked_array("start", start)) / span
    noise = np.hypot(np.asarray(start_standard, np.float64), np.asarray(end_standard, np.float64)) / span
    noise = np.broadcast_to(noise, change.shape)
    square = float(np.mean(change**2 - noise**2))
    true = np.maximum(change**2 - noise**2, 0.0)
    by_reading = math.sqrt(float(np.sum(2 * noise**4 + 4 * true * noise**2))) / len(change)
    of_square = max(by_reading, mean(change**2).uncertainty if len(change) > 1 else 0.0)
    value = math.sqrt(max(square, 0.0))
    return Estimate(value, of_square / (2 * value) if value**2 > of_square / 4 else math.sqrt(of_square))


def _spread(cycles: PulseCycles, span: float) -> Estimate:
    """Its error is as if all readings of a cycle scattered together, which is the most that it can be."""
    if len(cycles) < 2:
        return Estimate(math.nan, math.nan)
    variance = np.concatenate([cycles.up.var(axis=0, ddof=1), cycles.down.var(axis=0, ddof=1)])
    noise = np.concatenate([cycles.up_standard, cycles.down_standard], axis=1) ** 2
    return _root(float(np.mean(variance)), float(np.mean(noise)), span, len(cycles) - 1)


def _step_scatter(cycles: PulseCycles, span: float) -> Estimate:
    """Its error is as if steps scattered each on its own, of which a half is counted for neighbours."""
    if len(cycles) < 2:
        return Estimate(math.nan, math.nan)
    steps = np.concatenate([np.diff(cycles.up), np.diff(cycles.down)], axis=1)
    noise = [one[:, 1:] ** 2 + one[:, :-1] ** 2 for one in (cycles.up_standard, cycles.down_standard)]
    freedom = (len(cycles) - 1) * steps.shape[1] / 2
    return _root(
        float(np.mean(steps.var(axis=0, ddof=1))), float(np.mean(np.concatenate(noise, axis=1))), span, freedom
    )


def _root(variance: float, noise: float, span: float, freedom: float) -> Estimate:
    """Return the standard deviation that is left without noise, over the span, and its error."""
    error, left = variance * math.sqrt(2 / freedom), variance - noise
    value = math.sqrt(max(left, 0.0))
    uncertainty = error / (2 * value) if value**2 > error / 4 else math.sqrt(error)
    return Estimate(value / span, uncertainty / span)


def _levels(cycles: PulseCycles, rng: np.random.Generator) -> Estimate:
    """Return the fewer of the levels up and down, with the scatter of drawing cycles anew and that of a count."""
    copies = []
    for _ in range(RESAMPLED):
        drawn = rng.integers(0, len(cycles), len(cycles))
        copies.append(_count_levels(scattered(cycles, rng) if len(cycles) == 1 else _taken(cycles, drawn)))
    return Estimate(float(_count_levels(cycles)), math.hypot(_COUNTED, float(np.std(copies, ddof=1))))


def _count_levels(cycles: PulseCycles) -> int:
    return min(
        _distinct(cycles.up.mean(axis=0), _scatter(cycles.up, cycles.up_standard)),
        _distinct(cycles.down.mean(axis=0), _scatter(cycles.down, cycles.down_standard)),
    )


def _scatter(values: FloatArray, standard: FloatArray) -> float:
    """Return the standard deviation of one reading, everything together: at least what the readings claim."""
    claimed = float(np.mean(standard**2))
    return math.sqrt(max(claimed, float(np.mean(values.var(axis=0, ddof=1))) if len(values) > 1 else 0.0))


def _distinct(ladder: FloatArray, sigma: float) -> int:
    ordered = np.sort(ladder)
    apart = max(APART * math.sqrt(2) * sigma, 1e-9 * float(np.ptp(ordered)))
    count, last = 1, ordered[0]
    for level in ordered[1:]:
        if level - last >= apart and level > last:
            count, last = count + 1, level
    return count


def _taken(cycles: PulseCycles, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> PulseCycles:
    return replace(
        cycles, **{name: getattr(cycles, name)[rows] for name in ("up", "down", "up_standard", "down_standard")}
    )


@dataclass(frozen=True)
class Ranking:
    """Devices by one figure, the best first."""

    metric: str
    devices: tuple[str, ...]
    estimates: tuple[Estimate, ...]

    def lead(self, better: str, worse: str) -> float:
        """Return by how many standard deviations of the difference one device is better than another.

        inf for different values without errors, 0 for those that only rounding tells apart; negative where it is
        worse.
        """
        one, other = (self.estimates[self.devices.index(name)] for name in (better, worse))
        gain = other.value - one.value if SMALLER_IS_BETTER[self.metric] else one.value - other.value
        error = math.hypot(one.uncertainty, other.uncertainty)
        size = max(abs(one.value), abs(other.value))
        rounding = _ROUNDING * (size if self.metric in _WITH_UNIT else max(size, 1.0))
        if abs(gain) <= rounding:
            return 0.0
        return gain / error if error > rounding else math.copysign(math.inf, gain)

    @property
    def leads(self) -> tuple[float, ...]:
        """By how many sigma each device is better than the next, one fewer than devices."""
        return tuple(self.lead(a, b) for a, b in zip(self.devices, self.devices[1:], strict=False))


def rank(devices: Mapping[str, SynapseFigures]) -> tuple[Ranking, ...]:
    """Return a ranking for each figure that at least two of the devices have."""
    rankings = []
    for metric, smaller in SMALLER_IS_BETTER.items():
        named = {name: getattr(figures, metric) for name, figures in devices.items()}
        known = {name: one for name, one in named.items() if one is not None and math.isfinite(one.value)}
        order = sorted(known, key=lambda name: known[name].value, reverse=not smaller)
        if len(order) > 1:
            rankings.append(Ranking(metric, tuple(order), tuple(known[name] for name in order)))
    return tuple(rankings)
