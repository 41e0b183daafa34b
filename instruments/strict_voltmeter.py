"""What every strict voltmeter does alike: a range that stays, one reading at a time, an overflow that is no number."""

from __future__ import annotations

from typing import ClassVar

from .errors import InstrumentMistake, LimitError
from .roles import Role
from .specification import RangeSpecification, Table, range_for
from .strict_driver import StrictDriver, number_or_none


class StrictVoltmeter(StrictDriver):
    """A meter of direct voltage. A model brings `configure`, which fixes range and integration."""

    role: ClassVar[Role] = Role.VOLTMETER
    measuring_range: RangeSpecification | None = None
    """Range in use; None until configured."""
    _cycles: float = 0.0
    """Line cycles of one integration, as configured."""

    def read_voltage(self) -> float | None:
        """Return one reading in V; None where it overflowed."""
        if self.measuring_range is None:
            raise InstrumentMistake(f"`{self.name}` must be configured before it is read, but is not.")
        longest = self.session.timeout + self.specification.reading_time(self._cycles)
        return number_or_none(self.session.query_numbers(":READ?", 1, timeout=longest)[0])

    def shutdown(self) -> None:
        """Do nothing: a voltmeter drives nothing. PyMeasure calls it at the end of a `with`."""
        self.isShutdown = True


def range_holding(table: Table, largest_voltage: float, *, name: str) -> RangeSpecification:
    """Return the smallest range of the voltmeter `name` that holds a voltage in V; LimitError where none does."""
    try:
        return range_for(table, largest_voltage)
    except ValueError as problem:
        raise LimitError(f"`largest_voltage` of `{name}` is out of reach. {problem}") from None


def check_integration(nplc: float, limits: tuple[float, float], *, name: str) -> None:
    """Raise LimitError where the voltmeter `name` cannot integrate over `nplc` line cycles."""
    if not limits[0] <= nplc <= limits[1]:
        raise LimitError(f"`nplc` of `{name}` must be within {limits[0]:g} and {limits[1]:g}, but is {nplc:g}.")
