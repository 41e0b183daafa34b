"""What a Keithley DMM6500 promises: ranges, resolution, one-year accuracy, noise, test currents, shunts. Data only.

Resistance and test currents: data sheet, page 9; current with an alternating source: page 13. 10 V: calibration manual
DMM6500-905-01, page 2-4; 10 mA: same manual (60 ppm of reading + 9 ppm of range, 90 days). The other ranges of voltage
and current are as remembered, not checked against a page. Noise at 1 PLC is an assumption: 0.5 ppm of range (100 mV:
2 ppm), which the 2000 family's data sheet supports (4 uV on 10 V), good to a factor of two.
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

MODEL = "DMM6500"

NPLC_LIMITS = (0.0005, 12.0)
"""Shortest and longest integration in power line cycles of 50 Hz; 15 at 60 Hz."""

APERTURE_LIMITS = (10e-6, 0.24)
"""The same in s."""


def _range(full: float, gain: float, offset: float, noise: float = 0.5e-6, usable: float = 1.2) -> RangeSpecification:
    """Return a range from per cent of reading, per cent of range, and noise as a fraction of the range."""
    return RangeSpecification(full, 1e-6 * full, gain / 100, offset / 100 * full, noise * full, usable)


MEASURE_VOLTAGE = (
    _range(0.1, 0.0030, 0.0035, noise=2e-6),
    _range(1.0, 0.0025, 0.0006),
    _range(10.0, 0.0025, 0.0005),
    _range(100.0, 0.0040, 0.0006),
    _range(1000.0, 0.0040, 0.0006, usable=1.01),
)

MEASURE_VOLTAGE_AC = (
    _range(0.1, 0.06, 0.03, noise=10e-6),
    _range(1.0, 0.06, 0.03, noise=10e-6),
    _range(10.0, 0.06, 0.03, noise=10e-6),
    _range(100.0, 0.06, 0.03, noise=10e-6),
    _range(750.0, 0.06, 0.03, noise=10e-6, usable=1.01),
)
"""True rms, 30 Hz to 20 kHz."""

MEASURE_CURRENT = (
    _range(10e-6, 0.050, 0.025, noise=2e-6),
    _range(100e-6, 0.020, 0.010),
    _range(1e-3, 0.015, 0.006),
    _range(10e-3, 0.015, 0.006),
    _range(100e-3, 0.030, 0.006),
    _range(1.0, 0.040, 0.006),
    _range(3.0, 0.050, 0.006, usable=1.01),
)
"""Front terminals; 10 A is for the rear ones only."""

SHUNTS = (1e3, 1e3, 100.0, 10.0, 1.0, 0.1, 0.1)
"""Resistance in ohm that the meter puts across its current terminals, by range."""

MEASURE_CURRENT_AC = (
    _range(100e-6, 0.10, 0.07, noise=10e-6),
    _range(1e-3, 0.10, 0.04, noise=10e-6),
    _range(10e-3, 0.10, 0.04, noise=10e-6),
    _range(100e-3, 0.10, 0.04, noise=10e-6),
    _range(1.0, 0.10, 0.04, noise=10e-6),
    _range(3.0, 0.15, 0.06, noise=10e-6, usable=1.01),
)
"""True rms, 3 Hz to 5 kHz (data sheet, page 13)."""

SHUNTS_AC = SHUNTS[1:]

MEASURE_RESISTANCE = (
    _range(10.0, 0.0085, 0.0020, noise=5e-6),
    _range(100.0, 0.0085, 0.0020, noise=2e-6),
    _range(1e3, 0.0075, 0.0006),
    _range(10e3, 0.0075, 0.0006),
    _range(100e3, 0.0075, 0.0010),
    _range(1e6, 0.0100, 0.0006),
    _range(10e6, 0.0400, 0.0010),
    _range(100e6, 0.2000, 0.0030, noise=5e-6),
)
"""Two wires with the leads nulled (data sheet, page 9)."""

MEASURE_RESISTANCE_FOUR_WIRE = (_range(1.0, 0.0085, 0.0200, noise=20e-6), *MEASURE_RESISTANCE)

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

SPECIFICATION_DMM6500 = InstrumentSpecification(
    model=MODEL,
    source="data sheet, pages 9 and 13; calibration manual DMM6500-905-01, page 2-4",
    unverified="dc voltage but 10 V, dc current but 10 mA, ac voltage, as remembered; noise; times",
    tables={
        "measure voltage": MEASURE_VOLTAGE,
        "measure alternating voltage": MEASURE_VOLTAGE_AC,
        "measure current": MEASURE_CURRENT,
        "measure alternating current": MEASURE_CURRENT_AC,
        "measure resistance": MEASURE_RESISTANCE,
        "measure resistance, four wires": MEASURE_RESISTANCE_FOUR_WIRE,
    },
    overhead=1e-3,
    range_change=20e-3,
    integrations=2,
    nplc_limits=NPLC_LIMITS,
)
