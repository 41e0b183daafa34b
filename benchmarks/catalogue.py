"""Opening the catalogue of many runs, and making it anew from their journals; ratio against a bare SELECT of the rows.

python benchmarks/catalogue.py [--runs 1000]
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from machine import machine

from smtjlab.procedures import TransferCurve, measure
from smtjlab.procedures.catalogue import CATALOGUE, Catalogue

IN_USE = ("*-wal", "*-journal", "*.lock")
"""Endings of what stands beside a journal while it is being written."""


def filled(folder: Path, count: int) -> Path:
    """Return a runs folder with that many runs: one that was measured, copied."""
    run = measure(TransferCurve(points=11, direction="up"), model="static", out=folder / "first")
    while any(path for ending in IN_USE for path in run.folder.glob(ending)):
        time.sleep(0.02)  # the model's process closes its file a moment after the run has ended
    runs = folder / "runs"
    for number in range(count):
        shutil.copytree(run.folder, runs / f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}-{number:08x}")
    return runs


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of a piece of work in s."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def bare(path: Path) -> list[tuple[object, ...]]:
    """Return every row of the table, by sqlite3 alone."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM runs ORDER BY start").fetchall()


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    count = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        runs = filled(Path(folder), count)
        catalogue = Catalogue(runs)
        anew, opened = seconds(catalogue.rebuild, 1), seconds(catalogue.rows, 9)
        selected = seconds(lambda: bare(runs / CATALOGUE), 9)
        print(f"{count} runs: made anew from their journals in {anew:.2f} s, opened in {1e3 * opened:.0f} ms")
        print(
            f"{opened / selected:.0f} times a bare SELECT ({1e3 * selected:.1f} ms): each file is looked at for changes"
        )
    print(machine())


if __name__ == "__main__":
    main()
