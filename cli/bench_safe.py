"""`smtjlab bench safe` and `smtjlab bench stop`: what a person does by hand when in doubt."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exit_codes import WORLD_FAULT
from .options import DEFAULT_BENCH, Out

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.procedures.station import Station

PATIENCE = 30.0
"""Longest wait in s for an engine to end its run safe before the bench is made safe beside it."""
ANSWER = 3.0
"""Longest wait in s for an answer of an engine: one that is alive answers at once."""

BenchFile = Annotated[str, typer.Argument(metavar="[FILE]", help="Bench file, or a packaged bench.")]


def stop(file: BenchFile = DEFAULT_BENCH, out: Out = None) -> None:
    """End the process that serves a virtual bench."""
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.virtual.launch import find_served, stop_served
    from smtjlab.procedures.errors import ProcedureMistake
    from smtjlab.procedures.start import runs_folder

    found = Bench.load(file)
    station = station_of(found, runs_folder(out))
    if found.virtual is None:
        raise ProcedureMistake(f"A bench that is stopped must be virtual, but `{found.name}` is not. Try `bench safe`.")
    if station is None or find_served(station.folder) is None:
        print(f"`{found.name}` is not being served from {runs_folder(out)}.")
        return
    running = _running(station)
    if running is not None:
        raise ProcedureMistake(
            f"No run may be under way on a bench that is stopped, but {running} is on `{found.name}`."
        )
    stop_served(station.folder)
    print(f"`{found.name}` is no longer served.")


def safe(file: BenchFile = DEFAULT_BENCH, out: Out = None) -> None:
    """Make a bench safe by hand, and read it back.

    A run on it is asked to stop, and a `wafer goto` ends where it is; then each instrument is ramped down and switched
    off over a session of its own, the junction first, and what was read back is printed. Exit code 1 where anything
    could not be read back as safe.
    """
    from smtjlab.instruments.bench import Bench
    from smtjlab.procedures.start import runs_folder

    found = Bench.load(file)
    station = station_of(found, runs_folder(out))
    if station is not None:
        _call(station)
        _end_run(station)
    if found.virtual is not None and not _is_served(station):
        print(f"`{found.name}` is not being served from {runs_folder(out)}: nothing of it is on.")
        _tell_queue(station)
        return
    if not _make_safe(found, station):
        print(f"`{found.name}` is NOT SAFE. Go and look at it.")
        raise typer.Exit(WORLD_FAULT)
    print(f"`{found.name}` is safe.")
    _tell_queue(station)


def station_of(found: Bench, runs: Path) -> Station | None:
    """Return the station of a bench in a runs folder; None where nothing was ever run there."""
    from smtjlab.procedures.station import Station

    if not (runs / ".stations").is_dir():
        return None
    return Station.of(runs.resolve(), found.name, found.path)


def _is_served(station: Station | None) -> bool:
    from smtjlab.instruments.virtual.launch import find_served

    return station is not None and find_served(station.folder) is not None


def _running(station: Station) -> str | None:
    """Return the run that the station's engine works at, or None."""
    answer = _ask(station, "status")
    return None if answer is None else answer["running"]


def _ask(station: Station, do: str, **arguments: Any) -> dict[str, Any] | None:
    """Return the answer of the station's engine; None where there is none, or none that answers."""
    from smtjlab.procedures.commands import EngineClient
    from smtjlab.procedures.errors import EngineFault

    record = station.engine()
    if record is None:
        return None
    try:
        with EngineClient(record["port"], record["token"], timeout=ANSWER) as client:
            return client.ask(do, **arguments)
    except EngineFault:  # it ended just now, or hangs: then its guardian acts, and so do we
        return None


def _tell_queue(station: Station | None) -> None:
    """Let runs be started again where an unsafe end held them; those that wait still need a person's word."""
    if station is None:
        return
    from smtjlab.procedures.errors import EngineFault
    from smtjlab.procedures.queue_commands import change_queue
    from smtjlab.procedures.queue_keeper import held_sentence

    try:
        queue = change_queue(station, "safe", patience=ANSWER)
    except EngineFault as error:  # it hangs, and the bench is safe all the same
        print(f"{error} What waits there stays as it is.")
        return
    if queue.pause is not None and queue.waiting:
        print(held_sentence(queue))


def _call(station: Station) -> None:
    """Let a chuck that a person sends somewhere stay where it is; what cannot be written must not hold us up."""
    try:
        station.call_for_safety()
    except OSError as error:
        print(f"{station.folder} cannot be written ({error.strerror}): a chuck on its way is not told to stop.")


def _end_run(station: Station) -> None:
    """Ask a running engine to stop now, and wait until it has ended its run."""
    running = _running(station)
    if running is None:
        return
    print(f"Stopping {running} ...")
    _ask(station, "stop", now=True)
    deadline = time.monotonic() + PATIENCE
    while _running(station) is not None and time.monotonic() < deadline:
        time.sleep(0.05)


def _make_safe(found: Bench, station: Station | None) -> bool:
    """Make each instrument safe by a session of its own: one that cannot be reached must not keep the others on."""
    safe = True
    from smtjlab.instruments.safe_order import safe_order

    for name in dict.fromkeys(name for name, _ in safe_order(found)):
        safe = _make_one_safe(found, name, station, after_safe=safe) and safe
    return safe


def _make_one_safe(found: Bench, name: str, station: Station | None, *, after_safe: bool) -> bool:
    parts = {part: channel for part, channel in found.parts.items() if channel.partition(".")[0] == name}
    alone = replace(found, instruments={name: found.instruments[name]}, parts=parts)
    told = ""
    for ask in (True, False):  # one that answers nothing or nonsense is healed, or told to switch off unheard
        try:
            return _walk(alone, name, station, after_safe=after_safe, ask=ask)
        except OSError as error:
            if str(error) != told:
                print(f"{name}: {error}")
            told = str(error)
    return False


def _walk(alone: Bench, name: str, station: Station | None, *, after_safe: bool, ask: bool) -> bool:
    """Bring the only instrument of a bench into its safe state, and print what was found. Raises OSError."""
    from smtjlab.instruments.open_bench import open_bench

    # Without a lease: an engine that hangs may hold it.
    with open_bench(alone, station=None if station is None else station.folder, holder=None, ask=ask) as bench:
        if not after_safe and any(step.after_sources for step in bench.safe_plan.steps):
            print(f"{name}: It stays as it is: what comes before it could not be read back as safe.")
            return False
        report = bench.make_safe()
    for finding in report.findings:
        print(f"{finding['instrument']}: {finding['text']}")
    return report.safe
