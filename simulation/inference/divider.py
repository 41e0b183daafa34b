"""What a divider does: its ratio error against the divisor, and the range of divisors that is usable (paper, Fig. 6b).

    passive   V_out = V_1/(1 + R_s G)       nearly V_1/(R_s G), low by the fraction 1/(1 + R_s G)
    active    V_out = -V_1/(R_in G)         exactly, also where V_1/R_in is forced as a current; low by the fraction
                                            (1 + 1/(R_in G))/A with an amplifier of gain A

With a divisor D (V_2, or G itself) an ideal divider has V_out D/V_1 = k everywhere. The ratio error is what this is off
k by; k is half-way between the extremes of V_out D/V_1, so that the largest ratio error is the smallest possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .common_errors import common_errors
from .errors import InferenceError
from .extraction import Extraction
from .parameters import Parameter

Floats = NDArray[np.float64]

FEWEST = 3
"""Different divisors that are needed."""
DRAWS = 400
"""Draws of the scatter: an uncertainty is then known to 3.5 %."""

DIVIDER_FIGURES: Mapping[str, Parameter] = {
    "scale": Parameter("k", "", "half-way between the extremes of V_out D/V_1; in units of D"),
    "ratio_error": Parameter("E_r", "", "max|V_out D/(k V_1) − 1|"),
    "shift": Parameter("d", "", "d of V_out = k V_1/(D − d), V_1/V_out being a line in D; in units of D"),
    "shifted_ratio_error": Parameter("E_rd", "", "max|V_out (D − d)/(k V_1) − 1|, k half-way again"),
    "divisor_ratio": Parameter("D_2/D_1", "", "largest over smallest divisor of the readings"),
    "range_start": Parameter("D_1", "", "divisor of smaller size at which the usable range ends; in units of D"),
    "range_stop": Parameter("D_2", "", "divisor of larger size at which the usable range ends; in units of D"),
    "range_ratio": Parameter("D_2/D_1", "", "largest over smallest divisor of the usable range"),
}
"""Name to symbol, unit and meaning."""


def passive_divider(first: Floats, series_resistance: float, conductance: Floats) -> Floats:
    """Return V_out in V of a junction below R_s in ohm, V_1/(1 + R_s G); G in S at its bias."""
    return np.asarray(first / (1 + series_resistance * conductance), float)


def passive_divider_error(series_resistance: float, conductance: Floats) -> Floats:
    """Return by which fraction a passive divider is off V_1/(R_s G): -1/(1 + R_s G)."""
    return np.asarray(-1 / (1 + series_resistance * conductance), float)


def active_divider(first: Floats, input_resistance: float, conductance: Floats) -> Floats:
    """Return V_out in V of a junction in the feedback of an amplifier, -V_1/(R_in G); G in S at its bias V_out."""
    return np.asarray(-first / (input_resistance * conductance), float)


def amplifier_divider(first: Floats, input_resistance: float, conductance: Floats, gain: float) -> Floats:
    """Return V_out in V of a junction in the feedback of an amplifier of finite gain; G in S at its bias.

    The inverting input stands at -V_out/A and gets V_1 through R_in: V_out = -V_1/(R_in G (1 + (1 + 1/(R_in G))/A)).
    The bias of the junction is V_out (1 + 1/A).
    """
    exact = active_divider(first, input_resistance, conductance)
    return np.asarray(exact * (1 + amplifier_divider_error(input_resistance, conductance, gain)), float)


def amplifier_divider_error(input_resistance: float, conductance: Floats, gain: float) -> Floats:
    """Return by which fraction an amplifier of finite gain is off -V_1/(R_in G): about -(1 + 1/(R_in G))/A."""
    lost = (1 + 1 / (input_resistance * np.asarray(conductance, float))) / gain
    return np.asarray(-lost / (1 + lost), float)


@dataclass(frozen=True)
class DividerReadings:
    """`n` readings of a divider; arrays of shape (n,)."""

    first: Floats
    """V_1 in V, not 0."""
    divisor: Floats
    """D of one sign, not 0: V_2 in V or G in S."""
    out: Floats
    """V."""
    scatter: Floats
    """Standard deviation of each output, independent of the others, in V."""
    common: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    """By quantity (`first`, `divisor`, `out`), name of a common error to what its +1 sigma adds to what was there."""


@dataclass(frozen=True)
class DividerDatasheet:
    """What a divider does; by rising size of the divisor."""

    extraction: Extraction
    """Names, symbols and units: DIVIDER_FIGURES."""
    tolerance: float
    """Ratio error that the usable range keeps to, with the k that is best for it."""
    divisor: Floats
    """Shape (n,)."""
    ratio_error: Floats
    """V_out D/(k V_1) - 1, shape (n,)."""
    ratio_error_scatter: Floats
    """Its standard deviation by scatter, shape (n,)."""


def divider_figures(first: Floats, divisor: Floats, out: Floats, tolerance: float) -> dict[str, float]:
    """Return the figures of DIVIDER_FIGURES for outputs without scatter, (n,) each. Raises InferenceError."""
    data = _sorted(DividerReadings(first, divisor, out, np.zeros_like(out)))
    names, values = _figures(data.first, data.divisor, data.out, tolerance)
    return dict(zip(names, values.tolist(), strict=True))


def divider_map(readings: DividerReadings, rng: np.random.Generator, tolerance: float = 0.01) -> DividerDatasheet:
    """Return scale factor, ratio error and usable range of a divider. Raises InferenceError.

    The usable range runs over successive divisors, the one of largest D_2/D_1 whose ratio errors are within the
    tolerance. Its ends are divisors of the readings: their steps are in the uncertainty. Where ranges in several places
    are about as wide, which of them it is may be chance; its width is not.
    """
    if not 0 < tolerance < 1:
        raise InferenceError(f"`tolerance` must be between 0 and 1, but is {tolerance:g}.")
    data = _sorted(readings)
    names, values = _figures(data.first, data.divisor, data.out, tolerance)
    many = data.out + data.scatter * rng.standard_normal((DRAWS, len(data.out)))
    statistical = np.cov(_figures(data.first, data.divisor, many, tolerance)[1], rowvar=False)

    def extract(quantities: Mapping[str, Floats]) -> dict[str, float]:
        found = _figures(quantities["first"], quantities["divisor"], quantities["out"], tolerance)[1]
        return dict(zip(names, found.tolist(), strict=True))

    plain = Extraction(names, values, statistical, statistical, points=len(data.out))
    quantities = {"first": data.first, "divisor": data.divisor, "out": data.out}
    told = common_errors(extract, quantities, data.common).added_to(plain)
    quotient = data.out * data.divisor / data.first
    return DividerDatasheet(
        _with_range(told, data.divisor, tolerance),
        tolerance,
        data.divisor,
        quotient / values[0] - 1,
        np.abs(data.scatter * data.divisor / data.first / values[0]),
    )


def _figures(first: Floats, divisor: Floats, out: Floats, tolerance: float) -> tuple[tuple[str, ...], Floats]:
    """Return names (k,) and values (..., k) for outputs (..., n) at divisors by rising size."""
    quotient = out * divisor / first
    scale, error = _halfway(quotient)
    centred = divisor - divisor.mean()
    inverse = first / out
    slope = (inverse - inverse.mean(-1, keepdims=True)) @ centred / (centred @ centred)
    shift = divisor.mean() - inverse.mean(-1) / slope
    _, shifted = _halfway(out * (divisor - shift[..., None]) / first)
    start, stop = _usable(quotient, divisor, tolerance)
    ratio = np.full_like(scale, divisor[-1] / divisor[0])
    found = [scale, error, shift, shifted, ratio, divisor[start], divisor[stop], divisor[stop] / divisor[start]]
    return tuple(DIVIDER_FIGURES), np.stack(found, axis=-1)


def _halfway(quotient: Floats) -> tuple[Floats, Floats]:
    low, high = quotient.min(-1), quotient.max(-1)
    scale = (low + high) / 2
    return np.asarray(scale), np.asarray((high - low) / 2 / np.abs(scale))


def _usable(quotient: Floats, divisor: Floats, tolerance: float) -> tuple[Any, Any]:
    """Return the places of both ends of the usable range, each of shape (...)."""
    shape = quotient.shape[:-1]
    start, stop, best = np.zeros(shape, int), np.zeros(shape, int), np.zeros(shape)
    for first in range(quotient.shape[-1]):
        high = np.maximum.accumulate(quotient[..., first:], axis=-1)
        low = np.minimum.accumulate(quotient[..., first:], axis=-1)
        count = (high - low <= tolerance * np.abs(high + low)).sum(-1)  # from the first on, as errors only grow
        last = first + count - 1
        length = np.log(divisor[last] / divisor[first])
        wider = length > best
        start, stop, best = np.where(wider, first, start), np.where(wider, last, stop), np.where(wider, length, best)
    return start, stop


def _with_range(told: Extraction, divisor: Floats, tolerance: float) -> Extraction:
    """Return the extraction with the steps of the divisor in the ends of its range, or without a range."""
    ends = [told.names.index(name) for name in ("range_start", "range_stop", "range_ratio")]
    start, stop = told.values[ends[:2]]
    if start == stop:
        keep = [k for k in range(len(told.names)) if k not in ends]
        reason = f"no two neighbouring divisors keep to one k within {100 * tolerance:g} %"
        return replace(
            told,
            names=tuple(told.names[k] for k in keep),
            values=told.values[keep],
            covariance=told.covariance[np.ix_(keep, keep)],
            statistical=told.statistical[np.ix_(keep, keep)],
            reasons=dict.fromkeys((told.names[k] for k in ends), reason),
        )
    # A range that ends where the readings end is not cut short by a step.
    below, above = (_step(divisor, end) if end not in (divisor[0], divisor[-1]) else 0.0 for end in (start, stop))
    gradient = np.array([[1.0, 0.0], [0.0, 1.0], [-stop / start**2, 1 / start]])
    added = np.zeros_like(told.covariance)
    added[np.ix_(ends, ends)] = gradient @ np.diag([below**2, above**2]) @ gradient.T / 12
    remarks = [
        f"The usable range ends with the readings, at a divisor of {end:.4g}: it may reach further."
        for end in (start, stop)
        if end in (divisor[0], divisor[-1])
    ]
    return replace(told, covariance=told.covariance + added, remarks=(*told.remarks, *remarks))


def _step(divisor: Floats, end: float) -> float:
    different = np.unique(divisor)
    at = int(np.searchsorted(different, end))
    return float(max(different[at] - different[at - 1], different[at + 1] - different[at]))


def _sorted(data: DividerReadings) -> DividerReadings:
    arrays = {"first": data.first, "divisor": data.divisor, "out": data.out, "scatter": data.scatter}
    if any(one.shape != (len(data.out),) for one in arrays.values()):
        raise InferenceError("`first`, `divisor`, `out` and `scatter` must be lists of one length, but are not.")
    for name, one in arrays.items():
        if not np.isfinite(one).all():
            raise InferenceError(f"`{name}` must be finite, but {int((~np.isfinite(one)).sum())} readings are not.")
    if len(np.unique(data.divisor)) < FEWEST:
        found = len(np.unique(data.divisor))
        raise InferenceError(f"A divider must be read at {FEWEST} divisors or more, but is at {found}.")
    if not (np.all(data.divisor > 0) or np.all(data.divisor < 0)):
        raise InferenceError("Divisors must be of one sign and not 0, but are not.")
    for name in ("first", "out"):
        if (arrays[name] == 0).any():
            raise InferenceError(f"`{name}` must not be 0 V, but is at {int((arrays[name] == 0).sum())} readings.")
    if np.ptp(data.out / data.first) <= 1e-12 * np.abs(data.out / data.first).max():
        raise InferenceError("The output must change with the divisor, but is the same everywhere.")
    order = np.argsort(np.abs(data.divisor), kind="stable")
    common = {q: {name: one[order] for name, one in told.items()} for q, told in data.common.items()}
    return DividerReadings(data.first[order], data.divisor[order], data.out[order], data.scatter[order], common)
