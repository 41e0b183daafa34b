"""What a Stanford Research SR830 promises: scales, time constants, accuracy, noise. Data only.

Source: manual of the SR830, revision 2.5, page 1-5 (specifications), pages 5-4 to 5-13 (scales and their numbers).
General knowledge of the instrument, not found on a page: the reserve of each sensitivity, which is simplified here.
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

SCALES = tuple(step * 10.0**power for power in range(-9, 0) for step in (2, 5, 10))
"""Full scales in V rms by the number that `SENS` takes, 2 nV to 1 V; in A, a millionth of them."""
SENSITIVITIES = tuple(RangeSpecification(scale, scale * 1e-6, 0.01, 0.0, 0.0, usable=1.09) for scale in SCALES)
"""Scales for a voltage; 109 % of each can be read. Digital: there is no offset."""
TIME_CONSTANTS = tuple(step * 10.0**power for power in range(-5, 5) for step in (1, 3))
"""Time constants in s by the number that `OFLT` takes, 10 us to 30 ks."""
SAMPLE_RATES = tuple(2.0**power for power in range(-4, 10))
"""Rates of the data storage in Hz by the number that `SRAT` takes; 14 stores at each trigger."""
LARGEST_STORE = 16_383
"""Points of the data storage, of each display."""

FREQUENCIES = (1e-3, 102e3)
"""Lowest and highest reference and detection frequency in Hz."""
SLOWEST = 200.0
"""Detection frequency in Hz up to which time constants above 30 s and the synchronous filter work."""
AMPLITUDES = (0.004, 5.0)
"""Smallest and largest rms amplitude of the sine output in V, into a high impedance."""
SINE = RangeSpecification(5.0, 0.002, 0.01, 0.0, 0.0, usable=1.0)
"""The sine output: steps of 2 mV, 1 %."""
OUTPUT_RESISTANCE = 50.0
"""Ohm, of the sine output."""
INPUT_RESISTANCE = 10e6
"""Ohm, of the voltage inputs."""
CURRENT_RESISTANCE = 1e3
"""Ohm, of the current input."""
VOLTAGE_NOISE = 6e-9
"""Noise density at the input in V/sqrt(Hz), at 1 kHz."""
CURRENT_NOISE = (0.13e-12, 0.013e-12)
"""Noise density of the current input in A/sqrt(Hz), at a gain of 1e6 and 1e8 V/A."""
LARGEST_INPUT = 1.56
"""Peak voltage in V that the input amplifier takes: a little above the peak of 1 V rms."""
RESERVES = (46.0, 26.0, 6.0)
"""Dynamic reserve in dB by the number that `RMOD` takes: high reserve, normal, low noise."""
AUXILIARY = (-10.5, 10.5)
"""Lowest and highest voltage in V of the auxiliary outputs."""
AUXILIARY_STEP = 1 / 3 * 1e-3
"""Resolution of the auxiliary inputs in V."""
BANDWIDTHS = (1 / 4, 1 / 8, 3 / 32, 5 / 64)
"""Equivalent noise bandwidth times time constant, of the slopes 6, 12, 18 and 24 dB/octave (manual, page 3-23)."""
SETTLING = 14.0
"""Time constants until a step through the slope of 24 dB/octave is within 1e-4 of its end."""

SPECIFICATION_SR830 = InstrumentSpecification(
    model="SR830",
    source="manual of the SR830, revision 2.5, pages 1-5, 3-23, 5-4 to 5-13",
    unverified="reserve of each sensitivity, simplified",
    tables={"measure voltage": SENSITIVITIES, "source voltage": (SINE,)},
    noise_density=VOLTAGE_NOISE,
)
"""Stanford Research SR830: digital, so that nothing is offset; its noise is that of the input through the filter."""
