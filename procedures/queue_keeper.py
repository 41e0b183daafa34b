"""The one who may change the queue of a station: its engine, or a face that holds the engine's lock."""

from __future__ import annotations

from pathlib import Path

from .journal import Journal
from .run_queue import Cause, Place, Queue, QueueFault, read_queue, write_queue
from .status import State
from .waiting_run import end_waiting, note_waiting, status_in_queue, tell

WITHDRAWN = "The run was withdrawn before it began."


class QueueKeeper:
    """Keeps memory, file and the records of the runs that wait of one mind.

    What the engine before left is settled first: the run it died at counts as failed, and one that had not begun
    stands first in the queue again. `died` is the run in whose midst that engine died, if any.
    """

    def __init__(self, station: Path) -> None:
        """Read the queue; raises QueueFault where it is none or cannot be written."""
        self._station = station
        self.queue = read_queue(station)
        self.died: str | None = None
        self._settle()

    def folder(self, run: str) -> Path:
        """Return the folder of a run of this station."""
        return self._station.parent.parent / run

    def change(self, queue: Queue, reason: str = WITHDRAWN) -> None:
        """Put another queue in the place of this one; runs that wait no more are withdrawn for this `reason`.

        Memory changes also where the file cannot be written, which raises QueueFault.
        """
        if queue == self.queue:
            return
        before, self.queue = self.queue, queue
        kept = {place.run for place in (*queue.waiting, *([queue.running] if queue.running else []))}
        # Records first: one that has ended is passed over by whoever finds it in the file after a crash.
        for place in before.waiting:
            if place.run not in kept:
                end_waiting(self.folder(place.run), State.STOPPED, reason)
        write_queue(self._station, queue)
        if before.pause is None and queue.pause is not None:
            for place in queue.waiting:
                tell(self.folder(place.run), held_sentence(queue))

    def add(self, run: str, journal: Journal, ticket: str = "") -> None:
        """Put a run behind all others; raises where its record or the queue cannot be written, and then it does not."""
        note_waiting(journal, self._station)
        before = self.queue
        try:
            self.change(before.added(Place(run, ticket)))
        except QueueFault as error:
            self.queue = before
            journal.note("state", state=str(State.FAILED), reason=str(error))
            raise

    def end(self, state: State) -> None:
        """Take out the run that was under way, and heed the policy if it failed."""
        assert self.queue.running is not None
        self.change(self.queue.ended(str(state)), policy_sentence(self.queue.running.run))

    def _settle(self) -> None:
        queue, reason = self.queue, WITHDRAWN
        if queue.running is not None:
            run = queue.running.run
            end = status_in_queue(self.folder(run))
            if end is State.WAITING:
                queue = queue.put_back()
            else:
                self.died = None if end.ended and end is not State.INTERRUPTED else run
                queue = queue.ended(str(end if end.ended else State.INTERRUPTED))
                reason = policy_sentence(run)
        for place in queue.waiting:
            if status_in_queue(self.folder(place.run)).ended:  # an engine died between its record and the file
                queue = queue.without(place.run)
        queue = self._forget_what_is_safe_again(queue)
        self.change(queue, reason)

    def _forget_what_is_safe_again(self, queue: Queue) -> Queue:
        """Lift the pause of an unsafe bench that its guardian has made safe since, where nothing waits for a word."""
        if queue.pause is None or queue.pause.cause is not Cause.UNSAFE or queue.waiting or queue.pause.run is None:
            return queue
        return queue if status_in_queue(self.folder(queue.pause.run)) is State.UNSAFE else queue.going()


def held_sentence(queue: Queue, go: str = "") -> str:
    """Return why nothing is started, and by which command it goes on; `go` is that command, where it is known whole."""
    assert queue.pause is not None
    first = "make the bench safe (`smtjlab bench safe`), then " if queue.pause.cause is Cause.UNSAFE else ""
    command = f"`{go}`" if go else "`smtjlab queue go` for this bench"
    return f"The queue is paused, because {queue.pause.why}: {first}{command} goes on."


def policy_sentence(run: str) -> str:
    """Return why a run that waited was withdrawn by the policy `stop`."""
    return f"The run was withdrawn before it began: run {run} failed, and the policy of the queue is to stop then."
