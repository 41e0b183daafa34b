"""Going on with a run that ended before it was whole: what must still be as it was, and who accepts what is not."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.reading import Setpoint

from .errors import JournalFault, ProcedureMistake
from .find import packaged_procedures
from .journal import Journal
from .plan import Plan, Request
from .provenance import code_hash, text_hash
from .rejoin import Rejoin
from .run import FOLDER_NAME, REQUEST, Run
from .station import Station
from .status import RESUME, State, executions
from .why import had_begun, made_safe

ACCEPTABLE = {
    "bench": "the bench file is another one than at the start, or one that nobody has used here",
    "junction": "the junction that the model assumes is another one than at the start",
    "code": "smtjlab itself is another version than at the start",
    "procedure": "the procedure is code of a file, which is run as it stands",
    "notices": "the recipe has programs run that tell people of the wafer",
    "instruments": "other instruments answer than at the start",
    "overlap": "the repeated point differs from what it was",
    "unsafe": "the bench could not be read back as safe at the end",
}
"""What may have changed, by the name under which somebody accepts it."""

WAFER_WALK = "smtjlab.procedures.wafer.wafer_walk:WaferWalk"
"""The procedure of wafers, whose recipe may name files with code."""
LONGEST_REQUEST = 1 << 20
"""Largest size in bytes of a request: its parameters are numbers and words."""


@dataclass(frozen=True)
class Resumption:
    """A checked wish to go on with a run: nothing has moved yet."""

    plan: Plan
    rejoin: Rejoin
    folder: Path

    @classmethod
    def of(cls, run: Run, accept: Collection[str] = ()) -> Resumption:
        """Return what the engine needs to go on with `run`; ProcedureMistake in one sentence where it must not.

        Every change is named in it, and goes by what `accept` names. Limits are checked again, for every setpoint.
        """
        _check_names(accept)
        return cls._checked(run, _resumable(run), frozenset(accept))

    @classmethod
    def on_record(cls, run: Run) -> Resumption | None:
        """Return what a run was handed in again for; None for one that has not begun. Everything is checked once more.

        Raises ProcedureMistake where something has changed while it waited.
        """
        last = executions(run.events())[-1]
        if last[0].kind != RESUME:
            return None
        told = last[0].payload
        return cls._checked(run, State(told["after"]), frozenset(told["accepted"]))

    def hand_in(self, journal: Journal) -> None:
        """Say in the record that the run is to go on; what follows is another execution of it."""
        journal.note(RESUME, after=str(self.rejoin.state), accepted=sorted(self.rejoin.accepted))

    @classmethod
    def _checked(cls, run: Run, state: State, accept: frozenset[str]) -> Resumption:
        request = read_request(run.file(REQUEST))
        _refuse(run, list(_strangers(run, request)), accept)
        plan = Plan.of(request)
        _refuse(run, list(_changes(run, plan, state)), accept)
        planned = run.setpoints()
        if not plan.is_adaptive and plan.setpoints != planned:
            raise ProcedureMistake(
                f"The procedure must ask for the setpoints of run {run.id}, but now asks for others: measure anew."
            )
        rejoin = _rejoin(run, state, planned, accept)
        return cls(plan, _proposing(rejoin, run, planned) if plan.is_adaptive else rejoin, run.folder)


def read_request(path: Path) -> Request:
    """Return the request of a run; JournalFault in one sentence where the file is not what we have written."""
    if path.is_symlink() or not path.is_file():  # a pipe would be waited for, a link leads out of the run
        raise JournalFault(f"{path} must be the request of a run, but is no file of its own.")
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST_REQUEST + 1)
        fields = json.loads(text) if len(text) <= LONGEST_REQUEST else None
        request = Request(**fields) if isinstance(fields, dict) else None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise JournalFault(f"{path} must be the request of a run, but cannot be read as one: {error}.") from error
    names = ("procedure", "bench", "junction", "model", "runs")
    whole = request is not None and isinstance(request.parameters, dict) and isinstance(request.hazardous, bool)
    if request is None or not whole or not all(isinstance(getattr(request, name), str) for name in names):
        raise JournalFault(f"{path} must be the request of a run, but has not what one has.")
    return request


def _check_names(accept: Collection[str]) -> None:
    for name in accept:
        if name not in ACCEPTABLE:
            raise ProcedureMistake(f"What is accepted must be {', '.join(ACCEPTABLE)}, but is {name!r}.")


def _resumable(run: Run) -> State:
    """Return how the run ended; refuse one that goes on, is whole, or keeps its own loop."""
    state = run.status
    if not FOLDER_NAME.fullmatch(run.folder.resolve().name):
        raise ProcedureMistake(
            f"A run that is resumed must be in its own folder, but {run.folder.resolve()} is none that a run has made."
        )
    if run.meta["planned"] is None:
        raise ProcedureMistake(f"A run that is resumed must know its end, but run {run.id} kept a loop of its own.")
    if not state.ended:
        raise ProcedureMistake(f"A run that is resumed must have ended, but run {run.id} is {state}.")
    from .wafer.reading_back import is_wafer, lacks  # half a second, for whoever only looks at a queue

    if is_wafer(run):
        if not lacks(run):
            raise ProcedureMistake(
                f"A wafer that is resumed must lack sites, but run {run.id} has all that are asked for."
            )
    elif state is State.DONE or run.points_taken >= run.points_planned:
        raise ProcedureMistake(f"A run that is resumed must lack points, but run {run.id} has all {run.points_taken}.")
    return state


def _strangers(run: Run, request: Request) -> Iterator[tuple[str, str]]:
    """Yield what a stranger's record could have named so that it runs on this computer; nothing of it is run yet."""
    packaged = {f"{kind.__module__}:{kind.__qualname__}" for kind in packaged_procedures().values()}
    procedures, programs = _codes(request)
    for name in procedures:
        if name not in packaged:
            yield "procedure", f"`{name}`"
    for name in programs:
        yield "notices", f"`{name}`"
    bench, runs = Bench.load(request.bench), run.folder.resolve().parent
    ours = Station.place(runs, bench.name, bench.path).is_dir() and not bench.path.resolve().is_relative_to(runs)
    if bench.path.parent != PACKAGED and not ours:
        yield "bench", f"{bench.path}, which was never used from here"


