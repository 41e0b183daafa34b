"""The shadow: the model that lives through a run beside it.

    python -m smtjlab.procedures.shadow  <  run folders, one a line

It follows the journal of each run as readings arrive, lets the replicas live through the stimuli as applied and read
back, and writes what it expected of each reading into a journal of its own. It may be slow: nobody waits for it.
It has a process of its own because two threads that call parallel kernels would abort it (numba's workqueue layer).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.agreement import Verdict

from .beside import COPIES, beside
from .errors import MISTAKES
from .journal import Event, Journal
from .provenance import versions
from .run import EXPECTATION, Run
from .status import this_process

LOOK = 0.05
"""Seconds between two looks at the journal."""
BATCH = 1000
"""Readings taken from the journal at once: a shadow that is far behind must not hold all that waits for it."""
PATIENCE = 60.0
"""Longest wait in s for the shadow of the part before, which may still be at its last readings."""
VERDICT_SHARE = 0.1
"""Largest share of the shadow's time spent on the running chi-square; the final one is always computed."""


class Follower:
    """Follows one run to its end."""

    def __init__(self, run: Run) -> None:
        meta = run.meta
        self._run = run
        self._beside = beside(run, meta)
        self._journal, self._answered = _expectations(run, meta)
        self._next = 0
        self._last: Reading | None = None
        self._joins: list[Event] = []
        self._seen = 0
        self._begun = time.monotonic()
        self._spent = 0.0

    def follow(self) -> None:
        """Return when the run has ended and every reading of it has its expectation."""
        with self._journal:
            while True:
                ended = self._run.status.ended  # asked first: readings written before the end are then not missed
                news = self._run.readings(after=self._next - 1, at_most=BATCH)
                self._look_for_joins()
                for reading in news:
                    self._answer(reading)
                if ended and not news:
                    break
                if not news:
                    time.sleep(LOOK)
            self._conclude()
            self._journal.finish()

    def _look_for_joins(self) -> None:
        """See where the run was resumed; asked after the readings, so that none comes before its join."""
        for event in self._run.events(after=self._seen):
            self._seen = event.number
            if event.kind == "overlap":
                self._joins.append(event)

    def _rejoin(self) -> None:
        """Live through the rest and the way back of every join that comes before the next reading."""
        while self._joins and self._joins[0].payload["number"] < self._next:
            again = Reading.from_dict(self._joins.pop(0).payload["reading"])
            self._beside.live_again(_rest(self._last, again), again)
            self._last = again

    def _answer(self, reading: Reading) -> None:
        self._rejoin()
        self._last = reading
        expectation = self._beside.answer(reading)
        if self._next >= self._answered:
            self._journal.append(self._next, expectation.to_dict())
        self._next += 1
        if self._spent <= VERDICT_SHARE * (time.monotonic() - self._begun):
            self._judge(final=False)

    def _judge(self, *, final: bool) -> Verdict:
        begun = time.monotonic()
        verdict = self._beside.verdict()
        self._spent += time.monotonic() - begun
        self._journal.note("verdict", final=final, readings=self._next, **verdict.to_dict(brief=not final))
        return verdict

    def _conclude(self) -> None:
        if self._next:
            self._judge(final=True)
        self._journal.note("end", readings=self._next)


def main() -> int:
    """Follow each run named on the standard input, one after another."""
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        try:
            _follow(Run(folder))
        except (OSError, *MISTAKES) as error:
            sys.stderr.write(f"{folder}: {error}\n")
    return 0


def _follow(run: Run) -> None:
    """Follow a run to its end: its readings, or the visits of a wafer."""
    from .wafer.follower import WaferFollower
    from .wafer.reading_back import is_wafer

    if is_wafer(run):
        WaferFollower(run, *_expectations(run, run.meta)).follow()
    else:
        Follower(run).follow()


def _expectations(run: Run, meta: dict[str, Any]) -> tuple[Journal, int]:
    """Return the model's journal, and how many readings it has answered: of a resumed run, those before the join.

    The replicas live through all of them again: nothing else brings them to where they were.
    """
    path = run.folder / EXPECTATION
    if run.expectation_journal is None:
        return Journal.create(path, _facts(meta)), 0
    journal = Journal(path)
    journal.claim(PATIENCE)
    answered = run.expectation_journal.count()
    journal.note("engine", process=this_process())
    return journal, answered


def _rest(before: Reading | None, again: Reading) -> float:
    """Return the time in s at zero between the last reading and the way back, where the bench's clock has told it."""
    if before is None:
        return 0.0
    return max(0.0, again.time - sum(stimulus.duration for stimulus in again.stimuli) - before.time)


def _facts(meta: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": meta["id"],
        "model": meta["model"],
        "seed": meta["seed"],
        "replicas": COPIES,
        "versions": versions(),
        "process": this_process(),
    }


if __name__ == "__main__":
    sys.exit(main())
