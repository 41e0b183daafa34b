"""Periodic parts of a level against time: what a generator or a lock-in adds to its mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .circuit import Wave

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

MANY_PERIODS = 50.0
"""Periods from which a mean over an interval counts as the mean over a period."""
POINTS = 256
"""Samples from which the mean over a few periods is taken."""
HARMONICS = 512
"""Harmonics that stand for a wave that is no sine."""


def wave_at(wave: Wave, times: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a wave in the unit of its level at bench times in s, of any shape of array.

    `rng` makes the noise of the shape NOIS, Gaussian with three standard deviations at the peak.
    """
    if wave.shape == "NOIS":
        return wave.amplitude / 3 * rng.standard_normal(np.shape(times))
    turns = np.mod(times * wave.frequency + wave.phase / 360.0, 1.0)
    return wave.amplitude * _unit(wave, turns)


def _unit(wave: Wave, turns: FloatArray) -> FloatArray:
    """Return a wave of peak 1 at fractions of its period."""
    if wave.shape == "SIN":
        return np.sin(2 * np.pi * turns)
    if wave.shape == "SQU":
        return np.where(turns < wave.duty, 1.0, -1.0)
    if wave.shape in ("RAMP", "TRI"):
        rise = 0.5 if wave.shape == "TRI" else wave.duty
        up = -1 + 2 * turns / max(rise, 1e-12)
        down = 1 - 2 * (turns - rise) / max(1 - rise, 1e-12)
        return np.where(turns < rise, up, down)
    raise ValueError(f"A wave must be SIN, SQU, RAMP, TRI or NOIS, but is {wave.shape!r}.")


def wave_mean(wave: Wave, start: float, end: float) -> float:
    """Return the mean of a wave between two bench times in s; noise has none."""
    if wave.shape == "NOIS":
        return 0.0
    if (end - start) * wave.frequency > MANY_PERIODS:
        return wave.amplitude * float(np.mean(_unit(wave, (np.arange(POINTS) + 0.5) / POINTS)))
    if wave.shape == "SIN" and end > start:
        phase = np.radians(wave.phase)
        first, last = (2 * np.pi * wave.frequency * time + phase for time in (start, end))
        return wave.amplitude * float((np.cos(first) - np.cos(last)) / (last - first))
    middle = start + (end - start) * (np.arange(POINTS) + 0.5) / POINTS
    return float(np.mean(wave.amplitude * _unit(wave, np.mod(middle * wave.frequency + wave.phase / 360.0, 1.0))))


@dataclass(frozen=True, slots=True)
class Spectrum:
    """A wave as a sum of sines, for networks that answer each of them in its own way."""

    wave: Wave
    frequencies: FloatArray
    """Hz, (k,)."""
    amplitudes: ComplexArray
    """(k,): the wave is the real part of their sum, each times exp(2 pi i f t)."""

    @classmethod
    def of(cls, wave: Wave) -> Spectrum:
        """Return the one line of a sine, or mean and HARMONICS harmonics of another shape; noise has none."""
        if wave.shape == "SIN":
            return cls(wave, np.array([wave.frequency]), np.array([-1j * wave.amplitude]))
        if wave.shape == "NOIS":
            return cls(wave, np.zeros(1), np.zeros(1, dtype=np.complex128))
        # Between the places where shapes jump, so that no sample stands on an edge.
        lines = np.fft.rfft(wave.amplitude * _unit(wave, _middles())) / HARMONICS * np.conj(_to_middles())
        lines[[0, -1]] /= 2
        return cls(wave, wave.frequency * np.arange(len(lines), dtype=np.float64), lines)

    def passed(self, transfer: ComplexArray, times: FloatArray) -> FloatArray:
        """Return the wave behind a network at bench times in s (n,); `transfer` are factors of the lines, (k,)."""
        turns = np.mod(times * self.wave.frequency + self.wave.phase / 360.0, 1.0)
        lines = self.amplitudes * transfer
        if len(lines) == 1:
            return np.asarray((lines[0] * np.exp(2j * np.pi * turns)).real)
        return np.interp(turns, _middles(), self._over_a_period(lines), period=1.0)

    def peak(self, transfer: ComplexArray) -> float:
        """Return the largest size of the wave behind a network."""
        lines = self.amplitudes * transfer
        return float(np.abs(lines[0]) if len(lines) == 1 else np.abs(self._over_a_period(lines)).max())

    @staticmethod
    def _over_a_period(lines: ComplexArray) -> FloatArray:
        halves = lines * HARMONICS * _to_middles()
        halves[[0, -1]] *= 2
        return np.fft.irfft(halves, 2 * HARMONICS)


def _middles() -> FloatArray:
    """Return fractions of a period, (2 HARMONICS,)."""
    return (np.arange(2 * HARMONICS) + 0.5) / (2 * HARMONICS)


def _to_middles() -> ComplexArray:
    """Return the phase factor of each line from the beginning of a period to the first of the middles."""
    return np.asarray(np.exp(0.5j * np.pi * np.arange(HARMONICS + 1) / HARMONICS))
