"""What a person does with a queue, by the same words whether an engine lives or not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from smtjlab.instruments.station_files import lock

from .commands import EngineClient
from .errors import EngineFault, EngineGone, ProcedureMistake
from .queue_keeper import QueueKeeper, held_sentence
from .run_queue import Cause, OnFailure, Queue
from .station import Station

ACTS = ("go", "pause", "policy", "remove", "first")
"""What a person may do."""
PATIENCE = 10.0
"""Seconds an engine that comes up or ends may take until it answers, or the queue is ours."""


def changed(queue: Queue, act: str, word: str = "") -> Queue:
    """Return the queue after `go`, `pause`, `policy WORD`, `remove RUN` or `first RUN`; refuses others in a sentence.

    `look` changes nothing; `safe` stands for a bench that was made safe by hand.
    """
    match act:
        case "look":
            return queue
        case "go":
            return queue.going()
        case "pause":
            return queue.paused(Cause.PERSON, "somebody asked for it")
        case "safe":
            return queue.made_safe()
        case "policy":
            return replace(queue, on_failure=policy_named(word))
        case "remove":
            return queue.without(_waiting(queue, word))
        case "first":
            return queue.first(_waiting(queue, word))
    raise ProcedureMistake(f"A queue takes {', '.join(ACTS)}, but not '{act}'.")


def refuse_where_paused(queue: Queue, *, may_wait: bool) -> None:
    """Refuse a run that is to be measured now where the queue is paused, in a sentence that says how to go on."""
    if queue.pause is not None and not may_wait:
        raise EngineFault(f"{held_sentence(queue)} `--queue` would add the run to those that wait.")


def policy_named(word: str) -> OnFailure:
    """Return the policy of that name; raises with the names there are."""
    try:
        return OnFailure(word)
    except ValueError:
        raise ProcedureMistake(f"The policy on a failure must be {', '.join(OnFailure)}, but is '{word}'.") from None


def change_queue(station: Station, act: str, word: str = "", patience: float = PATIENCE) -> Queue:
    """Change the queue of a station through its engine, or on disk where none lives; return it as it is then.

    Raises EngineFault where an engine lives that has not answered for `patience` in s.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        client = _client(station, patience)
        if client is not None:
            with suppress(EngineGone), client:  # it is just ending; the queue is ours then, or the next one's
                return Queue.from_dict(client.ask("queue", act=act, word=word)["queue"])
        with _alone(station) as keeper:
            if keeper is not None:
                keeper.change(changed(keeper.queue, act, word))
                return keeper.queue
        time.sleep(0.05)
    raise EngineFault(f"The engine of {station.folder} must answer, but has not for {patience:g} s.")


def go_on(station: Station) -> Queue:
    """Let runs be started again, by an engine that is started where none lives and a run waits."""
    queue = change_queue(station, "go")
    if queue.next is not None:
        station.client().close()
    return queue


def _waiting(queue: Queue, run: str) -> str:
    if run not in [place.run for place in queue.waiting]:
        raise ProcedureMistake(f"A run that is moved or removed must wait in the queue, but {run} does not.")
    return run


def _client(station: Station, patience: float) -> EngineClient | None:
    """Return a conversation with the living engine; None where there is none, or it has just gone."""
    record = station.engine()
    with suppress(EngineFault):
        return None if record is None else EngineClient(record["port"], record["token"], timeout=patience)
    return None


@contextmanager
def _alone(station: Station) -> Iterator[QueueKeeper | None]:
    """Hold the engine's lock with the right to change the queue; None where an engine has it."""
    with (station.folder / "engine.lock").open("a") as held:
        yield QueueKeeper(station.folder) if lock(held) else None
