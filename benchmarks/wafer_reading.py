"""How long `wafer table` and `wafer digest` take for a wafer of ten million readings, as commands, and how much memory.

    python benchmarks/wafer_reading.py [--devices 10000] [--readings 1000] [--folder DIR] [--keep]

A wafer run is written as a walk would leave it: its journal with an outcome a device, what the model beside it found,
and under `sites/` a run of each device with its readings, through `Journal`, a whole run in one transaction. Ten
million readings take about 4 GB and some minutes; they are removed at the end. Then the commands are timed, the table
twice: the first time it takes the journal in, afterwards it finds it in the results.

The peer is bare sqlite3 in a process of its own, start-up and all: for the first table it reads the outcomes and writes
them into plain tables with the same indices, for the others it selects the same rows. For scale, the bytes of all
journals of sites are read once: what no command may need to do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.journal_json import dump
from smtjlab.procedures.row import Row
from smtjlab.procedures.run import EXPECTATION, JOURNAL
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.follower import FIT
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.outcome import COLUMNS, Outcome, SiteState
from smtjlab.procedures.wafer.results import FILE
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER

RUN = "5a1e0001"
CREATED = "2026-11-27T20:00:00.000+00:00"
VALUE = '"value":0.000525'
"""What is put in device by device."""
LARGEST = 5e9
"""Bytes that are written at the most."""
PEER_TAKES_IN = """
import json, sqlite3, sys
rows = [json.loads(one) for (one,) in sqlite3.connect(sys.argv[1]).execute("SELECT payload FROM records")]
fits = [json.loads(one)["fit"] for (one,) in sqlite3.connect(sys.argv[2]).execute("SELECT payload FROM records")]
to = sqlite3.connect(sys.argv[3])
to.execute("CREATE TABLE visits (id INTEGER PRIMARY KEY, run TEXT, number INT, site TEXT, bin INT, good INT)")
to.execute("CREATE TABLE parameters (visit INT, name TEXT, source TEXT, value REAL, sigma REAL)")
to.execute("CREATE UNIQUE INDEX a ON visits (run, number)")
to.execute("CREATE UNIQUE INDEX b ON parameters (visit, name, source)")
to.execute("CREATE INDEX c ON parameters (name)")
told = [row["row"] for row in rows]
to.executemany("INSERT INTO visits VALUES (?, 'r', ?, ?, ?, ?)",
               [(k, k, f"{v['column']},{v['row']}/{v['site']}", v["bin"], v["good"]) for k, v in enumerate(told)])
to.executemany("INSERT INTO parameters VALUES (?, ?, 'quick', ?, NULL)",
               [(k, name, value) for k, v in enumerate(told) for name, value in v.items() if isinstance(value, float)])
to.executemany("INSERT INTO parameters VALUES (?, ?, 'fit', ?, ?)",
               [(k, name, value, v["uncertainties"][name]) for k, v in enumerate(fits)
                for name, value in v["values"].items()])
to.commit()
"""
PEER_SELECTS = """
import sqlite3, sys
to = sqlite3.connect(sys.argv[1])
print(len(to.execute("SELECT * FROM visits").fetchall()), len(to.execute("SELECT * FROM parameters").fetchall()))
"""


def write_run(runs: Path, wafer: Wafer, sites: Sequence[Site], readings: int) -> Path:
    """Write the wafer run and return its folder."""
    folder = runs / f"2026-11-27-{RUN}"
    folder.mkdir(parents=True)
    for name, source in ((WAFER, wafer_path("200mm")), (RECIPE, recipe_path("quick"))):
        shutil.copy(source, folder / name)
    outcomes, fits = _told(wafer, sites)
    facts = {"id": RUN, "created": CREATED, "procedure_name": "wafer-walk", "planned": len(sites), "columns": COLUMNS}
    facts |= {"engine": this_process(), "bench": "virtual probe station", "simulated": True}
    with Journal.create(folder / JOURNAL, facts) as journal:
        for number, one in enumerate(outcomes):
            write_site(folder / one.runs[0], number, readings)
        extend(journal, [dump(Row(values=one.values(), time=float(k)).to_dict()) for k, one in enumerate(outcomes)])
        journal.note("state", state="done")
        journal.finish()
    with Journal.create(folder / EXPECTATION, {"model": "boltzmann"}) as journal:
        extend(journal, [dump({FIT: one}) for one in fits])
        journal.finish()
    return folder


def write_site(folder: Path, number: int, readings: int) -> None:
    """Write the run of one device: one transaction for all of its readings."""
    folder.mkdir(parents=True)
    facts = {"id": f"{number:08x}", "created": CREATED, "procedure_name": "transfer-curve", "planned": readings}
    with Journal.create(folder / JOURNAL, facts) as journal:
        extend(
            journal,
            [text.replace(VALUE, f'"value":{5e-4 + 1e-9 * (number + k):.8e}', 1) for k, text in texts(readings)],
        )
        journal.finish()


@cache
def texts(count: int) -> list[tuple[int, str]]:
    """Return readings of a curve as a journal has them; the conductance is put in device by device."""
    return [(k, _text(float(gate), k)) for k, gate in enumerate(np.linspace(0.2, 0.5, count))]


def _text(gate: float, number: int) -> str:
    """Return a reading without its stimuli, and without what a reader takes for none: half of a record's bytes."""
    one = Reading(
        setpoint=Setpoint(gate=round(gate, 6), bias=0.1, branch="up"),
        value=5.25e-4,
        uncertainty=Uncertainty(independent=4e-9),
        stimuli=(),
        time=0.1 * number,
        gate=round(gate, 6),
        gate_current=1e-12,
        bias=0.1,
        current=5e-5,
    )
    fields = one.to_dict()
    for key in ("setpoint", "uncertainty"):
        fields[key] = {name: value for name, value in fields[key].items() if value not in (None, {}, 0.0)}
    assert Reading.from_dict(fields) == one
    text = dump(fields)
    assert VALUE in text
    return text


