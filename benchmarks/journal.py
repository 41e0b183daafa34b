"""Cost of recording one reading, against a bare synced SQLite insert of the same text in the same run.

python benchmarks/journal.py [READINGS]
"""

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.procedures.journal import Journal
from smtjlab.simulation.stimulus import Stimulus


def reading(number: int) -> Reading:
    names = ("junction current gain", "junction current offset", "junction voltage gain", "junction voltage offset")
    return Reading(
        setpoint=Setpoint(gate=0.001 * number, bias=0.1, branch="up"),
        value=5e-4,
        uncertainty=Uncertainty(independent=4e-9, common=dict.fromkeys(names, 1e-7), gate={"gate voltage gain": 1e-5}),
        stimuli=tuple(Stimulus(duration=0.02, gate=0.1, bias=0.1, read=True) for _ in range(6)),
        time=0.1 * number,
        gate=0.001 * number,
        gate_current=1e-12,
        bias=0.1,
        current=5e-5,
    )


def main(count: int) -> None:
    ours, bare = [], []
    with tempfile.TemporaryDirectory() as folder:
        plain = sqlite3.connect(Path(folder) / "plain.sqlite", isolation_level=None)
        plain.execute("PRAGMA journal_mode=WAL")
        plain.execute("PRAGMA synchronous=FULL")
        plain.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, wall REAL, payload TEXT)")
        with Journal.create(Path(folder) / "journal.sqlite", {}) as journal:
            for number in range(count):
                one = reading(number)
                text = json.dumps(one.to_dict())
                begun = time.perf_counter()
                plain.execute("INSERT INTO records VALUES (?, ?, ?)", (number, 0.0, text))
                middle = time.perf_counter()
                journal.append(number, one.to_dict())
                ours.append(time.perf_counter() - middle)
                bare.append(middle - begun)
        plain.close()
    here, there = statistics.median(ours), statistics.median(bare)
    print(f"journal: {here * 1e6:.0f} us a reading, synced; bare SQLite insert: {there * 1e6:.0f} us")
    print(f"ratio journal / bare: {here / there:.2f}   (medians of {count}, interleaved)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 2000)
