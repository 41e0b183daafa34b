"""What the data sheet of a source meter promises: its ranges, the power it can give, its protection. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from .specification import InstrumentSpecification, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMeterSpecification(InstrumentSpecification):
    """One model: tables of `source` and `measure`, `voltage` and `current`, and the bounds around them."""

    boundaries: tuple[tuple[float, float], ...]
    """Corners of the source's operating area as (V, A), the smallest voltage first: what it gives at most, together."""
    protection_levels: tuple[float, ...]
    """Over-voltage protection levels in V, the smallest first; 5 % tolerance."""
    compliance_current: tuple[float, float]
    """Smallest and largest current limit of a voltage source in A."""
    nplc_limits: tuple[float, float] = (0.01, 10.0)
    """Shortest and longest integration in power line cycles."""
    source_delay: float = 0.0
    """Seconds between a change of level and the next reading, where the delay is automatic."""

    @property
    def source_voltage(self) -> Table:
        """Return the ranges of the source in V."""
        return self.tables["source voltage"]

    @property
    def source_current(self) -> Table:
        """Return the ranges of the source in A."""
        return self.tables["source current"]

    @property
    def measure_voltage(self) -> Table:
        """Return the measuring ranges in V."""
        return self.tables["measure voltage"]

    @property
    def measure_current(self) -> Table:
        """Return the measuring ranges in A."""
        return self.tables["measure current"]

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
