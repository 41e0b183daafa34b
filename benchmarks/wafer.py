"""What a device of a wafer costs beside the instruments: time of the engine's own, per site and per reading.

    python benchmarks/wafer.py [--dies 4]

A wafer of the packaged probe station in process is walked as the engine walks it, once with few readings a device and
once with many. Time in exchanges with instruments and in waits on their clock is taken off, as processor time; what is
left is divided into a share per site (two runs: a pre-test and a curve, each with its folder, journal, safe end) and a
share per reading.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    """Adds up the time that a method takes, whoever calls it."""

    def __init__(self, owner: type, name: str) -> None:
        self.seconds = 0.0
        self._owner, self._name = owner, name
        self._original: Callable[..., Any] = getattr(owner, name)

    def __enter__(self) -> Stopwatch:
        def timed(*arguments: Any, **named: Any) -> Any:
            begun = time.thread_time()
            try:
                return self._original(*arguments, **named)
            finally:
                self.seconds += time.thread_time() - begun

        setattr(self._owner, self._name, timed)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(self._owner, self._name, self._original)


def walked(folder: Path, dies: int, points: int) -> tuple[int, float, float]:
    """Return sites, time of the whole and time in exchanges, both in s."""
    recipe = folder / f"{points}.toml"
    recipe.write_text(RECIPE.format(dies=", ".join(f"[{k}, 0]" for k in range(dies)), points=points), encoding="utf-8")
    place = folder / f"2026-01-01-{points:08x}"
    place.mkdir()
    facts = {"id": f"{points:08x}", "created": "2026-01-01T00:00:00.000+00:00", "procedure_name": "wafer-walk"}
    facts |= {"planned": 1, "columns": COLUMNS, "engine": this_process(), "bench": "wafer"}
    walk = WaferWalk(recipe=str(recipe))
    with Journal.create(place / JOURNAL, facts) as journal, open_bench(Bench.load("wafer@smtj")) as bench:
        recorder = Recorder(journal, bench.clock.now, control=Control(), between=lambda: None)
        with Stopwatch(Line, "exchange") as asked, Stopwatch(Line, "send") as sent, Stopwatch(World, "sleep") as slept:
            begun = time.thread_time()
            walk.run(bench, recorder)
            whole = time.thread_time() - begun
        return recorder.count, whole, asked.seconds + sent.seconds + slept.seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dies", type=int, default=4)
    dies = parser.parse_args().dies
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        walked(folder, 1, FEW + 1)  # whatever is imported and compiled once
        few, many = (walked(folder, dies, points) for points in (FEW, MANY))
    own = [(whole - asked) / sites for sites, whole, asked in (few, many)]
    per_reading = (own[1] - own[0]) / (MANY - FEW)
    per_site = own[0] - (FEW + 2) * per_reading
    asked = [asked / sites for sites, _, asked in (few, many)]
    print(f"{few[0]} sites; instruments took {1e3 * asked[0]:.0f} and {1e3 * asked[1]:.0f} ms a site")
    for label, found, goal in (("site", per_site, GOALS[0]), ("reading", per_reading, GOALS[1])):
        print(f"{label}: {1e3 * found:.2f} ms beside the instruments; {found / goal:.2f} of the goal")


if __name__ == "__main__":
    main()