def extend(journal: Journal, texts: Sequence[str]) -> None:
    """Append records as a journal chains them, all in one transaction: nobody waits for ten million syncs."""
    with journal._writing():
        journal._extend("records", [(0.1 * k, text) for k, text in enumerate(texts)], first=0)


def _told(wafer: Wafer, sites: Sequence[Site]) -> tuple[list[Outcome], list[dict[str, Any]]]:
    """Return what came of each visit, and what was fitted: 97 % good, figures with a radial part and noise."""
    rng = np.random.default_rng(1)
    outcomes, fits = [], []
    for number, site in enumerate(sites):
        x, y = wafer.place(site)
        low = 1000 * (1 + 0.08 * (x**2 + y**2) / 0.1**2 + 0.02 * rng.standard_normal())
        figures = {"resistance": 2 * low, "resistance_parallel": low, "resistance_antiparallel": 2 * low}
        figures |= {"tmr": 1 + 0.02 * rng.standard_normal(), "resistance_area": 4.4e-13 * low, "touchdowns": 1.0}
        figures |= {"threshold": 0.26 + 0.005 * rng.standard_normal(), "slope": 0.3 / low, "leakage": 9e-11}
        good = rng.random() < 0.97
        kind = {"die_type": wafer.type_of(site.die).name, "device": wafer.sub_site(site).device.name}
        sorted_as = {"bin": 1 if good else 9, "bin_name": "good" if good else "rest", "good": good}
        run = f"sites/{site.column},{site.row}/{site.name}/2026-11-27-{number:08x}"
        one = Outcome(site=site, state=SiteState.DONE, runs=(run,), seconds=4.0, figures=figures, **kind, **sorted_as)
        outcomes.append(one)
        values = {name: figures[name] for name in ("resistance_parallel", "tmr", "threshold", "slope")}
        uncertain = {name: 1e-3 * value for name, value in values.items()}
        fits.append({"run": run, "values": values, "uncertainties": uncertain, "misfit": rng.standard_normal()})
    return outcomes, fits


def timed(words: Sequence[str | Path]) -> tuple[float, float, float]:
    """Return seconds, those of a processor, and peak memory in bytes of a command. SystemExit where it fails."""
    begun = time.perf_counter()
    with subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(map(str, words))} failed with {child.returncode}.")
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime, 1024.0 * used.ru_maxrss


def read_all(folder: Path) -> tuple[float, int]:
    """Return the time that it takes to read the journals of all sites, and their bytes."""
    begun, count = time.perf_counter(), 0
    for path in folder.glob(f"sites/*/*/*/{JOURNAL}"):
        count += len(path.read_bytes())
    return time.perf_counter() - begun, count


def count_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as journal:
        return int(journal.execute("SELECT COUNT(*) FROM records").fetchone()[0])


def main() -> None:
    """Write, time, print, and take everything away again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--readings", type=int, default=1000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--keep", action="store_true")
    words = parser.parse_args()
    place = Path(tempfile.mkdtemp(dir=words.folder))
    try:
        measure(place, words.devices, words.readings)
    finally:
        if not words.keep:
            shutil.rmtree(place)


def measure(place: Path, devices: int, readings: int) -> None:
    wafer = read_wafer(wafer_path("200mm"))
    sites = list(wafer.all_sites)[:devices]
    expected = len(sites) * (readings * 430 + 30_000)
    if expected > LARGEST or shutil.disk_usage(place).free < 2 * expected:
        raise SystemExit(f"{expected / 1e9:.1f} GB are too much for {place}, or for this benchmark.")
    begun = time.perf_counter()
    folder = write_run(place, wafer, sites, readings)
    print(f"{len(sites)} devices x {readings} readings written in {time.perf_counter() - begun:.0f} s")
    assert count_of(next(folder.glob(f"sites/*/*/*/{JOURNAL}"))) == readings
    command, out = [Path(sys.executable).parent / "smtjlab", "wafer"], ["--out", place]
    peers = {
        "takes in": timed(
            [sys.executable, "-c", PEER_TAKES_IN, folder / JOURNAL, folder / EXPECTATION, place / "p.db"]
        ),
        "selects": timed([sys.executable, "-c", PEER_SELECTS, place / "p.db"]),
    }
    for label, verb, peer in (
        ("table, taking in", "table", "takes in"),
        ("table, again", "table", "selects"),
        ("digest", "digest", "selects"),
    ):
        (seconds, busy, memory), (_, bare, _) = timed([*command, verb, RUN, *out]), peers[peer]
        print(f"{label:18}{seconds:6.1f} s ({busy:.1f} s of a processor), {memory / 1e6:4.0f} MB; ", end="")
        print(f"bare sqlite3 {peer} in {bare:.2f} s of a processor: ratio {busy / bare:.1f}")
    seconds, count = read_all(folder)
    print(f"results: {(place / FILE).stat().st_size / 1e6:.0f} MB; journals of sites: {count / 1e9:.2f} GB, ", end="")
    print(f"whose bytes alone are read in {seconds:.1f} s")
    print(json.dumps({"devices": len(sites), "readings": len(sites) * readings}))


if __name__ == "__main__":
    main()
