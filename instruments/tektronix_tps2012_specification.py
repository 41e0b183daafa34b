"""What a Tektronix TPS2012 promises: scales, time bases, digitiser, accuracy. Data only.

Source: user manual 071-1441 of the TPS2000 series, appendix A; programmer manual 071-1075, page 2-28 (digitiser) and
the command pages. The noise of the input is general knowledge, not found on a page.
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

CHANNELS = (1, 2)
SCALES = (2e-3, 5e-3, 10e-3, 20e-3, 50e-3, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""V per division at the input."""
DIVISIONS = 4
"""Divisions above and below the middle of the screen."""
LEVELS = 25
"""Levels of the digitiser in a division; it has 256 of them, a little more than the screen."""
VERTICAL = tuple(
    RangeSpecification(DIVISIONS * scale, scale / LEVELS / 256, 0.03, 0.1 * scale + 1e-3, 0.0) for scale in SCALES
)
"""Half of the screen at each scale: 3 %, and 0.1 divisions + 1 mV. Levels are coarser than that, and noisy."""
TIME_BASES = tuple(
    round(step * 10.0**power, 12) for power in range(-9, 2) for step in (1, 2.5, 5) if 5e-9 <= step * 10.0**power <= 50
)
"""Seconds per division."""
POINTS = 2500
"""Points of a record, 250 in a division."""
INPUT_RESISTANCE = 1e6
"""Ohm."""
PROBES = (1, 10, 100, 1000)
"""Attenuations that readings may be told for."""

SPECIFICATION_TPS2012 = InstrumentSpecification(
    model="TPS2012",
    source="user manual 071-1441, appendix A; programmer manual 071-1075, page 2-28",
    unverified="noise of the input, which lies below a level of the digitiser",
    tables={"measure voltage": VERTICAL},
)
"""Tektronix TPS2012: two isolated channels, 256 levels."""
