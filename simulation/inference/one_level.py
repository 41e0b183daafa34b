"""One level in normal noise, white or of any smooth colour: what a two-level signal must be told from.

Coloured noise with a Lorentzian has the autocorrelation of two levels that take turns; what it lacks are the levels.
Its likelihood is Whittle's: the periodogram's ordinates are independent and exponential about the spectrum
(P. Whittle, Ark. Mat. 2, 423 (1953)), here of white noise, 1/f noise and one Lorentzian together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WHITE_PARAMETERS = 2
COLOURED_PARAMETERS = 5


def white_log_likelihood(value: Floats) -> float:
    """Return the largest logarithmic likelihood of readings (n,), not all equal, about one level in white noise."""
    return float(-0.5 * len(value) * (np.log(2 * np.pi * np.var(value)) + 1))


def coloured_log_likelihood(value: Floats) -> float:
    """Return the same for coloured noise, of equally spaced readings."""
    from scipy.optimize import minimize

    scale = float(np.std(value))
    n = len(value)
    power = np.abs(np.fft.rfft((value - np.mean(value)) / scale)[1:]) ** 2 / n
    frequency = np.arange(1, len(power) + 1) / n
    weight = np.where(frequency == 0.5, 1.0, 2.0)  # every frequency but the last stands for its negative as well

    def cost(theta: Floats) -> float:
        spectrum = _spectrum(theta, frequency)
        return 0.5 * float(weight @ (np.log(spectrum) + power / spectrum)) + 0.5 * float(np.log(spectrum[0]))

    starts = [np.log([share, 0.02, 1.0, corner]) for share in (0.1, 0.9) for corner in (3 / n, 0.03)]
    bounds = [(-16, 3), (-16, 3), (-16, 8), (np.log(0.3 / n), 0)]
    found = minimize(cost, min(starts, key=cost), method="L-BFGS-B", bounds=bounds)
    return float(-found.fun - n * (0.5 * np.log(2 * np.pi) + np.log(scale)))


def _spectrum(theta: Floats, frequency: Floats) -> Floats:
    white, flicker, plateau, corner = np.exp(theta)
    return np.asarray(white + flicker / frequency + plateau / (1 + (frequency / corner) ** 2), float)
