"""What the data sheet of an instrument promises of one range of one function. Drivers, budgets and twins share it."""

from __future__ import annotations

from dataclasses import dataclass

OVERFLOW = 9.9e37
"""A reading of this magnitude or more is a word, not a number: 9.9e37 overflow, 9.91e37 not a number (SCPI-99)."""


@dataclass(frozen=True, slots=True)
class RangeSpecification:
    """One range of one function; all but `gain` and `usable` in the unit of the function (V, A, ohm, T, K)."""

    range: float
    """Nominal full scale."""
    resolution: float
    """Step of programming, or of the display."""
    gain: float
    """One-year limit of the gain error, relative to the setting or the reading."""
    offset: float
    """One-year limit of the offset."""
    noise: float
    """Standard deviation of one reading at 1 PLC, or of the source below 10 Hz."""
    usable: float = 1.05
    """Largest value that the range still holds, as a fraction of its nominal full scale."""

    def holds(self, value: float) -> bool:
        """Return whether `value` can be programmed or measured in this range."""
        return abs(value) <= self.usable * self.range * (1 + 1e-9)

    def reading_noise(self, nplc: float) -> float:
        """Return the standard deviation of one reading integrated over `nplc` power line cycles (white noise)."""
        return float(self.noise / nplc**0.5)


def range_for(table: tuple[RangeSpecification, ...], value: float) -> RangeSpecification:
    """Return the smallest range of `table` that holds `value`; ValueError where none does."""
    for specification in table:
        if specification.holds(value):
            return specification
    largest = table[-1].usable * table[-1].range
    raise ValueError(f"A value must stay within ±{largest:g}, the largest range, but is {value:g}.")
