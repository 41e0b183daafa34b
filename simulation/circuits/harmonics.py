"""Distortion of a sine by a circuit that follows it at once: harmonics of one period of the output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.arguments import checked_count, checked_number
from smtjlab.simulation.errors import ModelError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Harmonics:
    """What one period of an output is made of."""

    mean: float
    """Mean of the output, in its unit."""
    amplitudes: FloatArray
    """Peak of the fundamental and of each harmonic after it, in the unit of the output, shape (orders,)."""
    phases: FloatArray
    """Phase in rad of each against a sine of its order, shape (orders,)."""

    @property
    def distortion(self) -> float:
        """Total harmonic distortion: root of the sum of squares of the harmonics over the fundamental."""
        return float(np.sqrt(np.sum(self.amplitudes[1:] ** 2)) / self.amplitudes[0])


def harmonics(
    output: Callable[[FloatArray], FloatArray],
    amplitude: float,
    offset: float = 0.0,
    *,
    orders: int = 10,
    samples: int = 256,
) -> Harmonics:
    """Return the harmonics of an output whose input is `offset` plus a sine of peak `amplitude`.

    `output` turns levels (samples,) of the input into values (samples,), one for each, as `CircuitSolver.solve` does.
    Orders above `samples` - `orders` fold onto those that are told. Raises ModelError.
    """
    peak, middle = checked_number("amplitude", amplitude, "V or A"), checked_number("offset", offset, "V or A")
    orders = checked_count("orders", orders, 1)
    samples = checked_count("samples", samples, 4 * orders)
    if peak <= 0:
        raise ModelError(f"`amplitude` must be above 0, but is {peak:g}.")
    values = np.asarray(output(middle + peak * np.sin(2 * np.pi * np.arange(samples) / samples)), dtype=np.float64)
    if values.shape != (samples,) or not np.isfinite(values).all():
        raise ModelError(f"An output must be {samples} finite values, but is of shape {values.shape} or not finite.")
    lines = np.fft.rfft(values)[: orders + 1] / samples
    return Harmonics(float(lines[0].real), 2 * np.abs(lines[1:]), np.angle(1j * lines[1:]))
