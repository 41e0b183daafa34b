"""The server's end of the control channel: clock, faults, truth and off switch of a bench, for who has the token."""

from __future__ import annotations

import hmac
import json
import secrets
import socket
from collections.abc import Callable
from typing import Any

from smtjlab.instruments.errors import InstrumentMistake

from .clock_face import ClockFace
from .faults import Fault
from .pace import Pace
from .virtual_bench import VirtualBench

LONGEST_LINE = 4096


class ControlServer:
    """The control channel of one bench."""

    def __init__(self, bench: VirtualBench, stop: Callable[[], None]) -> None:
        self.token = secrets.token_hex(16)
        self._bench = bench
        self._stop = stop
        self._face: ClockFace | None = None

    def serve(self, client: socket.socket) -> None:
        """Answer the commands of one connection until it ends. Raises OSError."""
        with client.makefile("rb") as stream:
            while line := stream.readline(LONGEST_LINE):
                answer = self._command(line)
                client.sendall(json.dumps(answer).encode() + b"\n")
                if "stopping" in answer:
                    self._stop()
                if "error" in answer or "stopping" in answer:
                    return

    def _shown_face(self) -> str | None:
        """Return where the bench's clock can be seen; None where it cannot."""
        with self._bench.held():
            if self._face is None:
                self._face = ClockFace()
                self._bench.world.clock.show_on(self._face)
            return self._face.path

    def _awaited(self, what: str) -> dict[str, Any]:
        """Let a fault await an instrument, as a command line spells it."""
        try:
            self._bench.await_fault(Fault.parse(what, self._bench.bench.names))
        except InstrumentMistake as problem:
            return {"mistake": str(problem)}
        return {}

    def _paced(self, speed: str | None, noise: str | None) -> dict[str, Any]:
        """Change speed and noise, where they are given, and tell how they are."""
        try:
            asked = Pace.parse(speed, noise)
        except InstrumentMistake as problem:
            return {"mistake": str(problem)}
        with self._bench.held():
            self._bench.set_pace(asked)
            if self._face is not None and asked.speed is not None:
                self._bench.world.clock.show_on(self._face)
            found = self._bench.pace
        return {"speed": found.speed, "noise": found.noise}

    def _command(self, line: bytes) -> dict[str, Any]:
        """Carry out one command of the control channel."""
        try:
            command = json.loads(line)
            token, verb = str(command["token"]), str(command["do"])
            seconds = float(command.get("seconds", 0.0))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            return {"error": "A command must be a JSON object with `token` and `do`."}
        if not hmac.compare_digest(token.encode(errors="replace"), self.token.encode()):
            return {"error": "The token must be the one in the station folder."}
        if verb == "sleep":
            if not 0 <= seconds < 1e9:
                return {"error": "`seconds` must be at least 0."}
            self._bench.world.sleep(seconds)
        elif verb == "stop":
            return {"stopping": True}
        elif verb == "outputs":
            return {"outputs": self._bench.outputs()}
        elif verb == "face":
            return {"face": self._shown_face()}
        elif verb == "fault":
            return self._awaited(str(command.get("what", "")))
        elif verb == "pace":
            return self._paced(command.get("speed"), command.get("noise"))
        elif verb == "truth":
            return {"truth": self._bench.told_truth()}
        elif verb != "now":
            return {"error": "`do` must be now, sleep, outputs, face, pace, fault, truth or stop."}
        return {"now": self._bench.world.now()}
