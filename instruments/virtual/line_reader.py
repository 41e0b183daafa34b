"""Bytes on their way to an instrument, cut into messages."""

from __future__ import annotations

from collections.abc import Iterator

LONGEST_MESSAGE = 2**18
"""Bytes of one message; a longer one is thrown away (-363)."""


class LineReader:
    """Bytes from a socket, cut into messages at each LF; never holds more than one message of the longest kind."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._discarding = False

    @property
    def empty(self) -> bool:
        """Return whether no message has begun."""
        return not self._buffer and not self._discarding

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Yield the messages that are complete now, without CR LF; None for one that was too long."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            message = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            if self._discarding or end > LONGEST_MESSAGE:
                if not self._discarding:
                    yield None
                self._discarding = False
            else:
                yield message.removesuffix(b"\r")
        if len(self._buffer) > LONGEST_MESSAGE:
            self._buffer.clear()
            if not self._discarding:
                self._discarding = True
                yield None
