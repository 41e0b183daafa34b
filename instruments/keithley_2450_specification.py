"""What a Keithley 2450 promises: ranges, resolution, one-year accuracy, noise. Data only.

Source: data sheet SPEC-2450 Rev. A, page 2 (23 °C ± 5 °C, one year, 1 PLC, output on). Noise of a source is the rms
figure below 10 Hz of the same page. The page gives no noise for measuring: twice the resolution of the range, rms at
1 PLC, is an assumption, good to a factor of two.
"""

from __future__ import annotations

from .source_meter_specification import SourceMeterSpecification
from .specification import RangeSpecification

SOURCE_VOLTAGE = (
    RangeSpecification(20e-3, 500e-9, 0.100e-2, 200e-6, 1e-6),
    RangeSpecification(200e-3, 5e-6, 0.015e-2, 200e-6, 1e-6),
    RangeSpecification(2.0, 50e-6, 0.020e-2, 300e-6, 10e-6),
    RangeSpecification(20.0, 500e-6, 0.015e-2, 2.4e-3, 100e-6),
    RangeSpecification(200.0, 5e-3, 0.015e-2, 24e-3, 1e-3),
)

SOURCE_CURRENT = (
    RangeSpecification(10e-9, 500e-15, 0.100e-2, 100e-12, 500e-15),
    RangeSpecification(100e-9, 5e-12, 0.060e-2, 150e-12, 500e-15),
    RangeSpecification(1e-6, 50e-12, 0.025e-2, 400e-12, 5e-12),
    RangeSpecification(10e-6, 500e-12, 0.025e-2, 1.5e-9, 40e-12),
    RangeSpecification(100e-6, 5e-9, 0.020e-2, 15e-9, 400e-12),
    RangeSpecification(1e-3, 50e-9, 0.020e-2, 150e-9, 5e-9),
    RangeSpecification(10e-3, 500e-9, 0.020e-2, 1.5e-6, 40e-9),
    RangeSpecification(100e-3, 5e-6, 0.025e-2, 15e-6, 100e-9),
    RangeSpecification(1.0, 50e-6, 0.067e-2, 900e-6, 3e-6),
)

MEASURE_VOLTAGE = (
    RangeSpecification(20e-3, 10e-9, 0.100e-2, 150e-6, 20e-9),
    RangeSpecification(200e-3, 100e-9, 0.012e-2, 200e-6, 200e-9),
    RangeSpecification(2.0, 1e-6, 0.012e-2, 300e-6, 2e-6),
    RangeSpecification(20.0, 10e-6, 0.015e-2, 1e-3, 20e-6),
    RangeSpecification(200.0, 100e-6, 0.015e-2, 10e-3, 200e-6),
)

MEASURE_CURRENT = (
    RangeSpecification(10e-9, 10e-15, 0.10e-2, 50e-12, 20e-15),
    RangeSpecification(100e-9, 100e-15, 0.060e-2, 100e-12, 200e-15),
    RangeSpecification(1e-6, 1e-12, 0.025e-2, 300e-12, 2e-12),
    RangeSpecification(10e-6, 10e-12, 0.025e-2, 700e-12, 20e-12),
    RangeSpecification(100e-6, 100e-12, 0.02e-2, 6e-9, 200e-12),
    RangeSpecification(1e-3, 1e-9, 0.02e-2, 60e-9, 2e-9),
    RangeSpecification(10e-3, 10e-9, 0.02e-2, 600e-9, 20e-9),
    RangeSpecification(100e-3, 100e-9, 0.025e-2, 6e-6, 200e-9),
    RangeSpecification(1.0, 1e-6, 0.03e-2, 500e-6, 2e-6),
)

PROTECTION_LEVELS = (2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 140.0, 160.0, 180.0)
"""Over-voltage protection levels in V (parameters PROT2 to PROT180); 5 % tolerance (data sheet, page 4)."""

COMPLIANCE_CURRENT = (1e-9, 1.05)
"""Smallest and largest current limit of a voltage source in A (reference manual 2450-901-01, `:ILIMit`)."""

NPLC_LIMITS = (0.01, 10.0)
"""Shortest and longest integration in power line cycles."""

SPECIFICATION_2450 = SourceMeterSpecification(
    model="2450",
    source="data sheet SPEC-2450 Rev. A, pages 2 and 4; reference manual 2450-901-01, `:ILIMit`",
    unverified="noise of measuring, twice the resolution; time of relay and change of range; automatic delay",
    tables={
        "source voltage": SOURCE_VOLTAGE,
        "source current": SOURCE_CURRENT,
        "measure voltage": MEASURE_VOLTAGE,
        "measure current": MEASURE_CURRENT,
    },
    settling=200e-6,
    relay_time=15e-3,
    source_delay=1e-3,
    overhead=1e-3,
    range_change=20e-3,
    integrations=3,
    boundaries=((21.0, 1.05), (210.0, 0.105)),
    protection_levels=PROTECTION_LEVELS,
    compliance_current=COMPLIANCE_CURRENT,
    nplc_limits=NPLC_LIMITS,
)
"""Keithley 2450: ±210 V at 105 mA, ±21 V at 1.05 A."""
