"""The watch over a run's monitors: it looks on entry, at every point and in long waits, and holds the run.

A run is held, outputs as they are, while a monitored quantity is outside its band, and goes on once it is back inside
the narrower one. What was looked at is in the journal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from smtjlab.instruments.monitor import Monitor, ask

from .errors import EngineFault
from .journal import Journal


class Held(Exception):
    """A monitored quantity left its band; the sentence says which, and the point must be taken again."""


class Watch:
    """The monitors of one run. All times are those of the bench's clock, in s."""

    def __init__(
        self, monitors: Mapping[str, Monitor], drivers: Mapping[str, Any], now: Callable[[], float], journal: Journal
    ) -> None:
        self._monitors = tuple(monitors.values())
        self._drivers = drivers
        self._now = now
        self._journal = journal
        self._looked: dict[str, float] = {}

    @property
    def shortest(self) -> float:
        """Return the time in s after which the first of them is due again; infinity where there is none."""
        return min((monitor.every for monitor in self._monitors if monitor.beside), default=math.inf)

    def look(self, *, beside: bool = False) -> None:
        """Look at every monitor, and raise Held at the first that is outside its band.

        With `beside` only at instruments that take no part in the measurement: no other is ready before it begins.
        """
        self._look(self._asked(beside))

    def look_while_waiting(self) -> None:
        """Look, as from every wait in the middle of a point, at what takes no part in it and is due again."""
        self._look([monitor for monitor in self._asked(beside=True) if self._due(monitor)])

    def _look(self, monitors: Iterable[Monitor]) -> None:
        for monitor in monitors:
            value = self._value(monitor)
            if not monitor.holds(value, held=False):
                raise Held(monitor.sentence(value))

    def _asked(self, beside: bool) -> list[Monitor]:
        return [monitor for monitor in self._monitors if monitor.beside or not beside]

    def wait(self, sleep: Callable[[float], None], *, beside: bool = False) -> None:
        """Return once every monitor is inside its narrower band; EngineFault where one has no more patience.

        `sleep` lets so many seconds pass on the bench's clock; `beside` as for `look`.
        """
        begun = self._now()
        while (late := self._still_outside(beside)) is not None:
            monitor, value = late
            waited = self._now() - begun
            if waited >= monitor.patience:
                raise EngineFault(f"{monitor.sentence(value)}, for {waited:.3g} s already.")
            sleep(monitor.every)

    def _still_outside(self, beside: bool) -> tuple[Monitor, float | None] | None:
        for monitor in self._asked(beside):
            value = self._value(monitor)
            if not monitor.holds(value, held=True):
                return monitor, value
        return None

    def _due(self, monitor: Monitor) -> bool:
        return self._now() - self._looked.get(monitor.name, float("-inf")) >= monitor.every

    def _value(self, monitor: Monitor) -> float | None:
        """Ask, and note the answer where the last note is old enough."""
        value = ask(self._drivers[monitor.instrument], monitor.role)
        now = self._now()
        if self._due(monitor) or not monitor.holds(value, held=False):
            self._looked[monitor.name] = now
            self._journal.note("monitor", name=monitor.name, value=value, unit=monitor.unit, time=now)
        return value
