"""The serial and the trigger cable between a 6221 and a 2182A (reference manual 622x-901-01, section 5).

The bench file says so: `"source.link" = "nanovoltmeter"`. Where it does not, delta mode has no meter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .keithley_2182a import Keithley2182A
    from .keithley_6221 import Keithley6221

LONGEST_ANSWER = 256
"""Characters that the 6221 keeps of what came in over its serial port."""


def connect(meter: Keithley2182A) -> None:
    """Lay the cables of a meter out, for a 6221 to take up."""
    meter.world.links[meter.name] = meter


def nanovoltmeter_of(source: Keithley6221) -> Keithley2182A | None:
    """Return the meter at the other end of a source's cables, if there is one."""
    from .keithley_2182a import Keithley2182A

    other = source.world.links.get(source.world.netlist.wired_to(f"{source.name}.link") or "")
    return other if isinstance(other, Keithley2182A) else None
