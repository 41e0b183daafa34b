"""The guardian: makes the bench safe when the engine cannot.

    python -m smtjlab.procedures.guardian  <  a pipe from the engine

The first line on the pipe is the charge (JSON): the safe plan, the journal and the engine's process. Every further
line is a heartbeat, until `disarm` ends the watch. The pipe's end without `disarm` means that the engine is dead;
silence means that it hangs. In both cases the guardian kills the engine, waits for its death (a stopped engine must
not wake and switch on again), opens sessions of its own, makes the bench safe, reads back and writes what it found.

It owns nothing before that, and imports neither PyMeasure nor pandas nor numba: safe states are data.
"""

from __future__ import annotations

import json
import os
import selectors
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from smtjlab.instruments.bench import IN_PROCESS
from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.line import resource_manager
from smtjlab.instruments.safe_state import SafePlan, carry_out

from .errors import JournalFault
from .journal import Journal
from .scribe import Scribe
from .status import runs_here

SILENCE = 5.0
"""Seconds without a heartbeat after which the engine counts as hanging."""
DEATH = 10.0
"""Longest wait in s for a killed engine to be dead; one that hangs in the kernel can send nothing either."""
DISARM = b"disarm"


def main() -> int:
    """Watch one run; return 0 if nothing had to be done or the bench is safe, 1 if it is not."""
    charge, reason = _watch(sys.stdin.fileno())
    if reason is None or charge is None:
        return 0
    _end_engine(charge["engine"])
    return make_safe(charge, reason)


def make_safe(charge: Mapping[str, Any], reason: str) -> int:
    """Make the bench safe by sessions of our own, read back, and write what was found into the journal."""
    with Scribe(partial(_note, charge)) as scribe:  # nobody waits for a disk while outputs are on
        scribe.note("guardian", reason=reason, text=f"The guardian makes the bench safe: {reason}.")
        plan = SafePlan.from_dict(charge["plan"])
        report = carry_out(plan, announce=lambda text: scribe.note("guardian", text=text))
    _note(charge, "safety", by="guardian", safe=report.safe, findings=report.findings)
    _finish(charge)
    sys.stderr.write(json.dumps({"reason": reason, "safe": report.safe, "findings": report.findings}) + "\n")
    return 0 if report.safe else 1


def _watch(pipe: int) -> tuple[dict[str, Any] | None, str | None]:
    """Return the charge and why the guardian must act, or None for the reason if it need not."""
    charge: dict[str, Any] | None = None
    heard = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(SILENCE):
                return charge, f"the engine was silent for {SILENCE:g} s"
            block = os.read(pipe, 1 << 16)
            if not block:
                return charge, "the engine died"
            *lines, heard = (heard + block).split(b"\n")
            for line in lines:
                if line == DISARM:
                    return charge, None
                if charge is None:
                    charge = json.loads(line)
                    _get_ready(charge)


def _get_ready(charge: Mapping[str, Any]) -> None:
    """Load what takes a moment to load, while there is time for it; nothing is opened."""
    library = str(charge["plan"]["visa_library"])
    if not library.endswith(IN_PROCESS):  # that would build a world of its own here
        with suppress(InstrumentMistake):  # told when it is needed
            resource_manager(library)


def _end_engine(engine: Mapping[str, Any]) -> None:
    """Kill the engine and return when it is dead, or when it cannot be killed and the bench must wait no longer."""
    import psutil

    with suppress(psutil.NoSuchProcess):  # it may die between the look and the kill
        if runs_here(engine):
            psutil.Process(engine["pid"]).kill()
    deadline = time.monotonic() + DEATH
    while runs_here(engine) and time.monotonic() < deadline:
        time.sleep(0.01)


def _note(charge: Mapping[str, Any], kind: str, **payload: Any) -> None:
    """Write into the journal; a journal that cannot be written (disk full) must not keep the bench live."""
    try:
        with Journal(Path(charge["journal"])) as journal:
            journal.note(kind, **payload)
    except JournalFault as error:
        sys.stderr.write(f"{error}\n")


def _finish(charge: Mapping[str, Any]) -> None:
    """Seal the journal in the dead engine's place; it may be resumed later."""
    try:
        journal = Journal(Path(charge["journal"]))
    except JournalFault as error:
        sys.stderr.write(f"{error}\n")
        return
    if not journal.finish():
        sys.stderr.write(f"{journal.remark}\n")


if __name__ == "__main__":
    sys.exit(main())
