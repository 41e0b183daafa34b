"""The way back into a run that ended before it was whole: the device's history, the overlap, the join."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtjlab.instruments.reading import Reading, Setpoint

from .errors import EngineFault
from .journal import Journal
from .procedure import Procedure
from .status import State

if TYPE_CHECKING:
    from smtjlab.instruments.under_test import UnderTest

COVERAGE = 5.0
"""Combined standard deviations by which a repeated point may differ: one in two million does by chance."""
SLACK = 0.01
"""Fraction of the value that is allowed beside: a device drifts at rest, and a single reading hides its scatter."""


@dataclass(frozen=True, kw_only=True)
class Rejoin:
    """What the engine must know to go on with a run."""

    state: State
    """How the run had ended."""
    taken: int
    """Number of readings, or rows, it has."""
    last: Reading | None
    """The last of them; None where there is none."""
    setpoints: Sequence[Setpoint]
    """Those that have been measured."""
    readings: Sequence[Reading] = ()
    """All of them, where the next setpoint depends on them; else none."""
    pending: Setpoint | None = None
    """One that was proposed but not measured."""
    identities: Mapping[str, str]
    """Answers to `*IDN?` by instrument, as they were; empty where the bench was never reached."""
    simulated: bool | None = None
    """Whether they said themselves that they were imitations; None where the bench was never reached."""
    accepted: frozenset[str] = frozenset()
    """Changes that somebody has accepted by name."""

    def check_instruments(self, found: Mapping[str, str], *, simulated: bool) -> None:
        """Raise EngineFault where other instruments answer than before, and nobody has accepted that.

        A run of metal never goes on with imitations, nor the other way round: nobody can accept that.
        """
        if self.simulated is not None and simulated is not self.simulated:
            before, now = ("simulated instruments", "metal")[:: 1 if self.simulated else -1]
            raise EngineFault(f"The run must go on with {before}, with which it began, but the bench is of {now}.")
        if "instruments" in self.accepted or not self.identities:
            return
        for name, before in self.identities.items():
            now = found.get(name, "nothing")
            if now != before:
                raise EngineFault(
                    f"`{name}` must be the instrument with which the run began, {before!r}, but is {now!r}. "
                    "`--accept instruments` goes on all the same."
                )

    def begin_again(self, journal: Journal) -> int:
        """Say in the record that the run goes on, and return how many records it has."""
        journal.note("resumed", taken=self.taken, accepted=sorted(self.accepted), after=str(self.state))
        return self.taken

    def walk(self, device: UnderTest, procedure: Procedure, journal: Journal, between: Callable[[], None]) -> None:
        """Bring a prepared device to where the run left it, and take the last point again as a check.

        `between` is called at each stop on the way and may hold or end the run. Raises EngineFault where the point
        differs by more than it may, LeakageTripped where the gate leaks on the way.
        """
        self.begin_again(journal)
        if self.last is None:
            return
        way = procedure.restoring(self.setpoints)
        for setpoint in (*way[:-1], *(replace(last, dwell=0.0) for last in way[-1:])):
            device.apply(setpoint)
            device.check_gate()
            between()
        again = procedure.measure(device, self.setpoints[-1])
        difference, allowed = compared(self.last, again)
        agrees = difference is None or allowed is None or abs(difference) <= allowed
        found = {"difference": difference, "allowed": allowed, "agrees": agrees}
        journal.note("overlap", number=self.taken - 1, reading=again.to_dict(), **found)
        if not agrees and "overlap" not in self.accepted:
            raise EngineFault(
                f"Point {self.taken} must read as before, {self.last.value:g} {again.unit} within {allowed:.2g} "
                f"{again.unit}, but reads {again.value:g} {again.unit}: the device is not as it was left. "
                "`--accept overlap` goes on all the same."
            )


def compared(before: Reading, again: Reading) -> tuple[float | None, float | None]:
    """Return by how much a repeated reading differs, and how much it may, in its unit; None where one has no number."""
    if before.value is None or again.value is None:
        return None, None
    scatter = math.hypot(before.uncertainty.independent, again.uncertainty.independent)
    return again.value - before.value, COVERAGE * scatter + SLACK * abs(before.value)
