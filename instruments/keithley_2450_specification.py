"""What a Keithley 2450 promises: `specifications/keithley_2450.toml`.

Noise of a source is the rms figure below 10 Hz. The page gives no noise for measuring: twice the resolution of the
range, rms at 1 PLC, is an assumption, good to a factor of two. Protection levels, 5 % tolerance: data sheet, page 4.
"""

from __future__ import annotations

from .source_meter_specification import SourceMeterSpecification
from .specification_file import load

SPECIFICATION_2450 = load("keithley_2450", SourceMeterSpecification)
"""Keithley 2450: ±210 V at 105 mA, ±21 V at 1.05 A."""

MEASURE_VOLTAGE = SPECIFICATION_2450.measure_voltage
"""Measuring ranges in V."""
MEASURE_CURRENT = SPECIFICATION_2450.measure_current
"""Measuring ranges in A."""
