"""A run that was measured, written once more at a given pace, with what its model said: for watching, not for data.

    python benchmarks/played_run.py FROM FOLDER RATE

Readings and expectations of the run FROM go one by one, each synced, into the journals of a new run, RATE a second,
over and over with their times going on, until this process is ended.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smtjlab.procedures.journal import Journal, JournalReader
from smtjlab.procedures.run import EXPECTATION, JOURNAL
from smtjlab.procedures.status import this_process

VERDICTS = 1.0
"""Seconds between two verdicts of the model."""
REST = 0.005
"""Seconds between two looks at the clock."""


def played(source: Path, folder: Path) -> tuple[Journal, Journal]:
    """Return journals of a new run with the facts of another, which this process is the engine of."""
    folder.mkdir(parents=True)
    for file in source.iterdir():
        if file.suffix in (".toml", ".json"):
            shutil.copy(file, folder)
    reader = JournalReader(source / JOURNAL)
    meta = {**reader.meta(), "id": folder.name[-8:], "engine": this_process()}
    model = JournalReader(source / EXPECTATION).meta()
    readings = Journal.create(folder / JOURNAL, without_format(meta), reader.setpoints())
    for event in reader.events():
        if event.payload.get("state") in ("checking", "running"):
            readings.note(event.kind, **event.payload)
    return readings, Journal.create(folder / EXPECTATION, without_format(model))


def without_format(meta: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in meta.items() if name != "format"}


def pairs(source: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield reading and expectation, again and again; times of readings go on."""
    readings = [one.payload for one in JournalReader(source / JOURNAL).records()]
    expected = [one.payload for one in JournalReader(source / EXPECTATION).records()]
    both = list(zip(readings, expected, strict=False))
    first, last = both[0][0]["time"], both[-1][0]["time"]
    turn = (last - first) * (1 + 1 / len(both))
    for number in itertools.count():
        for reading, expectation in both:
            yield {**reading, "time": reading["time"] + number * turn}, expectation


def main() -> None:
    source, folder, rate = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    verdicts = itertools.cycle(
        event.payload for event in JournalReader(source / EXPECTATION).events() if event.kind == "verdict"
    )
    readings, expectations = played(source, folder)
    begun = judged = time.monotonic()
    for number, (reading, expectation) in enumerate(pairs(source)):
        while (now := time.monotonic()) < begun + number / rate:
            time.sleep(REST)
        readings.append(number, reading)
        expectations.append(number, expectation)
        if now > judged + VERDICTS:
            judged = now
            expectations.note("verdict", **{**next(verdicts), "final": False, "readings": number})


if __name__ == "__main__":
    main()
