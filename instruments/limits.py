"""Site limits of one instrument. They stand outside every procedure and hold on every path."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import LimitError
from .quantity import format_quantity
from .reading import Setpoint

ROUNDING = 1e-9
"""A wish may pass a limit by this fraction of the limits' span: `linspace` and its kind round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be asked of one source, in V, A and V/s. Wishes outside are refused, never clipped."""

    voltage: tuple[float, float]
    """Lowest and highest voltage; 0 V lies between them, so that the way to the safe state is always allowed."""
    current: float
    """Compliance, programmed into the instrument and read back before its output goes on."""
    slew: float | None = None
    """Largest rate of change; None allows a step."""
    leakage: float | None = None
    """Current that trips the run; None where the current is the signal."""

    def __post_init__(self) -> None:
        low, high = self.voltage
        if not (math.isfinite(low) and math.isfinite(high) and low <= 0 <= high and low < high):
            raise LimitError(
                f"`voltage` limits must be a lower and a higher voltage with 0 V between them, but are {low:g} V "
                f"and {high:g} V."
            )
        for name in ("current", "slew", "leakage"):
            number = getattr(self, name)
            if number is not None and not 0 < number < math.inf:
                raise LimitError(f"`{name}` limit must be above 0, but is {number:g}.")
        if self.leakage is not None and self.leakage > self.current:
            raise LimitError(
                f"`leakage` must not exceed `current`, the compliance that would hide it, but "
                f"{format_quantity(self.leakage, 'A')} is above {format_quantity(self.current, 'A')}."
            )

    @property
    def largest_voltage(self) -> float:
        """Return the largest magnitude that may be asked for, in V."""
        return max(abs(self.voltage[0]), abs(self.voltage[1]))

    def check(self, volts: float, *, instrument: str, where: str = "") -> None:
        """Raise LimitError where `volts` may not be asked of `instrument`; `where` names the wish in the sentence."""
        low, high = self.voltage
        slack = ROUNDING * (high - low)
        if low - slack <= volts <= high + slack:
            return
        place = f" ({where})" if where else ""
        raise LimitError(
            f"`{instrument}` must stay within {format_quantity(low, 'V')} and {format_quantity(high, 'V')}, "
            f"but {format_quantity(volts, 'V')} was asked of it{place}."
        )


def check_setpoint(limits: Mapping[str, Limits], setpoint: Setpoint, where: str = "") -> None:
    """Raise LimitError where a setpoint asks gate or junction for a voltage outside the limits of that name."""
    for instrument, volts in (("gate", setpoint.gate), ("junction", setpoint.bias)):
        if volts is not None:
            limits[instrument].check(volts, instrument=instrument, where=where)
    if not 0 <= setpoint.dwell < math.inf:
        raise LimitError(f"`dwell` must be at least 0 s, but is {setpoint.dwell:g} s{f' ({where})' if where else ''}.")
