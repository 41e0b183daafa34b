"""What a Keysight 34461A promises: ranges, resolution, one-year accuracy, noise, test currents, shunts. Data only.

Resolution by integration time: Truevolt Series Operating and Service Guide, page 451 (100 PLC: 0.3 ppm of range, 1 PLC:
3 ppm). Accuracy, test currents and burden voltages are those of the data sheet 5991-1983 as remembered, not checked
against its pages. The data sheet's resolution is taken as three standard deviations of the noise: 1 ppm of range at
1 PLC (100 mV: 3 ppm), an assumption good to a factor of two.
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

MODEL = "34461A"

NPLC_CHOICES = (0.02, 0.2, 1.0, 10.0, 100.0)
"""Integration times in power line cycles; only whole numbers of cycles reject the line."""

RESOLUTION_BY_NPLC = {0.02: 100e-6, 0.2: 10e-6, 1.0: 3e-6, 10.0: 1e-6, 100.0: 0.3e-6}
"""Resolution as a fraction of the range (guide, page 451)."""


def _range(full: float, gain: float, offset: float, noise: float = 1e-6, usable: float = 1.2) -> RangeSpecification:
    """Return a range from per cent of reading, per cent of range, and noise as a fraction of the range."""
    return RangeSpecification(full, 0.3e-6 * full, gain / 100, offset / 100 * full, noise * full, usable)


MEASURE_VOLTAGE = (
    _range(0.1, 0.0050, 0.0035, noise=3e-6),
    _range(1.0, 0.0040, 0.0007),
    _range(10.0, 0.0035, 0.0005),
    _range(100.0, 0.0045, 0.0006),
    _range(1000.0, 0.0045, 0.0010, usable=1.0),
)

MEASURE_VOLTAGE_AC = (
    _range(0.1, 0.06, 0.04, noise=10e-6),
    _range(1.0, 0.06, 0.03, noise=10e-6),
    _range(10.0, 0.06, 0.03, noise=10e-6),
    _range(100.0, 0.06, 0.03, noise=10e-6),
    _range(750.0, 0.06, 0.03, noise=10e-6, usable=1.0),
)
"""True rms, 10 Hz to 20 kHz."""

MEASURE_CURRENT = (
    _range(100e-6, 0.050, 0.025),
    _range(1e-3, 0.050, 0.006),
    _range(10e-3, 0.050, 0.020),
    _range(100e-3, 0.050, 0.005),
    _range(1.0, 0.100, 0.010),
    _range(3.0, 0.200, 0.020, usable=1.01),
    _range(10.0, 0.120, 0.010, usable=1.01),
)

SHUNTS = (100.0, 100.0, 5.0, 5.0, 0.1, 0.1, 0.01)
"""Resistance in ohm that the meter puts across its current terminals, by range."""

MEASURE_CURRENT_AC = tuple(_range(spec.range, 0.10, 0.04, noise=10e-6, usable=spec.usable) for spec in MEASURE_CURRENT)
"""True rms, 10 Hz to 5 kHz."""

MEASURE_RESISTANCE = (
    _range(100.0, 0.010, 0.004, noise=3e-6),
    _range(1e3, 0.010, 0.001),
    _range(10e3, 0.010, 0.001),
    _range(100e3, 0.010, 0.001),
    _range(1e6, 0.010, 0.001),
    _range(10e6, 0.040, 0.001, noise=3e-6),
    _range(100e6, 0.800, 0.010, noise=10e-6),
)
"""Four wires, or two with the leads nulled."""

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

SPECIFICATION_34461A = InstrumentSpecification(
    model=MODEL,
    source="Truevolt Series Operating and Service Guide, page 451",
    unverified="accuracy, test currents and burden, those of the data sheet 5991-1983 as remembered; noise; times",
    tables={
        "measure voltage": MEASURE_VOLTAGE,
        "measure alternating voltage": MEASURE_VOLTAGE_AC,
        "measure current": MEASURE_CURRENT,
        "measure alternating current": MEASURE_CURRENT_AC,
        "measure resistance": MEASURE_RESISTANCE,
    },
    overhead=1e-3,
    range_change=20e-3,
    integrations=2,
    nplc_limits=(NPLC_CHOICES[0], NPLC_CHOICES[-1]),
)
