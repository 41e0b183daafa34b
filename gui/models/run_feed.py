"""A run as the window follows it: each look reads what its journals have that was not there before."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtjlab.procedures.payload import checked_event, expectation_of
from smtjlab.procedures.run import Run
from smtjlab.procedures.status import State
from smtjlab.procedures.suspicion import source_in_compliance
from smtjlab.procedures.wafer.outcome import COLUMNS
from smtjlab.procedures.why import why

from .last_reading import told_by
from .log_line import Line, lines_of
from .points import Points, swept
from .wafer_sites import WaferSites

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading

    from .wafer_feed import WaferFeed

RATE_OVER = 5.0
"""Seconds over which points are counted for a rate."""

PORTION = 20_000
"""Readings that one look reads at the most: a long run is shown as it is read."""


@dataclass(frozen=True)
class Glance:
    """What is known of a run at one moment. `points` goes on growing; what stands in it does not change any more."""

    folder: Path
    run: str
    procedure: str
    bench: str
    simulated: bool | None
    state: State
    reason: str
    """Why it ended; empty before."""
    taken: int
    planned: int
    answered: int
    """Readings that the model has answered."""
    rate: float
    """Points per s of late; 0 where nobody knows."""
    verdict: Mapping[str, Any] | None
    standing: str
    """How far an adaptive procedure has come, in its own words."""
    identities: Mapping[str, str]
    findings: tuple[Mapping[str, Any], ...]
    """What was last read back when the bench was made safe."""
    safe: bool | None
    lines: tuple[Line, ...]
    """What happened since the last look."""
    swept: str | None
    """The column of what the setpoints drive most."""
    latest: Mapping[str, str] = field(default_factory=dict)
    """What each source and meter said at the last reading."""
    compliance: str = ""
    """The source that was held by its current limit at the last reading; empty where none was."""
    wafer: WaferSites | None = None
    """Of a wafer's run its sites; they go on changing."""

    @property
    def left(self) -> float | None:
        """Time in s until the last point, at the rate of late; None where nobody knows."""
        return (self.planned - self.taken) / self.rate if self.rate > 0 and self.planned > self.taken else None


class RunFeed:
    """Reads one run, again and again. Made and used by one thread."""

    def __init__(self, folder: Path) -> None:
        """Raises JournalFault where there is no journal that can be read."""
        self.run = Run(folder)
        self.points = Points()
        self._meta = self.run.meta
        self._looks: deque[tuple[float, int]] = deque()
        self._told = self._told_by_model = 0
        self._answered = -1
        self._verdict: Mapping[str, Any] | None = None
        self._standing = ""
        self._safety: Mapping[str, Any] = {"findings": (), "safe": None}
        self._swept = swept(self.run.setpoints())
        self._wafer: WaferFeed | None = None
        self._last: Reading | None = None
        units: Mapping[str, Any] = self._meta.get("circuit") or {"sources": {}}
        self.points.sources = {name: one["unit"] for name, one in units["sources"].items()}

    def look(self) -> Glance:
        """Read what is new, and return what is known now. Raises JournalFault."""
        state = self.run.status  # first: what led to an end stands in the events that are read after it
        self._begin_wafer()
        lines = self._read_events()  # first: needles are set down before there is an outcome
        self._read_points()
        self._read_model()
        taken = self.points.count
        return Glance(
            folder=self.run.folder,
            run=self.run.id,
            procedure=str(self._meta["procedure_name"]),
            bench=str(self._meta["bench"]),
            simulated=self._meta.get("simulated"),
            state=state,
            reason=why(self.run, state) if state.ended and state is not State.DONE else "",
            taken=taken,
            planned=self.run.points_planned,
            answered=self._answered + 1,
            rate=self._rate(taken),
            verdict=self._verdict,
            standing=self._standing,
            identities=self._meta.get("identities") or {},
            findings=tuple(self._safety["findings"]),
            safe=self._safety["safe"],
            lines=lines,
            swept=self._swept,
            latest={} if self._last is None else told_by(self._last, self.points.sources),
            compliance="" if self._last is None else source_in_compliance(self._last),
            wafer=None if self._wafer is None else self._wafer.sites,
        )

    def _begin_wafer(self) -> None:
        """Read drawing and recipe of a wafer, as soon as they are in the folder."""
        if self._wafer is not None or set(self._meta.get("columns") or ()) != set(COLUMNS):
            return
        from smtjlab.procedures.wafer.wafer_walk import RECIPE

        from .wafer_feed import WaferFeed

        if (self.run.folder / RECIPE).is_file():
            self._wafer = WaferFeed(self.run.folder)
            for row in self.run.rows()[: self.points.count]:
                self._wafer.take(row)
            for event in self.run.events()[: self._told]:
                self._wafer.heed(event)

    def _read_points(self) -> None:
        last = self.points.count - 1
        if (columns := self._meta.get("columns")) is not None:
            for row in self.run.rows(last):
                self.points.add_row(row, columns)
                if self._wafer is not None:
                    self._wafer.take(row)
        else:
            for reading in self.run.readings(last, PORTION):
                self.points.add(reading)
                self._last = reading

    def _read_model(self) -> None:
        if self._wafer is not None:
            self._answered = self._wafer.read_fits(self.run) - 1
            return
        reader = self.run.expectation_journal
        if reader is None or self._meta.get("columns") is not None:
            return
        for record in reader.records(self._answered):
            if record.number >= self.points.count:
                break  # of a reading that came after we looked for readings
            self.points.expect(record.number, expectation_of(record, reader.path))
            self._answered = record.number
        for event in (checked_event(one, reader.path) for one in reader.events(self._told_by_model)):
            self._told_by_model = event.number
            if event.kind == "verdict":
                self._verdict = event.payload

    def _read_events(self) -> tuple[Line, ...]:
        news = self.run.events(after=self._told)
        for event in news:
            self._told = event.number
            if self._wafer is not None:
                self._wafer.heed(event)
            if event.kind == "standing":
                self._standing = str(event.payload["text"])
            elif event.kind == "safety":
                self._safety = event.payload
            elif event.kind == "instruments":
                self._meta = self.run.meta  # written when they had been asked
        return tuple(lines_of(news))

    def _rate(self, taken: int) -> float:
        now = time.monotonic()
        self._looks.append((now, taken))
        while len(self._looks) > 2 and now - self._looks[0][0] > RATE_OVER:
            self._looks.popleft()
        begun, before = self._looks[0]
        return (taken - before) / (now - begun) if now > begun else 0.0
