"""A level that hops between two values, seen in noise at given times: likelihood, fit and most probable course.

A two-state Markov process in continuous time (rates k_low, k_high out of the states, 1/s) is sampled by readings that
average over an aperture at the end of each interval, with normal noise of one width. Because the transition
probabilities over an interval are those of the process itself,

    P(low -> high) = k_low/(k_low + k_high) [1 - exp(-(k_low + k_high) dt)],

dwells too short to be seen are counted in, intervals need not be equal, and the unfinished first and last dwell count
as what they are. A hop within an aperture leaves a reading anywhere between the levels. The likelihood is a product of
2 x 2 matrices (Rabiner, Proc. IEEE 77, 257 (1989)), here multiplied pair by pair; its maximum has the asymptotic
covariance, the inverse of its curvature, in the logarithms of the rates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMOOTHED = 8
"""Readings that are averaged for the second of two starts, which sees levels below the noise of one reading."""
FASTEST = 5.0
"""Largest rate in hops an interval, and slowest in hops a hundred traces: bounds of the search."""


@dataclass(frozen=True)
class Samples:
    """Readings of one trace; arrays of shape (n,)."""

    time: Floats
    """End of each reading in s, rising."""
    value: Floats
    aperture: float
    """Time in s over which a reading averages."""

    @property
    def interval(self) -> float:
        """Return the median interval in s."""
        return float(np.median(np.diff(self.time)))


@dataclass(frozen=True)
class TwoLevels:
    """The most likely process; values in the unit of the samples, rates in 1/s."""

    low: float
    step: float
    width: float
    """Standard deviation of the noise of one reading."""
    rate_low: float
    """Hops a second out of the low state."""
    rate_high: float
    log_likelihood: float
    covariance: Floats
    """Shape (5, 5): of low, step, ln width, ln rate_low, ln rate_high; nan where the likelihood has no maximum."""


def two_levels(samples: Samples) -> TwoLevels:
    """Return the most likely two-level process of some samples, at least 4 of them and not all equal."""
    from scipy.optimize import minimize

    centre, scale = float(np.mean(samples.value)), float(np.std(samples.value))
    scaled = Samples(samples.time, (samples.value - centre) / scale, samples.aperture)

    def cost(theta: Floats) -> float:
        return -_log_likelihood(theta, scaled)

    slowest, fastest = np.log(0.01 / np.ptp(samples.time)), np.log(FASTEST / samples.interval)
    bounds = [(-10, 10), (1e-3, 20), (-12, 2), (slowest, fastest), (slowest, fastest)]
    starts = [np.clip(_start(scaled, width), *np.array(bounds).T) for width in (1, SMOOTHED)]
    found = minimize(cost, min(starts, key=cost), method="L-BFGS-B", bounds=bounds)
    low, step, width, rate_low, rate_high = found.x
    size = np.array([scale, scale, 1, 1, 1])
    covariance = np.outer(size, size) * _covariance(cost, found.x)
    return TwoLevels(
        centre + scale * low, scale * step, scale * np.exp(width), np.exp(rate_low), np.exp(rate_high),
        -float(found.fun) - len(samples.value) * np.log(scale), covariance,
    )  # fmt: skip


def probability_high(samples: Samples, levels: TwoLevels) -> Floats:
    """Return for each reading the probability that the high state held at its end, given all readings, shape (n,)."""
    theta = np.array([levels.low, levels.step, *np.log([levels.width, levels.rate_low, levels.rate_high])])
    first, steps, _ = _matrices(theta, samples)
    ahead = np.empty((len(samples.value), 2))
    ahead[0] = first / first.sum()
    for k, step in enumerate(steps):
        row = ahead[k] @ step
        ahead[k + 1] = row / row.sum()
    behind = np.ones(2)
    smoothed = np.empty(len(ahead))
    for k in range(len(ahead) - 1, -1, -1):
        both = ahead[k] * behind
        smoothed[k] = both[1] / both.sum()
        if k > 0:
            behind = steps[k - 1] @ behind
            behind /= behind.sum()
    return smoothed


def _log_likelihood(theta: Floats, samples: Samples) -> float:
    first, steps, log_scale = _matrices(theta, samples)
    total = log_scale
    while len(steps) > 1:
        if len(steps) % 2:
            steps = np.concatenate([steps, np.eye(2)[None]])
        steps = steps[::2] @ steps[1::2]
        peak = steps.max(axis=(1, 2), keepdims=True)
        steps, total = steps / peak, total + float(np.log(peak).sum())
    return total + float(np.log(np.sum(first @ steps[0])))


def _matrices(theta: Floats, samples: Samples) -> tuple[Floats, Floats, float]:
    """Return the first reading's (2,), the steps' (n - 1, 2, 2), and the logarithm of what was taken out of them."""
    low, step, log_width = theta[:3]
    rates = np.exp(theta[3:])
    density = _normal(samples.value[:, None], np.array([low, low + step]), log_width)
    interval = np.diff(samples.time)
    hopped = -np.expm1(-rates.sum() * interval)[:, None] * rates / rates.sum()  # (n - 1, 2): out of low, out of high
    blurred = np.clip(samples.aperture / interval, 1e-9, 1 - 1e-9)[:, None]
    between = _between(samples.value[1:], low, step, np.exp(log_width))[:, None]
    arrived = np.logaddexp(np.log1p(-blurred) + density[1:], np.log(blurred) + between)
    logs = np.empty((len(interval), 2, 2))
    kept = np.exp(-rates * interval[:, None])
    logs[:, [0, 1], [0, 1]] = np.logaddexp(
        np.log(kept) + density[1:], np.log(np.maximum(1 - hopped - kept, 1e-300)) + arrived
    )
    logs[:, [0, 1], [1, 0]] = np.log(hopped) + arrived[:, ::-1]
    peak = logs.max(axis=(1, 2), keepdims=True)
    first = density[0].max()
    start = np.exp(density[0] - first) * rates[::-1] / rates.sum()
    return start, np.exp(logs - peak), float(peak.sum() + first)


def _normal(value: Floats, mean: Floats, log_width: float) -> Floats:
    return np.asarray(-0.5 * ((value - mean) / np.exp(log_width)) ** 2 - log_width - 0.5 * np.log(2 * np.pi), float)


def _between(value: Floats, low: float, step: float, width: float) -> Floats:
    """Return the logarithm of the density of a reading during which the level hopped: anywhere between, and noise."""
    from scipy.special import log_ndtr

    # Symmetric about the middle: taken on the side where the difference of two tails keeps its digits.
    distance = -np.abs(value - low - step / 2)
    upper, lower = log_ndtr((distance + step / 2) / width), log_ndtr((distance - step / 2) / width)
    return np.asarray(upper + np.log(-np.expm1(np.minimum(lower - upper, -1e-12))) - np.log(step), float)


def _start(samples: Samples, width: int) -> Floats:
    """Return a guess: the two groups of (averaged) readings with the least scatter within them, and their hops."""
    kernel = np.ones(width) / width
    value = np.convolve(samples.value, kernel, mode="valid") if len(samples.value) > 4 * width else samples.value
    ordered = np.sort(value)
    count = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)[:-1]
    between = (sums - count * ordered.mean()) ** 2 / (count * (len(ordered) - count))
    divide = ordered[int(np.argmax(between))]
    high = value > divide
    low, top = float(value[~high].mean()), float(value[high].mean()) if high.any() else float(ordered[-1])
    nearer = np.abs(samples.value - top) < np.abs(samples.value - low)
    noise = float(np.std(samples.value - np.where(nearer, top, low)))
    hops = max(1.0, float(np.sum(high[1:] != high[:-1]))) / 2
    whole = float(np.ptp(samples.time))
    share = float(np.clip(high.mean(), 0.02, 0.98))
    rates = np.log([hops / (whole * (1 - share)), hops / (whole * share)])
    return np.array([low, max(top - low, 1e-2), np.log(max(noise, 1e-4)), *rates])


def _covariance(cost: Callable[[Floats], float], at: Floats) -> Floats:
    """Return the inverse of the curvature by central differences; nan where it is not that of a minimum."""
    steps = np.array([1e-3, 1e-3, 1e-3, 1e-2, 1e-2]) * np.array([np.exp(at[2]), np.exp(at[2]), 1, 1, 1])
    moves = np.diag(steps)
    curvature = np.empty((5, 5))
    for i in range(5):
        for j in range(i + 1):
            with np.errstate(invalid="ignore"):  # a step at its lower bound has none below it
                corners = [cost(at + s * moves[i] + t * moves[j]) * s * t for s in (1, -1) for t in (1, -1)]
            curvature[i, j] = curvature[j, i] = sum(corners) / (4 * steps[i] * steps[j])
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature)[0] <= 0:
        return np.full((5, 5), np.nan)
    return np.asarray(np.linalg.inv(curvature), float)
