"""What reaches the filter of a virtual SR830: the phasor of one harmonic of the reference, and what ripples beside it.

The voltage at the input is taken over a few periods of the reference, filtered as the input stage does, and multiplied
with the reference. Its mean is the phasor; all else turns at multiples of the reference and is what a short time
constant lets through. Frequencies that are no simple multiple of the reference's count as averaged away: beats are not
followed.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.sr830_specification import CURRENT_RESISTANCE, SLOWEST

if TYPE_CHECKING:
    from .sr830 import SR830

POINTS = (64, 1024)
"""Fewest and most samples of the input."""
LONGEST_PATTERN = 8
"""Periods of the reference after which the input must repeat."""
HIGH_PASS = 0.16
"""Corner in Hz of the AC coupling (manual, page 4-6)."""
NOTCH_QUALITY = 4.0
"""Quality of the line filters (page 4-6)."""
LINE = 50.0
"""Power line frequency in Hz."""
SMALL = 1e-6
"""Ripple below this fraction of the largest part is left out."""


@dataclass(frozen=True, slots=True)
class Detected:
    """What stands behind the multiplier from `time` on, in V or A rms."""

    time: float = 0.0
    phasor: complex = 0j
    ripple: tuple[tuple[float, complex], ...] = ()
    """Frequency in Hz and amplitude at `time` of what turns beside the phasor."""
    peak: float = 0.0
    """Largest magnitude at the input amplifier, in V or A."""
    frequency: float | None = None
    """Reference frequency in Hz; None where nothing locks it."""

    def rippling(self, time: float, time_constant: float, poles: int) -> complex:
        """Return what ripples through a filter at a time, long after it began."""
        total = 0j
        for frequency, amplitude in self.ripple:
            turned = 2j * math.pi * frequency
            total += amplitude * cmath.exp(turned * (time - self.time)) / (1 + turned * time_constant) ** poles
        return total

    def largest(self, time_constant: float) -> float:
        """Return the largest magnitude that can stand behind the first pole."""
        rest = sum(abs(part) / abs(1 + 2j * math.pi * frequency * time_constant) for frequency, part in self.ripple)
        return abs(self.phasor) + rest


def reference(twin: SR830) -> float | None:
    """Return the reference frequency in Hz: its own, or the only one that reaches the input from elsewhere."""
    if twin.settings.internal:
        return twin.settings.frequency
    found = twin.world.frequencies(f"{twin.name}.a")
    return found[0] if len(found) == 1 else None


def detect(twin: SR830) -> Detected:
    """Return what the input is made of from this moment on."""
    settings, time = twin.settings, twin.world.time
    frequency = reference(twin)
    if frequency is None:
        return Detected(time)
    periods = _pattern(twin, frequency)
    wanted = 4 * settings.harmonic * periods
    count = min(max(POINTS[0], 1 << (wanted - 1).bit_length()), POINTS[1])
    times = time + np.arange(count) * periods / (count * frequency)
    volts = twin.world.record(f"{twin.name}.a", times, twin.rng)
    if settings.source == 1:
        volts = volts - twin.world.record(f"{twin.name}.b", times, twin.rng)
    signal = volts / CURRENT_RESISTANCE if settings.source > 1 else volts
    signal = _through_input(twin, signal, frequency / periods)
    harmonic = settings.harmonic if 2 * settings.harmonic * periods < count else 0
    turns = np.mod(settings.harmonic * frequency * times + settings.phase / 360, 1.0)
    mixed = np.fft.fft(math.sqrt(2) * 1j * signal * np.exp(-2j * np.pi * turns)) / count
    ripple = [] if settings.synchronous and harmonic * frequency < SLOWEST else _ripple(mixed, frequency / periods)
    phasor = complex(mixed[0]) if harmonic else 0j
    return Detected(time, phasor, tuple(ripple), float(np.abs(signal).max()), frequency)


def _pattern(twin: SR830, frequency: float) -> int:
    """Return after how many periods of the reference the input repeats, as far as it does."""
    periods = 1
    for other in twin.world.frequencies(f"{twin.name}.a"):
        ratio = Fraction(other / frequency).limit_denominator(LONGEST_PATTERN)
        periods = math.lcm(periods, ratio.denominator)
    return min(periods, LONGEST_PATTERN)


def _ripple(mixed: NDArray[np.complex128], step: float) -> list[tuple[float, complex]]:
    frequencies = np.fft.fftfreq(len(mixed), 1 / (len(mixed) * step))
    largest = float(np.abs(mixed).max())
    kept = np.flatnonzero(np.abs(mixed) > SMALL * largest)
    return [(float(frequencies[place]), complex(mixed[place])) for place in kept if place != 0]


def _through_input(twin: SR830, signal: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Return a signal behind the coupling and the line filters."""
    settings = twin.settings
    frequencies = np.fft.rfftfreq(len(signal), 1 / (len(signal) * step))
    gain = np.ones(len(frequencies), complex)
    if settings.coupling == 0:
        gain *= 1j * frequencies / (1j * frequencies + HIGH_PASS)
    for number, line in enumerate((LINE, 2 * LINE)):
        if settings.notch >> number & 1:
            square = 1 - (frequencies / line) ** 2
            gain *= square / (square + 1j * frequencies / line / NOTCH_QUALITY)
    return np.fft.irfft(np.fft.rfft(signal) * gain, len(signal))
