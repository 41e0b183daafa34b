"""The engine's process: `python -m smtjlab.procedures.engine_process STATION`.

One per station. It takes runs over its command socket, executes them one after another, and ends when its queue is
empty and has stayed so for a while.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .attendants import Guardian, Shadow
from .commands import CommandServer
from .control import Control
from .engine import Execution
from .errors import EngineGone, JournalFault, ProcedureMistake
from .journal import Journal
from .plan import Plan, Request
from .record import open_record
from .run import JOURNAL
from .station import Station
from .status import State

if TYPE_CHECKING:
    from smtjlab.instruments.open_bench import OpenBench
    from smtjlab.instruments.safe_state import SafePlan

PATIENCE = 5.0
"""Seconds an engine without work waits for the next run."""


@dataclass
class Job:
    """One run in the queue."""

    plan: Plan
    folder: Path
    journal: Journal
    leases: tuple[int, ...] = ()

    def withdraw(self, state: State, reason: str) -> None:
        """End a run that has not begun; nothing of it was moved."""
        self.journal.note("state", state=str(state), reason=reason)
        self.journal.close()


class EngineProcess:
    """Queue of runs, command handler and the loop between them. `_changing` guards queue and current run."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._control = Control()
        self._waiting: deque[Job] = deque()
        self._current: Job | None = None
        self._changing = threading.Condition()
        self._closed = False
        self._ends: dict[str, dict[str, str | None]] = {}
        self._server = CommandServer(self._handle, self._client_gone)
        self._shadow: Shadow | None = None

    def serve(self) -> int:
        """Run what is asked for until nothing is left; return the exit code."""
        lock = self._station.claim(self._server.port, self._server.token)
        if lock is None:
            return 0  # another engine drives this station; the face that started us will talk to that one
        self._server.start()
        self._shadow = Shadow(self._station.folder)
        try:
            while (job := self._next()) is not None:
                if self._execute(job) is State.UNSAFE:
                    self._withdraw_all()
                    return 1  # nothing more is moved on this bench; our end wakes the guardian for another try
        finally:
            self._station.release()
            self._shadow.release()
            self._server.shutdown()
            lock.close()
        return 0

    def stop_everything(self) -> None:
        """End safe, whatever runs; called by signals."""
        self._control.stop(now=True)

    def _next(self) -> Job | None:
        with self._changing:
            if not self._changing.wait_for(lambda: self._waiting, PATIENCE):
                self._closed = True
                return None
            self._control.clear()  # what was asked of an idle engine or of the last run is not meant for this one
            self._current = self._waiting.popleft()
            return self._current

    def _execute(self, job: Job) -> State:
        assert self._shadow is not None
        self._shadow.follow(job.folder)
        execution = Execution(
            job.plan,
            job.journal,
            self._control,
            open_bench=lambda: self._leased_bench(job),
            start_guardian=lambda plan: _guardian(plan, job),
            shadow=self._shadow,
        )
        try:
            return execution.run()
        finally:
            with self._changing:
                self._ends[job.folder.name] = {"state": str(execution.state), "reason": execution.reason}
                self._current = None
            job.journal.close()

    @contextmanager
    def _leased_bench(self, job: Job) -> Iterator[OpenBench]:
        """Open the bench once nobody else drives it: no other engine, and no guardian at its work."""
        from smtjlab.instruments.lease import PATIENCE as LEASE_PATIENCE
        from smtjlab.instruments.open_bench import open_bench

        with open_bench(
            job.plan.bench,
            station=self._station.folder,
            holder=f"run {job.folder.name}",
            patience=LEASE_PATIENCE,
        ) as bench:
            job.leases = bench.leases
            yield bench

    def _handle(self, message: dict[str, Any]) -> dict[str, Any]:
        match message.get("do"):
            case "submit":
                return self._submit(Request(**message["request"]))
            case "stop":
                self._stop(message.get("run"), now=bool(message.get("now")))
            case "pause" if self._is_current(message.get("run")):
                self._control.pause()
            case "resume" if self._is_current(message.get("run")):
                self._control.resume()
            case "status" | "attach" | "bye" | "pause" | "resume":
                pass
            case unknown:
                raise ProcedureMistake(f"A command must be submit, stop, pause, resume or status, but is {unknown!r}.")
        return self._describe()

    def _is_current(self, run: str | None) -> bool:
        """Return whether `run` (None: whichever) is the one that is being executed."""
        job = self._current
        return job is not None and run in (None, job.folder.name)

    def _stop(self, run: str | None, *, now: bool) -> None:
        """Stop the run of that name, or take it out of the queue; None stands for whatever runs."""
        with self._changing:
            if self._is_current(run):
                self._control.stop(now=now)
            for job in [job for job in self._waiting if job.folder.name == run]:
                self._waiting.remove(job)
                job.withdraw(State.STOPPED, "The run was withdrawn before it began.")

    def _withdraw_all(self) -> None:
        with self._changing:
            self._closed = True
            for job in self._waiting:
                job.withdraw(State.FAILED, "The run before this one left the bench unsafe; nothing more is moved.")

    def _describe(self) -> dict[str, Any]:
        job = self._current
        return {
            "running": None if job is None else job.folder.name,
            "waiting": [job.folder.name for job in self._waiting],
            "ends": self._ends,
        }

    def _submit(self, request: Request) -> dict[str, Any]:
        plan = Plan.of(request)
        with self._changing:
            if self._closed:
                raise EngineGone("This engine is ending; ask again.")
            folder, journal = open_record(plan)
            self._waiting.append(Job(plan, folder, journal))
            self._changing.notify_all()
        return {"folder": str(folder)}

    def _client_gone(self, attached: dict[str, Any]) -> None:
        job = self._current
        if job is not None and self._is_current(attached.get("run")):
            with suppress(JournalFault):  # a full disk is the run's own trouble and is told there
                job.journal.note(
                    "warning", text=f"The {attached.get('name')} that watched this run has gone; the run goes on."
                )


def _guardian(plan: SafePlan, job: Job) -> Guardian:
    return Guardian(plan.to_dict(), job.folder / JOURNAL, job.leases)


def main() -> int:
    """Serve the station named on the command line."""
    process = EngineProcess(Station(Path(sys.argv[1])))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: process.stop_everything())
    return process.serve()


if __name__ == "__main__":
    sys.exit(main())
