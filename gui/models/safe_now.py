"""SAFE NOW: every bench that may have anything on is ramped down, switched off and read back, whatever hangs.

Engines are told to stop, and at the same time a process for each bench (`smtjlab bench safe`) begins, which opens
sessions of its own where no engine answers. One at a time: a further press tells the engines again, and starts no
second process whose sessions would get in the way of the first.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smtjlab.procedures.commands import EngineClient
from smtjlab.procedures.station import Station

ANSWER = 3.0
"""Seconds that an engine has to take in a stop before nobody waits for it any more."""

Command = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Safety:
    """What came of it at one bench."""

    bench: str
    safe: bool
    text: str
    """What was read back, in lines."""


class SafeNow:
    """Makes benches safe. `press` returns at once; `take` brings what was read back."""

    def __init__(self, command: Command) -> None:
        """`command` carries out a command of the command line and returns what came of it."""
        self._command = command
        self._lock = threading.Lock()
        self._pending = 0
        self._found: list[Safety] = []

    @property
    def pending(self) -> bool:
        """Whether any bench has not been read back yet."""
        return self._pending > 0

    def press(self, stations: Sequence[Station], benches: Sequence[str]) -> None:
        """Tell the engines of these stations to stop; make these benches safe, unless that is under way."""
        for station in stations:
            threading.Thread(target=_stop_now, args=(station,), name="stop now", daemon=True).start()
        with self._lock:
            if self._pending:
                return
            self._pending = len(benches)
        for bench in benches:
            threading.Thread(target=self._make_safe, args=(bench,), name="safe", daemon=True).start()

    def take(self) -> list[Safety]:
        """Return what was read back since the last call."""
        with self._lock:
            found, self._found = self._found, []
        return found

    def _make_safe(self, bench: str) -> None:
        try:
            done = self._command("bench", "safe", bench)
            found = Safety(bench, done.returncode == 0, (done.stdout + done.stderr).strip())
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody must be told that nobody has read back
            found = Safety(bench, False, f"{bench}: {type(error).__name__}: {error}")
        with self._lock:
            self._found.append(found)
            self._pending -= 1


def _stop_now(station: Station) -> None:
    """Tell an engine to stop, and do not wait for one that hangs: what it has on is switched off without it."""
    record = station.engine()
    if record is None:
        return
    try:
        with EngineClient(record["port"], record["token"], timeout=ANSWER) as client:
            client.ask("stop", now=True)
    except OSError:  # its guardian, and the sessions that come next, do without it
        return
