"""A listening socket, on loopback unless told otherwise, and how its connections are read without stalls."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from smtjlab.instruments.errors import InstrumentMistake, NotConnected

CHUNK = 65536
"""Bytes that are taken from a socket at once."""
LOOPBACK = "127.0.0.1"
MOST_CLIENTS = 160
"""Connections at once to one port; further ones are hung up on, so that a flood fills neither memory nor files."""
HANGING_UP = int(getattr(select, "POLLRDHUP", 0))
"""What says that a client has closed its end, on Linux; elsewhere it is seen only behind all that was sent."""


class HungUp(ConnectionError):
    """The client has closed its connection."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket and what becomes of its connections."""

    listening: socket.socket
    serve: Callable[[socket.socket], None]
    seats: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_CLIENTS))
    """One for each connection that there may be."""

    @property
    def port(self) -> int:
        """Return the port that the system gave or that was asked for."""
        return int(self.listening.getsockname()[1])


def prepared(client: socket.socket) -> socket.socket:
    """Return a connection whose answers leave at once: Nagle's algorithm would keep the second of two for 40 ms."""
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def received(client: socket.socket) -> bytes:
    """Return what has arrived, at once acknowledged; empty at the end of the connection."""
    data = client.recv(CHUNK)
    # Linux goes back to delayed acknowledgements by itself: a client without TCP_NODELAY would wait 40 ms for one
    # between two writes.
    if hasattr(socket, "TCP_QUICKACK"):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return data


class Incoming:
    """The bytes of a connection by count, for protocols that say how many come; holds little more than was asked."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._buffer = bytearray()

    def exactly(self, count: int) -> bytes:
        """Return the next `count` bytes. Raises HungUp."""
        while len(self._buffer) < count:
            self._buffer += self._more()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def skip(self, count: int) -> None:
        """Throw the next `count` bytes away, however many, without holding them. Raises HungUp."""
        while count > len(self._buffer):
            count -= len(self._buffer)
            self._buffer[:] = self._more()
        del self._buffer[:count]

    def waiting(self) -> bool:
        """Return whether something has come, or the end, that nobody has looked at."""
        return bool(self._buffer) or self._sees(select.POLLIN)

    def at_end(self) -> bool:
        """Return whether the client has gone, even where not all that it sent has been looked at."""
        if HANGING_UP:
            return self._sees(HANGING_UP)
        try:
            return not self._buffer and self._sees(select.POLLIN) and not self._client.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _sees(self, event: int) -> bool:
        """Return whether something of the kind has happened to the connection, or its end."""
        if self._client.fileno() < 0:
            return True
        look = select.poll()  # select.select knows no more than 1024 files
        look.register(self._client, event)
        return bool(look.poll(0))

    def _more(self) -> bytes:
        data = received(self._client)
        if not data:
            raise HungUp("the client has closed its connection")
        return data


def bound(port: int, host: str = LOOPBACK) -> socket.socket:
    """Return a socket that listens on a port, 0 for any free one, at an address of ours. Raises NotConnected."""
    try:
        return socket.create_server((host, port), backlog=64)
    except OSError as problem:
        raise NotConnected(
            f"Port {port} of this computer must be free for the virtual bench at {host}, but: {problem.strerror}."
        ) from None


def checked_host(host: str) -> str:
    """Return the IPv4 address of an interface, 0.0.0.0 for all. Raises InstrumentMistake."""
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise InstrumentMistake(f"`host` must be an IPv4 address such as {LOOPBACK}, but is {host!r}.") from None
