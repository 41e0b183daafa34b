"""What a Keithley 2182A promises: ranges, resolution, one-year accuracy, noise, integration times. Data only.

Ranges, steps and the 120 % that are usable: user's manual 2182A-900-01, page 2-3 and table 3-1. Not verified on a page,
from general knowledge of the data sheet: accuracy (one year, in parts per million of reading and of range) and noise.
Noise is there peak to peak over two minutes with filters; here it is a sixth of the figure for 1 PLC and a filter of
ten readings, times the root of ten: the standard deviation of one reading at 1 PLC, good to a factor of two.
"""

from __future__ import annotations

from .specification import RangeSpecification

CHANNEL_1 = (
    RangeSpecification(10e-3, 1e-9, 50e-6, 40e-9, 18e-9, usable=1.2),
    RangeSpecification(100e-3, 10e-9, 30e-6, 400e-9, 130e-9, usable=1.2),
    RangeSpecification(1.0, 100e-9, 25e-6, 2e-6, 340e-9, usable=1.2),
    RangeSpecification(10.0, 1e-6, 25e-6, 20e-6, 1.7e-6, usable=1.2),
    RangeSpecification(100.0, 10e-6, 35e-6, 400e-6, 79e-6, usable=1.2),
)
"""Ranges of channel 1 in V."""

CHANNEL_2 = (
    RangeSpecification(100e-3, 10e-9, 30e-6, 700e-9, 260e-9, usable=1.2),
    RangeSpecification(1.0, 100e-9, 25e-6, 2e-6, 680e-9, usable=1.2),
    RangeSpecification(10.0, 1e-6, 25e-6, 20e-6, 3.4e-6, usable=1.2),
)
"""Ranges of channel 2 in V; its inputs are referred to the low one of channel 1."""

NPLC_LIMITS = (0.01, 50.0)
"""Shortest and longest integration in power line cycles of 50 Hz; 60 at 60 Hz."""

INPUT_RESISTANCE = 10e9
"""Smallest input resistance in ohm up to the range of 10 V."""
INPUT_RESISTANCE_100_V = 10e6
"""Input resistance in ohm in the range of 100 V."""

LARGEST_BUFFER = 1024
"""Readings that the buffer holds."""
