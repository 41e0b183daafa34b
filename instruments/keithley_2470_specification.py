"""What a Keithley 2470 promises: `specifications/keithley_2470.toml`.

Noise of a source is the rms figure below 10 Hz. The sheet gives no noise for measuring: twice the resolution of the
range, rms at 1 PLC, is an assumption, good to a factor of two. Protection levels: as those of the 2410, of which the
manual 2470-901-01 (page 12-81) confirms the lowest; the instrument's own end, 1100 V, stands for none.
"""

from __future__ import annotations

from .source_meter_specification import SourceMeterSpecification
from .specification_file import load

SPECIFICATION_2470 = load("keithley_2470", SourceMeterSpecification)
"""Keithley 2470: ±1100 V at 21 mA, ±210 V at 105 mA, ±21 V at 1.05 A."""
