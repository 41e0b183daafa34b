"""What a Keysight (Agilent) 33511B promises: amplitude, offset, frequencies by shape. Data only.

Source: data sheet 5991-0692EN of the 33500B series, pages 14 to 17. The noise of the output is general knowledge, not
found on a page.
"""

from __future__ import annotations

from .specification import InstrumentSpecification, RangeSpecification

OUTPUT_RESISTANCE = 50.0
"""Ohm, in series with the output."""
AMPLITUDE = (RangeSpecification(20.0, 1e-4, 0.01, 1e-3, 1e-4, usable=1.0),)
"""Peak to peak in V into an open circuit: 1 % and 1 mV at 1 kHz."""
OFFSET = (RangeSpecification(10.0, 1e-4, 0.01, 2e-3, 1e-4, usable=1.0),)
"""Mean in V into an open circuit: 1 % and 2 mV."""
SMALLEST_AMPLITUDE = 2e-3
"""Peak to peak in V into an open circuit."""
LARGEST_LEVEL = 10.0
"""Largest voltage of either sign, wave and offset together, into an open circuit."""
FREQUENCIES = {"SIN": 20e6, "SQU": 20e6, "TRI": 200e3, "RAMP": 200e3, "PULS": 20e6, "NOIS": 20e6, "DC": 20e6}
"""Highest frequency in Hz of each shape."""
LOWEST_FREQUENCY = 1e-6
"""Hz."""
SHORTEST_PULSE = 16e-9
"""Seconds."""
LOADS = (1.0, 10e3)
"""Smallest and largest load in ohm that amplitudes may be told for, beside an infinite one."""

SPECIFICATION_33511B = InstrumentSpecification(
    model="33511B",
    source="data sheet 5991-0692EN of the 33500B series, pages 14 to 17",
    unverified="noise of the output",
    tables={"source amplitude": AMPLITUDE, "source offset": OFFSET},
)
"""Keysight 33511B: ±10 V into an open circuit, through 50 ohm."""
