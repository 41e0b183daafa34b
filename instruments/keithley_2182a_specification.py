"""What a Keithley 2182A promises: `specifications/keithley_2182a.toml`; integration times.

Ranges, steps and the 120 % that are usable: user's manual 2182A-900-01, page 2-3 and table 3-1. Not verified on a page,
from general knowledge of the data sheet: accuracy (one year, in parts per million of reading and of range) and noise.
Noise is there peak to peak over two minutes with filters; here it is a sixth of the figure for 1 PLC and a filter of
ten readings, times the root of ten: the standard deviation of one reading at 1 PLC with front autozero, as is the
default, good to a factor of two.
"""

from __future__ import annotations

from .specification import InstrumentSpecification
from .specification_file import load

SPECIFICATION_2182A = load("keithley_2182a", InstrumentSpecification)
"""Keithley 2182A. What a conversion takes beside its integration makes 24 delta readings a second at 1 PLC of 60 Hz."""

CHANNEL_1 = SPECIFICATION_2182A.tables["measure voltage"]
"""Ranges of channel 1 in V."""
CHANNEL_2 = SPECIFICATION_2182A.tables["measure voltage, channel 2"]
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
