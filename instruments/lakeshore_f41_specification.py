"""What a Lake Shore F41 teslameter with a single-axis probe (FP series) promises: `specifications/lakeshore_f41.toml`.

The averaging window (10 ms to 10 s in steps of 10 ms, 10 ms being one measurement) stands in the F71/F41 manual,
section 3.4.2. The ranges and all figures of accuracy and noise are general knowledge of the instrument, not found on a
page: good to a factor of two, and to be replaced by the certificate of the probe that is used. An offset holds after
the probe was zeroed; `noise` is that of one measurement of 10 ms.
"""

from __future__ import annotations

from .specification import InstrumentSpecification
from .specification_file import load

SPECIFICATION_F41 = load("lakeshore_f41", InstrumentSpecification)
"""Lake Shore F41 with a probe of the FP series; it measures the field that it drives."""

MEASURE_FIELD = SPECIFICATION_F41.tables["measure field"]
"""Ranges in T; a field is measured up to the full scale, not beyond."""

SAMPLE = 10e-3
"""Duration in s of one measurement; a reading is the mean of the last `SENSe:AVERage:COUNt` of them (section 3.4.2)."""

LONGEST_AVERAGE = 1000
"""Most measurements in one reading: 10 s."""

OUTPUT_VOLTAGE = 10.0
"""Largest size in V of the field control output, which programs a bipolar supply."""

TESLA_PER_GAUSS = 1e-4
"""The instrument counts in tesla or in gauss."""
