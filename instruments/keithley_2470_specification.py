"""What a Keithley 2470 promises: ranges, resolution, one-year accuracy, noise. Data only.

Source: data sheet of the Model 2470, tables of voltage and current (23 °C ± 5 °C, one year, 1 PLC). Noise of a source
is the rms figure below 10 Hz of the same tables. The sheet gives no noise for measuring: twice the resolution of the
range, rms at 1 PLC, is an assumption, good to a factor of two. Protection levels: as those of the 2410, of which the
manual 2470-901-01 (page 12-81) confirms the lowest; the instrument's own end, 1100 V, stands for none.
"""

from __future__ import annotations

from .keithley_2450_specification import (
    MEASURE_CURRENT,
    MEASURE_VOLTAGE,
    SOURCE_CURRENT,
    SOURCE_VOLTAGE,
    SPECIFICATION_2450,
)
from .source_meter_specification import SourceMeterSpecification
from .specification import RangeSpecification

SPECIFICATION_2470 = SourceMeterSpecification(
    model="2470",
    source="data sheet of the Model 2470, voltage and current; reference manual 2470-901-01, page 12-81",
    unverified=(
        "noise of measuring, twice the resolution; protection levels above the lowest, those of a 2410; "
        "times, those of a 2450"
    ),
    tables={
        "source voltage": (
            RangeSpecification(200e-3, 5e-6, 0.015e-2, 200e-6, 2e-6),
            *SOURCE_VOLTAGE[2:],
            RangeSpecification(1000.0, 50e-3, 0.02e-2, 100e-3, 20e-3, usable=1.10),
        ),
        "source current": (
            RangeSpecification(10e-9, 500e-15, 0.100e-2, 200e-12, 500e-15),
            RangeSpecification(100e-9, 5e-12, 0.060e-2, 250e-12, 500e-15),
            *SOURCE_CURRENT[2:8],
            RangeSpecification(1.0, 50e-6, 0.067e-2, 900e-6, 10e-6),
        ),
        "measure voltage": (
            *MEASURE_VOLTAGE[1:],
            RangeSpecification(1000.0, 10e-3, 0.015e-2, 50e-3, 20e-3, usable=1.10),
        ),
        "measure current": (
            RangeSpecification(10e-9, 10e-15, 0.10e-2, 250e-12, 20e-15),
            RangeSpecification(100e-9, 100e-15, 0.060e-2, 300e-12, 200e-15),
            *MEASURE_CURRENT[2:],
        ),
    },
    settling=SPECIFICATION_2450.settling,
    relay_time=SPECIFICATION_2450.relay_time,
    source_delay=SPECIFICATION_2450.source_delay,
    overhead=SPECIFICATION_2450.overhead,
    range_change=SPECIFICATION_2450.range_change,
    integrations=SPECIFICATION_2450.integrations,
    boundaries=((21.0, 1.05), (210.0, 0.105), (1100.0, 0.021)),
    protection_levels=(20.0, 40.0, 100.0, 200.0, 300.0, 400.0, 500.0, 1100.0),
    compliance_current=(1e-9, 1.05),
)
"""Keithley 2470: ±1100 V at 21 mA, ±210 V at 105 mA, ±21 V at 1.05 A."""
