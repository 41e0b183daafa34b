"""The station folder: where the processes of one bench find each other."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from smtjlab.instruments.child_environment import child_environment
from smtjlab.instruments.errors import Interrupted
from smtjlab.instruments.station_files import lock, write_private

from .commands import EngineClient, read_record
from .errors import EngineFault
from .status import is_alive, this_process

SAFETY_CALLED = "safety.json"
"""File that is written whenever a person makes the bench safe: whoever sends its chuck by hand looks at it."""
START_TIMEOUT = 60.0
"""Longest wait in s for an engine to come up; a cold disk and a busy machine take seconds."""


@dataclass(frozen=True)
class Station:
    """A bench under one runs folder. One engine at most drives it."""

    folder: Path

    @classmethod
    def of(cls, runs: Path, bench_name: str, bench_path: Path) -> Station:
        """Return the station of this bench in this runs folder, creating its folder for the owner only."""
        folder = cls.place(runs, bench_name, bench_path)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise EngineFault(f"The runs folder must be writable, but {runs} is not: {error.strerror}.") from error
        return cls(folder)

    @staticmethod
    def place(runs: Path, bench_name: str, bench_path: Path) -> Path:
        """Return where the station of a bench has its folder in a runs folder, if it was ever used there."""
        mark = hashlib.sha256(str(bench_path.resolve()).encode()).hexdigest()[:8]
        word = "".join(c if c.isalnum() else "-" for c in bench_name)
        return runs / ".stations" / f"{word}-{mark}"

    @property
    def runs(self) -> Path:
        """The runs folder that it belongs to."""
        return self.folder.parent.parent

    @property
    def record_path(self) -> Path:
        """Where the engine says how it is reached."""
        return self.folder / "engine.json"

    def engine(self) -> dict[str, Any] | None:
        """Return the record of the living engine, or None."""
        record = read_record(self.record_path)
        return record if record is not None and is_alive(record["process"]) else None

    def claim(self, port: int, token: str) -> IO[str] | None:
        """Make this process the station's engine; return the held lock, or None where another engine holds it."""
        held = (self.folder / "engine.lock").open("a")
        if not lock(held):
            held.close()
            return None
        write_private(self.record_path, {"port": port, "token": token, "process": this_process()})
        return held

    def release(self) -> None:
        """Take the record away when the engine ends."""
        self.record_path.unlink(missing_ok=True)

    def call_for_safety(self) -> None:
        """Leave word that somebody makes the bench safe by hand. Raises OSError where it cannot be written."""
        write_private(self.folder / SAFETY_CALLED, {"at": time.time_ns()})

    def until_called(self) -> Callable[[], None]:
        """Return what raises Interrupted once somebody has made the bench safe after this call."""
        before = self._called_at()

        def may_move() -> None:
            if self._called_at() != before:
                raise Interrupted("Nothing must move on a bench that was made safe meanwhile, and nothing more does.")

        return may_move

    def _called_at(self) -> str:
        try:
            return (self.folder / SAFETY_CALLED).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def client(self) -> EngineClient:
        """Return a conversation with the station's engine, starting one where none lives."""
        deadline = time.monotonic() + START_TIMEOUT
        started: subprocess.Popen[bytes] | None = None
        while time.monotonic() < deadline:
            record = self.engine()
            if record is not None:
                with suppress(EngineFault):  # it may be ending just now; then another is started
                    return EngineClient.of(record)
            if started is None or started.poll() is not None:
                if started is not None and started.returncode not in (0, None):
                    raise EngineFault(f"The engine did not start; {self.folder / 'engine.log'} says why.")
                started = start_process(
                    "smtjlab.procedures.engine_process", self.folder, log=self.folder / "engine.log"
                )
            time.sleep(0.02)
        raise EngineFault(f"The engine did not start within {START_TIMEOUT:g} s; see {self.folder / 'engine.log'}.")


def start_process(
    module: str, *arguments: object, log: Path, stdin: int = subprocess.DEVNULL, inherits: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start `python -m module` in a session of its own, so that Ctrl+C at a face kills nothing.

    The child sees the import path of its parent, so that a procedure found here is found there; `-P` keeps the current
    folder from coming before it, where a stranger's `json.py` would be run. `inherits` are the only open files of ours
    that it keeps.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *map(str, arguments)],
            stdin=stdin,
            stdout=output,
            stderr=output,
            env=child_environment(),
            **_apart(inherits),
        )
    # Somebody must wait for the child, or it stays a zombie that looks alive; nobody here has the time.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def _apart(inherits: tuple[int, ...]) -> dict[str, Any]:
    """Return what keeps a child out of reach of Ctrl+C, and which of our files it keeps.

    Windows has process groups for the one, in which only Ctrl+Break is heard, and hands no descriptors on: there a
    guardian holds no lease of a dead engine's, and the next engine may come while it is at work.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True, "pass_fds": inherits}
