"""Carries a characterisation out: one ordinary run after another, each planned from what the runs before have told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import LimitError
from smtjlab.instruments.limits import check_setpoint
from smtjlab.simulation.belief import Belief

from .catching_up import wait_for_model
from .characterisation import PLAN, Characterisation, StepRecord, StepState
from .characterise_steps import STEPS, StepImpossible
from .errors import JournalFault, ParameterError, ProcedureMistake
from .file_lock import FileLock
from .plan import Plan, Request, model_named
from .procedure import Procedure
from .run import JUNCTION, Run
from .start import RunFailed, Watcher, attend, measure, resume, runs_folder
from .status import State
from .synced import replace_text


@dataclass(frozen=True)
class PlannedStep:
    """A step as it would be done now."""

    record: StepRecord
    procedure: Procedure | None
    """None where it is left out; the record says why."""
    plan: Plan | None = None

    @property
    def seconds(self) -> float:
        """Estimated time on the instruments' clock, in s."""
        return 0.0 if self.plan is None else self.plan.estimated_time()


@dataclass(frozen=True)
class Wish:
    """What is asked of a characterisation."""

    bench: str = "two_axis"
    junction: str = "fig5-die"
    model: str = "boltzmann"
    out: Path | None = None
    """Runs folder, as `runs_folder` takes it."""
    only: frozenset[str] = frozenset()
    """Steps that are wanted, all where empty."""
    without: frozenset[str] = frozenset()
    """Steps that are not wanted."""
    hazardous: bool = False

    def wants(self, name: str) -> bool:
        """Return whether a step is wanted."""
        return (not self.only or name in self.only) and name not in self.without


def planned_steps(wish: Wish) -> list[PlannedStep]:
    """Return what a characterisation would do, its ranges as they follow from the belief before.

    Raises a mistake where bench, junction, model or a name is none. Nothing is moved or written.
    """
    for name in (*sorted(wish.only), *sorted(wish.without)):
        if name not in STEPS:
            raise ProcedureMistake(f"A step must be one of {', '.join(STEPS)}, but is '{name}'.")
    model_named(wish.model)
    belief, station = Belief.load(wish.junction), Bench.load(wish.bench)
    return [_planned(name, wish, belief, station) for name in STEPS]


def _planned(name: str, wish: Wish, belief: Belief, station: Bench) -> PlannedStep:
    if not wish.wants(name):
        return PlannedStep(StepRecord(name, StepState.LEFT_OUT, "it is not wanted"), None)
    try:
        procedure = _made(name, belief, station)
    except StepImpossible as problem:
        return PlannedStep(StepRecord(name, StepState.LEFT_OUT, str(problem)), None)
    request = Request.of(
        procedure,
        bench=wish.bench,
        junction=wish.junction,
        model=wish.model,
        runs=runs_folder(wish.out),
        hazardous=wish.hazardous,
    )
    return PlannedStep(StepRecord(name), procedure, Plan.of(request))


def _made(name: str, belief: Belief, station: Bench) -> Procedure:
    """Return the procedure of a step. Raises StepImpossible where its ranges are none, or outside the limits."""
    try:
        procedure = STEPS[name].make(belief, station.device_limits)
        for setpoint in procedure.setpoints():
            for asked in procedure.asked(setpoint):
                check_setpoint(station.device_limits, asked)
    except (LimitError, ParameterError) as problem:
        raise StepImpossible(str(problem).removesuffix(".")) from problem
    return procedure


def begin_characterisation(wish: Wish) -> Characterisation:
    """Return a new characterisation, its folder on disk; nothing has moved. Raises mistakes as `planned_steps`."""
    steps = [one.record for one in planned_steps(wish)]
    if all(one.state.settled for one in steps):
        reasons = left_out(steps)
        told = "; ".join(reason if len(reasons) == 1 else f"{reason} ({', '.join(n)})" for reason, n in reasons.items())
        raise ProcedureMistake(f"A characterisation must have at least one step, but all are left out: {told}.")
    return Characterisation.create(
        runs_folder(wish.out),
        bench=_whole_name(wish.bench),
        junction=_whole_name(wish.junction),
        model=wish.model,
        hazardous=wish.hazardous,
        steps=steps,
    )


def left_out(steps: Sequence[StepRecord]) -> dict[str, list[str]]:
    """Return each reason why steps are left out, with the names of the steps for which it holds."""
    reasons: dict[str, list[str]] = {}
    for one in steps:
        if one.state is StepState.LEFT_OUT:
            reasons.setdefault(one.reason, []).append(one.name)
    return reasons


