"""An instrument on HiSLIP (IVI-6.1, version 1.0): two connections to one port make a session."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from .errands import Errands
from .hislip_messages import Fatal, FatalHislipError, HislipError, Message, MessageType, next_message
from .hislip_session import Channel, HislipSession
from .message_exchange import Answerer

VERSION = 0x0100
VENDOR = int.from_bytes(b"SM")
MOST_CLIENTS = 64
"""Sessions of one instrument at once."""
SUB_ADDRESSES = (b"", b"hislip0")
PATIENCE = struct.pack("@ll", 5, 0)
"""Seconds and microseconds after which a client that does not read its asynchronous channel counts as gone."""


class HislipServer:
    """The sessions of one instrument."""

    def __init__(self, answerer: Answerer, errands: Errands) -> None:
        self._answerer = answerer
        self._errands = errands
        self._sessions: dict[int, HislipSession] = {}
        self._last = 0
        self._lock = threading.Lock()

    def serve(self, client: socket.socket) -> None:
        """Serve one connection, whichever channel it turns out to be. Raises OSError."""
        channel, session = Channel(client), None
        try:
            session, serve = self._open(channel)
            serve()
        except FatalHislipError as problem:
            with suppress(OSError):
                channel.send(Message(MessageType.FATAL_ERROR, problem.code, payload=str(problem).encode()).packed())
        finally:
            if session is not None:
                with self._lock:
                    self._sessions.pop(session.number, None)
                session.close()

    def _open(self, channel: Channel) -> tuple[HislipSession, Callable[[], None]]:
        """Return the session of a new connection, and what serves the channel that it is."""
        try:
            first = next_message(channel.stream)
        except HislipError as problem:
            raise FatalHislipError(Fatal.BAD_INITIALIZATION, str(problem)) from None
        if first.type == MessageType.INITIALIZE:
            session = self._begin(first, channel)
            greeting = Message(MessageType.INITIALIZE_RESPONSE, 0, _version(first) << 16 | session.number)
            return session, lambda: session.serve_synchronous(greeting)
        if first.type == MessageType.ASYNC_INITIALIZE:
            session = self._join(first, channel)
            return session, lambda: session.serve_asynchronous(channel)
        raise FatalHislipError(Fatal.BAD_INITIALIZATION, "A connection must begin with an initialization.")

    def _begin(self, message: Message, channel: Channel) -> HislipSession:
        """Open a session on its synchronous channel, which says that synchronized mode is preferred."""
        if message.payload.lower() not in SUB_ADDRESSES:
            raise FatalHislipError(Fatal.BAD_INITIALIZATION, "The sub-address must be hislip0.")
        with self._lock:
            if len(self._sessions) >= MOST_CLIENTS:
                raise FatalHislipError(Fatal.TOO_MANY_CLIENTS, f"There must be at most {MOST_CLIENTS} clients.")
            self._last = self._last % 0xFFFF + 1
            while self._last in self._sessions:
                self._last = self._last % 0xFFFF + 1
            session = HislipSession(self._last, self._answerer, channel, self._errands)
            self._sessions[session.number] = session
        return session

    def _join(self, message: Message, channel: Channel) -> HislipSession:
        """Add the asynchronous channel to a session."""
        with self._lock:
            session = self._sessions.get(message.parameter)
            if session is None or session.asynchronous is not None:
                raise FatalHislipError(Fatal.BAD_INITIALIZATION, "An asynchronous channel must join a new session.")
            channel.client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, PATIENCE)
            session.join(channel, Message(MessageType.ASYNC_INITIALIZE_RESPONSE, 0, VENDOR))
        return session


def _version(message: Message) -> int:
    """Return the version that both sides speak."""
    return min(message.parameter >> 16, VERSION)
