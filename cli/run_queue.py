"""`smtjlab queue`: the runs that wait on a bench, and what a person does with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .bench_safe import station_of
from .options import DEFAULT_BENCH, BenchName, Json, Out, bench_words, smtjlab_command
from .page import print_json, print_table

if TYPE_CHECKING:
    from smtjlab.procedures.procedure import Procedure
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.run_queue import Queue
    from smtjlab.procedures.station import Station

LOOK = "look"
OF_A_RUN = ("remove", "first")


def queue(
    what: Annotated[str, typer.Argument(metavar="go|pause|policy|remove|first", show_default=False)] = LOOK,
    word: Annotated[str, typer.Argument(metavar="RUN|POLICY", show_default=False)] = "",
    bench: BenchName = DEFAULT_BENCH,
    json: Json = False,
    out: Out = None,
) -> None:
    """List the runs that wait on a bench, or do something with them.

    `go` starts runs again after a pause, by an engine of its own where none lives. `pause` lets the run under way end
    and starts no other. `policy pause`, `policy continue` and `policy stop` say what becomes of those that wait when a
    run fails. `remove RUN` withdraws one, `first RUN` puts it before the others.
    """
    from smtjlab.instruments.bench import Bench
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.run_queue import Queue
    from smtjlab.procedures.start import runs_folder
    from smtjlab.procedures.station import Station

    found, runs = Bench.load(bench), runs_folder(out)
    _check(what, word)
    station = station_of(found, runs)
    if station is None and what in ("pause", "policy"):  # said before the first run
        station = Station.of(runs.resolve(), found.name, found.path)
    if what in OF_A_RUN:
        word = Run.find(runs, word).folder.name
    now = Queue() if station is None else _done(station, what, word)
    if json:
        print_json(_described(found.name, now, runs))
    else:
        _print(found.name, now, runs, smtjlab_command("queue", "go", *bench_words(bench), out=out))


def hand_in(procedure: Procedure, *, bench: str, junction: str, model: str, out: Path | None, hazardous: bool) -> None:
    """Put a run at the end of the queue and return at once, printing its id and its place."""
    from smtjlab.procedures.run_queue import Queue
    from smtjlab.procedures.start import submit

    with submit(
        procedure, bench=bench, junction=junction, model=model, out=out, hazardous=hazardous, queue=True
    ) as started:
        now = Queue.from_dict(started.ask("status")["queue"])
    place = {0: "no run comes", 1: "one run comes"}.get(started.before, f"{started.before} runs come")
    print(f"Run {started.run.id} is in the queue of bench `{started.run.meta['bench']}`; {place} before it.")
    if now.pause is not None:
        print(_paused(now, smtjlab_command("queue", "go", *bench_words(bench), out=out)))
    print(f"How it stands: {smtjlab_command('show', started.run.id, out=out)}")


def _check(what: str, word: str) -> None:
    """Refuse words that mean nothing before anything is looked for, or an engine asked."""
    from smtjlab.procedures.errors import ProcedureMistake
    from smtjlab.procedures.queue_commands import ACTS, policy_named

    if what not in (LOOK, *ACTS):
        raise ProcedureMistake(f"A queue takes {', '.join(ACTS)}, but not '{what}'.")
    if what == "policy":
        policy_named(word)
    elif (what in OF_A_RUN) is not bool(word):
        wanted = "the id of a run" if what in OF_A_RUN else "nothing"
        raise ProcedureMistake(f"`smtjlab queue {what}` must be followed by {wanted}, but is by '{word}'.")


def _done(station: Station, what: str, word: str) -> Queue:
    from smtjlab.procedures.queue_commands import change_queue, go_on

    return go_on(station) if what == "go" else change_queue(station, what, word)


def _runs(queue: Queue, runs: Path) -> list[tuple[str, Run]]:
    from smtjlab.procedures.run import Run

    places = [("running", queue.running)] if queue.running else []
    places += [(str(number), place) for number, place in enumerate(queue.waiting, 1)]
    return [(where, Run(runs / place.run)) for where, place in places if (runs / place.run).is_dir()]


def _described(bench: str, queue: Queue, runs: Path) -> dict[str, Any]:
    summaries = {where: run.summary() for where, run in _runs(queue, runs)}
    told = queue.to_dict()
    return {
        "bench": bench,
        "on_failure": told["on_failure"],
        "paused": told["pause"],
        "running": summaries.pop("running", None),
        "waiting": list(summaries.values()),
    }


def _print(bench: str, queue: Queue, runs: Path, go: str) -> None:
    listed = _runs(queue, runs)
    if listed:
        rows = [(where, run.id, run.meta["procedure_name"], str(run.status)) for where, run in listed]
        print_table(("place", "id", "procedure", "status"), rows)
    else:
        print(f"Nothing runs or waits on bench `{bench}`.")
    if queue.pause is not None:
        print(_paused(queue, go))
    print(f"When a run fails: {queue.on_failure}.")


def _paused(queue: Queue, go: str) -> str:
    from smtjlab.procedures.queue_keeper import held_sentence

    return held_sentence(queue, go)
