"""The engine's process: `python -m smtjlab.procedures.engine_process STATION`.

One per station. It takes runs over its command socket, executes them one after another, and ends when its queue is
empty and nobody is attached.
"""

from __future__ import annotations

import queue
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .attendants import Guardian, Shadow
from .commands import CommandServer
from .control import Control
from .engine import Execution
from .errors import JournalFault, ProcedureMistake
from .journal import Journal
from .plan import Plan, Request
from .record import open_record
from .run import JOURNAL
from .station import Station
from .status import State

PATIENCE = 5.0
"""Seconds an engine without work waits for the next run."""


@dataclass
class Job:
    """One run in the queue."""

    plan: Plan
    folder: Path
    journal: Journal


class EngineProcess:
    """Queue of runs, command handler and the loop between them."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._control = Control()
        self._jobs: queue.Queue[Job] = queue.Queue()
        self._current: Job | None = None
        self._changing = threading.Lock()
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
                    return 1  # nothing more is moved on this bench; our end wakes the guardian for another try
        finally:
            self._station.release()
            self._shadow.release()
            self._server.shutdown()
            lock.close()
        return 0

    def stop(self) -> None:
        """End safe, whatever runs."""
        self._control.stop(now=True)

    def _next(self) -> Job | None:
        with suppress(queue.Empty):
            return self._jobs.get(timeout=PATIENCE)
        with self._changing:
            if self._jobs.empty():
                self._closed = True
                return None
        return self._jobs.get()

    def _execute(self, job: Job) -> State:
        from smtjlab.instruments.open_bench import open_bench

        assert self._shadow is not None
        self._current = job
        self._shadow.follow(job.folder)
        execution = Execution(
            job.plan,
            job.journal,
            self._control,
            open_bench=lambda: open_bench(job.plan.bench, station=self._station.folder),
            start_guardian=lambda plan: Guardian(plan.to_dict(), job.folder / JOURNAL),
            shadow=self._shadow,
        )
        try:
            return execution.run()
        finally:
            self._ends[job.folder.name] = {"state": str(execution.state), "reason": execution.reason}
            job.journal.close()
            self._current = None
            self._control.clear()

    def _handle(self, message: dict[str, Any]) -> dict[str, Any]:
        match message.get("do"):
            case "submit":
                return self._submit(Request(**message["request"]))
            case "stop":
                self._control.stop(now=bool(message.get("now")))
            case "pause":
                self._control.pause()
            case "resume":
                self._control.resume()
            case "status" | "attach" | "bye":
                pass
            case unknown:
                raise ProcedureMistake(f"A command must be submit, stop, pause, resume or status, but is {unknown!r}.")
        return self._describe()

    def _describe(self) -> dict[str, Any]:
        job = self._current
        return {"running": None if job is None else job.folder.name, "waiting": self._jobs.qsize(), "ends": self._ends}

    def _submit(self, request: Request) -> dict[str, Any]:
        plan = Plan.of(request)
        with self._changing:
            if self._closed:
                raise JournalFault("This engine is ending; ask again.")
            folder, journal = open_record(plan)
            self._jobs.put(Job(plan, folder, journal))
        return {"folder": str(folder)}

    def _client_gone(self, name: str) -> None:
        job = self._current
        if job is not None:
            with suppress(JournalFault):  # a full disk is the run's own trouble and is told there
                job.journal.note("warning", text=f"The {name} that watched this run has gone; the run goes on.")


def main() -> int:
    """Serve the station named on the command line."""
    process = EngineProcess(Station(Path(sys.argv[1])))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: process.stop())
    return process.serve()


if __name__ == "__main__":
    sys.exit(main())
