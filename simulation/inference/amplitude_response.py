"""Where a multiplier's amplitude falls with frequency: -3 dB bandwidth and 1 % amplitude-error frequency.

Both are the lowest frequency at which |H| leaves what it was at the lowest one: falls below 1/sqrt(2) of it, or is off
it by 1 %. Between readings log|H| over log f is interpolated without overshoot (PCHIP). Of one pole at f_c the second
is f_c sqrt(1/0.99^2 - 1) = 0.1425 f_c.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .extraction import Extraction
from .parameters import Parameter

Floats = NDArray[np.float64]

FEWEST = 3
AMPLITUDE_ERROR = 0.01
_NEAR = 3
"""Readings on either side of a crossing that place it: they fix the slopes of the interpolation."""

RESPONSE_FIGURES: Mapping[str, Parameter] = {
    "gain": Parameter("|H_0|", "", "amplitude response at the lowest frequency"),
    "bandwidth": Parameter("f_−3dB", "Hz", "lowest frequency at which |H| < |H₀|/√2"),
    "amplitude_error_frequency": Parameter("f_1%", "Hz", "lowest frequency at which ||H|/|H₀| − 1| > 1 %"),
}
"""Name to symbol, unit and meaning."""


def amplitude_response(frequency: Floats, response: NDArray[Any], uncertainty: Floats | float = 0.0) -> Extraction:
    """Return gain, bandwidth and 1 % amplitude-error frequency of a response (n,), complex or its amplitude.

    `frequency` in Hz rises; `uncertainty` is the standard uncertainty of |H| at each, independent. Gain errors that all
    share change the gain alone. Raises InferenceError.
    """
    amplitude = np.abs(np.asarray(response))
    scatter = np.asarray(np.broadcast_to(np.asarray(uncertainty, float), amplitude.shape))
    _check(frequency, amplitude, scatter)
    found = _figures(frequency, amplitude)
    names = tuple(name for name, one in found.items() if np.isfinite(one))
    covariance = _covariance(frequency, amplitude, scatter, found, names)
    reason = f"the amplitude keeps to its value up to the highest frequency, {frequency[-1]:g} Hz"
    noisy = 3 * scatter.max() > AMPLITUDE_ERROR * amplitude[0] and "amplitude_error_frequency" in names
    remark = "Noise is not small against 1 % of the gain: the 1 % amplitude-error frequency tends to be too low."
    return Extraction(
        names,
        np.array([found[name] for name in names]),
        covariance,
        covariance,
        {name: reason for name in found if name not in names},
        (remark,) if noisy else (),
        points=len(amplitude),
    )


def _covariance(
    frequency: Floats, amplitude: Floats, scatter: Floats, found: dict[str, float], names: tuple[str, ...]
) -> Floats:
    """Return the covariance (k, k) to first order: of the lowest frequency and of the readings near each crossing."""
    crossings = [int(np.searchsorted(frequency, found[name])) for name in names if name != "gain"]
    near = {0}.union(*(range(max(at - _NEAR, 0), min(at + _NEAR, len(amplitude))) for at in crossings))
    effects = []
    for place in sorted(near):
        # A small step: the place of a crossing among the readings must not change.
        step = 1e-6 * amplitude[0] * (np.arange(len(amplitude)) == place)
        high, low = _figures(frequency, amplitude + step), _figures(frequency, amplitude - step)
        effects.append([(high[name] - low[name]) / (2e-6 * amplitude[0]) * scatter[place] for name in names])
    return np.asarray(np.array(effects).T @ np.array(effects), float)


def _figures(frequency: Floats, amplitude: Floats) -> dict[str, float]:
    relative = np.maximum(amplitude / amplitude[0], 1e-300)
    below = _crossing(frequency, relative, 2**-0.5, falling=True)
    off = min(
        _crossing(frequency, relative, 1 - AMPLITUDE_ERROR, falling=True),
        _crossing(frequency, relative, 1 + AMPLITUDE_ERROR, falling=False),
    )
    values = (float(amplitude[0]), below, off)
    return {name: one if np.isfinite(one) else np.nan for name, one in zip(RESPONSE_FIGURES, values, strict=True)}


def _crossing(frequency: Floats, relative: Floats, level: float, *, falling: bool) -> float:
    """Return the lowest frequency at which the response passes a level; inf where it does not."""
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import brentq

    beyond = relative < level if falling else relative > level
    if not beyond.any():
        return float("inf")
    first = int(np.argmax(beyond))
    near = slice(max(first - _NEAR, 0), first + _NEAR)
    curve = PchipInterpolator(np.log(frequency[near]), np.log(relative[near] / level))
    low, high = np.log(frequency[first - 1]), np.log(frequency[first])
    return float(np.exp(brentq(lambda at: float(curve(at)), low, high, xtol=1e-14)))


def _check(frequency: Floats, amplitude: Floats, scatter: Floats) -> None:
    if frequency.ndim != 1 or frequency.shape != amplitude.shape or len(frequency) < FEWEST:
        raise InferenceError(
            f"A response must be of {FEWEST} frequencies or more, but is of {frequency.shape} and {amplitude.shape}."
        )
    if not (np.isfinite(frequency).all() and np.isfinite(amplitude).all() and np.isfinite(scatter).all()):
        raise InferenceError("Frequency, response and uncertainty must be finite, but are not everywhere.")
    if not (frequency[0] > 0 and (np.diff(frequency) > 0).all()):
        raise InferenceError("Frequencies must be above 0 Hz and rise, but do not.")
    if not amplitude[0] > 0 or (scatter < 0).any():
        raise InferenceError("The response at the lowest frequency must be above 0 and no uncertainty below 0.")
    if amplitude[0] < 3 * scatter[0]:
        raise InferenceError(
            f"The response at the lowest frequency must stand out of its uncertainty, but is {amplitude[0]:g} ± "
            f"{scatter[0]:g}."
        )
