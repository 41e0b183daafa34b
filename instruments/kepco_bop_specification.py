"""What a Kepco BOP 36-12 with the digital card BIT 4886 promises: ratings, steps, accuracy. Data only.

Number formats, the longest message and the list of 1002 points stand in the manual of the BIT 4886, appendix B. The
16 bits of a setting and the accuracies (0.1 % of the rating for settings and read-back of the current, 0.03 % and
0.05 % for the voltage) are general knowledge of the supply, not found on a page.
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

RATED_VOLTAGE, RATED_CURRENT = 36.0, 12.0
"""Largest voltage in V and current in A, of either sign."""

STEPS = 2**15
"""Steps of a setting from zero to the rating."""

VOLTAGE_STEP, CURRENT_STEP = RATED_VOLTAGE / STEPS, RATED_CURRENT / STEPS

SOURCE_VOLTAGE = RangeSpecification(RATED_VOLTAGE, VOLTAGE_STEP, 0.0, 0.03e-2 * RATED_VOLTAGE, 1e-3, usable=1.0)
SOURCE_CURRENT = RangeSpecification(RATED_CURRENT, CURRENT_STEP, 0.0, 0.1e-2 * RATED_CURRENT, 1e-3, usable=1.0)
MEASURE_VOLTAGE = RangeSpecification(RATED_VOLTAGE, VOLTAGE_STEP, 0.0, 0.05e-2 * RATED_VOLTAGE, 1e-3)
MEASURE_CURRENT = RangeSpecification(RATED_CURRENT, CURRENT_STEP, 0.0, 0.1e-2 * RATED_CURRENT, 0.5e-3)

LONGEST_MESSAGE = 253
"""Characters of a message, either way (BIT 4886 manual, B.2)."""

LONGEST_LIST = 1002
"""Points of a list (BIT 4886 manual, appendix B)."""

SPECIFICATION_BOP_36_12 = InstrumentSpecification(
    model="BOP 36-12",
    source="manual of the BIT 4886, appendix B (formats, longest message, lists)",
    unverified="16 bits of a setting, accuracy, noise, time of a measurement: general knowledge, not found on a page",
    tables={
        "source voltage": (SOURCE_VOLTAGE,),
        "source current": (SOURCE_CURRENT,),
        "measure voltage": (MEASURE_VOLTAGE,),
        "measure current": (MEASURE_CURRENT,),
    },
    overhead=5e-3,
)
"""Kepco BOP 36-12 with a BIT 4886; its limits of error are fractions of the rating, not of the setting."""
