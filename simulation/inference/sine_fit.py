"""Amplitude and phase of a sine and its harmonics in a record, by least squares (IEEE Std 1057: sine-wave fitting).

    out(t) = offset + sum over h = 1..H of A_h cos(2 pi h f t + phi_h)

With a known frequency this is linear; a free one is found with its derivative as one more column, again and again.
Harmonics at or above half the sampling rate would be taken for others, and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .extraction import Estimate

Floats = NDArray[np.float64]

HARMONICS = 10
_ROUNDS = 30
_SETTLED = 1e-12
"""Relative change of the frequency at which a free fit has ended."""
_MUCH = 0.3
"""Periods over the record that a guessed frequency may be off."""


@dataclass(frozen=True)
class SineFit:
    """A sine and `h` - 1 harmonics; arrays of shape (h,), the fundamental first."""

    frequency: Estimate
    """Hz; uncertainty 0 where it was known."""
    offset: Estimate
    amplitudes: Floats
    """Peak values in the unit of the record."""
    amplitude_uncertainties: Floats
    phases: Floats
    """Of each cosine at t = 0, in rad, in (-pi, pi]."""
    phase_uncertainties: Floats
    """pi/sqrt(3) where the harmonic is not seen."""
    thd: Estimate
    """Root of the sum of the squares of the harmonics over the fundamental."""
    thd_floor: float
    """What noise alone makes of `thd`, the root of its mean square."""
    noise: Estimate
    """Standard deviation of what the fit leaves, in the unit of the record."""

    @property
    def amplitude(self) -> Estimate:
        """The fundamental's peak value."""
        return Estimate(float(self.amplitudes[0]), float(self.amplitude_uncertainties[0]))


def sine_fit(
    time: Floats, output: Floats, frequency: float, *, harmonics: int = HARMONICS, free: bool = False
) -> SineFit:
    """Return the sine of a frequency in Hz in a record (n,) over time in s, with harmonics up to a number.

    `free` lets the frequency be found, near the given one. The scatter is what the fit leaves, white and independent.
    Raises InferenceError.
    """
    _check(time, output, frequency, harmonics)
    count = max(1, min(harmonics, int(np.ceil(0.5 / (frequency * _interval(time)))) - 1))
    middle = float(time.mean())
    found = frequency
    if free:
        found = _free_frequency(time - middle, output, frequency, count)
    design = _design(time - middle, found, count, _slope(time - middle, output, found, count) if free else None)
    coefficients, covariance, noise = _solved(design, output)
    of_frequency = float(covariance[-1, -1]) ** 0.5 / (2 * np.pi) if free else 0.0
    return _told(coefficients, covariance, count, noise, Estimate(found, of_frequency), middle)


def _told(
    coefficients: Floats, covariance: Floats, count: int, noise: Estimate, frequency: Estimate, middle: float
) -> SineFit:
    """Return the fit of cosines c and sines s in polar form: c cos + s sin = A cos(. + phi), phi = atan2(-s, c)."""
    c, s = coefficients[1 : 2 * count : 2], coefficients[2 : 2 * count + 1 : 2]
    pair = np.array([covariance[k : k + 2, k : k + 2] for k in range(1, 2 * count, 2)])
    size = np.hypot(c, s)
    along = np.stack([c, s], axis=1) / np.where(size > 0, size, 1.0)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    of_size = np.sqrt(np.einsum("hi,hij,hj->h", along, pair, along))
    turned = np.sqrt(np.einsum("hi,hij,hj->h", across, pair, across))
    of_phase = np.minimum(np.divide(turned, size, out=np.full(count, np.inf), where=size > 0), np.pi / 3**0.5)
    order = np.arange(1, count + 1)
    phases = np.arctan2(-s, c) - 2 * np.pi * order * frequency.value * middle
    # The frequency turns the phase at t = 0 by the time between it and the middle of the record.
    of_phase = np.hypot(of_phase, 2 * np.pi * order * middle * frequency.uncertainty)
    wrapped = np.pi - np.mod(np.pi - phases, 2 * np.pi)
    offset = Estimate(float(coefficients[0]), float(covariance[0, 0]) ** 0.5)
    thd, floor = _distortion(coefficients[1 : 2 * count + 1], covariance[1 : 2 * count + 1, 1 : 2 * count + 1])
    return SineFit(frequency, offset, size, of_size, wrapped, of_phase, thd, floor, noise)


