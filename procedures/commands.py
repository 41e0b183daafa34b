"""Commands to an engine: JSON lines over a loopback socket whose port and token only the owner can read."""

from __future__ import annotations

import json
import secrets
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from .errors import MISTAKES, EngineFault, EngineGone, ProcedureMistake

LONGEST_LINE = 1 << 20
"""A longer command is refused, so that nobody can fill the engine's memory."""
MOST_CLIENTS = 64
"""Conversations at once; a further one is hung up on."""
PATIENCE = 10.0
"""Seconds within which a stranger must have shown the token."""

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class CommandServer(socketserver.ThreadingTCPServer):
    """Listens on loopback, answers each line of JSON that carries the token through one handler.

    The handler answers a dict; a ProcedureMistake or OSError it raises is sent back as a sentence. `gone` is called
    with the `attach` message of a client whose connection ends without `bye`.
    """

    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = False

    def __init__(self, handler: Handler, gone: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.handler = handler
        self.gone = gone
        self._seats = threading.BoundedSemaphore(MOST_CLIENTS)
        self.token = secrets.token_hex(16)

    @property
    def port(self) -> int:
        """The loopback port chosen by the system."""
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a conversation a thread, if there is one left for it."""
        if self._seats.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Hold a conversation to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._seats.release()

    def start(self) -> None:
        """Serve from a thread of its own."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class _Conversation(socketserver.StreamRequestHandler):
    server: CommandServer
    disable_nagle_algorithm = True

    def handle(self) -> None:
        attached: dict[str, Any] | None = None
        patience = threading.Timer(PATIENCE, self._hang_up)
        patience.daemon = True
        patience.start()
        try:
            while (line := self._line()) and self._knows_token(message := _object(line)):
                patience.cancel()
                answer = self._answer(message)
                if answer["ok"] and message["do"] in ("attach", "bye"):
                    attached = message if message["do"] == "attach" else None
                if not self._send(answer):
                    break
        finally:
            patience.cancel()
        if attached is not None:
            self.server.gone(attached)

    def _hang_up(self) -> None:
        with suppress(OSError):  # it has gone by itself
            self.connection.shutdown(socket.SHUT_RDWR)

    def _knows_token(self, message: Mapping[str, Any]) -> bool:
        """Return whether a message carries the token; whoever does not know it is told so, and then hung up on."""
        told = str(message.get("token", "")).encode(errors="replace")
        known = secrets.compare_digest(told, self.server.token.encode())
        if not known:
            error = "The token of a command must be the engine's, but is not."
            self._send({"ok": False, "mistake": True, "error": error})
        return known

    def _line(self) -> bytes:
        try:
            line = self.rfile.readline(LONGEST_LINE)
        except OSError:  # a client that was killed resets the connection: to us that is its end
            return b""
        return line if line.endswith(b"\n") else b""

    def _send(self, answer: Mapping[str, Any]) -> bool:
        try:
            self.wfile.write(json.dumps(answer).encode() + b"\n")
        except OSError:  # the client is gone; `handle` reports it
            return False
        return True

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"ok": True, **self.server.handler(message)}
        except MISTAKES as error:
            return {"ok": False, "mistake": True, "error": str(error)}
        except OSError as error:
            return {"ok": False, "mistake": False, "gone": isinstance(error, EngineGone), "error": str(error)}


def _object(line: bytes) -> dict[str, Any]:
    """Return the JSON object on a line; an empty one, which carries no token, for anything else."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


class EngineClient:
    """One conversation with an engine; threads that share it take turns, so that each hears its own answer."""

    def __init__(self, port: int, token: str, *, timeout: float = 30.0) -> None:
        self._token = token
        self._turn = threading.Lock()
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        except OSError as error:
            raise EngineFault(f"No engine answers on port {port}: {error}.") from error
        self._lines = self._socket.makefile("rb")

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Return a conversation with the engine that wrote this record into its station folder."""
        return cls(record["port"], record["token"])

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Send one command and return the answer; a refusal is raised as the sentence the engine gave."""
        question = json.dumps({"token": self._token, "do": do, **arguments}).encode() + b"\n"
        try:
            with self._turn:
                self._socket.sendall(question)
                line = self._lines.readline(LONGEST_LINE)
        except OSError as error:
            raise EngineGone(f"The engine stopped answering: {error}.") from error
        if not line:
            raise EngineGone("The engine ended the conversation.")
        answer: dict[str, Any] = json.loads(line)
        if not answer["ok"]:
            fault = EngineGone if answer.get("gone") else EngineFault
            raise (ProcedureMistake if answer["mistake"] else fault)(answer["error"])
        return answer

    def close(self) -> None:
        """End the conversation."""
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_record(path: Path) -> dict[str, Any] | None:
    """Return the port, token and process an engine wrote; None where there is no whole record."""
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        whole = {"port", "token"} <= record.keys() and {"host", "pid", "started"} <= record["process"].keys()
    except (FileNotFoundError, ValueError, KeyError, AttributeError):  # nothing there, or not what an engine writes
        return None
    return record if whole else None
