"""What a Keithley 6221 promises: ranges, resolution, one-year accuracy, noise, compliance. Data only.

Source: data sheet 6221 Rev. B of 17 January 2005, page 1 of 2, printed in the user's manual 622x-900-01 as page A-2
(23 °C ± 5 °C, one year). Noise is the typical rms figure between 0.1 and 10 Hz of the same table.
Not verified on a page: the settings after `*RST` that the twin starts from.
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

SOURCE_CURRENT = (
    RangeSpecification(2e-9, 100e-15, 0.4e-2, 2e-12, 80e-15),
    RangeSpecification(20e-9, 1e-12, 0.3e-2, 10e-12, 0.8e-12),
    RangeSpecification(200e-9, 10e-12, 0.3e-2, 100e-12, 4e-12),
    RangeSpecification(2e-6, 100e-12, 0.1e-2, 1e-9, 40e-12),
    RangeSpecification(20e-6, 1e-9, 0.05e-2, 10e-9, 0.4e-9),
    RangeSpecification(200e-6, 10e-9, 0.05e-2, 100e-9, 4e-9),
    RangeSpecification(2e-3, 100e-9, 0.05e-2, 1e-6, 40e-9),
    RangeSpecification(20e-3, 1e-6, 0.05e-2, 10e-6, 0.4e-6),
    RangeSpecification(100e-3, 10e-6, 0.1e-2, 50e-6, 2e-6),
)
"""Ranges of the source in A; 105 % of each are usable."""

LARGEST_CURRENT = 105e-3
"""Largest level in A."""

COMPLIANCE = (0.1, 105.0)
"""Smallest and largest voltage limit in V, for both polarities."""
COMPLIANCE_STEP = 0.01
"""Step of the voltage limit in V."""

SETTLING = 100e-6
"""Seconds to 1 % of the final value: the longest of the table, output response slow."""

DELTA_DELAY = (0.0, 9999.999)
"""Shortest and longest delay of delta mode between a reversal and its conversion, in s."""
DELTA_COUNT = 65_536
"""Largest number of delta readings of one run, and of readings in the buffer."""

SPECIFICATION_6221 = InstrumentSpecification(
    model="6221",
    source="data sheet 6221 Rev. B, page 1 (user's manual 622x-900-01, page A-2)",
    unverified="settings after `*RST`; time at 0 A of cold switching",
    tables={"source current": SOURCE_CURRENT},
    settling=SETTLING,
)
"""Keithley 6221: 105 mA at 105 V."""
