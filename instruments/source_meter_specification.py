"""What the data sheet of a source meter promises: its ranges, the power it can give, its protection. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from .specification import RangeSpecification

Table = tuple[RangeSpecification, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMeterSpecification:
    """One model: four tables of ranges, smallest first, and the bounds around them."""

    model: str
    source_voltage: Table
    source_current: Table
    measure_voltage: Table
    measure_current: Table
    boundaries: tuple[tuple[float, float], ...]
    """Corners of the source's operating area as (V, A), the smallest voltage first: what it gives at most, together."""
    protection_levels: tuple[float, ...]
    """Over-voltage protection levels in V, the smallest first; 5 % tolerance."""
    compliance_current: tuple[float, float]
    """Smallest and largest current limit of a voltage source in A."""
    nplc_limits: tuple[float, float] = (0.01, 10.0)
    """Shortest and longest integration in power line cycles."""

    @property
    def largest_voltage(self) -> float:
        """Return the largest voltage that can be programmed, in V."""
        return self.boundaries[-1][0]

    @property
    def largest_current(self) -> float:
        """Return the largest current that can be programmed, in A."""
        return self.boundaries[0][1]

    def current_at(self, volts: float) -> float:
        """Return the largest current in A that the source gives on a range that reaches `volts`; 0 beyond all."""
        return next((amperes for edge, amperes in self.boundaries if abs(volts) <= edge * (1 + 1e-9)), 0.0)