@contextmanager
def alone(of: Characterisation) -> Iterator[Characterisation]:
    """Hold a characterisation against every other process, and yield it as its plan stands now.

    Raises ProcedureMistake where another process holds it, and JournalFault where its folder cannot be written.
    """
    right = FileLock(of.folder / f".{PLAN}.lock")
    try:
        held = right.acquire()
    except OSError as error:
        raise JournalFault(f"The folder {of.folder} cannot be written: {error.strerror}.") from error
    if not held:
        raise ProcedureMistake(
            f"A characterisation must be carried out by one process at a time, but another one is at {of.plan.id}."
        )
    try:
        yield Characterisation.load(of.folder)
    finally:
        right.release()


def take_step(
    of: Characterisation, name: str, watch: Watcher | None = None, *, accept: Collection[str] = ()
) -> Characterisation:
    """Do one step, or what is left of it, and return the characterisation with what it has told.

    `accept` names changes since its run began, as `resume` takes them. Raises RunFailed where its run did not end well,
    the step being `failed` then. A step that is stopped stays open. Whoever writes into the same plan meanwhile is
    kept off by `alone`.
    """
    record = next(one for one in of.plan.steps if one.name == name)
    noted = _Noted(of, name, watch or (lambda *_: None))
    if (run := _begun_run(of, record)) is not None:
        return _settled(noted, lambda: _gone_on_with(run, noted, accept))
    return _anew(noted)


def _begun_run(of: Characterisation, record: StepRecord) -> Run | None:
    """Return the run that a step has begun already; None where there is none whose record can be read."""
    if not record.run:
        return None
    run = Run(of.folder.resolve().parent / record.run)
    try:
        run.meta  # noqa: B018 - reading is what may fail
    except JournalFault:
        return None
    return run


def _gone_on_with(run: Run, watch: Watcher, accept: Collection[str]) -> Run:
    """Return a begun run once it is whole, or stopped: watch it where it is on its way, else go on with it."""
    if not run.status.ended:
        return attend(run, watch)
    if run.status is State.DONE:
        watch(run, State.DONE)
        wait_for_model(run, watch=watch)
        return run
    return resume(run, accept=accept, watch=watch)


def _anew(noted: _Noted) -> Characterisation:
    of, name = noted.of, noted.name
    belief_file = of.folder / f"belief-{of.number(name)}.toml"
    belief = of.after
    try:
        procedure = _made(name, belief, Bench.load(of.plan.bench))
    except StepImpossible as problem:
        return of.with_step(name, state=StepState.LEFT_OUT, reason=str(problem))
    replace_text(belief_file, belief.to_toml())
    plan = of.plan

    def begin() -> Run:
        return measure(
            procedure,
            bench=plan.bench,
            junction=str(belief_file),
            model=plan.model,
            out=of.folder.parent,
            watch=noted,
            hazardous=plan.hazardous,
        )

    return _settled(noted, begin)


class _Noted:
    """A watcher that writes into the plan which run a step has begun, before anything else can happen to us."""

    def __init__(self, of: Characterisation, name: str, watch: Watcher) -> None:
        self.of, self.name, self._watch = of, name, watch
        self._known = False

    def __call__(self, run: Run, state: State) -> None:
        if not self._known:
            self._known = True
            self.of = self.of.with_step(self.name, state=StepState.RUNNING, reason="", run=run.folder.name)
        self._watch(run, state)


def _settled(noted: _Noted, begin: Callable[[], Run]) -> Characterisation:
    """Carry a run out and write down how it ended; what it has told becomes the junction file."""
    name = noted.name
    try:
        run = begin()
    except RunFailed as failed:
        noted.of.with_step(name, state=StepState.FAILED, reason=str(failed), run=failed.run.folder.name)
        raise
    if Run(run.folder).status is not State.DONE:
        return noted.of.with_step(name, state=StepState.STOPPED, reason="it was stopped", run=run.folder.name)
    changed = noted.of.with_step(name, state=StepState.DONE, reason="", run=run.folder.name)
    write_junction(changed)
    return changed


def write_junction(of: Characterisation) -> None:
    """Write the junction file from the journals: whoever was killed while it was made has left an older one."""
    replace_text(of.folder / JUNCTION, of.after.to_toml())


def _whole_name(name: str) -> str:
    """Return a file by its whole path, so that it is found from anywhere; a packaged name stays."""
    stem, at, backend = name.partition("@")
    return f"{Path(stem).resolve()}{at}{backend}" if Path(stem).suffix == ".toml" else name
