"""One run of the real stack under one fault, what can be seen of it, and what becomes of it when it is resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.reading import Reading
from smtjlab.instruments.safe_order import safe_order
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import find_served
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.errors import EngineFault, ProcedureMistake
from smtjlab.procedures.journal import Event, JournalReader
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.start import follow, submit, submit_again
from smtjlab.procedures.status import State

POINTS = 200
"""Setpoints of a run: enough that something can strike in the midst of them."""
STRIKE = 5
"""Points after which something outside the bench strikes."""
PATIENCE = 60.0
"""Longest wait in s for what even a busy computer does sooner."""
CODE = ("code",)
"""What is accepted at every resume: somebody may work on the source while its tests run."""

Strike = Callable[[Run], None]


def sweep(points: int = POINTS, **fields: float) -> TransferCurve:
    """Return the measurement of every row."""
    return TransferCurve(points=points, direction="up", averaging=1, **fields)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a row left, as it was right after the end of its run."""

    run: Run
    """The record; by the time of the tests it has been resumed."""
    bench: Path
    """Its bench file; by the time of the tests another row may have written it anew."""
    parts: frozenset[str]
    """What of the bench has a safe state: instruments, and channels by the part that they play."""
    state: State
    planned: int
    readings: Sequence[Reading]
    numbers: Sequence[int]
    """Numbers of the readings in the journal."""
    walls: Sequence[float]
    """Moments by the computer's clock in s at which they were written."""
    events: Sequence[Event]
    sentence: str
    """What the command line says where the run did not end well, or a window in any case; empty where it did."""
    outputs: dict[str, bool]
    """Which outputs are on in the end, as the bench's control channel tells."""
    seen: Sequence[Reading]
    """Readings that another process saw in the journal while the run went on."""
    time_to_safe: float | None
    """Time in s from the fault to the safe state as read back; None where none was reached for it or written down.

    A fault on the bench counts from the last reading before it: what it took to notice is part of the time.
    """
    refusal: str = ""
    """What was said where the run could not be resumed without more ado."""
    failure: str = ""
    """What was said where it could not be resumed after the repair either."""
    resumed: Run | None = None
    """The record once it was resumed; None where it could not be."""

    @property
    def told(self) -> list[str]:
        """Return all that was said about the run: why it ended as it did, and its warnings."""
        warnings = [event.payload["text"] for event in self.events if event.kind == "warning"]
        return [*self.sentence.splitlines(), *warnings]


class Onlooker:
    """Looks at a run while it goes on: keeps what it has seen, and strikes once after some points."""

    def __init__(self, strike: Strike | None = None) -> None:
        self.seen: list[Reading] = []
        self.struck: float | None = None
        self._strike = strike

    def __call__(self, run: Run, state: State) -> None:
        """Look once."""
        if not state.ended:
            self.seen += run.readings(after=len(self.seen) - 1)
        if self._strike is not None and self.struck is None and len(self.seen) >= STRIKE:
            self.struck = time.time()
            self._strike(run)


def play(
    folder: Path,
    bench: str,
    *,
    strike: Strike | None = None,
    procedure: TransferCurve | None = None,
    hazardous: bool = False,
) -> Evidence:
    """Run a procedure on a bench of that text, let `strike` happen after some points, and return what is left."""
    path, out, onlooker = folder / "bench.toml", folder / "runs", Onlooker(strike)
    path.write_text(bench, encoding="utf-8")
    started = submit(
        procedure or sweep(), bench=str(path), junction="fig5", model="static", out=out, hazardous=hazardous
    )
    with started:  # not its client, which is another one once an engine has gone
        state, reason = follow(started, onlooker)
        outputs = outputs_of(out)
    return left_by(started.run.folder, "" if state is State.DONE else reason, outputs, onlooker, path)


def left_by(folder: Path, sentence: str, outputs: dict[str, bool], onlooker: Onlooker, bench: Path) -> Evidence:
    """Return what is left of a run that has ended, or ends as soon as its engine does."""
    run, reader = Run(folder), JournalReader(folder / JOURNAL)
    for _ in looks(run):
        pass
    records, events = reader.records(), reader.events()
    struck = onlooker.struck or (records[-1].wall if records else None)
    safe = [event.wall for event in events if event.kind == "safety" and event.payload["safe"]]
    timed = run.status is not State.DONE and safe and struck is not None
    return Evidence(
        run=run,
        bench=bench,
        parts=frozenset(limited for _, limited in safe_order(Bench.load(bench))),
        state=run.status,
        planned=run.points_planned,
        readings=run.readings(),
        numbers=[record.number for record in records],
        walls=[record.wall for record in records],
        events=events,
        sentence=sentence,
        outputs=outputs,
        seen=onlooker.seen,
        time_to_safe=safe[-1] - struck if timed else None,
    )


def looks(run: Run) -> Iterator[State]:
    """Yield how a run stands until it has ended: as long as it takes points, however busy the computer is."""
    taken, deadline = -1, 0.0
    while not (state := run.status).ended:
        if (now := run.points_taken) > taken:
            taken, deadline = now, time.monotonic() + PATIENCE
        assert time.monotonic() < deadline, f"the run is still {state} at {taken} points"
        yield state
        time.sleep(0.02)


def resumed(evidence: Evidence, repair: Callable[[Path], None] | None = None, accept: Collection[str] = ()) -> Evidence:
    """Return the evidence with what became of the run when it was resumed.

    Where `resume` refuses at first, the bench of that file is repaired and what must be accepted is; if it can be.
    """
    run, refusal = _resume(evidence.run, CODE)
    if run is None and repair is not None:
        repair(evidence.bench)
        run, failure = _resume(evidence.run, (*CODE, *accept))
        return replace(evidence, resumed=run, refusal=refusal, failure=failure)
    return replace(evidence, resumed=run, refusal=refusal)


def _resume(run: Run, accept: Collection[str]) -> tuple[Run | None, str]:
    """Return the record once it is whole, or None with what was said instead."""
    try:
        with submit_again(run, accept=accept) as started:
            state, reason = follow(started, lambda *_: None)
    except (ProcedureMistake, EngineFault) as refused:
        return None, str(refused)
    return (Run(run.folder), "") if state is State.DONE else (None, reason)


def outputs_of(out: Path) -> dict[str, bool]:
    """Return which outputs of the bench that is served there are on."""
    [station] = (out / ".stations").glob("*/")
    served = find_served(station)
    assert served is not None, f"nothing is served in {station}"
    with ControlChannel(*served.control) as channel:
        return channel.outputs()
