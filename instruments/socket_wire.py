"""A raw socket that PyVISA-py has opened, written and read directly.

PyVISA's own calls cost as much again as the whole exchange, wait by the computer's date, and spin where the other end
has closed.
"""

from __future__ import annotations

import math
import select
import socket
import time
from collections.abc import Callable

CHUNK = 4096
"""Bytes that are taken at once, and sixteen times as many where an answer is longer."""


class HungUp(ConnectionError):
    """The other end has closed the connection."""


class SocketWire:
    """Lines over a raw socket that never blocks. Raises TimeoutError, HungUp and other kinds of OSError."""

    def __init__(self, interface: socket.socket) -> None:
        # Without this a second small message waits 40 ms for the acknowledgement of the first.
        interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        interface.setblocking(False)
        self._socket = interface
        self._unread = b""
        self._readable = _readiness(interface)

    def fileno(self) -> int:
        """Return the socket's descriptor, for `select`."""
        return self._socket.fileno()

    def unasked(self) -> bytes:
        """Return the beginning of what lies there without a question; empty where nothing does. Waits for nothing."""
        if self._unread or not self._readable(0.0):
            return self._unread
        return self._socket.recv(64, socket.MSG_PEEK) or self._hung_up()

    def send(self, data: bytes, timeout: float) -> None:
        """Send bytes; `timeout` in s is for an other end that takes none."""
        while data:
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                if not select.select([], [self._socket], [], timeout)[1]:
                    raise TimeoutError from None

    def line(self, timeout: float) -> bytes:
        """Return the next line with its end; what comes after it is kept as unasked for."""
        deadline, found = time.monotonic() + timeout, b""
        while True:
            if not self._readable(max(0.0, deadline - time.monotonic()) if found else timeout):
                raise TimeoutError
            data = self._socket.recv(16 * CHUNK if found else CHUNK) or self._hung_up()
            end = data.find(b"\n") + 1
            if end:
                self._unread = data[end:]
                return found + data[:end]
            found += data

    @staticmethod
    def _hung_up() -> bytes:
        raise HungUp("the other end closed the connection")


def _readiness(line: socket.socket) -> Callable[[float], bool]:
    """Return what waits so many s until there is something to read, and tells whether there is."""
    if not hasattr(select, "poll"):
        return lambda seconds: bool(select.select([line], [], [], seconds)[0])
    look = select.poll()  # select.select knows no more than 1024 files
    look.register(line, select.POLLIN)
    return lambda seconds: bool(look.poll(math.ceil(1000 * seconds)))
