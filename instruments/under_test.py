"""What an engine asks of whatever is measured: a junction, or a circuit of some."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from .bench_errors import Around, Remark
from .clock import Clock
from .device_conditions import DeviceConditions
from .meter_errors import ErrorSource
from .reading import Setpoint


class BudgetOfBench(Protocol):
    """The errors of readings."""

    def sources(self, around: Sequence[Around] = ()) -> list[ErrorSource]:
        """Return every error that readings may carry."""

    def remarks(self, around: Sequence[Around] = ()) -> list[Remark]:
        """Return what makes the budget other than it would be if everything were stated."""


class UnderTest(Protocol):
    """Something under test on an open bench."""

    clock: Clock
    prepared: bool
    """Whether outputs have been switched on by us."""
    hazardous: bool
    conditions: DeviceConditions

    @property
    def errors(self) -> BudgetOfBench:
        """What readings suffer from, since it was prepared."""

    def check(self, setpoints: Iterable[Setpoint]) -> None:
        """Raise LimitError at the first setpoint outside the site limits. Moves nothing."""

    def apply(self, setpoint: Setpoint) -> None:
        """Bring everything to a setpoint and dwell there."""

    def check_gate(self) -> None:
        """Raise LeakageTripped or PowerTripped where a gate draws more than it may."""
