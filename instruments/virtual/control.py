"""The control channel of a served virtual bench: clock, pace, faults, truth, end. No driver ever sees it. Stdlib only.

One JSON object a line over loopback: `{"token": ..., "do": "sleep", "seconds": 2.0}`, answered `{"now": 5.0}`.
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from smtjlab.instruments.errors import InstrumentMistake

from .clock_face import SeenClock
from .pace import Pace

PATIENCE = 30.0
"""Seconds to wait for an answer, beside the time that was asked to pass."""


class ControlChannel:
    """The clock of a served bench, with its outputs and its off switch. May be shared between threads."""

    def __init__(self, port: int, token: str, *, patience: float = PATIENCE) -> None:
        """Raises OSError where nothing listens at the port."""
        self.port = port
        self._token = token
        self._patience = patience
        self._lock = threading.Lock()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self._socket.makefile("rb")
        self._face: SeenClock | None = None

    def watch(self) -> None:
        """Look at the bench's clock itself from now on, where it can be seen: each `now` costs no exchange then."""
        path = self._ask("face")["face"]
        if path is not None:
            with suppress(OSError, ValueError):
                self._face = SeenClock(path)

    def now(self) -> float:
        """Return bench time in s."""
        return float(self._ask("now")["now"]) if self._face is None else self._face.now()

    def sleep(self, seconds: float) -> None:
        """Let bench time pass."""
        if seconds > 0:
            self._ask("sleep", seconds=seconds, patience=seconds + self._patience)

    def outputs(self) -> dict[str, bool]:
        """Return which outputs are on, by instrument."""
        return {str(name): bool(on) for name, on in self._ask("outputs")["outputs"].items()}

    def let_fail(self, what: str) -> None:
        """Let a fault await an instrument, `gate:timeout@3s`. Raises InstrumentMistake where there is no such fault."""
        told = self._ask("fault", what=what)
        if "mistake" in told:
            raise InstrumentMistake(told["mistake"])

    def set_pace(self, pace: Pace) -> Pace:
        """Let time pass otherwise, or let there be other noise, from now on; fields that are None stay as they are.

        Return how both are. Raises InstrumentMistake where there is no such pace.
        """
        told = self._ask("pace", speed=_written(pace.speed), noise=_written(pace.noise))
        if "mistake" in told:
            raise InstrumentMistake(told["mistake"])
        return Pace(told["speed"], told["noise"])

    def pace(self) -> Pace:
        """Return how fast time passes, and how much noise there is."""
        return self.set_pace(Pace())

    def truth(self) -> dict[str, str]:
        """Return what each device really is, as the text of a junction file."""
        return {str(name): str(text) for name, text in self._ask("truth")["truth"].items()}

    def stop(self) -> None:
        """Switch the bench off."""
        self._ask("stop")

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, verb: str, patience: float | None = None, **fields: float | str | None) -> dict[str, Any]:
        line = json.dumps({"token": self._token, "do": verb, **fields}).encode() + b"\n"
        with self._lock:
            self._socket.settimeout(self._patience if patience is None else patience)
            self._socket.sendall(line)
            answer = self._stream.readline()
        if not answer.endswith(b"\n"):
            raise ConnectionResetError(f"The virtual bench at port {self.port} must answer, but hung up.")
        fields_back: dict[str, Any] = json.loads(answer)
        if "error" in fields_back:
            raise PermissionError(f"The virtual bench at port {self.port} refused: {fields_back['error']}")
        return fields_back


def _written(number: float | None) -> str | None:
    """Return a number as a command says it: there is none in JSON that has no end."""
    return None if number is None else str(number)
