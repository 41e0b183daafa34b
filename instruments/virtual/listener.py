"""A listening socket on loopback, and how its connections are read without stalls."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

from smtjlab.instruments.errors import NotConnected


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket and what becomes of its connections."""

    listening: socket.socket
    serve: Callable[[socket.socket], None]

    @property
    def port(self) -> int:
        """Return the port that the system gave or that was asked for."""
        return int(self.listening.getsockname()[1])


def received(client: socket.socket) -> bytes:
    """Return what has arrived, at once acknowledged; empty at the end of the connection."""
    data = client.recv(65536)
    # Linux goes back to delayed acknowledgements by itself: a client without TCP_NODELAY would wait 40 ms for one
    # between two writes.
    if hasattr(socket, "TCP_QUICKACK"):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return data


def bound(port: int) -> socket.socket:
    """Return a socket that listens on a port of loopback, 0 for any free one. Raises NotConnected."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=64)
    except OSError as problem:
        raise NotConnected(
            f"Port {port} of this computer must be free for the virtual bench, but: {problem.strerror}."
        ) from None
