"""What `demo` and `run` share: the run with its progress, then what came of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .exit_codes import INTERRUPTED, WORLD_FAULT
from .options import bench_of, smtjlab_command
from .progress import Progress

if TYPE_CHECKING:
    from smtjlab.procedures.procedure import Procedure
    from smtjlab.procedures.run import Run


def execute(
    procedure: Procedure, *, bench: str, junction: str, model: str, out: Path | None, hazardous: bool = False
) -> int:
    """Run the procedure, print what came of it, and return the exit code. Raises mistakes before anything moves."""
    from smtjlab.procedures.start import measure

    def begin(watch: Progress) -> Run:
        return measure(
            procedure, bench=bench, junction=junction, model=model, out=out, watch=watch, hazardous=hazardous
        )

    return _watched(begin, bench, out)


def go_on(run: Run, *, accept: Collection[str], out: Path | None) -> int:
    """Go on with a run that ended before it was whole, as `execute` runs a new one."""
    from smtjlab.procedures.start import resume

    return _watched(lambda watch: resume(run, accept=accept, watch=watch), bench_of(run), out)


def _watched(begin: Callable[[Progress], Run], bench: str, out: Path | None) -> int:
    """Show a run on its way, print what came of it, and return the exit code."""
    from smtjlab.procedures.start import RunFailed

    with _outcome_ahead() as prepare, Progress(on_done=prepare) as progress:
        try:
            run = begin(progress)
        except RunFailed as failed:
            run, failure = failed.run, str(failed)
        except KeyboardInterrupt:  # while only the model was still at work, or the third one
            return _left(progress.run, out)
        else:
            failure = ""
    run = type(run)(run.folder)  # read anew: the facts about the instruments came after its record was opened
    if failure:
        return _failed(run, failure, bench, out)
    return _stopped(run, out) if progress.interrupts else _finished(run, out)


@contextmanager
def _outcome_ahead() -> Iterator[Callable[[], None]]:
    """Yield what begins to prepare the outcome in a thread, and wait for that thread in the end.

    A process that ends while one of its threads is deep inside a library can crash.
    """
    from .outcome import prepare_outcome

    thread = threading.Thread(target=prepare_outcome, name="outcome", daemon=True)
    try:
        yield thread.start
    finally:
        if thread.ident is not None:
            thread.join()


def _finished(run: Run, out: Path | None) -> int:
    from smtjlab.procedures.status import State

    from .outcome import print_outcome

    if _withdrawn(run):
        return WORLD_FAULT
    print_outcome(run)
    if run.status is State.STOPPED:
        print(f"The run was stopped from outside after {run.points_taken} of {run.points_planned} points.")
        print(_how_to_go_on(run, out))
    return 0


def _stopped(run: Run, out: Path | None) -> int:
    from smtjlab.procedures.status import State

    if run.status is State.DONE:  # the last point was being taken when Ctrl+C came
        _finished(run, out)
        return INTERRUPTED
    if _withdrawn(run):
        return INTERRUPTED
    print(f"Stopped after {run.points_taken} of {run.points_planned} points; the bench is safe, every point is kept.")
    print(f"Folder: {run.folder}")
    print(_how_to_go_on(run, out))
    return INTERRUPTED


def _withdrawn(run: Run) -> bool:
    """Say why a run was taken out of the queue before its turn; False where it had its turn."""
    from smtjlab.procedures.status import State
    from smtjlab.procedures.why import was_executed, why

    if run.status is not State.STOPPED or was_executed(run):
        return False
    print(why(run, State.STOPPED), file=sys.stderr)
    return True


def _failed(run: Run, failure: str, bench: str, out: Path | None) -> int:
    from smtjlab.procedures.status import State

    if run.status is State.UNSAFE:
        sentence = failure if failure.startswith("UNSAFE") else f"UNSAFE: {failure}"
        print(f"\n{'!' * 78}\n{sentence}", file=sys.stderr)
        again = smtjlab_command("bench", "safe", bench, out=out)
        print(f"Go and look at the bench. `{again}` tries once more.\n{'!' * 78}", file=sys.stderr)
    else:
        print(failure, file=sys.stderr)
    if run.points_taken:
        print(f"{run.points_taken} of {run.points_planned} points are kept in {run.folder}.")
        print(_how_to_go_on(run, out))
    return WORLD_FAULT


def _left(run: Run | None, out: Path | None) -> int:
    if run is None:
        listed = smtjlab_command("runs", out=out)
        print(f"Interrupted before the engine had answered; `{listed}` tells whether a run began.", file=sys.stderr)
    elif run.status.ended:
        print(
            f"Interrupted while the model was still at work: it goes on by itself. Every point is kept in {run.folder}."
        )
        print(_how_to_go_on(run, out))
    else:
        shown = smtjlab_command("show", run.id, out=out)
        print(f"The engine was asked to stop but has not yet; `{shown}` tells how it ends.", file=sys.stderr)
    return INTERRUPTED


def _how_to_go_on(run: Run, out: Path | None) -> str:
    report = smtjlab_command("report", run.id, out=out)
    told = f"Report of what there is: {report}"
    if run.meta["planned"] is None or run.points_taken >= run.points_planned:
        return told
    return f"{told}\nTake what is missing:     {smtjlab_command('resume', run.id, out=out)}"
