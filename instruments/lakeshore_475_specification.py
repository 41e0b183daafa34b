"""What a Lake Shore 475 gaussmeter with a high-sensitivity probe (HSE) promises: `specifications/lakeshore_475.toml`.

Formats and commands stand in the manual of the 475, chapter 6. The ranges of the probe, the accuracy (0.05 % of the
reading and 0.005 % of the range, dc) and the noise are general knowledge of the instrument, not found on a page.
"""

from __future__ import annotations

from .specification import InstrumentSpecification
from .specification_file import load

SPECIFICATION_475 = load("lakeshore_475", InstrumentSpecification)
"""Lake Shore 475 with a high-sensitivity probe."""

MEASURE_FIELD = SPECIFICATION_475.tables["measure field"]
"""Ranges 1 to 4 in T (35 G to 35 kG); resolution and noise at 5 3/4 digits, ten readings a second."""

READING_TIMES = {1: 10e-3, 2: 1 / 30, 3: 0.1}
"""Seconds of a dc reading at 3 3/4, 4 3/4 and 5 3/4 digits, by the number that `RDGMODE` takes for them."""

OUTPUT_VOLTAGE = 10.0
"""Largest size in V of the analog output that programs a magnet's supply."""

UNITS = {1: 1e-4, 2: 1.0, 3: 1e-4, 4: 1.25663706212e-6}
"""Size in T of gauss, tesla, oersted and ampere per metre (fields in air), by the number that `UNIT` takes for them."""
