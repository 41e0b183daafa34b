"""What a Keithley 2400 and a 2410 promise: ranges, resolution, one-year accuracy, noise. Data only.

Source: data sheets SPEC-2400, Rev. H, page 2, and SPEC-2410, Rev. E (23 °C ± 5 °C, one year, 1 PLC). The
noise of a source is a sixth of the peak-to-peak figure between 0.1 Hz and 10 Hz. The sheets give no noise for
measuring: one step of the display, rms at 1 PLC, is an assumption, good to a factor of two. Protection levels: user's
manual 2400S-900-01, page 3-12; limits of the compliance: page 6-2; delays: table 3-4.
"""

from __future__ import annotations

from .source_meter_specification import SourceMeterSpecification
from .specification import RangeSpecification

DOCUMENTS = (
    "data sheets SPEC-2400 Rev. H, page 2, and SPEC-2410 Rev. E; user's manual 2400S-900-01, pages 3-12, 6-2 and 13-9, "
    "table 3-4"
)
UNVERIFIED = (
    "noise of measuring, one step of the display; time of a change of range, and of a reading beside its integration"
)

PEAK_TO_PEAK = 6.0
"""Peak-to-peak over rms of white noise, as data sheets count it."""


def _source(nominal: float, resolution: float, gain: float, offset: float, peak_to_peak: float) -> RangeSpecification:
    usable = 1.10 if nominal == 1000.0 else 1.05
    return RangeSpecification(nominal, resolution, gain, offset, peak_to_peak / PEAK_TO_PEAK, usable)


def _measure(nominal: float, resolution: float, gain: float, offset: float) -> RangeSpecification:
    return RangeSpecification(nominal, resolution, gain, offset, resolution, 1.10 if nominal == 1000.0 else 1.05)


SOURCE_VOLTAGE_2400 = (
    _source(200e-3, 5e-6, 0.02e-2, 600e-6, 5e-6),
    _source(2.0, 50e-6, 0.02e-2, 600e-6, 50e-6),
    _source(20.0, 500e-6, 0.02e-2, 2.4e-3, 500e-6),
    _source(200.0, 5e-3, 0.02e-2, 24e-3, 5e-3),
)

SOURCE_CURRENT_2400 = (
    _source(1e-6, 50e-12, 0.035e-2, 600e-12, 5e-12),
    _source(10e-6, 500e-12, 0.033e-2, 2e-9, 50e-12),
    _source(100e-6, 5e-9, 0.031e-2, 20e-9, 500e-12),
    _source(1e-3, 50e-9, 0.034e-2, 200e-9, 5e-9),
    _source(10e-3, 500e-9, 0.045e-2, 2e-6, 50e-9),
    _source(100e-3, 5e-6, 0.066e-2, 20e-6, 500e-9),
    _source(1.0, 50e-6, 0.27e-2, 900e-6, 5e-6),
)

MEASURE_VOLTAGE_2400 = (
    _measure(200e-3, 1e-6, 0.012e-2, 300e-6),
    _measure(2.0, 10e-6, 0.012e-2, 300e-6),
    _measure(20.0, 100e-6, 0.015e-2, 1.5e-3),
    _measure(200.0, 1e-3, 0.015e-2, 10e-3),
)

MEASURE_CURRENT_2400 = (
    _measure(1e-6, 10e-12, 0.029e-2, 300e-12),
    _measure(10e-6, 100e-12, 0.027e-2, 700e-12),
    _measure(100e-6, 1e-9, 0.025e-2, 6e-9),
    _measure(1e-3, 10e-9, 0.027e-2, 60e-9),
    _measure(10e-3, 100e-9, 0.035e-2, 600e-9),
    _measure(100e-3, 1e-6, 0.055e-2, 6e-6),
    _measure(1.0, 10e-6, 0.22e-2, 570e-6),
)

COMMAND_TIME = {True: 10e-3, False: 7e-3}
"""Seconds between a level's command and the output's beginning to move, with and without autorange (data sheet)."""

AUTO_DELAYS = {1e-6: 3e-3, 10e-6: 2e-3}
"""Source delay in s that auto delay chooses on the smallest current ranges (table 3-4); on all others the usual one."""

SPECIFICATION_2400 = SourceMeterSpecification(
    model="2400",
    source=DOCUMENTS,
    unverified=UNVERIFIED,
    tables={
        "source voltage": SOURCE_VOLTAGE_2400,
        "source current": SOURCE_CURRENT_2400,
        "measure voltage": MEASURE_VOLTAGE_2400,
        "measure current": MEASURE_CURRENT_2400,
    },
    settling=200e-6,
    relay_time=15e-3,
    source_delay=1e-3,
    overhead=2e-3,
    range_change=20e-3,
    integrations=3,
    boundaries=((21.0, 1.05), (210.0, 0.105)),
    protection_levels=(20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 160.0),
    compliance_current=(1e-9, 1.05),
)
"""Keithley 2400: ±210 V at 105 mA, ±21 V at 1.05 A."""

SPECIFICATION_2410 = SourceMeterSpecification(
    model="2410",
    source=DOCUMENTS,
    unverified=UNVERIFIED,
    tables={
        "source voltage": (
            *SOURCE_VOLTAGE_2400[:2],
            _source(20.0, 500e-6, 0.02e-2, 2.4e-3, 5e-3),
            _source(1000.0, 50e-3, 0.02e-2, 100e-3, 20e-3),
        ),
        "source current": (
            *SOURCE_CURRENT_2400[:4],
            _source(20e-3, 500e-9, 0.045e-2, 4e-6, 200e-9),
            _source(100e-3, 5e-6, 0.066e-2, 20e-6, 1e-6),
            _source(1.0, 50e-6, 0.27e-2, 900e-6, 100e-6),
        ),
        "measure voltage": (
            *MEASURE_VOLTAGE_2400[:2],
            _measure(20.0, 100e-6, 0.015e-2, 1e-3),
            _measure(1000.0, 10e-3, 0.015e-2, 50e-3),
        ),
        "measure current": (
            *MEASURE_CURRENT_2400[:4],
            _measure(20e-3, 100e-9, 0.035e-2, 1.2e-6),
            *MEASURE_CURRENT_2400[5:],
        ),
    },
    settling=200e-6,
    relay_time=15e-3,
    source_delay=1e-3,
    overhead=2e-3,
    range_change=20e-3,
    integrations=3,
    boundaries=((21.0, 1.05), (1100.0, 0.021)),
    protection_levels=(20.0, 40.0, 100.0, 200.0, 300.0, 400.0, 500.0, 1100.0),
    compliance_current=(1e-9, 1.05),
)
"""Keithley 2410: ±1100 V at 21 mA, ±21 V at 1.05 A."""
