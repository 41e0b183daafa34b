"""A run as the window follows it: each look reads what its journals have that was not there before."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtjlab.procedures.journal import JournalReader
from smtjlab.procedures.payload import reading_of, row_of
from smtjlab.procedures.reading_columns import band_columns, reading_columns
from smtjlab.procedures.row import is_row
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.status import State, status_of
from smtjlab.procedures.suspicion import source_in_compliance
from smtjlab.procedures.wafer.outcome import COLUMNS
from smtjlab.procedures.why import why

from .closer_look import CloserLook, CloserLooks
from .happened import PORTION, Happened
from .judged import Judged
from .last_reading import told_by
from .log_line import Line, Severity, lines_of
from .points import Points, held, swept
from .wafer_sites import WaferSites

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading

    from .wafer_feed import WaferFeed

SETPOINTS = 20_000
"""First setpoints, from which is seen what a run sweeps."""
SWEEP_AGAIN = 2
"""Readings from which a run that proposes its setpoints is asked again what it sweeps; then at twice as many."""
RATE_OVER = 5.0
"""Seconds over which points are counted for a rate."""


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
    closer: CloserLook | None = None
    """Spectrum, telegraph levels or switching fields of what was read, where the run is one for it."""
    behind: bool = False
    """Whether the journal has, or may have, more than was read."""

    @property
    def left(self) -> float | None:
        """Time in s until the last point, at the rate of late; None where nobody knows."""
        return (self.planned - self.taken) / self.rate if self.rate > 0 and self.planned > self.taken else None


class RunFeed:
    """Reads one run, again and again, a portion at a look. Made and used by one thread."""

    def __init__(self, folder: Path) -> None:
        """Raises JournalFault where there is no journal that can be read."""
        self.run = Run(folder)
        self.points = Points()
        self._journal = JournalReader(folder / JOURNAL)
        self._meta = self.run.meta
        self._looks: deque[tuple[float, int]] = deque()
        self._happened, self._judged = Happened(self._journal), Judged()
        self._read = self._answered = -1
        setpoints = self.run.setpoints(SETPOINTS)
        self._swept, self._wanted, self._sweep_again = swept(setpoints), len(setpoints), SWEEP_AGAIN
        self.points.held = held(setpoints, self._swept)
        self._closer = CloserLooks(self.run, self._swept)
        self._wafer: WaferFeed | None = None
        self._last: Reading | None = None
        self._ended: tuple[int, str] = (-1, "")
        self._dead, self._wall = "", 0.0  # what was told of a death, and when the journal was last written
        units: Mapping[str, Any] = self._meta.get("circuit") or {"sources": {}}
        self.points.sources = {name: one["unit"] for name, one in units["sources"].items()}

    def look(self) -> Glance:
        """Read what is new, a portion at the most, and return what is known now. Raises JournalFault."""
        self._begin_wafer()
        lines = self._read_events()  # first: what led to an end is there, and needles are set down before an outcome
        behind = self._read_points() or self._happened.behind
        behind = self._read_model() or behind
        taken, happened = self.points.count, self._happened
        state = status_of(happened.telling, self._meta["engine"], self.run.folder)
        self._look_what_is_swept(taken, ended=state.ended)
        reason = self._reason(state)
        return Glance(
            folder=self.run.folder,
            run=self.run.id,
            procedure=str(self._meta["procedure_name"]),
            bench=str(self._meta["bench"]),
            simulated=self._meta.get("simulated"),
            state=state,
            reason=reason,
            taken=taken,
            planned=max(taken, happened.planned(self._meta, taken)),
            answered=self._answered + 1,
            rate=self._rate(taken, behind=behind),
            verdict=self._judged.verdict,
            standing=happened.standing,
            identities=self._meta.get("identities") or {},
            findings=tuple(happened.safety["findings"]),
            safe=happened.safety["safe"],
            lines=lines + self._death(state, reason),
            swept=self._swept,
            latest={} if self._last is None else told_by(self._last, self.points.sources),
            compliance="" if self._last is None else source_in_compliance(self._last),
            wafer=None if self._wafer is None else self._wafer.sites,
            closer=None if behind else self._closer.look(self.points, ended=state.ended),
            behind=behind,
        )

    def _look_what_is_swept(self, taken: int, *, ended: bool) -> None:
        """Look again at what was wanted, where the record of it has grown since: an adaptive procedure proposes it."""
        if not self._wanted < min(taken, SETPOINTS) or not (ended or taken >= self._sweep_again):
            return
        setpoints = self.run.setpoints(SETPOINTS)
        self._wanted, self._sweep_again = max(taken, len(setpoints)), 2 * taken
        if (found := swept(setpoints)) != self._swept:
            self._swept, self._closer = found, CloserLooks(self.run, found)

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
            for event in self._journal.events(at_most=self._happened.told):
                self._wafer.heed(event)

    def _read_points(self) -> bool:
        """Take in the next portion of readings or rows; return whether there may be more."""
        records = self._journal.records(self._read, PORTION)
        if (columns := self._meta.get("columns")) is not None:
            rows = [row_of(record, self._journal.path) for record in records if is_row(record.payload)]
            self.points.add_rows(rows, columns)
            if self._wafer is not None:
                for row in rows:
                    self._wafer.take(row)
        else:
            self.points.extend(reading_columns(records, self._journal.path))
            if records and not is_row(records[-1].payload):
                self._last = reading_of(records[-1], self._journal.path)
        if records:
            self._read, self._wall = records[-1].number, max(self._wall, records[-1].wall)
        return len(records) == PORTION

    def _read_model(self) -> bool:
        """Take in the next portion of what the model has said; return whether there may be more."""
        if self._wafer is not None:
            self._answered = self._wafer.read_fits(self.run) - 1
            return False
        reader = self.run.expectation_journal
        if reader is None or self._meta.get("columns") is not None:
            return False
        records = reader.records(self._answered, PORTION)
        # What answers a reading that came after we looked for readings is read at the next look.
        here = [record for record in records if record.number < self.points.count]
        if here:
            self.points.expect(*band_columns(here, reader.path))
            self._answered = here[-1].number
        told = self._judged.read(reader)
        return told or (len(here) == PORTION)

    def _read_events(self) -> tuple[Line, ...]:
        news = self._happened.read()
        self._wall = max([self._wall, *(event.wall for event in news)])
        for event in news:
            if self._wafer is not None:
                self._wafer.heed(event)
            if event.kind == "instruments":
                self._meta = self.run.meta  # written when they had been asked
        return tuple(lines_of(news))

    def _reason(self, state: State) -> str:
        """Return why it ended; asked once, for that takes every event there is."""
        if not state.ended or state is State.DONE:
            return ""
        if self._ended[0] != self._happened.told:
            self._ended = (self._happened.told, why(self.run, state))
        return self._ended[1]

    def _death(self, state: State, reason: str) -> tuple[Line, ...]:
        """Return what is to be told of an engine that died: nobody was left to write it into the journal."""
        if state is not State.INTERRUPTED or reason == self._dead:
            return ()
        self._dead = reason
        severity = Severity.WARNING if self._happened.safety["safe"] else Severity.ALARM
        return (Line(self._wall, severity, reason),)

    def _rate(self, taken: int, *, behind: bool) -> float:
        """Return how many points come in a second of late; what was there before is read faster than it came."""
        if behind:
            self._looks.clear()
            return 0.0
        now = time.monotonic()
        self._looks.append((now, taken))
        while len(self._looks) > 2 and now - self._looks[0][0] > RATE_OVER:
            self._looks.popleft()
        begun, before = self._looks[0]
        return (taken - before) / (now - begun) if now > begun else 0.0
