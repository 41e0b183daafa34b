"""What a device of a wafer costs beside the instruments: time of the engine's own, per site and per reading.

    python benchmarks/wafer.py [--dies 4]

A wafer of the packaged probe station in process is walked as the engine walks it, once with few readings a device and
once with many. Time in exchanges with instruments and in waits on their clock is taken off, as processor time of all
threads; what is left is divided into a share per site (two runs: a pre-test and a curve, each with its folder, journal,
safe end) and a share per reading. What a wafer takes once, before its first site, is told apart.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.line import Line
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.virtual.world import World
from smtjlab.procedures.control import Control
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.own_loop import Recorder
from smtjlab.procedures.run import JOURNAL
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.outcome import COLUMNS
from smtjlab.procedures.wafer.wafer_walk import WaferWalk
from smtjlab.procedures.wafer.way import Way

RECIPE = """
name = "cost"
[order]
kind = "listed"
dies = [{dies}]
[pretest]
procedure = "pre-test"
[[steps]]
procedure = "transfer-curve"
parameters = {{ start = 0.2, stop = 0.5, points = {points}, direction = "up", averaging = 1, nplc = 0.1 }}
"""
FEW, MANY = 8, 40
"""Readings of the curve."""
GOALS = (20e-3, 0.5e-3)
"""s per device and per reading."""


class Stopwatch:
    """Adds up the processor time that some methods take, whoever calls them; of one within another only once."""

    def __init__(self, *methods: tuple[type, str]) -> None:
        self.seconds = 0.0
        self._inside = False
        self._originals = {place: getattr(*place) for place in methods}

    def __enter__(self) -> Stopwatch:
        for (owner, name), original in self._originals.items():
            setattr(owner, name, self._timed(original))
        return self

    def _timed(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            if self._inside:
                return original(*arguments, **named)
            self._inside, begun = True, time.process_time()
            try:
                return original(*arguments, **named)
            finally:
                self.seconds += time.process_time() - begun
                self._inside = False

        return timed

    def __exit__(self, *_: object) -> None:
        for (owner, name), original in self._originals.items():
            setattr(owner, name, original)


class Walked(NamedTuple):
    """What a walk took, in s of processor time."""

    sites: int
    once: float
    """What a wafer takes before its first site and after its last."""
    on_the_way: float
    asked: float
    """Of that, in exchanges with instruments and in waits on their clock."""
    wall: float
    """s that passed on the way."""

    @property
    def own(self) -> float:
        """Processor time of a site beside the instruments in s."""
        return (self.on_the_way - self.asked) / self.sites


def walked(folder: Path, dies: int, points: int) -> Walked:
    """Return what a walk over the devices of some dies took, with so many readings a curve."""
    recipe = folder / f"{points}.toml"
    recipe.write_text(RECIPE.format(dies=", ".join(f"[{k}, 0]" for k in range(dies)), points=points), encoding="utf-8")
    place = folder / f"2026-01-01-{points:08x}"
    place.mkdir()
    facts = {"id": f"{points:08x}", "created": "2026-01-01T00:00:00.000+00:00", "procedure_name": "wafer-walk"}
    facts |= {"planned": 1, "columns": COLUMNS, "engine": this_process(), "bench": "wafer"}
    walk = WaferWalk(recipe=str(recipe))
    asking = Stopwatch((Line, "exchange"), (Line, "send"), (World, "sleep"))
    with Journal.create(place / JOURNAL, facts) as journal, open_bench(Bench.load("wafer@smtj")) as bench:
        recorder = Recorder(journal, bench.clock.now, control=Control(), between=lambda: None)
        begun = time.process_time()
        with Stopwatch((Way, "through")) as way, asking:
            since = time.monotonic()
            walk.run(bench, recorder)
            wall = time.monotonic() - since
        whole = time.process_time() - begun
        return Walked(recorder.count, whole - way.seconds, way.seconds, asking.seconds, wall)


def commit(folder: Path, count: int = 300) -> float:
    """Return the processor time in s of one synced commit of a small row: the floor of what a reading costs."""
    with closing(sqlite3.connect(folder / "floor.sqlite", isolation_level=None)) as connection:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (a, b)"):
            connection.execute(statement)
        begun = time.process_time()
        for number in range(count):
            connection.execute("INSERT INTO t VALUES (?, ?)", (number, "x" * 1000))
        return (time.process_time() - begun) / count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dies", type=int, default=4)
    dies = parser.parse_args().dies
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        walked(folder, 1, FEW + 1)  # whatever is imported and compiled once
        few, many = (walked(folder, dies, points) for points in (FEW, MANY))
        floor = commit(folder)
    per_reading = (many.own - few.own) / (MANY - FEW)
    per_site = few.own - (FEW + 2) * per_reading
    asked, wall = ([1e3 * getattr(one, name) / one.sites for one in (few, many)] for name in ("asked", "wall"))
    print(f"{few.sites} sites; instruments took {asked[0]:.0f} and {asked[1]:.0f} ms of a site's processor time; ")
    print(f"a site took {wall[0]:.0f} and {wall[1]:.0f} ms in all, the wafer itself {few.once:.2f} s once")
    for label, found, goal in (("site", per_site, GOALS[0]), ("reading", per_reading, GOALS[1])):
        print(f"{label}: {1e3 * found:.2f} ms beside the instruments; {found / goal:.2f} of the goal")
    print(f"one synced commit of a database alone: {1e3 * floor:.2f} ms of processor time")


if __name__ == "__main__":
    main()
