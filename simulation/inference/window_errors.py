"""How uncertain a linear window is: a parametric bootstrap with scatter and errors common to all readings.

The window of largest change jumps: near its optimum many windows are almost as good. Its ends are therefore uncertain
by several points of the grid. The INL that the readings have on it is biased: of all windows the search keeps one whose
noise happened to bring the INL below the tolerance. Every draw therefore repeats the search about a known curve; what
the INL of the drawn readings exceeds that of the curve by, on the window of that draw, has the bias as its mean and the
error of the INL as its scatter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.linear_window import LinearWindow, LinearWindowError, Normaliser, inl, linear_window

from .errors import InferenceError
from .extraction import Extraction

Floats = NDArray[np.float64]

NAMES = ("window_start", "window_stop", "window_change", "inl")
LEAST = 0.5
"""Part of the draws in which a window must be found for its ends to have an uncertainty."""


def window_extraction(
    observations: Observations,
    *,
    seed: int,
    draws: int = 40,
    centre: Floats | None = None,
    tolerance: float = 0.01,
    normaliser: str = "window",
    line: str = "least_squares",
    minimum_points: int = 8,
    span: float | None = None,
) -> Extraction:
    """Return the linear window of one branch with standard errors, and the INL of the curve behind it on that window.

    The line of least squares is weighted by the scatter. `centre` (n,) is the conductance in S that noise is added to,
    such as a fitted curve: noise on noisy readings counts it twice, and tells no INL. The INL is that of the readings
    less the bias of the search, and may be beyond the tolerance; `smtjlab.simulation.linear_window.linear_window` tells
    what the readings have. Raises LinearWindowError, or InferenceError where `draws` is below 10.
    """
    if draws < 10:
        raise InferenceError(f"A bootstrap needs at least 10 draws, but {draws} were asked for.")
    options: dict[str, Any] = {"normaliser": normaliser, "line": line, "minimum_points": minimum_points}
    if normaliser == Normaliser.SPAN:
        options["span"] = float(np.ptp(observations.conductance)) if span is None else span
    found = _found(observations, options, tolerance)
    middle = observations if centre is None else replace(observations, conductance=centre)
    rng = np.random.default_rng(seed)
    both = _rows(middle, options, tolerance, rng, draws, common=True)
    shared = bool(observations.common or observations.gate_effects)
    alone = _rows(middle, options, tolerance, rng, draws, common=False) if shared else both
    reasons = _reasons(draws, min(len(both), len(alone)), centre is not None)
    kept = [k for k, name in enumerate(NAMES) if name not in reasons]
    bias = float(np.mean(both[:, 3])) if "inl" not in reasons else 0.0
    return Extraction(
        names=tuple(NAMES[k] for k in kept),
        values=(_values(found) - np.array([0.0, 0.0, 0.0, bias]))[kept],
        covariance=_covariance(both, kept),
        statistical=_covariance(alone, kept),
        reasons=reasons,
        remarks=_remarks(draws, found.inl, None if "inl" in reasons else bias),
        points=len(observations.gate),
    )


def _found(data: Observations, options: Mapping[str, Any], tolerance: float) -> LinearWindow:
    return linear_window(data.gate, data.conductance, tolerance=tolerance, **options, **_weights(data, options))


def _rows(
    data: Observations,
    options: Mapping[str, Any],
    tolerance: float,
    rng: np.random.Generator,
    draws: int,
    *,
    common: bool,
) -> Floats:
    """Return start, stop, change and excess of the INL over the curve's, (m, 4), of the draws that have a window."""
    rows: list[Floats] = []
    for _ in range(draws):
        drawn = _drawn(data, rng, common=common)
        try:
            found = _found(drawn, options, tolerance)
            # Common errors shift the gates: the curve is judged where the same readings stand in it.
            inside = data.gate[(drawn.gate >= found.start) & (drawn.gate <= found.stop)]
            ends = (float(inside.min()), float(inside.max()))
            behind = inl(data.gate, data.conductance, ends, **options, **_weights(data, options)).inl
        except LinearWindowError:
            continue  # the caller counts what is missing
        rows.append(_values(found) - np.array([0.0, 0.0, 0.0, behind]))
    return np.array(rows).reshape(-1, len(NAMES))


def _covariance(rows: Floats, kept: list[int]) -> Floats:
    """Return the covariance of the kept columns; that of the INL has the error of its mean, the bias, in it."""
    if not kept:
        return np.zeros((0, 0))
    out = np.atleast_2d(np.cov(rows[:, kept].T))
    last = kept.index(3) if 3 in kept else None
    if last is not None:
        out[last, last] *= 1 + 1 / len(rows)
    return np.asarray(out, float)


def _reasons(draws: int, seen: int, known: bool) -> dict[str, str]:
    """Return why what is not told is not told."""
    if seen < LEAST * draws:
        lost = "the readings scatter too much: in most repetitions no window stays within the tolerance"
        return dict.fromkeys(NAMES, lost)
    if not known:
        return {"inl": "a window is chosen for the INL of its noise too, and what that takes off needs a fitted curve"}
    return {}


def _remarks(draws: int, readings: float, bias: float | None) -> tuple[str, ...]:
    errors = f"Errors by a parametric bootstrap of {draws} draws, each of which searches its own window."
    if bias is None:
        return (errors,)
    return (
        errors,
        f"The readings have an INL of {100 * readings:.3g} % on the window found; the search for a straight one makes "
        f"that {100 * abs(bias):.2g} % too {'small' if bias < 0 else 'large'}, which is taken off.",
    )


def _drawn(data: Observations, rng: np.random.Generator, *, common: bool) -> Observations:
    z = {name: float(rng.standard_normal()) for name in sorted({*data.common, *data.gate_effects})}
    part = 1.0 if common else 0.0
    conductance = data.conductance + data.scatter * rng.standard_normal(len(data.gate))
    for name, effect in data.common.items():
        conductance = conductance - part * z[name] * effect
    gate = data.gate
    for name, effect in data.gate_effects.items():
        gate = gate + part * z[name] * effect
    return replace(data, gate=gate, conductance=conductance)


def _weights(data: Observations, options: Mapping[str, Any]) -> dict[str, Any]:
    return {"weights": 1 / data.scatter**2} if options["line"] == "least_squares" else {}


def _values(window: LinearWindow) -> Floats:
    return np.array([window.start, window.stop, window.change, window.inl])
