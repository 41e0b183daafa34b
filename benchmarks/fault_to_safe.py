"""Time from a fault to a safe bench: junction off, all off, read back and written; median and worst.

python benchmarks/fault_to_safe.py [--repeats 10] [--only NAME]

Real processes on a served virtual bench in virtual time, so that ramps cost nothing: on metal each takes its voltage
over its slew limit in addition. When an output goes off is asked of the bench itself, again and again; when the safe
state was read back stands in the journal. A fault that this page causes is timed from there; one that waits in the
bench (a lost answer, a broken connection) from the last reading before it, which adds a point's time.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from kills import engine_of, wait_until
from machine import machine

from smtjlab.instruments.bench import find_bench
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import find_served, stop_served
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import Started, submit
from smtjlab.procedures.status import State

GOAL = 0.1
"""Seconds within which the junction must be off after a stop that does not wait, when the bus allows."""
APART = 10.0
"""Bench time in s between two faults that wait in the bench: each strikes a run of its own."""
PATIENCE = 30.0
QUICK = TransferCurve(points=5000, averaging=1)
LONG = TransferCurve(points=50, averaging=5, nplc=10.0)
"""Points of some three seconds, where the bench's time is the computer's."""


@dataclass(frozen=True)
class Case:
    """One fault: what causes it, on which bench, during which procedure."""

    strike: Callable[[Started], None] | None = None
    """None where it waits in the bench."""
    waits: str = ""
    """Fields of a table of [[faults]], without its time."""
    clock: str = "virtual"
    procedure: TransferCurve = QUICK
    points: int = 3
    """Points before it."""


@dataclass(frozen=True)
class Times:
    """Seconds from the fault; nan where that never came."""

    junction_off: float
    all_off: float
    read_back: float
    end: str


def child(started: Started, module: str) -> psutil.Process:
    """Return a process that the engine has started."""
    children = psutil.Process(engine_of(started.run)).children()
    return next(one for one in children if module in " ".join(one.cmdline()))


CASES = {
    "stop, this point finished": Case(lambda started: started.stop()),
    "stop now": Case(lambda started: started.stop(now=True)),
    "stop now, amid a point of 3 s": Case(
        lambda started: started.stop(now=True), clock="real", procedure=LONG, points=1
    ),
    "engine SIGKILL": Case(lambda started: os.kill(engine_of(started.run), signal.SIGKILL)),
    "engine SIGSTOP": Case(lambda started: os.kill(engine_of(started.run), signal.SIGSTOP)),
    "guardian SIGKILL": Case(lambda started: child(started, "guardian").kill()),
    "gate's answer is lost": Case(waits='instrument = "gate"\nkind = "timeout"'),
    "junction's answer is lost": Case(waits='instrument = "junction"\nkind = "timeout"'),
    "gate's connection breaks": Case(waits='instrument = "gate"\nkind = "drop"'),
    "junction is switched off and on": Case(waits='instrument = "junction"\nkind = "power_cycle"'),
    "gate leaks": Case(waits='instrument = "gate"\nkind = "leakage_step"'),
}


@contextmanager
def station(case: Case, repeats: int) -> Iterator[tuple[Path, Path]]:
    """Yield a bench file with the faults of a case, and a runs folder; the bench is stopped at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench, out = Path(folder) / "bench.toml", Path(folder) / "runs"
        text = find_bench("virtual").read_text(encoding="utf-8").replace('clock = "virtual"', f'clock = "{case.clock}"')
        for number in range(repeats if case.waits else 0):
            text += f'\n[[faults]]\n{case.waits}\nat = "{APART * (number + 1)} s"\n'
        bench.write_text(text, encoding="utf-8")
        try:
            yield bench, out
        finally:
            for one in (out / ".stations").glob("*"):
                stop_served(one)


def timed(case: Case, bench: Path, out: Path) -> Times:
    """Run until the fault, and on until the bench is safe; return how long that took."""
    started = submit(case.procedure, bench=str(bench), junction="fig5", model="static", out=out)
    run = started.run
    wait_until(lambda: find_served(started.station.folder) is not None, "the bench")
    served = find_served(started.station.folder)
    assert served is not None
    with ControlChannel(*served.control) as channel, started:
        # Outputs go on and off while four-wire contact is checked: what is watched begins with the first points.
        wait_until(lambda: run.points_taken >= case.points or run.status.ended, "the first points")
        begun, wall = time.monotonic(), time.time()
        if case.strike is not None:
            case.strike(started)
        moments = watched(channel, run)
        if case.strike is None:
            wall, begun = _last_reading(run, wall, begun)
        ended = _ended(started)
        safe = [event.wall for event in run.events() if event.kind == "safety" and event.payload["safe"]]
        return Times(moments[0] - begun, moments[1] - begun, safe[-1] - wall if safe else math.nan, ended)


def watched(channel: ControlChannel, run: Run) -> tuple[float, float]:
    """Return when the junction was off, and when everything was; nan where the run does not end for a long time."""
    junction = math.nan
    deadline, next_look = time.monotonic() + PATIENCE, 0.0
    while (now := time.monotonic()) < deadline:
        outputs = channel.outputs()
        if math.isnan(junction) and not outputs["junction"]:
            junction = time.monotonic()
        if not any(outputs.values()):
            return junction, time.monotonic()
        if now > next_look:
            next_look = now + 0.1
            if run.status in (State.UNSAFE, State.DONE):
                break
    return junction, math.nan


def _last_reading(run: Run, wall: float, begun: float) -> tuple[float, float]:
    """Return the time of the last reading by both clocks; those given where there is none."""
    walls = [record.wall for record in run._journal.records()]
    return (walls[-1], begun + walls[-1] - wall) if walls else (wall, begun)


def _ended(started: Started) -> str:
    """Return how a run ended, once its guardian has done its work; one that goes on is stopped."""
    run = started.run
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if run.status.ended and any(event.kind == "safety" for event in run.events()):
            return str(run.status)
        time.sleep(0.005)
    started.stop(now=True)
    wait_until(lambda: run.status.ended, "the end of a run that was stopped")
    return "went on"


def row(name: str, found: list[Times]) -> str:
    """Return a line of the table."""
    cells = []
    for what in ("junction_off", "all_off", "read_back"):
        values = sorted(getattr(one, what) for one in found if not math.isnan(getattr(one, what)))
        cells.append(f"{values[len(values) // 2]:8.3f} {values[-1]:7.3f}" if values else f"{'-':>8} {'-':>7}")
    ends = ", ".join(f"{end} {sum(one.end == end for one in found)}" for end in sorted({one.end for one in found}))
    return f"{name:34} {' '.join(cells)}   {ends}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--only", choices=[*CASES], help="one of the faults")
    options = parser.parse_args(arguments)
    heads = " ".join(f"{head:>16}" for head in ("junction off", "all off", "read back"))
    print(f"{'s from the fault: median, worst':34} {heads}   how runs ended")
    for name, case in CASES.items():
        if options.only in (None, name):
            with station(case, options.repeats) as (bench, out):
                found = [timed(case, bench, out) for _ in range(options.repeats)]
            print(row(name, found), flush=True)
    print(f"Goal: {GOAL:g} s from `stop now` to the junction off.")
    print(machine())


if __name__ == "__main__":
    main()
