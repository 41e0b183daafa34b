"""What a Keithley 2182A promises: ranges, resolution, one-year accuracy, noise, integration times. Data only.

Ranges, steps and the 120 % that are usable: user's manual 2182A-900-01, page 2-3 and table 3-1. Not verified on a page,
from general knowledge of the data sheet: accuracy (one year, in parts per million of reading and of range) and noise.
Noise is there peak to peak over two minutes with filters; here it is a sixth of the figure for 1 PLC and a filter of
ten readings, times the root of ten: the standard deviation of one reading at 1 PLC, good to a factor of two.
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

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

CALIBRATION_TIME = 5.0
"""Seconds that a low-level self-calibration (ACAL) takes."""

ANALOG_FILTER_SETTLING = 0.125
"""Seconds that the analog filter settles between conversions (manual, page 3-8)."""

SPECIFICATION_2182A = InstrumentSpecification(
    model="2182A",
    source="user's manual 2182A-900-01, pages 2-3 and 3-8, table 3-1",
    unverified="accuracy and noise, from general knowledge of the data sheet; input resistance; change of range",
    tables={"measure voltage": CHANNEL_1, "measure voltage, channel 2": CHANNEL_2},
    overhead=6e-3,
    range_change=50e-3,
    integrations=3,
    nplc_limits=NPLC_LIMITS,
)
"""Keithley 2182A. What a conversion takes beside its integration makes 24 delta readings a second at 1 PLC of 60 Hz."""
