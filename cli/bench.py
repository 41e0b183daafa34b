"""`smtjlab bench`: reads, checks, serves and makes safe a bench, by the same words for metal and for simulation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .bench_commands import commands
from .bench_conform import conform
from .bench_fault import fault, pace, truth
from .bench_look import look
from .bench_safe import safe, stop
from .options import DEFAULT_BENCH, Json, Out, smtjlab_command
from .page import print_facts, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.virtual.launch import Served

bench = typer.Typer(help="Check, show, look at, serve, stop or make safe.", no_args_is_help=True, rich_markup_mode=None)

BenchFile = Annotated[str, typer.Argument(metavar="[FILE]", help="Bench file, or a packaged bench.")]


def whole_bench(name: str) -> Bench:
    """Return a bench; of a virtual one the truth and the faults are read too. Raises BenchFileError."""
    from smtjlab.instruments.bench import Bench

    found = Bench.load(name)
    if found.virtual is not None:
        from smtjlab.instruments.virtual.virtual_bench import VirtualBench

        VirtualBench(found).close()  # reads the tables of truth and faults, which are not the bench's to know
    return found


@bench.command()
def check(file: BenchFile = DEFAULT_BENCH) -> None:
    """Read and check a bench file, connecting nothing."""
    found = whole_bench(file)
    names = ", ".join(found.instruments)
    many = f"{len(found.instruments)} instrument{'s' if len(found.instruments) != 1 else ''}"
    print(f"{found.path} is fine: `{found.name}`, {many} ({names}).")


@bench.command()
def show(file: BenchFile = DEFAULT_BENCH, json: Json = False, out: Out = None) -> None:
    """Show instruments, addresses, limits and wiring.

    Of a virtual bench that is being served in this runs folder, the live addresses are shown.
    """
    from smtjlab.instruments.bench import Bench
    from smtjlab.procedures.start import runs_folder

    found = Bench.load(file)
    served = served_addresses(runs_folder(out), found)
    if json:
        print_json(describe(found, served))
    else:
        print_facts(_facts(found, served))


Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="WHAT",
        help="Let a fault await: gate:timeout@3s, or gate:late@#10,delay=2s after ten messages. Repeatable.",
    ),
]
LOOPBACK = "127.0.0.1"
Host = Annotated[
    str,
    typer.Option(
        "--host", metavar="ADDRESS", help="Serve at another address of this computer; 0.0.0.0 is all of them."
    ),
]
Also = Annotated[
    list[str] | None,
    typer.Option("--also", metavar="hislip|vxi11", help="Serve each instrument by this protocol too. Repeatable."),
]


@bench.command()
def serve(
    file: BenchFile = DEFAULT_BENCH,
    json: Json = False,
    out: Out = None,
    fault: Faults = None,
    also: Also = None,
    host: Host = LOOPBACK,
) -> None:
    """Serve a virtual bench over TCP until interrupted, to this computer only.

    Any VISA client can use its instruments; `smtjlab run` with this bench and this runs folder does so too.
    """
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.virtual.listener import checked_host
    from smtjlab.instruments.virtual.server import serve as served
    from smtjlab.procedures.start import runs_folder

    found = Bench.load(file)
    folder = runs_folder(out)
    station: Path | None = _station_to_serve(folder, found)
    if station is None:
        print(
            f"`{found.name}` is being served from {folder} already: this is another one, which `smtjlab run` leaves "
            f"alone. `{smtjlab_command('bench', 'stop', file, out=out)}` ends the first.",
            file=sys.stderr,
        )
    if checked_host(host) != LOOPBACK:
        print(
            f"Everybody who reaches {host} can use these instruments: nobody is asked for a password.", file=sys.stderr
        )
    served(
        found,
        station=station,
        also=_transports(also or []),
        faults=fault or [],
        on_ready=_tell_json if json else lambda told: _tell_served(told, host),
        host=host,
    )


bench.command()(stop)
bench.command()(commands)
bench.command()(conform)
bench.command()(safe)
bench.command()(look)
bench.command()(fault)
bench.command()(pace)
bench.command()(truth)


def _transports(words: list[str]) -> list[str]:
    from smtjlab.instruments.errors import InstrumentMistake
    from smtjlab.instruments.virtual.transport import Transport

    for word in words:
        if word not in [*Transport]:
            raise InstrumentMistake(f"`--also` must be one of {', '.join(Transport)}, but is {word!r}.")
    return words


def _station_to_serve(runs: Path, found: Bench) -> Path | None:
    """Return the folder in which the addresses shall stand; None where another server's stand there."""
    from smtjlab.instruments.virtual.launch import find_served
    from smtjlab.procedures.errors import ProcedureMistake
    from smtjlab.procedures.station import Station

    if found.virtual is None:
        raise ProcedureMistake(f"A bench that is served must have a [virtual] table, but {found.path} has none.")
    folder = Station.of(runs.resolve(), found.name, found.path).folder
    return folder if find_served(folder) is None else None


