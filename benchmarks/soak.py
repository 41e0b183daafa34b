"""A long run through the real stack on the served virtual bench: time per point and memory, tenth by tenth.

python benchmarks/soak.py [--readings 1000000] [--model static] [--out FOLDER]

`smtjlab run` measures in virtual time with everything that a night on metal has: engine with its synced journal,
guardian, shadow, served bench, and the command line that watches. Times per point are read from the journal itself;
on a machine with other work the processor time of each process says more than the clock on the wall. The shadow
keeps some numbers of each reading for its last verdict; everybody else's memory must not grow, but for the reading
buffers of the instruments, which are full after 100 000. The last tenth of the run may cost 1.05 of the first.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from smtjlab.instruments.reading import Setpoint
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.parameter import parameter

GOAL = 1.05
"""Most that the last tenth may cost in first tenths."""
CYCLE = 2000
"""Setpoints of one way up and down."""
LOOK = 0.2
"""Seconds between two looks at how far the run is."""
PARTS = ("engine", "guardian", "shadow", "bench", "face")
SETTLED = 0.1
"""Share of the run after which memory should not grow any more."""


@dataclass(frozen=True, kw_only=True)
class Soak(TransferCurve):
    """Transfer curves without end: up and down until there are so many readings."""

    readings: int = parameter(1_000_000, limits=(2, 10_000_000), doc="readings of the whole run")

    def setpoints(self) -> list[Setpoint]:
        """Return the same few setpoints again and again."""
        cycle = super().setpoints()
        return (cycle * (self.readings // len(cycle) + 1))[: self.readings]


@dataclass(frozen=True)
class Look:
    """What the processes need at one moment."""

    readings: int
    resident: dict[str, float]
    """MB, by part."""
    busy: dict[str, float]
    """Processor time so far in s, by part."""


def started(out: Path, readings: int, model: str) -> subprocess.Popen[bytes]:
    """Start `smtjlab run` on this very file."""
    procedure = f"{Path(__file__).resolve()}:Soak"
    parameters = (f"readings={readings}", f"points={CYCLE // 2}", "averaging=1")
    options = ("--junction", "fig5", "--model", model, "--out", str(out))
    command = [sys.executable, "-m", "smtjlab.cli.main", "run", procedure, *options]
    command += [word for parameter in parameters for word in ("-p", parameter)]
    return subprocess.Popen(command)


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the process; if it has not ended by then, ask it twice to (a safe stop), then wait."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(2)
            process.wait(60)


def the_run(out: Path, process: subprocess.Popen[bytes]) -> Any:
    """Return the run as soon as its record stands."""
    from smtjlab.procedures.run import Run, run_folders

    while process.poll() is None:
        if out.is_dir() and (folders := run_folders(out)):
            return Run(folders[0])
        time.sleep(LOOK)
    raise SystemExit(f"The run must begin, but ended with code {process.returncode}.")


def family(run: Any, face: int) -> dict[str, psutil.Process]:
    """Return the processes of a run by part; those that have ended are missing."""
    found = {"face": face, "engine": run.meta["engine"]["pid"]}
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(found["engine"]).children()
        for child in children:
            words = " ".join(child.cmdline())
            for part, module in (("guardian", "guardian"), ("shadow", "shadow"), ("bench", "virtual.server")):
                if module in words:
                    found[part] = child.pid
    return {part: psutil.Process(pid) for part, pid in found.items() if psutil.pid_exists(pid)}


def last_number(run: Any) -> int:
    """Return how many readings stand in the journal, without counting them."""
    rows = run._journal._rows("SELECT MAX(number) FROM records")
    return 0 if rows[0][0] is None else int(rows[0][0]) + 1


def look(run: Any, parts: dict[str, psutil.Process]) -> Look:
    """Return what each process holds and has used."""
    resident, busy = {}, {}
    for part, process in parts.items():
        with suppress(psutil.Error), process.oneshot():
            resident[part] = process.memory_info().rss / 1e6
            times = process.cpu_times()
            busy[part] = times.user + times.system
    return Look(last_number(run), resident, busy)


def watched(run: Any, process: subprocess.Popen[bytes], readings: int, looks: list[Look]) -> None:
    """Add a look at the start and one after each tenth."""
    while last_number(run) == 0 and process.poll() is None:
        time.sleep(LOOK)
    parts = family(run, process.pid)
    looks.append(look(run, parts))
    while len(looks) <= 10 and process.poll() is None:
        if (now := look(run, parts)).readings >= readings * len(looks) // 10 or run.status.ended:
            looks.append(now)
            told(looks)
        time.sleep(LOOK)


def told(looks: list[Look]) -> None:
    """Print the last tenth: readings, memory in MB and processor time in us a point, by part."""
    before, now = looks[-2], looks[-1]
    taken = max(1, now.readings - before.readings)
    row = " ".join(
        f"{now.resident.get(part, 0):7.1f} {1e6 * (now.busy.get(part, 0) - before.busy.get(part, 0)) / taken:6.0f}"
        for part in PARTS
    )
    print(f"{now.readings:9} {row}", flush=True)


def times_per_point(run: Any, readings: int) -> list[float]:
    """Return the mean time in s of a point of each tenth, by the journal's own times."""
    marks = [max(0, readings * tenth // 10 - 1) for tenth in range(11)]
    walls = [run._journal._rows("SELECT wall FROM records WHERE number = ?", mark)[0][0] for mark in marks]
    return [(walls[i + 1] - walls[i]) / max(1, marks[i + 1] - marks[i]) for i in range(10)]


def report(run: Any, looks: list[Look], readings: int) -> None:
    """Print time per point by tenth, the ratio against the goal, and how memory grew after the first tenth."""
    spent = times_per_point(run, readings)
    print("time per point by tenth in us:", " ".join(f"{1e6 * each:.0f}" for each in spent))
    print(f"last tenth over first: {spent[-1] / spent[0]:.3f} on the wall (goal {GOAL})")
    for part in PARTS:
        if part in looks[1].resident and part in looks[-1].resident:
            first, last = looks[1], looks[-1]
            grown = 1e6 * (last.resident[part] - first.resident[part]) / max(1, last.readings - first.readings)
            begin = (first.busy[part] - looks[0].busy[part]) / max(1, first.readings - looks[0].readings)
            end = (last.busy[part] - looks[-2].busy[part]) / max(1, last.readings - looks[-2].readings)
            ratio = f"{end / begin:.3f}" if begin else "-"
            print(f"{part:9} {last.resident[part]:7.1f} MB, grown by {grown:7.1f} bytes a reading; "
                  f"processor time of the last tenth over the first: {ratio}")  # fmt: skip
    folder = sum(file.stat().st_size for file in run.folder.iterdir())
    print(f"run folder: {folder / 1e6:.0f} MB, {folder / readings:.0f} bytes a reading; {run.status}")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--model", default="static", help="what the shadow believes in: sllg is slower than the bench")
    parser.add_argument("--out", type=Path, help="runs folder that stays; without it a temporary one")
    options = parser.parse_args(arguments)
    from machine import machine

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        out = options.out or Path(folder) / "runs"
        looks: list[Look] = []
        with ended(started(out, options.readings, options.model)) as process:
            run = the_run(out, process)
            print(f"{'readings':>9} {' '.join(f'{part:>7} us/pnt' for part in PARTS)}   (resident MB, processor time)")
            with suppress(KeyboardInterrupt):  # what was taken until then is told
                watched(run, process, options.readings, looks)
                process.wait()
        if len(looks) > 2 and (taken := last_number(run)) >= 20:
            report(run, looks, taken)
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
        print(f"face at its largest, final report included: {largest:.0f} MB")
        print(machine())


if __name__ == "__main__":
    main()