def _codes(request: Request) -> tuple[list[str], list[str]]:
    """Return classes and programs that a request would run; of a wafer's run those that its recipe names."""
    if request.procedure != WAFER_WALK:
        return [request.procedure], []
    from .wafer.recipe_file import code_named

    return code_named(str(request.parameters.get("recipe", "")))


def _changes(run: Run, plan: Plan, state: State) -> Iterator[tuple[str, str]]:
    """Yield what has changed since the run began: the name under which it is accepted, and what it is."""
    hashes = run.meta.get("hashes") or {}
    if text_hash(plan.bench.text) != hashes.get("bench"):
        yield "bench", str(plan.bench.path)
    if text_hash(plan.belief.to_toml()) != hashes.get("junction"):
        yield "junction", f"`{plan.request.junction}`"
    if code_hash() != hashes.get("code"):
        yield "code", f"it was {(run.meta.get('versions') or {}).get('smtjlab', 'unknown')}"
    if state is State.UNSAFE or (state is State.INTERRUPTED and had_begun(run) and made_safe(run) is None):
        yield "unsafe", "look at it, and try `smtjlab bench safe`"


def _refuse(run: Run, changes: list[tuple[str, str]], accept: Collection[str]) -> None:
    left = [(name, which) for name, which in changes if name not in accept]
    if left:
        named = "; ".join(f"{ACCEPTABLE[name]} ({which})" for name, which in left)
        options = " ".join(f"--accept {name}" for name, _ in left)
        raise ProcedureMistake(f"Run {run.id} must go on as it began, but {named}. `{options}` goes on all the same.")


def _rejoin(run: Run, state: State, planned: list[Setpoint], accept: frozenset[str]) -> Rejoin:
    readings = run.readings()
    if [record.setpoint for record in readings] != planned[: len(readings)]:
        raise JournalFault(f"The readings of run {run.id} must answer its setpoints in their order, but do not.")
    return Rejoin(
        state=state,
        taken=len(readings) or run.points_taken,
        last=readings[-1] if readings else None,
        setpoints=planned[: len(readings)],
        identities=run.meta.get("identities") or {},
        simulated=run.meta.get("simulated"),
        accepted=accept,
    )


def _proposing(rejoin: Rejoin, run: Run, proposed: list[Setpoint]) -> Rejoin:
    """Return the way back of an adaptive run: what it proposes next depends on all its readings."""
    pending = proposed[rejoin.taken] if len(proposed) > rejoin.taken else None
    return replace(rejoin, readings=run.readings(), pending=pending)
