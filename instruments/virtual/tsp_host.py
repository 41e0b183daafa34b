"""The host of a TSP instrument's Lua: a worker process that is started when needed, watched, and started anew."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .tsp_worker import Wire

PATIENCE = 15.0
"""Seconds of the computer's time that a worker may stay silent. The kernel ends a busy one after 3 s of CPU time."""
LONGEST_SERVICE = 12.0
"""CPU time in s that the instrument may spend on the questions of one message."""
GLANCE = 0.02
"""Seconds that others wait for a computing script; from then on they have a word between glances."""
WORKER = Path(__file__).with_name("tsp_worker.py")


class ScriptError(Exception):
    """What the instrument answers a script that asks for something impossible: the script ends (-286)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one message."""

    text: str | None = None
    """Everything that was printed, lines joined by LF; None where nothing was."""
    error: tuple[str, int, str] | None = None
    """Kind (`syntax`, `runtime` or `died`), line and text."""
    released: tuple[int, ...] = ()
    """Handles that no script holds any longer."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a script asks of the instrument."""

    what: str
    """`get`, `set`, `call`, `item`, `fixed` or `save`."""
    number: int
    """Which attribute or function of the tree."""
    handle: int
    """Which object, 0 where there is only one."""
    key: Any
    values: list[Any]


class TspHost:
    """One instrument's Lua. What scripts ask is given to `serve`; `breathe` lets others act meanwhile."""

    def __init__(
        self,
        tree: Mapping[str, Any],
        serve: Callable[[Question], list[Any]],
        breathe: Callable[[], None],
    ) -> None:
        self.scripts: dict[str, str] = {}
        """Saved scripts: they outlive a worker."""
        self.precision = 6
        """Digits of a printed number."""
        self._tree, self._serve, self._breathe = tree, serve, breathe
        self._wire: Wire | None = None
        self._end: weakref.finalize[..., Any] | None = None

    @property
    def running(self) -> bool:
        """Return whether there is a worker."""
        return self._wire is not None

    def run(self, code: str) -> Outcome:
        """Carry out one chunk of Lua."""
        return self._message(["run", code, self.precision])

    def load(self, name: str, code: str, run: bool) -> Outcome:
        """Load a script, `name` or anonymous, and run it if asked."""
        return self._message(["load", name, code, run, self.precision])

    def close(self) -> None:
        """End the worker; the next message starts a fresh one, whose globals are those of power-up."""
        self._wire = None
        if self._end is not None:
            self._end()
            self._end = None

    def _message(self, request: list[Any]) -> Outcome:
        try:
            wire = self._wire or self._started()
            _send(wire, request)
            return self._conversation(wire)
        except (EOFError, OSError):
            self.close()
            return Outcome(error=("died", 1, "script was ended: it needs too much time or memory"))
        except BaseException:
            self.close()
            raise

    def _conversation(self, wire: Wire) -> Outcome:
        """Answer what the worker asks until it is done."""
        began = time.thread_time()
        breath = time.monotonic()
        while True:
            frame = self._frame(wire)
            if frame[0] == "done":
                _, text, released, error = frame
                return Outcome(text, _error(error), tuple(int(word) for word in released.split(",") if word))
            if time.thread_time() - began > LONGEST_SERVICE:
                raise EOFError("The script asks for too much.")
            if time.monotonic() - breath > GLANCE:
                self._breathe()
                breath = time.monotonic()
            _send(wire, self._answer(Question(*frame[1:])))

    def _answer(self, question: Question) -> list[Any]:
        try:
            kind, *answer = self._serve(question)
        except ScriptError as problem:
            kind, answer = "error", [str(problem)]
        return [kind, self.precision, *answer]

    def _frame(self, wire: Wire) -> list[Any]:
        """Return the next frame of the worker; while it computes, others have a word."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                frame: list[Any] = wire.receive()
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise EOFError("The worker is silent.") from None
                self._breathe()
            else:
                return frame

    def _started(self) -> Wire:
        """Start a worker and give it its tree."""
        ours, theirs = socket.socketpair()
        found = importlib.util.find_spec("lupa")
        if found is None or found.origin is None:
            raise ModuleNotFoundError("`lupa` must be installed for a TSP instrument, but is not.")
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(WORKER), str(theirs.fileno()), str(Path(found.origin).parents[1])],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._wire = Wire(ours)
        self._end = weakref.finalize(self, _ended, process, ours)
        _send(self._wire, ["start", self._tree, list(self.scripts.items())])
        return self._wire


def _send(wire: Wire, frame: list[Any]) -> None:
    """Send a frame: one that does not fit into the socket at once may take longer than a glance."""
    wire.connection.settimeout(PATIENCE)
    wire.send(frame)
    wire.connection.settimeout(GLANCE)


def _ended(process: subprocess.Popen[bytes], connection: socket.socket) -> None:
    connection.close()
    process.kill()
    process.wait()


def _error(text: str | None) -> tuple[str, int, str] | None:
    if text is None:
        return None
    kind, line, words = text.split(":", 2)
    return kind, int(line), words
