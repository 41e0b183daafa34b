"""From a trace in time to a barrier: is it two levels at all, how long does each last, what lies between them.

Two levels are believed where their likelihood beats both one level in white noise and one level in coloured normal
noise, each by more than the Bayesian information criterion asks for and another EVIDENCE. The mean dwell times are the
reciprocal rates of the fitted process (see `two_levels`), barriers are ln(f_0 tau) in kT with f_0 = 1e9 /s by
definition: an attempt frequency ten times as large makes a barrier larger by 2.3 kT.

The wells of the soft layer lie at +phi and -phi; a field H_y along the minor axis makes their energies differ by
2 mu0 M_s Vol H_y m_y. The deeper one lies farther from the easy axis and has the higher conductance (hard layer
aligned), so that ln(tau_high/tau_low) gives the size of H_y, attempt frequencies taken as equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .errors import InferenceError
from .extraction import Estimate, Extraction, nothing
from .least_squares import Floats, Mask, placed
from .one_level import COLOURED_PARAMETERS, WHITE_PARAMETERS, coloured_log_likelihood, white_log_likelihood
from .two_levels import Samples, TwoLevels, probability_high, two_levels

ATTEMPT_FREQUENCY = 1e9
"""1/s, by definition (the one of the coercive field's formula)."""
FEWEST = 50
"""Readings that are needed at the least."""
EVIDENCE = 10.0
"""What two levels must win by, in units of the information criterion.

Of 1000 traces of 400 readings of white noise, and 300 of 1/f noise, none was taken for two levels.
"""
TWO_LEVEL_PARAMETERS = 5
UNEQUAL = 0.05
"""Relative scatter of the intervals beyond which coloured noise is not compared."""
FEW_HOPS = 10
BINS = 60

_NAMES = ("dwell_low", "dwell_high", "telegraph_step", "barrier_low", "barrier_high")


@dataclass(frozen=True)
class Trace:
    """`n` readings at one gate; arrays of shape (n,), SI units."""

    time: Floats
    """End of each reading in s."""
    conductance: Floats
    valid: Mask
    aperture: float
    """Time in s over which a reading averages."""
    common: Mapping[str, Floats] = field(default_factory=dict)
    """Name of a common error to its effect of +1 sigma on each conductance, in S."""
    gate: Mapping[str, Floats] = field(default_factory=dict)
    """Name of a common error to its effect of +1 sigma on the gate voltage that was really there, in V."""


@dataclass(frozen=True)
class TelegraphView:
    """What a page draws of a trace."""

    time: Floats
    """s since the first reading, shape (n,)."""
    conductance: Floats
    high: Floats
    """Probability that the high state held at the end of each reading, shape (n,); nan where there is one level."""
    edges: Floats
    """Of the histogram, in S, shape (b + 1,)."""
    counts: Floats
    """Shape (b,)."""
    levels: TwoLevels | None
    """None where two levels are not believed."""
    evidence: float
    """By how much two levels beat the better one-level noise, in units of the information criterion."""


def telegraph(trace: Trace, energy_per_field: Estimate | str, barrier_per_volt: float = 0.0) -> Extraction:
    """Return dwell times, step, barriers and the transverse field; bounds where two levels are not seen.

    `energy_per_field` is 2 mu0 M_s Vol m_y/kT in m/A, or the reason why nobody knows it; `barrier_per_volt` is what the
    gate adds to both barriers in kT/V, by which errors of the gate count: barriers are those at the gate as read.
    Raises InferenceError.
    """
    samples = _checked(trace)
    levels, evidence, remarks = _judged(samples)
    if evidence <= EVIDENCE or not np.isfinite(levels.covariance).all():
        return nothing(_unseen(samples), len(samples.value), remarks)
    path = probability_high(samples, levels)
    found = _estimates(levels, energy_per_field)
    fitted = levels.low + levels.step * path
    effects = _of_common_errors(trace, found.names, levels)
    for name, row in _of_gate(trace, found, barrier_per_volt).items():
        effects[name] = effects.get(name, np.zeros(len(row))) + row
    covariance = found.covariance + sum(np.outer(row, row) for row in effects.values())
    return Extraction(
        found.names,
        found.values,
        covariance,
        found.statistical,
        reasons=found.reasons,
        remarks=(*remarks, *_remarks(samples, levels, path, evidence)),
        taken=found.taken,
        contributions={
            name: {error: float(row[k]) for error, row in effects.items()} | dict(found.contributions.get(name, {}))
            for k, name in enumerate(found.names)
        },
        points=len(samples.value),
        fitted=placed(fitted, trace.valid),
        pulls=placed((samples.value - fitted) / levels.width, trace.valid),
    )


def telegraph_of(trace: Trace) -> TelegraphView:
    """Return what a page draws. Raises InferenceError."""
    samples = _checked(trace)
    levels, evidence, _ = _judged(samples)
    seen = evidence > EVIDENCE
    path = probability_high(samples, levels) if seen else np.full(len(samples.value), np.nan)
    counts, edges = np.histogram(samples.value, bins=min(BINS, max(8, len(samples.value) // 8)))
    since = samples.time - samples.time[0]
    return TelegraphView(since, samples.value, path, edges, counts.astype(float), levels if seen else None, evidence)


def _judged(samples: Samples) -> tuple[TwoLevels, float, tuple[str, ...]]:
    """Return the most likely two levels, by how much they beat one level, and what was not compared."""
    levels = two_levels(samples)
    n = len(samples.value)
    rivals = [white_log_likelihood(samples.value) - WHITE_PARAMETERS / 2 * np.log(n)]
    remarks: tuple[str, ...] = ()
    intervals = np.diff(samples.time)
    if np.std(intervals) < UNEQUAL * np.mean(intervals):
        rivals.append(coloured_log_likelihood(samples.value) - COLOURED_PARAMETERS / 2 * np.log(n))
    else:
        remarks = ("The readings are unequally spaced: two levels were compared with white noise only.",)
    best = levels.log_likelihood - TWO_LEVEL_PARAMETERS / 2 * np.log(n)
    return levels, 2 * (best - max(rivals)), remarks


def _estimates(levels: TwoLevels, energy_per_field: Estimate | str) -> Extraction:
    """Return the estimates with the covariance of the fit: all follow from step and logarithms of the rates."""
    dwell = 1 / np.array([levels.rate_low, levels.rate_high])
    gradient = np.zeros((5, 5))
    gradient[[0, 1], [3, 4]] = -dwell
    gradient[2, 1] = 1
    gradient[[3, 4], [3, 4]] = -1
    values = [*dwell, levels.step, *np.log(ATTEMPT_FREQUENCY * dwell)]
    if isinstance(energy_per_field, str):
        covariance = gradient @ levels.covariance @ gradient.T
        reasons = {"transverse_field": energy_per_field}
        return Extraction(_NAMES, np.array(values), covariance, covariance, reasons=reasons)
    scale = energy_per_field
    transverse = float(np.log(dwell[1] / dwell[0])) / scale.value
    gradient = np.vstack([gradient, [0, 0, 0, 1 / scale.value, -1 / scale.value]])
    statistical = gradient @ levels.covariance @ gradient.T
    covariance = statistical.copy()
    effect = -transverse * scale.uncertainty / scale.value
    covariance[5, 5] += effect**2
    return Extraction(
        (*_NAMES, "transverse_field"),
        np.array([*values, transverse]),
        covariance,
        statistical,
        taken={"energy_per_field": scale},
        contributions={"transverse_field": {"energy_per_field": effect}},
    )


def _of_common_errors(trace: Trace, names: tuple[str, ...], levels: TwoLevels) -> dict[str, Floats]:
    """Return the effect of each common error on the estimates: gains stretch the step, offsets do not."""
    value = trace.conductance[trace.valid]
    away = value - value.mean()
    step = np.array([name == "telegraph_step" for name in names], dtype=float)
    found = {}
    for name, effect in trace.common.items():
        stretch = float(away @ effect[trace.valid]) / float(away @ away)
        found[name] = step * stretch * levels.step
    return found


def _of_gate(trace: Trace, found: Extraction, barrier_per_volt: float) -> dict[str, Floats]:
    """Return the effect of each error of the gate: where it was really higher, the barrier at the read one is lower."""
    by_volt = np.zeros(len(found.names))
    for k, name in enumerate(found.names):
        if name.startswith(("barrier", "dwell")):
            by_volt[k] = -barrier_per_volt * (found.values[k] if name.startswith("dwell") else 1.0)
    return {error: by_volt * float(np.mean(effect[trace.valid])) for error, effect in trace.gate.items()}


def _unseen(samples: Samples) -> dict[str, str]:
    """Return why there is no number: none of a time that was not long enough to see."""
    whole = float(np.ptp(samples.time))
    bound = whole / 3
    reason = (
        f"two levels are not seen: if there are two that these readings can part, none was left within {whole:.3g} s, "
        f"so that it lasts longer than {bound:.3g} s on average (one-sided 95 %: T/3), or both last far less than the "
        f"{samples.interval:.2g} s from reading to reading"
    )
    barrier = (
        f"two levels are not seen: above {np.log(ATTEMPT_FREQUENCY * bound):.3g} kT (one-sided 95 %) if the state "
        "is kept and not hopping faster than the readings"
    )
    reasons = {name: barrier if name.startswith("barrier") else reason for name in _NAMES}
    return {**reasons, "transverse_field": "two levels are not seen"}


def _remarks(samples: Samples, levels: TwoLevels, path: Floats, evidence: float) -> tuple[str, ...]:
    hops = int(np.sum((path[1:] > 0.5) != (path[:-1] > 0.5)))
    shortest = 1 / max(levels.rate_low, levels.rate_high)
    said = [
        f"Two levels beat one level in any noise by {evidence:.3g} of the information criterion ({EVIDENCE:g} is asked "
        f"for: no false alarm in 1300 traces of noise); {hops} hops are seen.",
        f"Barriers are ln(f_0 tau) with f_0 = {ATTEMPT_FREQUENCY:g} /s by definition: ten times as much, 2.3 kT more.",
    ]
    if hops < FEW_HOPS:
        said.append("So few hops leave dwell times roughly known: their distribution is skew, to longer times.")
    if shortest < 3 * samples.interval:
        said.append(
            f"The shorter dwell time is hardly longer than the {samples.interval:.2g} s from reading to reading: most "
            "of its hops are inferred, not seen."
        )
    ratio = levels.rate_low / levels.rate_high  # ln(tau_high/tau_low) is its logarithm
    spread = levels.covariance[3, 3] + levels.covariance[4, 4] - 2 * levels.covariance[3, 4]
    if np.log(ratio) < -3 * np.sqrt(spread):
        said.append(
            "The low state lasts longer, which a field across wells of an aligned junction does not do: the hard layer "
            "is turned, or these are no such wells."
        )
    return tuple(said)


def _checked(trace: Trace) -> Samples:
    time, value = trace.time[trace.valid], trace.conductance[trace.valid]
    if len(value) < FEWEST:
        raise InferenceError(f"A trace needs at least {FEWEST} valid readings, but there are {len(value)}.")
    if not (np.isfinite(time).all() and np.isfinite(value).all()):
        raise InferenceError("Every time and conductance of a trace must be finite, but some are not.")
    if not (np.diff(time) > 0).all():
        raise InferenceError("The times of a trace must rise, but some do not.")
    if np.ptp(value) == 0:
        raise InferenceError(f"A trace needs readings that differ, but all are {value[0]:g} S.")
    return Samples(time, value, trace.aperture)
