"""What a Keithley DMM6500 promises: `specifications/keithley_dmm6500.toml`; test currents and shunts.

Noise at 1 PLC is an assumption: 0.5 ppm of range (100 mV: 2 ppm), which the 2000 family's data sheet supports (4 uV on
10 V), good to a factor of two.
"""

from __future__ import annotations

from .specification import InstrumentSpecification
from .specification_file import load

MODEL = "DMM6500"

NPLC_LIMITS = (0.0005, 12.0)
"""Shortest and longest integration in power line cycles of 50 Hz; 15 at 60 Hz."""

APERTURE_LIMITS = (10e-6, 0.24)
"""The same in s."""


SPECIFICATION_DMM6500 = load("keithley_dmm6500", InstrumentSpecification)

MEASURE_VOLTAGE = SPECIFICATION_DMM6500.tables["measure voltage"]
MEASURE_VOLTAGE_AC = SPECIFICATION_DMM6500.tables["measure alternating voltage"]
"""True rms, 30 Hz to 20 kHz."""
MEASURE_CURRENT = SPECIFICATION_DMM6500.tables["measure current"]
"""Front terminals; 10 A is for the rear ones only."""
MEASURE_CURRENT_AC = SPECIFICATION_DMM6500.tables["measure alternating current"]
"""True rms, 3 Hz to 5 kHz (data sheet, page 13)."""
MEASURE_RESISTANCE = SPECIFICATION_DMM6500.tables["measure resistance"]
"""Two wires with the leads nulled (data sheet, page 9)."""
MEASURE_RESISTANCE_FOUR_WIRE = SPECIFICATION_DMM6500.tables["measure resistance, four wires"]

SHUNTS = (1e3, 1e3, 100.0, 10.0, 1.0, 0.1, 0.1)
"""Resistance in ohm that the meter puts across its current terminals, by range."""

SHUNTS_AC = SHUNTS[1:]

TEST_CURRENTS = (10e-3, 1e-3, 1e-3, 100e-6, 10e-6, 10e-6, 0.7e-6, 0.7e-6)
"""Current in A that flows through the resistance, by range (data sheet, page 9)."""
TEST_CURRENTS_FOUR_WIRE = (10e-3, *TEST_CURRENTS)

OPEN_CIRCUIT_VOLTAGE = 12.5
"""Largest voltage in V that the source of the test current reaches; 7.1 V to 12.7 V by range (data sheet, page 9)."""

INPUT_RESISTANCE = 10e6
"""Resistance in ohm across the voltage terminals with `:INP MOHM10`, and on 100 V and 1000 V always."""
HIGH_INPUT_RESISTANCE = 10e9
"""The same on 100 mV, 1 V and 10 V with `:INP AUTO`; the data sheet says more than that."""
HIGH_IMPEDANCE_RANGES = 3
"""How many ranges, from the smallest, can have it."""
