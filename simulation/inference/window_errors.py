"""How uncertain a linear window is: a parametric bootstrap with scatter and errors common to all readings.

The window of largest change jumps: near its optimum many windows are almost as good. Its ends are therefore uncertain
by several points of the grid, while the INL on that one window, which the bootstrap keeps, is as certain as the
readings.
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
    """Return the linear window of one branch with standard errors; the INL's are those on the window found.

    The line of least squares is weighted by the scatter. `centre` (n,) is the conductance in S that noise is added to,
    such as a fitted curve: noise on noisy readings counts it twice. Raises LinearWindowError, or InferenceError where
    `draws` is below 10.
    """
    if draws < 10:
        raise InferenceError(f"A bootstrap needs at least 10 draws, but {draws} were asked for.")
    options: dict[str, Any] = {"normaliser": normaliser, "line": line, "minimum_points": minimum_points}
    if normaliser == Normaliser.SPAN:
        options["span"] = float(np.ptp(observations.conductance)) if span is None else span
    found = _found(observations, options, tolerance)
    middle = observations if centre is None else replace(observations, conductance=centre)
    rng = np.random.default_rng(seed)
    both = _covariance(middle, found, options, tolerance, rng, draws, common=True)
    alone = _covariance(middle, found, options, tolerance, rng, draws, common=False)
    names = tuple(name for name in NAMES if np.isfinite(both[NAMES.index(name), NAMES.index(name)]))
    kept = [NAMES.index(name) for name in names]
    lost = "the readings scatter too much: in most repetitions no window stays within the tolerance"
    return Extraction(
        names=names,
        values=_values(found)[kept],
        covariance=both[np.ix_(kept, kept)],
        statistical=alone[np.ix_(kept, kept)],
        reasons={name: lost for name in NAMES if name not in names},
        remarks=(f"Errors by a parametric bootstrap of {draws} draws; that of the INL is on the window found.",),
        points=len(observations.gate),
    )


def _found(data: Observations, options: Mapping[str, Any], tolerance: float) -> LinearWindow:
    return linear_window(data.gate, data.conductance, tolerance=tolerance, **options, **_weights(data, options))


def _covariance(
    data: Observations,
    window: LinearWindow,
    options: Mapping[str, Any],
    tolerance: float,
    rng: np.random.Generator,
    draws: int,
    *,
    common: bool,
) -> Floats:
    """Return the covariance (4, 4) over the draws; nan for what most of them do not tell."""
    rows = np.full((draws, len(NAMES)), np.nan)
    for row in rows:
        drawn = _drawn(data, rng, common=common)
        # The same readings are inside, wherever common errors have shifted their gates to.
        low, high = (float(drawn.gate[np.argmin(np.abs(data.gate - end))]) for end in (window.start, window.stop))
        row[3] = inl(drawn.gate, drawn.conductance, (low, high), **options, **_weights(drawn, options)).inl
        try:
            row[:3] = _values(_found(drawn, options, tolerance))[:3]
        except LinearWindowError:
            continue  # the row stays nan and is counted below
    seen = np.isfinite(rows).all(axis=1)
    out = np.full((len(NAMES), len(NAMES)), np.nan)
    if seen.mean() >= LEAST:
        out[:] = np.cov(rows[seen].T)
    out[3, 3] = np.var(rows[:, 3], ddof=1)
    return out


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
