"""The runs that wait at a station and what becomes of them when one fails, in a file that outlives every engine.

Only the engine of the station writes the file, or whoever holds the engine's lock while no engine lives.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from smtjlab.instruments.station_files import write_private

from .errors import EngineFault

FILE = "queue.json"
FORMAT = 1
LARGEST = 16 << 20
"""Bytes of the largest file that is read: some hundred thousand runs."""
_RUN = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}")
_TICKET = re.compile(r"[0-9a-f]{0,32}")


class QueueFault(EngineFault):
    """The queue of a station could not be read or written."""


class OnFailure(StrEnum):
    """What becomes of the runs that wait when one fails."""

    PAUSE = "pause"
    CONTINUE = "continue"
    STOP = "stop"


class Cause(StrEnum):
    """Why a queue is paused. What a person asked for and an unsafe bench hold also runs that come later."""

    PERSON = "person"
    EVENT = "event"
    UNSAFE = "unsafe"


@dataclass(frozen=True)
class Pause:
    """Why nothing is started: the cause, a sentence without its full stop, and the run that was the reason."""

    cause: Cause
    why: str
    run: str | None = None


@dataclass(frozen=True)
class Place:
    """A run in the queue, by the name of its folder; the ticket tells a request that was sent twice."""

    run: str
    ticket: str = ""

    def __post_init__(self) -> None:
        """Refuse a name that is no run's: it could lead out of the runs folder."""
        if not (_RUN.fullmatch(self.run) and _TICKET.fullmatch(self.ticket)):
            raise ValueError(f"a run is called {self.run!r}")


@dataclass(frozen=True)
class Queue:
    """A queue at one moment; each change gives another one."""

    on_failure: OnFailure = OnFailure.PAUSE
    pause: Pause | None = None
    running: Place | None = None
    waiting: tuple[Place, ...] = ()

    @property
    def next(self) -> Place | None:
        """The run to start now; None where none waits or the queue is paused."""
        return self.waiting[0] if self.waiting and self.pause is None else None

    def place_of(self, run: str) -> int | None:
        """Return how many runs come before this one, the one under way included; None where it does not wait."""
        names = [place.run for place in self.waiting]
        return names.index(run) + (self.running is not None) if run in names else None

    def ticketed(self, ticket: str) -> Place | None:
        """Return the run that was handed in with this ticket already."""
        places = [*self.waiting, *([self.running] if self.running else [])]
        return next((place for place in places if ticket and place.ticket == ticket), None)

    def added(self, place: Place) -> Self:
        """With this run behind all others."""
        return replace(self, waiting=(*self.waiting, place))

    def begun(self) -> Self:
        """With the first run that waits under way."""
        return replace(self, running=self.waiting[0], waiting=self.waiting[1:])

    def put_back(self) -> Self:
        """With the run under way at the head of those that wait: it had not begun."""
        assert self.running is not None
        return replace(self, running=None, waiting=(self.running, *self.waiting))

    def ended(self, end: str) -> Self:
        """Without the run under way, which ended `end`: failed ends fall under the policy, unsafe ones hold all."""
        assert self.running is not None
        run, over = self.running.run, replace(self, running=None)
        why = f"run {run} {_ENDED.get(end, f'ended {end}')}"
        if end == "unsafe":
            return over.paused(Cause.UNSAFE, why, run)
        if end not in ("failed", "interrupted") or not self.waiting or self.on_failure is OnFailure.CONTINUE:
            return over
        return replace(over, waiting=()) if self.on_failure is OnFailure.STOP else over.paused(Cause.EVENT, why, run)

    def paused(self, cause: Cause, why: str, run: str | None = None) -> Self:
        """With nothing started any more; an unsafe bench stays the reason whatever else happens."""
        kept = self.pause is not None and self.pause.cause is Cause.UNSAFE
        return self if kept else replace(self, pause=Pause(cause, why, run))

    def going(self) -> Self:
        """With runs started again."""
        return replace(self, pause=None)

    def made_safe(self) -> Self:
        """After somebody made the bench safe by hand: what waits is held still, for a word of the same person."""
        if self.pause is None or self.pause.cause is not Cause.UNSAFE:
            return self
        if not self.waiting:
            return self.going()
        return replace(self, pause=Pause(Cause.EVENT, f"{self.pause.why}, which was made safe since", self.pause.run))

    def without(self, run: str) -> Self:
        """Without this run; a pause that was only for the sake of those that wait ends with the last of them."""
        left = replace(self, waiting=tuple(place for place in self.waiting if place.run != run))
        alone = not left.waiting and left.pause is not None and left.pause.cause is Cause.EVENT
        return left.going() if alone else left

    def first(self, run: str) -> Self:
        """With this run before all others that wait."""
        return replace(self, waiting=tuple(sorted(self.waiting, key=lambda place: place.run != run)))

    def to_dict(self) -> dict[str, Any]:
        """Return the queue as plain JSON values."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Self:
        """Return the queue of these values; raises ValueError, KeyError or TypeError where they are none."""
        if told["format"] != FORMAT:
            raise ValueError(f"its format is {told['format']!r}")
        pause, running = told["pause"], told["running"]
        return cls(
            OnFailure(told["on_failure"]),
            None if pause is None else _pause(pause),
            None if running is None else _place(running),
            tuple(_place(place) for place in told["waiting"]),
        )


_ENDED = {"failed": "failed", "interrupted": "lost its engine", "unsafe": "left the bench unsafe"}


def _pause(told: dict[str, Any]) -> Pause:
    run = told["run"]
    return Pause(Cause(told["cause"]), str(told["why"]), None if run is None else Place(run).run)


def _place(told: dict[str, str]) -> Place:
    return Place(told["run"], told["ticket"])


def read_queue(station: Path) -> Queue:
    """Return the queue of a station folder, empty where none was ever written; raises QueueFault in a sentence."""
    path = station / FILE
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Queue()
    except OSError as error:
        raise QueueFault(f"The queue {path} must be readable, but is not: {error.strerror}.") from error
    try:
        return Queue.from_dict(json.loads(text if len(text) <= LARGEST else ""))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise QueueFault(
            f"The queue {path} must be as an engine wrote it, but is not ({type(error).__name__}: {error}): move the "
            "file away, and hand in again what waited."
        ) from error


def write_queue(station: Path, queue: Queue) -> None:
    """Put the queue on disk, whole or not at all; raises QueueFault where that cannot be done."""
    try:
        write_private(station / FILE, queue.to_dict(), durable=True)
    except OSError as error:
        raise QueueFault(f"The queue {station / FILE} cannot be written: {error.strerror}.") from error


def waits_in(station: Path, run: str) -> bool:
    """Return whether a run stands in the queue of a station folder; False where that queue cannot be read."""
    try:
        queue = read_queue(station)
    except QueueFault:
        return False
    return any(place.run == run for place in (*queue.waiting, *([queue.running] if queue.running else [])))
