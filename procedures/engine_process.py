"""The engine's process: `python -m smtjlab.procedures.engine_process STATION`.

One per station. It takes runs over its command socket, executes them one after another, and ends when there has been
nothing to start for a while. Its queue outlives it: the next engine goes on with what waits.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .attendants import Shadow
from .commands import CommandServer
from .control import Control
from .errors import EngineGone, JournalFault, ProcedureMistake
from .job import Job
from .journal import Journal
from .plan import Plan, Request
from .queue_commands import changed, refuse_where_paused
from .queue_keeper import QueueKeeper
from .record import open_record
from .resume import Resumption
from .run import Run
from .run_queue import Cause, Place, Queue, QueueFault
from .station import Station
from .status import State
from .waiting_run import journal_of
from .why import had_begun, made_safe

PATIENCE = 5.0
"""Seconds an engine with nothing to start waits for something."""
JOURNAL_PATIENCE = 10.0
"""Seconds to wait for the guardian of a run that is resumed to have put its journal in order."""
GUARDIAN_PATIENCE = 60.0
"""Seconds to wait for what a guardian at work has read back, before nobody is taken to have."""


class EngineProcess:
    """Queue of runs, command handler and the loop between them. `_changing` guards queue and current run."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._control = Control()
        self._jobs: dict[str, Job] = {}
        self._current: Job | None = None
        self._changing = threading.Condition()
        self._closed = self._leaving = False
        self._asked, self._ends = list[dict[str, Any]](), dict[str, dict[str, str | None]]()
        self._server = CommandServer(self._handle, self._client_gone)

    def serve(self) -> int:
        """Run what is asked for until nothing is left; return the exit code."""
        lock = self._station.claim(self._server.port, self._server.token)
        if lock is None:
            return 0  # another engine drives this station; the face that started us will talk to that one
        try:
            self._keeper = QueueKeeper(self._station.folder)
            self._server.start()
            self._shadow = Shadow(self._station.folder)
            return self._work()
        except QueueFault as error:
            _log(error)
            return 1
        finally:
            self._station.release()
            if hasattr(self, "_shadow"):
                self._shadow.release()
                self._server.shutdown()
            lock.close()

    def _work(self) -> int:
        self._await_guardian()
        while (job := self._next()) is not None:
            if self._execute(job) is State.UNSAFE:
                return 1  # nothing more is moved on this bench; our end wakes the guardian for another try
        return 0

    def stop_everything(self) -> None:
        """End safe, whatever runs, and start nothing more; called by signals."""
        self._leaving = True
        self._control.stop(now=True)
        with self._changing:
            self._changing.notify_all()

    def _next(self) -> Job | None:
        with self._changing:
            self._changing.wait_for(lambda: self._leaving or self._keeper.queue.next is not None, PATIENCE)
            self._changing.wait_for(lambda: self._leaving or self._keeper.queue.next is not None or not self._asked)
            place = self._keeper.queue.next
            if self._leaving or place is None:
                self._closed = True
                if self._leaving and self._keeper.queue.waiting:
                    self._change(self._keeper.queue.paused(Cause.EVENT, "its engine was told to end"))
                return None
            self._forget_what_was_asked()
            self._current = self._jobs.pop(place.run, None) or Job(self._keeper.folder(place.run), self._station.folder)
            self._change(self._keeper.queue.begun())
            return self._current

    def _forget_what_was_asked(self) -> None:
        """What was asked of an idle engine or of the last run is not meant for the next; a signal that came now is."""
        self._control.clear()
        if self._leaving:
            self._control.stop(now=True)

    def _execute(self, job: Job) -> State:
        state, reason = State.FAILED, None
        try:
            with closing(journal_of(job.folder)) as journal:
                journal.claim(JOURNAL_PATIENCE)
                state, reason = self._carry_out(job, journal)
                if not journal.finish():
                    _log(journal.remark)
        except JournalFault as error:  # gone, not to be written, or another engine's: there is nothing to note it in
            reason = str(error)
        finally:
            self._over(job, state, reason)
        return state

    def _carry_out(self, job: Job, journal: Journal) -> tuple[State, str | None]:
        try:
            execution = job.prepare(journal, self._control, self._shadow)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's file does must not stand in the way of the next run
            job.refused, reason = True, str(error) or type(error).__name__
            journal.note("state", state=str(State.FAILED), reason=reason)
            return State.FAILED, reason
        self._shadow.follow(job.folder)
        state = execution.run()
        # What was read back counts, however the run itself came to its end.
        if state is not State.UNSAFE and made_safe(Run(job.folder)) is False:
            state = State.UNSAFE
        return state, execution.reason

    def _over(self, job: Job, state: State, reason: str | None) -> None:
        with self._changing:
            self._ends[job.folder.name] = {"state": str(state), "reason": reason}
            self._current = None
            try:
                self._keeper.end(state)
            except QueueFault as error:  # a full disk: the memory of this engine holds what the file cannot
                _log(error)
            self._changing.notify_all()

    def _change(self, queue: Queue) -> None:
        """Change the queue where nobody waits for an answer; what cannot be written holds in memory."""
        try:
            self._keeper.change(queue)
        except QueueFault as error:
            _log(error)

    def _await_guardian(self) -> None:
        """Before going on after an engine that died in mid-run, see that its guardian has made the bench safe."""
        died = self._keeper.died
        if died is None or not had_begun(run := Run(self._keeper.folder(died))):
            return
        deadline = time.monotonic() + GUARDIAN_PATIENCE
        while (safe := made_safe(run)) is None and time.monotonic() < deadline and not self._taken(died):
            time.sleep(0.05)
        if not safe and not self._taken(died):
            why = f"run {died} lost its engine, and nobody has read back that the bench is safe"
            with self._changing:
                self._change(self._keeper.queue.paused(Cause.UNSAFE, why, died))

    def _taken(self, died: str) -> bool:
        return self._leaving or died in self._jobs  # whoever goes on with that very run takes the bench as it is

    def _handle(self, message: dict[str, Any]) -> dict[str, Any]:
        match message.get("do"):
            case "submit" | "go_on":
                return self._planned(message)
            case "stop":
                self._stop(message.get("run"), now=bool(message.get("now")))
            case "queue":
                with self._changing:
                    self._keeper.change(changed(self._keeper.queue, str(message["act"]), str(message.get("word"))))
                    self._changing.notify_all()
            case "pause" if self._is_current(message.get("run")):
                self._control.pause()
            case "resume" if self._is_current(message.get("run")):
                self._control.resume()
            case "status" if "run" in message:  # asked many times a second
                run = str(message["run"])
                return {"ends": {run: end} if (end := self._ends.get(run)) else {}}
            case "status" | "attach" | "bye" | "pause" | "resume":
                pass
            case unknown:
                raise ProcedureMistake(
                    f"A command must be submit, go_on, stop, queue, pause, resume or status, but is {unknown!r}."
                )
        return self._describe()

    def _is_current(self, run: str | None) -> bool:
        """Return whether `run` (None: whichever) is the one that is being executed."""
        job = self._current
        return job is not None and run in (None, job.folder.name)

    def _stop(self, run: str | None, *, now: bool) -> None:
        """Stop the run of that name, or take it out of the queue; None stops what runs and holds what waits."""
        if self._is_current(run):
            self._control.stop(now=now)
        with self._changing:
            if run is not None:
                self._keeper.change(self._keeper.queue.without(run))
            elif self._keeper.queue.waiting:
                self._keeper.change(self._keeper.queue.paused(Cause.EVENT, "whatever ran was stopped"))

    def _describe(self) -> dict[str, Any]:
        job, queue = self._current, self._keeper.queue
        return {
            "running": None if job is None else job.folder.name,
            "waiting": [place.run for place in queue.waiting],
            "queue": queue.to_dict(),
        }

    def _planned(self, message: dict[str, Any]) -> dict[str, Any]:
        """Take a run in, and do not leave meanwhile: what it foretells may take longer than PATIENCE."""
        self._asked.append(message)
        try:
            if message["do"] == "go_on":
                return self._go_on(message)
            plan = Plan.of(Request(**message["request"]))
            return self._take_in(lambda: self._new(plan), message)
        finally:
            with self._changing:
                self._asked.remove(message)
                self._changing.notify_all()

    def _go_on(self, message: dict[str, Any]) -> dict[str, Any]:
        """Take a run in again that ended before it was whole."""
        name = Path(str(message.get("run"))).name
        accept = [str(one) for one in message.get("accept", ())]
        resumption = Resumption.of(Run(self._keeper.folder(name)), accept)
        return self._take_in(lambda: self._resumed(resumption, accept), message)

    def _take_in(self, opened: Callable[[], tuple[Job, Journal]], message: dict[str, Any]) -> dict[str, Any]:
        """Put a run into the queue; one that may not wait for a person's word is refused where that is paused."""
        may_wait, ticket = bool(message.get("may_wait")), str(message.get("ticket", ""))
        with self._changing:
            # A run that comes after the end of another is not among those that its failure holds.
            self._changing.wait_for(lambda: self._current is None or not self._current.over)
            if self._closed or self._leaving:
                raise EngineGone("This engine is ending; ask again.")
            place = self._keeper.queue.ticketed(ticket)
            if place is None:
                refuse_where_paused(self._keeper.queue, may_wait=may_wait)
                place = self._put_in(*opened(), ticket)
            return {"folder": str(self._keeper.folder(place.run)), "before": self._keeper.queue.place_of(place.run)}

    def _put_in(self, job: Job, journal: Journal, ticket: str) -> Place:
        with closing(journal):
            self._keeper.add(job.folder.name, journal, ticket)
        self._jobs[job.folder.name] = job
        self._ends.pop(job.folder.name, None)  # of a run that goes on, the end before is none any more
        self._changing.notify_all()
        return Place(job.folder.name, ticket)

    def _new(self, plan: Plan) -> tuple[Job, Journal]:
        folder, journal = open_record(plan)
        return Job(folder, self._station.folder, plan), journal

    def _resumed(self, resumption: Resumption, accept: Sequence[str]) -> tuple[Job, Journal]:
        queue, name = self._keeper.queue, resumption.folder.name
        if name in [place.run for place in queue.waiting] or self._is_current(name):
            raise ProcedureMistake(f"A run that is resumed must have ended, but {name} waits or runs already.")
        resumption = Resumption.of(Run(resumption.folder), accept)  # it may have been taken up, and ended, meanwhile
        journal = journal_of(resumption.folder)
        resumption.hand_in(journal)
        return Job(resumption.folder, self._station.folder, resumption.plan, resumption.rejoin), journal

    def _client_gone(self, attached: dict[str, Any]) -> None:
        job = self._current
        if job is not None and job.journal is not None and self._is_current(attached.get("run")):
            with suppress(JournalFault):  # a full disk is the run's own trouble and is told there
                job.journal.note(
                    "warning", text=f"The {attached.get('name')} that watched this run has gone; the run goes on."
                )


def _log(error: Exception | str) -> None:
    print(f"{datetime.now(UTC).isoformat(timespec='seconds')} {error}", file=sys.stderr, flush=True)


def main() -> int:
    """Serve the station named on the command line."""
    process = EngineProcess(Station(Path(sys.argv[1])))
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):  # Windows has the last, and not the one before it
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: process.stop_everything())
    return process.serve()


if __name__ == "__main__":
    sys.exit(main())
