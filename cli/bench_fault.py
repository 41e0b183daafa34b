"""`smtjlab bench fault`, `bench pace` and `bench truth`: for teaching, on a virtual bench that is being served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import DEFAULT_BENCH, Out

if TYPE_CHECKING:
    from pathlib import Path

    from smtjlab.instruments.virtual.control import ControlChannel
    from smtjlab.procedures.station import Station

What = Annotated[
    list[str],
    typer.Argument(metavar="FAULT...", help="gate:timeout@3s, or gate:late@#10,delay=2s after ten messages."),
]
Speed = Annotated[
    str | None, typer.Option("--speed", metavar="N|fastest", help="Bench seconds a second of ours, 1 or more.")
]
Noise = Annotated[
    str | None, typer.Option("--noise", metavar="N", help="Times as much noise as the specifications say.")
]
BenchFile = Annotated[str, typer.Option("--bench", metavar="FILE|virtual", help="Bench file, or a packaged bench.")]


def fault(what: What, bench: BenchFile = DEFAULT_BENCH, out: Out = None) -> None:
    """Let faults await instruments of a virtual bench that is being served."""
    with _served(bench, out)[1] as channel:
        for one in what:
            channel.let_fail(one)
            print(f"{one} is awaited.")


def pace(speed: Speed = None, noise: Noise = None, bench: BenchFile = DEFAULT_BENCH, out: Out = None) -> None:
    """Tell, or change, how fast time passes on a virtual bench that is being served, and how noisy it is.

    No driver and no uncertainty budget is told of the noise; the record of a run that begins with it, or that is
    on when it changes, says so.
    """
    from smtjlab.instruments.virtual.pace import Pace
    from smtjlab.procedures.bench_pace import change_pace

    asked = Pace.parse(speed, noise)
    station, channel = _served(bench, out)
    with channel:
        found = change_pace(channel, station, asked)
    print(f"Time passes {found.speed_in_words}; noise is {found.noise:g} times that of the specifications.")


def truth(bench: BenchFile = DEFAULT_BENCH, out: Out = None) -> None:
    """Reveal what the junctions of a virtual bench really are, as junction files say it."""
    with _served(bench, out)[1] as channel:
        for name, text in channel.truth().items():
            print(f"# {name}\n\n{text}")


def _served(name: str, out: Path | None) -> tuple[Station, ControlChannel]:
    """Return station and control channel of a bench that is being served. Raises a mistake where it is not."""
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.virtual.control import ControlChannel
    from smtjlab.instruments.virtual.launch import find_served
    from smtjlab.procedures.errors import ProcedureMistake
    from smtjlab.procedures.start import runs_folder

    from .bench_safe import station_of

    bench, runs = Bench.load(name), runs_folder(out)
    station = station_of(bench, runs)
    served = None if station is None or bench.virtual is None else find_served(station.folder)
    if station is None or served is None:
        raise ProcedureMistake(f"A bench must be virtual and served from {runs}, but `{bench.name}` is not.")
    return station, ControlChannel(*served.control)
