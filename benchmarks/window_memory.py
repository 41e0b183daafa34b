"""Memory of the window's reader and plot over a run of ten million points, replayed from its journal.

    python benchmarks/window_memory.py [--points 10000000] [--folder DIR] [--keep]

A journal is written as an engine leaves it, through `Journal`, ten thousand readings in one transaction; it takes about
3.5 GB and some minutes, and is removed at the end. Then it is read and drawn as the window does it, portion by portion:
resident memory, and processor time of a look (in the thread that reads) and of an update of the plot (in Qt's), at 1 %,
10 %, 50 % and 100 % of it, beside the goals: memory flat from a tenth on, and 16 ms for an update.

For scale, bare sqlite3 and json read the same rows, without hashes and without keeping anything.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from qtpy.QtWidgets import QApplication

from smtjlab.gui.models.happened import PORTION
from smtjlab.gui.models.run_feed import RunFeed
from smtjlab.gui.views.live_plot import LivePlot
from smtjlab.instruments.reading import Flag, Reading, Setpoint, Uncertainty
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.journal_json import dump
from smtjlab.procedures.run import JOURNAL
from smtjlab.procedures.status import this_process

FRAME = 16e-3
"""s"""
BATCH = 10_000
GATES = 5000
"""Readings of one way of the gate."""
BYTES = 450
"""Of a row, its hash and what SQLite adds."""
FLAGGED = 1000
"""One reading of so many has a flag."""
STAGES = (0.01, 0.1, 0.5, 1.0)


def template(branch: str, *, flagged: bool) -> str:
    """Return a reading as a journal has it, with places for gate, value and time."""
    one = Reading(
        setpoint=Setpoint(gate=0.25, bias=0.1, branch=branch),
        value=0.5,
        uncertainty=Uncertainty(independent=4e-9),
        stimuli=(),
        time=0.75,
        gate=0.125,
        gate_current=1e-12,
        bias=0.1,
        current=5e-5,
        flags=frozenset({Flag.UNSETTLED} if flagged else ()),
    )
    fields = one.to_dict()
    for key in ("setpoint", "uncertainty"):
        fields[key] = {name: value for name, value in fields[key].items() if value not in (None, {}, 0.0)}
    text = dump(fields).replace("{", "{{").replace("}", "}}")
    for told, place in (('"value":0.5', '"value":{0:.8e}'), ('"time":0.75', '"time":{1:.3f}'), (":0.125", ":{2:.6f}")):
        assert text.count(told) == 1
        text = text.replace(told, place)
    return text


def write(folder: Path, points: int) -> None:
    """Write the journal: the gate goes up and down, with noise."""
    facts = {"id": "5a1e0002", "created": "2026-11-27T20:00:00.000+00:00", "procedure_name": "transfer-curve"}
    facts |= {"planned": points, "engine": this_process(), "bench": "virtual bench", "simulated": True}
    texts = {(way, flagged): template(way, flagged=flagged) for way in ("up", "down") for flagged in (False, True)}
    rng = np.random.default_rng(1)
    with Journal.create(folder / JOURNAL, facts) as journal:
        for start in range(0, points, BATCH):
            number = np.arange(start, min(start + BATCH, points))
            way = number // GATES % 2
            part = number % GATES / GATES
            gate = 0.4 * np.where(way, 1 - part, part)
            value = 5e-4 + 1e-4 * np.tanh(20 * (gate - 0.25 + 0.01 * way)) + 1e-6 * rng.standard_normal(len(number))
            with journal._writing():
                rows = [
                    (0.1 * k, texts["down" if w else "up", k % FLAGGED == 0].format(v, 0.002 * k, g))
                    for k, w, v, g in zip(number.tolist(), way.tolist(), value.tolist(), gate.tolist(), strict=True)
                ]
                journal._extend("records", rows, first=0)
        journal.note("state", state="done")
        journal.finish()


def replay(folder: Path, points: int) -> None:
    """Read and draw it, and print what it takes."""
    application = QApplication([])
    plot = LivePlot()
    plot.resize(900, 700)
    plot.show()
    feed, process = RunFeed(folder), psutil.Process()
    looks: list[float] = []
    updates: list[float] = []
    stages, begun, reference = [int(points * part) for part in STAGES], time.perf_counter(), 0.0
    while True:
        before = time.thread_time()
        glance = feed.look()
        between = time.thread_time()
        plot.update_run(glance, feed.points)
        application.processEvents()
        plot.grab()
        looks.append(between - before)
        updates.append(time.thread_time() - between)
        if glance.taken >= stages[0]:
            memory = process.memory_info().rss / 1e6
            reference = memory if glance.taken >= points // 10 and not reference else reference
            flat = f", {memory / reference:.2f} of that at a tenth" if reference else ""
            print(
                f"{glance.taken:>9} points: {memory:4.0f} MB{flat}; look {told(looks)}; "
                f"update and picture {told(updates)}, {np.median(updates) / FRAME:.2f} of the goal; "
                f"{time.perf_counter() - begun:.0f} s so far",
                flush=True,
            )
            stages.pop(0)
            looks.clear()
            updates.clear()
        if not stages:
            return


def told(seconds: list[float]) -> str:
    middle, high = 1e3 * np.quantile(seconds, (0.5, 0.99))
    return f"{middle:.1f} ms (p99 {high:.1f}, most {1e3 * max(seconds):.1f})"


def bare(folder: Path) -> float:
    """Return the processor time in s of a portion for sqlite3 and json alone, from the first hundred of them."""
    begun = time.process_time()
    with closing(sqlite3.connect(folder / JOURNAL)) as journal:
        for (text,) in journal.execute("SELECT payload FROM records LIMIT ?", (100 * PORTION,)):
            json.loads(text)
    return (time.process_time() - begun) / 100


def main() -> None:
    """Write, replay, print, and take everything away again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--keep", action="store_true")
    words = parser.parse_args()
    place = Path(tempfile.mkdtemp(dir=words.folder))
    try:
        if shutil.disk_usage(place).free < 2 * BYTES * words.points:
            raise SystemExit(f"{BYTES * words.points / 1e9:.1f} GB are too much for {place}.")
        folder = place / "2026-11-27-5a1e0002"
        folder.mkdir()
        begun = time.perf_counter()
        write(folder, words.points)
        size = (folder / JOURNAL).stat().st_size
        print(f"{words.points} points written in {time.perf_counter() - begun:.0f} s, {size / 1e9:.2f} GB", flush=True)
        print(f"bare sqlite3 and json: {1e3 * bare(folder):.1f} ms for {PORTION} readings", flush=True)
        replay(folder, words.points)
    finally:
        if not words.keep:
            shutil.rmtree(place)


if __name__ == "__main__":
    main()
