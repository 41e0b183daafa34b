"""The right to drive an instrument: held by one engine at a time, and by its guardian until the bench is safe.

A lease is a locked file. The lock belongs to the open file, so a guardian that inherits it keeps it when the engine
dies, and the system lets go of it when the last holder has ended, however it ended.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import InstrumentFault
from smtjlab.instruments.station_files import lock

PATIENCE = 20.0
"""Seconds to wait for a lease: a guardian at work lets go of it soon, another engine does not."""


class BenchTaken(InstrumentFault):
    """Another engine drives the instrument, or a guardian is still making it safe."""


def lease_names(bench: Bench, station: Path) -> list[str]:
    """Return what must be leased: each address of a bench of metal, the station of one served virtual bench.

    Instruments imitated inside this process are nobody else's.
    """
    if bench.in_process:
        return []
    if bench.virtual is not None:
        return [str(station.resolve())]
    return sorted(entry.address.upper() for entry in bench.instruments.values())


@contextmanager
def leases(names: Iterable[str], holder: str, *, patience: float = PATIENCE) -> Iterator[tuple[int, ...]]:
    """Hold the leases of these names and yield the descriptors that a guardian must inherit.

    `holder` is told to whoever comes meanwhile. Raises BenchTaken when somebody else holds one for too long.
    """
    deadline = time.monotonic() + patience
    with ExitStack() as stack:
        files = [stack.enter_context(_locked(name, holder, deadline)) for name in names]
        yield tuple(file.fileno() for file in files)


@contextmanager
def _locked(name: str, holder: str, deadline: float) -> Iterator[IO[str]]:
    with _lease_path(name).open("a+", encoding="utf-8") as file:
        while not lock(file):
            if time.monotonic() > deadline:
                file.seek(0)
                raise BenchTaken(
                    f"{name} must be free, but is held by {file.read().strip() or 'another engine'}: that run goes on, "
                    "or its guardian is still making the bench safe."
                )
            time.sleep(0.05)
        file.truncate(0)
        file.write(f"{holder} (process {os.getpid()})")
        file.flush()
        yield file


def _lease_path(name: str) -> Path:
    folder = Path(tempfile.gettempdir()) / f"smtjlab-leases-{getpass.getuser()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.lease"
