"""What the limits of an instrument depend on beside its range: when it was calibrated, and how warm it is around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .wiring_file import Reader

CALIBRATED_AT = 296.15
"""Temperature in K around which data sheets count: 23 °C."""
BAND = 5.0
"""K on either side of it within which their limits hold."""
STEADY = 1.0
"""K on either side of it that 24-hour limits ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambient:
    """The temperature around the instruments."""

    temperature: float
    """K."""
    uncertainty: float = 0.0
    """Limit of its error in K."""

    @property
    def farthest(self) -> float:
        """Return the largest distance in K from 23 °C that it may have."""
        return abs(self.temperature - CALIBRATED_AT) + self.uncertainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """One instrument on one day, in one room; nothing is known of it without arguments."""

    calibrated: date | None = None
    today: date | None = None
    ambient: Ambient | None = None

    @property
    def age(self) -> float | None:
        """Return the days since calibration; None where nobody knows."""
        if self.calibrated is None or self.today is None:
            return None
        return float(max(0, (self.today - self.calibrated).days))

    @property
    def outside(self) -> float:
        """Return how far in K it may be beyond the band around 23 °C; 0 where nobody says how warm it is."""
        return 0.0 if self.ambient is None else max(0.0, self.ambient.farthest - BAND)

    @property
    def steady(self) -> bool:
        """Return whether it is as warm as 24-hour limits ask for."""
        return self.ambient is not None and self.ambient.farthest <= STEADY


def read_ambient(reader: Reader, table: Any) -> Ambient:
    """Return what the table `[ambient]` of a bench file states. Raises BenchFileError."""
    entries: Mapping[str, Any] = reader.table(
        "ambient", table, needed=("temperature",), allowed=("temperature", "uncertainty")
    )
    kelvin = reader.quantity("ambient.temperature", entries["temperature"], "K")
    limit = reader.quantity("ambient.uncertainty", entries.get("uncertainty", 0.0), "K")
    if not 250 <= kelvin <= 330:
        reader.fail("ambient.temperature", f"`temperature` must be that of a room, 250 K to 330 K, but is {kelvin:g} K")
    if not 0 <= limit <= 50:
        reader.fail("ambient.uncertainty", f"`uncertainty` must be within 0 K and 50 K, but is {limit:g} K")
    return Ambient(temperature=kelvin, uncertainty=limit)