def _distortion(coefficients: Floats, covariance: Floats) -> tuple[Estimate, float]:
    fundamental, rest = float(np.hypot(*coefficients[:2])), coefficients[2:]
    if not fundamental > 0:
        raise InferenceError("A record must hold a sine of the frequency asked for, but its amplitude is 0.")
    together = float(np.linalg.norm(rest))
    floor = float(np.trace(covariance[2:, 2:])) ** 0.5 / fundamental
    value = together / fundamental
    along = rest / together if together > 0 else np.zeros_like(rest)
    gradient = np.concatenate([-value * coefficients[:2] / fundamental, along]) / fundamental
    return Estimate(value, float(gradient @ covariance @ gradient) ** 0.5), floor


def _free_frequency(time: Floats, output: Floats, guess: float, count: int) -> float:
    frequency = guess
    for _ in range(_ROUNDS):
        design = _design(time, frequency, count, _slope(time, output, frequency, count))
        step = float(_solved(design, output)[0][-1]) / (2 * np.pi)
        if abs(frequency + step - guess) * float(np.ptp(time)) > _MUCH:
            break
        frequency += step
        if abs(step) < _SETTLED * guess:
            return frequency
    raise InferenceError(
        f"The sine's frequency must be within {_MUCH:g} periods over the record of {guess:g} Hz, but was not found "
        "there."
    )


def _slope(time: Floats, output: Floats, frequency: float, count: int) -> Floats:
    """Return the derivative of the fitted sine and harmonics by the angular frequency, shape (n,)."""
    coefficients = _solved(_design(time, frequency, count), output)[0]
    slope = np.zeros_like(time)
    for h in range(1, count + 1):
        angle = 2 * np.pi * h * frequency * time
        slope += h * time * (-coefficients[2 * h - 1] * np.sin(angle) + coefficients[2 * h] * np.cos(angle))
    return slope


def _design(time: Floats, frequency: float, count: int, slope: Floats | None = None) -> Floats:
    """Return the columns 1, cos, sin of each harmonic, and that of the frequency where it is free."""
    angles = 2 * np.pi * frequency * time[:, None] * np.arange(1, count + 1)
    waves = np.stack([np.cos(angles), np.sin(angles)], axis=-1).reshape(len(time), -1)
    columns = [np.ones((len(time), 1)), waves]
    return np.concatenate(columns if slope is None else [*columns, slope[:, None]], axis=1)


def _solved(design: Floats, output: Floats) -> tuple[Floats, Floats, Estimate]:
    """Return coefficients (k,), their covariance (k, k) and the scatter of what is left."""
    sizes = np.linalg.norm(design, axis=0)
    dof = len(output) - design.shape[1]
    orthogonal, triangle = np.linalg.qr(design / np.where(sizes > 0, sizes, 1.0))
    if dof < 1 or not (sizes > 0).all() or np.linalg.cond(triangle) > 1e6:
        raise InferenceError(
            f"A record must tell its offset and {design.shape[1] - 1} parts of a sine apart, but {len(output)} "
            "readings do not: they are too few, or cover too little of a period."
        )
    inverse = np.linalg.inv(triangle) / sizes[:, None]
    coefficients = inverse @ (orthogonal.T @ output)
    left = output - design @ coefficients
    noise = float(left @ left / dof) ** 0.5
    return coefficients, noise**2 * (inverse @ inverse.T), Estimate(noise, noise / (2 * dof) ** 0.5)


def _interval(time: Floats) -> float:
    return float(np.median(np.diff(time)))


def _check(time: Floats, output: Floats, frequency: float, harmonics: int) -> None:
    if time.ndim != 1 or time.shape != output.shape or len(time) < 4:
        raise InferenceError(f"A record must have 4 readings or more over time, but has {time.shape}, {output.shape}.")
    if not (np.isfinite(time).all() and np.isfinite(output).all()):
        raise InferenceError("Time and output of a record must be finite, but are not everywhere.")
    if not (np.diff(time) > 0).all():
        raise InferenceError("The time of a record must rise, but does not everywhere.")
    if np.ptp(output) == 0:
        raise InferenceError("The output of a record must change, but is the same everywhere.")
    if not (np.isfinite(frequency) and 0 < frequency < 0.5 / _interval(time)):
        limit = 0.5 / _interval(time)
        raise InferenceError(
            f"`frequency` must be above 0 Hz and below half the sampling rate, {limit:g} Hz, but is {frequency:g} Hz."
        )
    if harmonics < 1:
        raise InferenceError(f"`harmonics` must be at least 1, but is {harmonics}.")
