"""What a Lake Shore F41 teslameter with a single-axis probe (FP series) promises: ranges, accuracy, noise. Data only.

The averaging window (10 ms to 10 s in steps of 10 ms, 10 ms being one measurement) stands in the F71/F41 manual,
section 3.4.2. The ranges and all figures of accuracy and noise are general knowledge of the instrument, not found on a
page: good to a factor of two, and to be replaced by the certificate of the probe that is used. An offset holds after
the probe was zeroed; `noise` is that of one measurement of 10 ms.
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

MEASURE_FIELD = (
    RangeSpecification(35e-3, 100e-9, 0.15e-2, 15e-6, 2e-6, usable=1.0),
    RangeSpecification(350e-3, 1e-6, 0.15e-2, 50e-6, 4e-6, usable=1.0),
    RangeSpecification(3.5, 10e-6, 0.15e-2, 500e-6, 40e-6, usable=1.0),
)
"""Ranges in T; a field is measured up to the full scale, not beyond."""

SAMPLE = 10e-3
"""Duration in s of one measurement; a reading is the mean of the last `SENSe:AVERage:COUNt` of them (section 3.4.2)."""

LONGEST_AVERAGE = 1000
"""Most measurements in one reading: 10 s."""

OUTPUT_VOLTAGE = 10.0
"""Largest size in V of the field control output, which programs a bipolar supply."""

TESLA_PER_GAUSS = 1e-4
"""The instrument counts in tesla or in gauss."""

SPECIFICATION_F41 = InstrumentSpecification(
    model="F41",
    source="manual F71/F41, section 3.4.2 (averaging)",
    unverified="ranges, accuracy, noise, time of a change of range: to be taken from the probe's certificate",
    tables={"measure field": MEASURE_FIELD},
    overhead=SAMPLE,
    range_change=0.1,
)
"""Lake Shore F41 with a probe of the FP series; it measures the field that it drives."""
