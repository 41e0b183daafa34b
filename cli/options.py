"""Options that several verbs share, and how their texts are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Runs folder. Else $SMTJLAB_RUNS, else `runs` in the current folder."),
]
Json = Annotated[bool, typer.Option("--json", help="Print standard JSON and nothing else.")]
RunKey = Annotated[
    str, typer.Argument(metavar="RUN", help="Id of a run, a unique beginning of it, `last`, or its folder.")
]
BenchName = Annotated[str, typer.Option("--bench", metavar="FILE|virtual", help="Bench file, or a packaged bench.")]
JunctionName = Annotated[
    str,
    typer.Option(
        "--junction", metavar="FILE|fig5|fig5-die|fig5-lab|cofeb", help="What the model believes about the junction."
    ),
]
ModelName = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="NAME",
        help="paper_eq2_printed, paper_tangent, tangent_exact, static, boltzmann or sllg.",
    ),
]
Hazardous = Annotated[
    bool, typer.Option("--hazardous-voltage", help="Let voltages above 42 V come out; refused without this.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check everything, tell what would be done, move and write nothing.")
]

DEFAULT_BENCH = "virtual"
DEFAULT_JUNCTION = "fig5-die"
"""The preset `fig5` with the 3 % by which dies differ as its uncertainty: nobody knows a real device better."""
DEFAULT_MODEL = "sllg"


def parameter_values(texts: Sequence[str]) -> dict[str, str]:
    """Return name and text of each `-p name=value`; raises ProcedureMistake where one cannot be read so."""
    from smtjlab.procedures.errors import ParameterError

    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise ParameterError(f"A parameter must be written `-p name=value`, but is '{text}'.")
        if name in values:
            raise ParameterError(f"A parameter must be given once, but `{name}` is '{values[name]}' and '{value}'.")
        values[name] = value
    return values


def gate_voltages(text: str) -> list[float]:
    """Return the voltages in V of START:STOP:POINTS, such as `0:400mV:41`; both ends are included."""
    from smtjlab.instruments.quantity import parse_quantity
    from smtjlab.procedures.errors import ParameterError

    parts = text.split(":")
    if len(parts) != 3:
        raise ParameterError(f"`--gate` must be START:STOP:POINTS, such as 0:400mV:41, but is '{text}'.")
    start, stop = (parse_quantity(part, "V") for part in parts[:2])
    if not (parts[2].strip().isdecimal() and 1 <= int(parts[2]) <= MOST_POINTS):
        raise ParameterError(f"POINTS of `--gate` must be a whole number from 1 to {MOST_POINTS}, but is '{parts[2]}'.")
    points = int(parts[2])
    if points == 1 and start != stop:
        raise ParameterError(f"One point of `--gate` must start and stop at the same voltage, but is '{text}'.")
    step = (stop - start) / (points - 1) if points > 1 else 0.0
    return [start + step * i for i in range(points - 1)] + [stop]


MOST_POINTS = 100_000
"""More gate voltages than anybody reads, and few enough to be held."""


def import_from_here() -> None:
    """Let procedures and drivers be found in modules of the current folder, after everything that is installed."""
    import sys
    from contextlib import suppress

    with suppress(OSError):  # a folder that was deleted under us holds no modules
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.append(here)


def bench_of(run: Run) -> str:
    """Return the bench of a run as a command line names it; its bare name where the record does not tell."""
    from smtjlab.procedures.errors import JournalFault
    from smtjlab.procedures.resume import read_request
    from smtjlab.procedures.run import REQUEST

    try:
        return read_request(run.file(REQUEST)).bench
    except JournalFault:  # whoever goes on with the run refuses it for that
        return str(run.meta["bench"])


def bench_words(bench: str) -> tuple[str, ...]:
    """Return the words of a command line that name a bench; none for the bench that is taken without them."""
    return () if bench == DEFAULT_BENCH else ("--bench", bench)


def smtjlab_command(*words: str, out: Path | None) -> str:
    """Return a command that a person can copy into a shell."""
    import shlex

    return shlex.join(["smtjlab", *words, *(["--out", str(out)] if out is not None else [])])