def _wait_for_kernels(served: Served) -> None:
    """Return when the world has begun: a client's deadline for its first reading is not meant for a compiler."""
    from smtjlab.instruments.virtual.control import ControlChannel

    with ControlChannel(*served.control) as channel:
        channel.sleep(1e-6)


def _tell_json(served: Served) -> None:
    from json import dumps

    _wait_for_kernels(served)
    print(dumps(served.every_address()), flush=True)


def _tell_served(served: Served, host: str) -> None:
    _wait_for_kernels(served)
    print_facts(served.every_address().items())
    whom = "this computer only" if host == LOOPBACK else f"everybody who reaches {host}"
    print(f"Serving {whom} until interrupted (Ctrl+C).", flush=True)


def served_addresses(runs: Path, found: Bench) -> dict[str, str]:
    """Return where this virtual bench is being served in this runs folder, by every protocol; empty where it is not."""
    from smtjlab.instruments.virtual.launch import find_served
    from smtjlab.procedures.station import Station

    if found.virtual is None or not runs.is_dir():
        return {}
    served = find_served(Station.of(runs.resolve(), found.name, found.path).folder)
    return {} if served is None else served.every_address()


def describe(found: Bench, served: dict[str, str]) -> dict[str, Any]:
    """Return a bench as plain JSON values."""
    from dataclasses import asdict

    return {
        "name": found.name,
        "path": str(found.path),
        "visa_library": found.visa_library,
        "virtual": found.virtual is not None,
        "served": bool(served),
        "instruments": {
            name: {
                "driver": entry.driver,
                "role": str(entry.role),
                "address": served.get(name, entry.address),
                "calibrated": None if entry.calibrated is None else entry.calibrated.isoformat(),
            }
            for name, entry in found.instruments.items()
        },
        "parts": dict(found.parts),
        "limits": {name: asdict(limits) for name, limits in found.limits.items()},
        "wiring": dict(found.wiring),
    }


def _facts(found: Bench, served: dict[str, str]) -> list[tuple[str, str]]:
    from smtjlab.instruments.limits_text import limits_text

    state = "" if found.virtual is None else "virtual, being served" if served else "virtual, not being served"
    facts = [("bench", found.name), ("file", str(found.path)), ("kind", state or "hardware")]
    facts += [("VISA library", found.visa_library or "the system's")]
    for name, entry in found.instruments.items():
        facts += [(name, f"{entry.role} by {entry.driver}"), ("  address", served.get(name, entry.address))]
        facts += [("  address", address) for one, address in served.items() if one.startswith(f"{name}.")]
        facts += [("  calibrated", entry.calibrated.isoformat())] if entry.calibrated else []
        facts += [("  limits", limits_text(found.limits[name]))] if name in found.limits else []
        facts += _channel_facts(found, name)
    return facts + [("wire", f"{terminal} to {node}") for terminal, node in found.wiring.items()]


def _channel_facts(found: Bench, name: str) -> list[tuple[str, str]]:
    """Return the parts that channels of an instrument play, and the limits of each."""
    from smtjlab.instruments.limits_file import limited_names
    from smtjlab.instruments.limits_text import limits_text

    channels = [one for one in limited_names(name, found.instruments[name].role) if one != name]
    facts = []
    for channel in channels:
        limits, part = found.limits_of(channel), found.part_of(channel)
        plays = f"plays {part}, " if part is not None else ""
        facts += [(f"  {channel}", f"{plays}{limits_text(limits)}")] if limits is not None else []
    return facts
