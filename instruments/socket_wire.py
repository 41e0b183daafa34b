"""A raw socket that PyVISA-py has opened, written and read directly.

PyVISA's own calls cost as much again as the whole exchange, wait by the computer's date, and spin where the other end
has closed. Here a second thread may also end the wait.
"""

from __future__ import annotations

import contextlib
import math
import select
import socket
import time
from collections.abc import Callable, Sequence

CHUNK = 4096
"""Bytes that are taken at once, and sixteen times as many where an answer is longer."""
LONGEST = 2**28
"""Bytes after which a line without an end is taken for no line: memory is not without end either."""


class HungUp(ConnectionError):
    """The other end has closed the connection."""


class Woken(OSError):
    """Another thread has ended the wait."""


class SocketWire:
    """Lines over a raw socket that never blocks. Raises TimeoutError, HungUp, Woken and other kinds of OSError.

    Deadlines are moments of `time.monotonic`, in s.
    """

    def __init__(self, interface: socket.socket) -> None:
        # Without this a second small message waits 40 ms for the acknowledgement of the first.
        interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        interface.setblocking(False)
        self._socket = interface
        self._unread = b""
        self._bell, self._rope = socket.socketpair()
        self._bell_number = self._bell.fileno()
        for end in (self._bell, self._rope):
            end.setblocking(False)
        self._look = _readiness(interface)
        self._wait = _readiness(interface, self._bell)

    def fileno(self) -> int:
        """Return the socket's descriptor, for `select`."""
        return self._socket.fileno()

    def close(self) -> None:
        """Give back what is ours; the socket belongs to PyVISA-py."""
        self._bell.close()
        self._rope.close()

    def wake(self) -> None:
        """End the wait under way, and every one to come until `calm`; from any thread, and without waiting itself."""
        with contextlib.suppress(OSError):  # a bell that takes no more rings, and one that is closed wakes nobody
            self._rope.send(b"!")

    def calm(self) -> None:
        """Let `line` and `send` wait again."""
        with contextlib.suppress(OSError):  # a bell that is silent, and one that is closed
            while self._bell.recv(CHUNK):
                pass

    def unasked(self) -> bytes:
        """Return the beginning of what lies there without a question; empty where nothing does. Waits for nothing."""
        if self._unread or not self._look(0.0):
            return self._unread
        return self._socket.recv(64, socket.MSG_PEEK) or self._hung_up()

    def send(self, data: bytes, deadline: float) -> None:
        """Send bytes; the deadline is for an other end that takes none."""
        while data:
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                left = max(0.0, deadline - time.monotonic())
                woken, free, _ = select.select([self._bell], [self._socket], [], left)
                if woken:
                    raise Woken from None
                if not free:
                    raise TimeoutError from None

    def line(self, deadline: float) -> bytes:
        """Return the next line with its end; what comes after it is kept as unasked for."""
        found = bytearray()
        while True:
            left = deadline - time.monotonic()
            ready = self._wait(left) if left > 0 else ()
            if not ready:
                raise TimeoutError
            if ready[-1][0] == self._bell_number and (found or len(ready) == 1):
                raise Woken  # an answer that lies there whole is still taken
            data = self._socket.recv(16 * CHUNK if found else CHUNK) or self._hung_up()
            end = data.find(b"\n") + 1
            if end:
                self._unread = data[end:]
                return bytes(found) + data[:end] if found else data[:end]
            found += data
            if len(found) > LONGEST:
                raise ConnectionError(f"what it sends has no end after {LONGEST >> 20} MiB")

    @staticmethod
    def _hung_up() -> bytes:
        raise HungUp("the other end closed the connection")


Ready = Sequence[tuple[int, int]]
"""Descriptor and event of each that is ready, in the order in which they were given."""


def _readiness(*sockets: socket.socket) -> Callable[[float], Ready]:
    """Return what waits so many s until there is something to read, and tells where."""
    if not hasattr(select, "poll"):
        return lambda seconds: [(ready.fileno(), 0) for ready in select.select(sockets, [], [], seconds)[0]]
    look = select.poll()  # select.select knows no more than 1024 files
    for one in sockets:
        look.register(one, select.POLLIN)
    return lambda seconds: look.poll(math.ceil(1000 * seconds))
