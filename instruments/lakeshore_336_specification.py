"""What the Lake Shore 336 promises of a silicon diode and a platinum sensor, and of its heaters (manual, chapter 1).

Electronic accuracy and resolution are those of table 1-2 near 300 K. General knowledge: check against the manual.
"""

from __future__ import annotations

from .specification import InstrumentSpecification
from .specification_file import load

SPECIFICATION_336 = load("lakeshore_336", InstrumentSpecification)
"""Lake Shore 336; its limits of error are kelvins, whatever the temperature."""
[DIODE] = SPECIFICATION_336.tables["measure temperature"]
"""DT-670 silicon diode, 1.4 K to 475 K, temperatures in K."""
[PLATINUM] = SPECIFICATION_336.tables["measure temperature, platinum"]
"""PT-100, 30 K to 800 K."""
LOWEST = {DIODE: 1.4, PLATINUM: 30.0}
"""Lowest temperature in K that a sensor reads."""
SAMPLE = 0.1
"""Time in s between two readings of an input."""
HEATER_RANGES = {1: 0.01, 2: 0.1, 3: 1.0}
"""Power of low, medium and high as a fraction of the largest."""
CURRENTS = {1: 0.707, 2: 1.0, 3: 1.141, 4: 2.0}
"""Heater currents in A that `HTRSET` numbers; 0 stands for one that the user sets."""
LARGEST_RATE = 100.0
"""Fastest ramp in K/min; the slowest is 0.1."""
