"""What a Keithley 2400 and a 2410 promise: `specifications/keithley_2400.toml` and `keithley_2410.toml`.

The noise of a source is a sixth of the peak-to-peak figure between 0.1 Hz and 10 Hz. The sheets give no noise for
measuring: one step of the display, rms at 1 PLC, is an assumption, good to a factor of two. Protection levels: user's
manual 2400S-900-01, page 3-12; limits of the compliance: page 6-2; delays: table 3-4.
"""

from __future__ import annotations

from .source_meter_specification import SourceMeterSpecification
from .specification_file import load

COMMAND_TIME = {True: 10e-3, False: 7e-3}
"""Seconds between a level's command and the output's beginning to move, with and without autorange (data sheet)."""

AUTO_DELAYS = {1e-6: 3e-3, 10e-6: 2e-3}
"""Source delay in s that auto delay chooses on the smallest current ranges (table 3-4); on all others the usual one."""

SPECIFICATION_2400 = load("keithley_2400", SourceMeterSpecification)
"""Keithley 2400: ±210 V at 105 mA, ±21 V at 1.05 A."""

SPECIFICATION_2410 = load("keithley_2410", SourceMeterSpecification)
"""Keithley 2410: ±1100 V at 21 mA, ±21 V at 1.05 A."""

MEASURE_VOLTAGE_2400 = SPECIFICATION_2400.measure_voltage
"""Measuring ranges of a 2400 in V."""
MEASURE_CURRENT_2400 = SPECIFICATION_2400.measure_current
"""Measuring ranges of a 2400 in A."""
