"""What a Keysight 34461A promises: `specifications/keysight_34461a.toml`; resolution, test currents, shunts.

Resolution by integration time: Truevolt Series Operating and Service Guide, page 451 (100 PLC: 0.3 ppm of range, 1 PLC:
3 ppm). Test currents and burden voltages are those of the data sheet 5991-1983 as remembered, not checked against its
pages. The data sheet's resolution is taken as three standard deviations of the noise.
"""

from __future__ import annotations

from .specification import InstrumentSpecification
from .specification_file import load

MODEL = "34461A"

NPLC_CHOICES = (0.02, 0.2, 1.0, 10.0, 100.0)
"""Integration times in power line cycles; only whole numbers of cycles reject the line."""

RESOLUTION_BY_NPLC = {0.02: 100e-6, 0.2: 10e-6, 1.0: 3e-6, 10.0: 1e-6, 100.0: 0.3e-6}
"""Resolution as a fraction of the range (guide, page 451)."""


SPECIFICATION_34461A = load("keysight_34461a", InstrumentSpecification)

MEASURE_VOLTAGE = SPECIFICATION_34461A.tables["measure voltage"]
MEASURE_VOLTAGE_AC = SPECIFICATION_34461A.tables["measure alternating voltage"]
"""True rms, 10 Hz to 20 kHz."""
MEASURE_CURRENT = SPECIFICATION_34461A.tables["measure current"]
MEASURE_CURRENT_AC = SPECIFICATION_34461A.tables["measure alternating current"]
"""True rms, 10 Hz to 5 kHz."""
MEASURE_RESISTANCE = SPECIFICATION_34461A.tables["measure resistance"]
"""Four wires, or two with the leads nulled."""

SHUNTS = (100.0, 100.0, 5.0, 5.0, 0.1, 0.1, 0.01)
"""Resistance in ohm that the meter puts across its current terminals, by range."""

TEST_CURRENTS = (1e-3, 1e-3, 100e-6, 10e-6, 5e-6, 500e-9, 500e-9)
"""Current in A that flows through the resistance, by range."""

OPEN_CIRCUIT_VOLTAGE = 10.0
"""Largest voltage in V that the source of the test current reaches."""

INPUT_RESISTANCE = 10e6
"""Resistance in ohm across the voltage terminals."""
HIGH_INPUT_RESISTANCE = 10e9
"""The same on 100 mV, 1 V and 10 V with `VOLT:IMP:AUTO ON`; the data sheet says more than that."""
HIGH_IMPEDANCE_RANGES = 3
"""How many ranges, from the smallest, can have it."""
