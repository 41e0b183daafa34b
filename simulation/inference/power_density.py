"""Power densities by Welch's method, what sampling makes of a density, and fits by the estimates' own statistics.

A reading averages over an aperture T and comes every dt: of a one-sided density S(f) the estimates see

    sum over m of S(|f + m/dt|) sinc^2((f + m/dt) T)

(aliases included; of white noise that is S dt/T: what is not looked at in the dead time folds back). Estimates with
Hann windows, half overlapping, linear trends taken out, are distributed about that as chi-square over its degrees of
freedom, 2 K/(1 + 2 (1 - 1/K)/36) for K windows (Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967)). A fit
maximises that likelihood as if frequencies were independent; that neighbours are not, by 4/9 and 1/36 through the
window, is put into its covariance (sandwich).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST = 3
"""The lowest frequency used, in units of the resolution: below it window and trend bend the spectrum."""
CORRELATED = (1.0, 4 / 9, 1 / 36)
"""Correlation of estimates 0, 1, 2 frequencies apart (Hann window)."""
INFLATION = CORRELATED[0] + 2 * sum(CORRELATED[1:])
"""Factor by which this correlation enlarges gains in likelihood."""
_ALIASES = 48


@dataclass(frozen=True)
class Estimates:
    """Estimates of a density at `m` frequencies that a fit may use; arrays of shape (m,)."""

    frequency: Floats
    """Hz."""
    density: Floats
    """One-sided."""
    degrees: float
    """Degrees of freedom of each estimate."""
    interval: float
    """From value to value, in s."""
    aperture: float
    """Time in s over which a value averages."""

    def white(self) -> Floats:
        """Return what is seen of a density of 1, shape (m,)."""
        return np.full(len(self.frequency), self.interval / self.aperture)

    def flicker(self, exponent: float = 1.0) -> Floats:
        """Return what is seen of 1/f^exponent (f in Hz), shape (m,)."""
        shifted = self.frequency[:, None] + np.arange(-_ALIASES, _ALIASES + 1) / self.interval
        seen = np.abs(shifted) ** -exponent * np.sinc(shifted * self.aperture) ** 2
        return np.asarray(seen.sum(axis=1), float)


def estimates(value: Floats, interval: float, aperture: float, segments: int) -> Estimates:
    """Return the estimates for values (n,) at equal intervals in s, in `segments` windows' lengths."""
    from scipy.signal import detrend, welch

    length = len(value) // segments
    frequency, density = welch(
        value, 1 / interval, window="hann", nperseg=length, noverlap=length // 2, detrend=detrend
    )
    windows = 1 + (len(value) - length) // (length - length // 2)
    degrees = 2 * windows / (1 + 2 * (1 - 1 / windows) / 36)
    last = len(frequency) - 1 + length % 2  # the highest of an even length has half the degrees of freedom
    used = slice(FIRST, last)
    return Estimates(frequency[used], density[used], degrees, interval, aperture)


@dataclass(frozen=True)
class DensityFit:
    """The most likely parameters of a density."""

    theta: Floats
    """Shape (k,)."""
    covariance: Floats
    """Shape (k, k)."""
    deviance: float
    """Minus twice the logarithm of the likelihood, up to a constant."""


def fit_density(
    model: Callable[[Floats], Floats], start: Sequence[float], lowest: Sequence[float], data: Estimates
) -> DensityFit:
    """Return the most likely parameters of `model` (k,) -> (m,), each at least `lowest`, from a start above 0 on."""
    import lmfit

    scale = np.asarray(start, float)
    names = [f"p{k}" for k in range(len(scale))]

    def roots(parameters: lmfit.Parameters) -> Floats:
        """Return signed roots, whose squares are the contributions to the deviance."""
        ratio = data.density / model(scale * np.array([parameters[name].value for name in names]))
        return np.asarray(
            np.sign(ratio - 1) * np.sqrt(data.degrees * np.maximum(ratio - 1 - np.log(ratio), 0.0)), float
        )

    first = lmfit.Parameters()
    for name, low, size in zip(names, lowest, scale, strict=True):
        first.add(name, value=1.0, min=low / size)
    found = lmfit.minimize(roots, first, calc_covar=False, ftol=1e-10, xtol=1e-10)
    theta = scale * np.array([found.params[name].value for name in names])
    return DensityFit(theta, _sandwich(model, theta, scale, data), float(found.chisqr))


def _sandwich(model: Callable[[Floats], Floats], theta: Floats, scale: Floats, data: Estimates) -> Floats:
    steps = 1e-4 * np.maximum(np.abs(theta), 1e-3 * scale)
    expected = model(theta)
    rate = (
        np.array([(model(theta + step) - expected) / step.max() for step in np.diag(steps)]) / expected * scale[:, None]
    )
    curvature, scores = _information(rate)
    inverse = np.linalg.pinv(curvature, hermitian=True)
    return np.asarray(2 / data.degrees * np.outer(scale, scale) * (inverse @ scores @ inverse), float)


def inflation(rate: Floats) -> float:
    """Return by how much the correlation of frequencies enlarges variances in the mean over all parameters.

    `rate` holds the derivatives of the logarithm of a density by its parameters, shape (k, m).
    """
    curvature, scores = _information(rate)
    return float(np.trace(np.linalg.pinv(curvature, hermitian=True) @ scores)) / len(rate)


def _information(rate: Floats) -> tuple[Floats, Floats]:
    """Return curvature of the likelihood and covariance of its slope (k, k), both over half the degrees of freedom."""
    curvature = rate @ rate.T
    scores = curvature.copy()
    for apart in (1, 2):
        across = rate[:, apart:] @ rate[:, :-apart].T
        scores += CORRELATED[apart] * (across + across.T)
    return curvature, scores
