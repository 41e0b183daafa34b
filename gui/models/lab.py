"""The lab as the window sees it: what is measured, what is planned, what is shown. Nothing here waits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smtjlab.gui.texts import ALL_ANSWER
from smtjlab.instruments.bench import Bench
from smtjlab.procedures.errors import MISTAKES
from smtjlab.procedures.run import REQUEST, Run

from .bench_facts import InstrumentFacts, facts_of
from .desk import Desk, Told
from .follower import Follower, Seen
from .log_line import Line, Severity
from .measurement import Measurement
from .plan_list import PlanList, Planned
from .queue_look import QueueLook, look_at_queue
from .results import Results
from .run_feed import Glance

QUEUE_LOOK = 0.5
"""Seconds between two looks at the queue."""


class Lab:
    """Everything that a window holds. `look` is called many times a second."""

    def __init__(self, bench: str, runs: Path) -> None:
        """Raises a mistake where the bench cannot be read."""
        self.runs = runs
        self.desk = Desk(bench, runs)
        self.measurement = Measurement(bench, runs)
        self.plan = PlanList()
        self.results = Results(runs)
        self.follower = Follower()
        self.glance: Glance | None = None
        """The last look at the run that is shown."""
        self._looks: Mapping[str, Mapping[str, Any]] = {}
        self._bench_of_run: Bench | None = None
        self._address = bench
        self._generation = 0
        self._queue, self._looked = QueueLook(), 0.0
        self.desk.find_current()

    @property
    def bench(self) -> Bench:
        """The bench of the run that is shown; before any, that of the window."""
        return self._bench_of_run or self.desk.used

    @property
    def simulated(self) -> bool:
        """Whether the bench is made of programs."""
        return self.bench.virtual is not None

    def facts(self) -> list[InstrumentFacts]:
        """Return what is known of the instruments."""
        return facts_of(self.bench, self.glance, self._looks)

    def look_at_bench(self) -> None:
        """Ask the instruments who they are."""
        self.desk.look(self._address)

    def run(self) -> None:
        """Hand in what is filled in. Raises a mistake."""
        self.desk.submit(self.measurement.wish())

    def add_to_plan(self) -> None:
        """Put what is filled in at the end of the plan. Raises a mistake."""
        checked = self.measurement.checked
        seconds = None if checked is None else checked.seconds
        self.plan.add(Planned(self.measurement.form.name, self.measurement.wish(), seconds))

    def start_plan(self) -> None:
        """Hand in all that is planned, in order."""
        for line in self.plan.lines:
            self.desk.submit(line.wish)
        self.plan.clear()

    def show(self, folder: Path) -> None:
        """Follow a run from now on."""
        from smtjlab.procedures.resume import read_request  # knows wafers: too much for an empty window

        self.glance, self._looks = None, {}
        self._generation = self.follower.follow(folder)
        try:
            self._address = read_request(Run(folder).file(REQUEST)).bench
            self._bench_of_run = Bench.load(self._address)
        except (*MISTAKES, OSError):  # a run of a stranger whose bench is not here is shown all the same
            self._bench_of_run = None

    def safe_now(self) -> None:
        """Make the bench of the run that is shown safe, at once."""
        self.desk.safe(self._address)

    def waiting(self) -> QueueLook:
        """Return what waits at the engine; looks at the file of the queue, which is small, now and then."""
        now = time.monotonic()
        if now - self._looked > QUEUE_LOOK:
            self._looked = now
            self._queue = look_at_queue(self.desk.station_of(self.bench), self.runs, self._queue)
        return self._queue

    def change_queue(self, act: str, run: str) -> None:
        """Do something with what waits: `pause`, `go`, `remove` or `first`."""
        self.desk.change_queue(self.bench, act, run)
        self._looked = 0.0

    def look(self) -> tuple[Seen | None, list[Told], list[Line]]:
        """Return what is new: a look at the run, answers of the engine, lines for the log."""
        seen, lines = self.follower.take()
        if seen is not None and seen.generation != self._generation:
            seen, lines = None, []
        if seen is not None and seen.glance is not None:
            self.glance = seen.glance
        told = self.desk.take()
        for one in told:
            if one.looks:
                self._looks = {str(look["instrument"]): look for look in one.looks}
        return seen, told, [*lines, *(line for one in told for line in _lines(one))]

    def close(self) -> None:
        """End every thread; runs go on."""
        self.follower.close()
        self.measurement.close()
        self.results.close()
        self.desk.close()


def _lines(told: Told) -> list[Line]:
    now = time.time()
    if told.fault:
        return [Line(now, Severity.ALARM, told.fault)]
    if told.looks:
        wrong = [f"{look['instrument']}: {look['fault']}" for look in told.looks if look["fault"]]
        fine = Line(now, Severity.NOTE, ALL_ANSWER.format(count=len(told.looks)))
        return [Line(now, Severity.WARNING, text) for text in wrong] or [fine]
    severity = Severity.ALARM if told.safe is False else Severity.NOTE
    return [Line(now, severity, text) for text in told.text.splitlines()]
