"""Whether four leads touch a junction, found at a low current before any larger one flows over them.

Two wires and four wires read the same junction, each by the difference between a small voltage and none, so that
offsets and thermal voltages cancel. Where they disagree by more than force leads may have, or no current flows, one
lead or needle is likely open. A junction that the low compliance limits is read all the same: both quantities are
measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from .errors import ContactFault
from .limits import Limits
from .quantity import format_quantity
from .roles import SourceMeter, SourceReading, SourceSettings

CURRENT_SHARE = 0.01
"""Compliance of the check, as a share of the site's."""
SMALLEST_COMPLIANCE = 1e-6
"""Compliance in A that every source meter measures well; the site's own where that is smaller still."""
BIAS_SHARE = 0.1
"""Voltage of the check, as a share of the read voltage."""
NPLC = 1.0
"""Integration of each of the four readings in power line cycles."""
CONTACT_SHARE = 0.1
"""Resistance that leads and contacts may have where no limit says it, as a share of what two wires read."""
COLLAPSED = 0.1
"""Share of what two wires read below which four wires, in compliance, see no voltage at all."""
CONFIDENCE = 3.0
"""Standard deviations of the specified noise that a difference must exceed to be one."""


@dataclass(frozen=True, slots=True)
class LeadReading:
    """The difference between a small voltage and none, over two wires or over four."""

    voltage: float
    """V."""
    current: float
    """A."""
    tripped: bool
    voltage_noise: float
    """Standard deviation of `voltage` in V by the specification."""
    current_noise: float
    """Standard deviation of `current` in A by the specification."""

    @property
    def no_current(self) -> bool:
        """Return whether the current cannot be told from none."""
        return abs(self.current) <= CONFIDENCE * self.current_noise

    @property
    def resistance(self) -> float:
        """Return voltage over current in ohm; there must be a current."""
        return self.voltage / self.current

    @property
    def noise(self) -> float:
        """Return the standard deviation of the resistance in ohm."""
        return math.hypot(self.voltage_noise, self.resistance * self.current_noise) / abs(self.current)


def check_continuity(
    source: SourceMeter,
    limits: Limits,
    *,
    bias: float,
    go: Callable[[float], None],
    look: Callable[[], SourceReading],
) -> None:
    """Raise ContactFault where a lead of the junction is likely open; the output is off at 0 V afterwards in any case.

    `bias` is the read voltage in V; `go` takes the source to a voltage within its slew limit, `look` reads it.
    """
    low, volts = low_limits(limits), BIAS_SHARE * bias
    two = _read_over(source, low, volts, go, look, four_wire=False)
    if two.no_current:
        raise ContactFault(
            f"Junction must draw a current at {format_quantity(volts, 'V')}, but two wires carry "
            f"{format_quantity(two.current, 'A')}, which is none: a force lead or a needle is likely open."
        )
    judge(two, _read_over(source, low, volts, go, look, four_wire=True), limits)


def low_limits(limits: Limits) -> Limits:
    """Return the limits of the check: those of the site, at a hundredth of its compliance."""
    current = min(limits.current, max(CURRENT_SHARE * limits.current, SMALLEST_COMPLIANCE))
    return replace(limits, current=current, leakage=None)


def judge(two: LeadReading, four: LeadReading, limits: Limits) -> None:
    """Raise ContactFault where what two and four wires read cannot be the same junction over good leads."""
    if four.no_current:
        raise ContactFault(
            f"Junction must draw a current over four wires as it does over two ({_ohms(two)}), but they carry "
            f"{format_quantity(four.current, 'A')}, which is none: a sense lead is likely open."
        )
    leads, slack = two.resistance - four.resistance, CONFIDENCE * math.hypot(two.noise, four.noise)
    most = CONTACT_SHARE * abs(two.resistance) if limits.contact_resistance is None else limits.contact_resistance
    found = f"two wires read {_ohms(two)} and four {_ohms(four)}"
    if leads > most + slack and four.tripped and abs(four.resistance) < COLLAPSED * abs(two.resistance):
        raise ContactFault(
            f"Four wires must see a voltage at the junction, but {found} in compliance: a sense lead is likely open."
        )
    if leads > most + slack:
        raise ContactFault(
            f"Force leads and contacts must have at most {format_quantity(most, 'ohm')}, but {found}: a force lead or "
            "its needle likely hardly touches."
        )
    if leads < -most - slack:
        raise ContactFault(
            f"Four wires must read no more than two, but {found}: a sense lead or its needle likely hardly touches."
        )
    least = limits.lead_resistance
    if least is not None and leads < least - slack:
        raise ContactFault(
            f"Four wires must leave out at least {format_quantity(least, 'ohm')} of force leads, but {found}: a sense "
            "lead is likely open."
        )


def _read_over(
    source: SourceMeter,
    low: Limits,
    volts: float,
    go: Callable[[float], None],
    look: Callable[[], SourceReading],
    *,
    four_wire: bool,
) -> LeadReading:
    settings = source.configure(low, largest_voltage=abs(volts), nplc=NPLC, four_wire=four_wire)
    try:
        source.switch_on()
        rest = look()
        go(volts)
        there = look()
        go(0.0)
    finally:
        source.ramp_off(low)
    return _difference(rest, there, settings)


def _difference(rest: SourceReading, there: SourceReading, settings: SourceSettings) -> LeadReading:
    if rest.voltage is None or rest.current is None or there.voltage is None or there.current is None:
        raise ContactFault("Junction must be read at a low current, but its reading overflows: a lead is likely open.")
    noises = [
        math.sqrt(2) * math.hypot(one.reading_noise(settings.nplc), one.resolution / math.sqrt(12))
        for one in (settings.voltage_range, settings.current_range)
    ]
    return LeadReading(there.voltage - rest.voltage, there.current - rest.current, there.tripped, *noises)


def _ohms(reading: LeadReading) -> str:
    return format_quantity(reading.resistance, "ohm")
