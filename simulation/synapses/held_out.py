"""Figures that noise would make too large: place and sign from the other cycles, size from the cycle itself.

Errors come from drawing cycles anew. A cycle that is drawn twice is no other of itself, hence weights and not copies.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.landscape import FloatArray

from .pulse_cycles import PulseCycles

RESAMPLED = 100
_WITHIN_SIGMA = 0.8413447460685429
"""Share of a normal law below one standard deviation."""


def rise(cycles: PulseCycles, weights: FloatArray) -> float:
    """Return the weighted mean in S of what pulses up gain; weights (c,)."""
    return float(np.average(cycles.up[:, -1] - cycles.up[:, 0], weights=weights))


def bend(rising: FloatArray, weights: FloatArray) -> float:
    """Return the largest distance of cycles (c, n + 1) from the lines through their ends, over the mean rise."""
    share = np.linspace(0.0, 1.0, rising.shape[1])
    whole = rising[:, -1:] - rising[:, :1]
    away = rising - (rising[:, :1] + whole * share)
    others = _others(away, weights)
    place = np.argmax(np.abs(others), axis=1)
    rows = np.arange(len(rising))
    sizes = away[rows, place] * np.sign(others[rows, place])
    return float(np.average(sizes, weights=weights) / np.average(whole[:, 0], weights=weights))


def asymmetry(cycles: PulseCycles, weights: FloatArray) -> float:
    """Return the integral of |up - down| over the conductance, over that of the mean size.

    A step counts over the conductances that it crosses in the mean of all cycles: exact for small steps, 0.6 % low
    for a memristor whose steps begin with 14 % of the span. Raises ModelError where up and down have nothing in common.
    """
    ladder_up = np.maximum.accumulate(np.average(cycles.up, axis=0, weights=weights))
    ladder_down = np.maximum.accumulate(np.average(cycles.down, axis=0, weights=weights)[::-1])
    low, high = max(ladder_up[0], ladder_down[0]), min(ladder_up[-1], ladder_down[-1])
    if high <= low:
        raise ModelError("Pulses up and down must cross the same conductances, but do not.")
    edges = np.unique(np.clip(np.concatenate([ladder_up, ladder_down]), low, high))
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    up = np.diff(cycles.up)[:, np.searchsorted(ladder_up, middles) - 1]
    down = -np.diff(cycles.down)[:, ::-1][:, np.searchsorted(ladder_down, middles) - 1]
    difference = up - down
    sizes = (difference * np.sign(_others(difference, weights)) * widths).sum(axis=1)
    whole = ((up + down) / 2 * widths).sum(axis=1)
    return float(np.average(sizes, weights=weights) / np.average(whole, weights=weights))


def loop(cycles: PulseCycles, weights: FloatArray) -> float:
    """Return the mean distance of up and down at equal places over the mean rise; places as shares of the pulses.

    What a piezo's loop or a saturation leaves between both ways: a memristor's is coth(b/2) - 2/b, b = P_max/A.
    """
    places = np.linspace(0.0, 1.0, max(cycles.up.shape[1], cycles.down.shape[1]))
    up, down = (_at(places, one) for one in (cycles.up, cycles.down[:, ::-1]))
    apart = up - down
    sizes = np.trapezoid(apart * np.sign(_others(apart, weights)), places, axis=1)
    return float(np.average(sizes, weights=weights)) / rise(cycles, weights)


def estimated(
    cycles: PulseCycles, figure: Callable[[PulseCycles, FloatArray], float], rng: np.random.Generator
) -> Estimate:
    """Return a figure of weighted cycles with its error: the larger of cycles drawn anew and readings scattered anew.

    An error from few cycles is widened by Student's law, so that it holds 68 %.
    """
    count = len(cycles)
    alike = np.ones(count)
    errors = [0.0]
    if cycles.up_standard.any() or cycles.down_standard.any():
        errors.append(float(np.std([figure(scattered(cycles, rng), alike) for _ in range(RESAMPLED)], ddof=1)))
    if count > 1:
        drawn = rng.multinomial(count, alike / count, RESAMPLED).astype(np.float64)
        several = drawn[(drawn > 0).sum(axis=1) > 1]  # one cycle alone has no others
        if len(several) > 1:
            copies = [figure(cycles, weights) for weights in several]
            errors.append(float(np.std(copies, ddof=1)) * math.sqrt(count / (count - 1)) * student(count))
    return Estimate(figure(cycles, alike), max(errors))


def mean(values: FloatArray) -> Estimate:
    """Return the mean of independent values (k,); its error holds it with 68 %, by Student's law of few of them."""
    if len(values) < 2:
        return Estimate(float(np.mean(values)), 0.0)
    return Estimate(
        float(np.mean(values)), student(len(values)) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    )


def student(count: int) -> float:
    """Return the factor by which a standard error from `count` values must be widened to hold 68 %; 1 for many."""
    from scipy.stats import t

    return float(t.ppf(_WITHIN_SIGMA, count - 1))


def scattered(cycles: PulseCycles, rng: np.random.Generator) -> PulseCycles:
    """Return a copy of the readings with their standard uncertainties added once more."""
    return replace(
        cycles,
        up=cycles.up + cycles.up_standard * rng.standard_normal(cycles.up.shape),
        down=cycles.down + cycles.down_standard * rng.standard_normal(cycles.down.shape),
    )


def _at(places: FloatArray, rising: FloatArray) -> FloatArray:
    """Return cycles (c, n + 1) between their readings, at shares of their pulses from 0 to 1."""
    own = np.linspace(0.0, 1.0, rising.shape[1])
    return np.array([np.interp(places, own, one) for one in rising])


def _others(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return for each cycle (c, k) the weighted mean of all others; of itself where there is no other."""
    if len(values) == 1:
        return values
    own = weights[:, None] * values
    left = np.maximum(weights.sum() - weights, np.finfo(float).tiny)[:, None]
    return np.asarray((own.sum(axis=0) - own) / left)
