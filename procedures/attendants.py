"""The engine's two attendants, seen from the engine: the guardian that outlives it and the shadow that follows it."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from .guardian import DISARM, SILENCE
from .station import start_process
from .status import this_process

HEARTBEAT = SILENCE / 10


class Guardian:
    """A living guardian, told every half second that the engine lives."""

    def __init__(self, plan: dict[str, Any], journal: Path, leases: tuple[int, ...] = ()) -> None:
        """Start it; it keeps the `leases` (descriptors) until the bench is safe."""
        log = journal.parent / "guardian.log"
        self._process = start_process("smtjlab.procedures.guardian", log=log, stdin=subprocess.PIPE, inherits=leases)
        self._pipe = _pipe(self._process)
        self._over = threading.Event()
        self._lost = threading.Event()
        self._writing = threading.Lock()
        charge = {"plan": plan, "journal": str(journal.resolve()), "engine": this_process()}
        self._send(json.dumps(charge).encode())
        threading.Thread(target=self._beat, daemon=True).start()

    @property
    def lost(self) -> bool:
        """Whether the guardian has died; an engine without one makes safe."""
        return self._lost.is_set() or self._process.poll() is not None

    def disarm(self) -> None:
        """Tell the guardian that the engine has made the bench safe itself."""
        self._over.set()
        self._send(DISARM)
        with self._writing:
            _close(self._pipe)

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT):
            self._send(b"alive")

    def _send(self, line: bytes) -> None:
        with self._writing:
            try:
                self._pipe.write(line + b"\n")
                self._pipe.flush()
            except (OSError, ValueError):  # a broken or closed pipe: the guardian is gone, and `lost` says so
                self._lost.set()


class Shadow:
    """The model's process. It may be slow or dead; the engine never waits for it."""

    def __init__(self, station: Path) -> None:
        self._process = start_process("smtjlab.procedures.shadow", log=station / "shadow.log", stdin=subprocess.PIPE)
        self._pipe = _pipe(self._process)
        self._reported = False

    def follow(self, folder: Path) -> None:
        """Ask the shadow to live through the run in this folder."""
        try:
            self._pipe.write(f"{folder.resolve()}\n".encode())
            self._pipe.flush()
        except OSError:
            self._reported = False  # `newly_lost` will say so

    def newly_lost(self) -> bool:
        """Return True once, when the shadow has died."""
        if self._reported or self._process.poll() is None:
            return False
        self._reported = True
        return True

    def release(self) -> None:
        """Let the shadow finish what it follows and end by itself."""
        _close(self._pipe)


def _close(pipe: IO[bytes]) -> None:
    """Close a pipe whose reader may have died with bytes unread; nothing is owed to it then."""
    with suppress(OSError):
        pipe.close()


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin
