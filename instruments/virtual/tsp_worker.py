"""The Lua of one TSP instrument, in a process of its own. Standard library and lupa only, run as a file.

Frames in both directions are four bytes of length and JSON. The host sends `["start", tree, scripts]` once and then
`["run", code, precision]` or `["load", name, code, run, precision]`; the worker asks `["ask", what, number, handle,
key, values]` for whatever touches the instrument, and ends each message with `["done", lines, released, error]`.
Nothing of Python can be reached from Lua but one function, held by closures of `tsp_script.lua`.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

HEADER = struct.Struct(">I")
LONGEST_FRAME = 64 * 2**20
"""Bytes of the longest frame."""
LUA_MEMORY = 64 * 2**20
"""Bytes that scripts may hold; more is an error in Lua, or the end of this process."""
ADDRESS_SPACE = 2**30
"""Bytes of address space of the process."""
SOFT_SECONDS = 2.0
"""CPU time of one message after which a script ends with an error."""
HARD_SECONDS = 3.0
"""CPU time of one message after which the kernel ends this process, whatever it is doing."""
LONGEST_OUTPUT = 16 * 2**20
"""Characters that one message may print."""
LONGEST_LIST = 100_000
"""Numbers in one table that is handed to the instrument."""


class Wire:
    """One end of the connection between an instrument and its Lua."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._buffer = bytearray()

    def send(self, frame: list[Any]) -> None:
        """Send one frame."""
        payload = json.dumps(frame, separators=(",", ":")).encode()
        self.connection.sendall(HEADER.pack(len(payload)) + payload)

    def receive(self) -> Any:
        """Return the next frame; EOFError where the other end is gone, TimeoutError where it is not told in time.

        After a TimeoutError the next call goes on where this one stopped.
        """
        while True:
            if len(self._buffer) >= HEADER.size:
                (length,) = HEADER.unpack_from(self._buffer)
                if length > LONGEST_FRAME:
                    raise EOFError("A frame must not be longer than 64 MiB.")
                end = HEADER.size + length
                if len(self._buffer) >= end:
                    frame = json.loads(self._buffer[HEADER.size : end])
                    del self._buffer[:end]
                    return frame
            received = self.connection.recv(2**16)
            if not received:
                raise EOFError("The other end has gone.")
            self._buffer += received


class Interpreter:
    """The Lua runtime with its sandbox, and the frames in and out."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.lua: Any = importlib.import_module("lupa.lua51").LuaRuntime(
            encoding="latin-1",
            unpack_returned_tuples=True,
            register_eval=False,
            register_builtins=False,
            attribute_filter=_deny,
            max_memory=LUA_MEMORY,
        )
        folder = Path(__file__).parent
        _, tree, scripts = wire.receive()
        limits = self._table({"seconds": SOFT_SECONDS, "output": LONGEST_OUTPUT, "list": LONGEST_LIST})
        source = (folder / "tsp_script.lua").read_text(encoding="ascii")
        library = (folder / "tsp_library.lua").read_text(encoding="ascii")
        self.message = self.lua.execute(source, self._ask, self._table(tree), limits, library)
        for name, code in scripts:
            self.message(6, "load", name, code, False)

    def serve(self) -> None:
        """Carry out messages until the host hangs up."""
        while True:
            kind, *words, precision = self.wire.receive()
            signal.setitimer(signal.ITIMER_PROF, HARD_SECONDS)
            outcome = self._outcome(precision, kind, *words)
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            self.wire.send(["done", *outcome])

    def _outcome(self, *message: Any) -> tuple[Any, ...]:
        """Return what one message printed, released and failed with; lack of memory may fail outside any script."""
        try:
            lines, released, error = self.message(*message)
        except Exception:  # noqa: BLE001  # lupa's errors have no common class that needs no import of it
            return None, "", "runtime:1:not enough memory"
        return lines, released, error

    def _ask(self, what: str, number: int, handle: int, key: Any, *values: Any) -> tuple[Any, ...]:
        """Ask the instrument; return its answer in words that Lua knows. Never raises into Lua."""
        try:
            self.wire.send(["ask", what, number, handle, key, [_decoded(value) for value in values]])
            kind, precision, *answer = self.wire.receive()
        except (OSError, EOFError):
            os._exit(0)
        if kind == "table":
            return kind, precision, self._table(answer[0])
        return kind, precision, *answer

    def _table(self, values: Any) -> Any:
        return self.lua.table_from(values, recursive=True)


def _deny(thing: object, name: object, setting: bool) -> object:
    """Refuse every attribute of everything that is Python."""
    raise AttributeError("There is nothing to see here.")


def _decoded(value: Any) -> Any:
    """Return an argument as it travels: strings are tagged, so that a handle or a list is never taken for one."""
    if not isinstance(value, str):
        return value if value is None or isinstance(value, bool | int | float) else ["other", "object"]
    tag, rest = value[:1], value[1:]
    if tag == "s":
        return rest
    if tag == "l":
        return ["list", [float(word) for word in rest.split(",")] if rest else []]
    if tag == "o":
        handle, _, column = rest.partition(":")
        return ["object", int(handle), column]
    return ["other", rest]


def _limit() -> None:
    """Take from this process what a script has no use for."""
    with contextlib.suppress(OSError, ValueError):  # not every system limits the address space
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def main() -> None:
    """Serve the host at the other end of the socket whose number is the first argument."""
    sys.path.append(sys.argv[2])  # where lupa is: this process starts without site-packages, which is faster
    connection = socket.socket(fileno=int(sys.argv[1]))
    try:
        interpreter = Interpreter(Wire(connection))
        _limit()
        interpreter.serve()
    except (EOFError, ConnectionError):
        return


if __name__ == "__main__":
    main()
