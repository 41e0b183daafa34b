"""Transcripts of PyMeasure drivers: an adapter that records what goes through another, and one that replays it."""

from __future__ import annotations

import time
from typing import Any

from pymeasure.adapters import Adapter

from .transcript import UNKNOWN, Sign, Tape, Transcript
from .transcript_player import Player

FLUSHED = "read buffer flushed"


class RecordingAdapter(Adapter):  # type: ignore[misc]  # PyMeasure ships no types
    """An adapter that hands everything to another and notes it in `transcript`, which `save` writes."""

    def __init__(self, adapter: Any, *, name: str, address: str = "") -> None:
        super().__init__()
        self.inner = adapter
        known = address or str(getattr(adapter, "resource_name", ""))  # PyMeasure's adapter for VISA has one
        self.transcript = Transcript(instrument=name, address=known)
        self._tape = Tape(self.transcript, time.monotonic)

    def _write(self, command: str, **keywords: Any) -> None:
        self._tape.note(Sign.SENT, command)
        with self._tape.noting_failure():
            self.inner.write(command, **keywords)

    def _write_bytes(self, content: bytes, **keywords: Any) -> None:
        self._tape.note(Sign.SENT_BYTES, content.decode("latin-1"))
        with self._tape.noting_failure():
            self.inner.write_bytes(content, **keywords)

    def _read(self, **keywords: Any) -> str:
        with self._tape.noting_failure():
            answer = str(self.inner.read(**keywords))
        self._note_identity(answer)
        self._tape.note(Sign.ANSWERED, answer)
        return answer

    def _read_bytes(self, count: int, break_on_termchar: bool, **keywords: Any) -> bytes:
        with self._tape.noting_failure():
            answer = bytes(self.inner.read_bytes(count, break_on_termchar, **keywords))
        self._tape.note(Sign.ANSWERED_BYTES, answer.decode("latin-1"))
        return answer

    def flush_read_buffer(self) -> None:
        """Flush the buffer of the adapter within."""
        self.inner.flush_read_buffer()
        self._tape.note(Sign.RENEWED, FLUSHED)

    def close(self) -> None:
        """Close the adapter within."""
        if "inner" in vars(self):
            self.inner.close()

    def __getattr__(self, name: str) -> Any:
        """Return what the adapter within has: its connection, its waiting for service requests."""
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    def _note_identity(self, answer: str) -> None:
        events = self.transcript.events
        if self.transcript.identity == UNKNOWN and events and events[-1].text.upper() == "*IDN?":
            self.transcript.identity = answer.strip()


class ReplayAdapter(Adapter):  # type: ignore[misc]  # PyMeasure ships no types
    """An adapter without an instrument, for any PyMeasure driver: it replays a transcript, in exact order.

    As a context manager it sees that all is used up.
    """

    def __init__(self, transcript: Transcript) -> None:
        super().__init__()
        self.player = Player(transcript)
        self.connection = None

    def _write(self, command: str, **keywords: Any) -> None:
        self.player.expect(Sign.SENT, command)
        self.player.fail_if_recorded()

    def _write_bytes(self, content: bytes, **keywords: Any) -> None:
        self.player.expect(Sign.SENT_BYTES, content.decode("latin-1"))
        self.player.fail_if_recorded()

    def _read(self, **keywords: Any) -> str:
        return self.player.take(Sign.ANSWERED, "an answer was read")

    def _read_bytes(self, count: int, break_on_termchar: bool, **keywords: Any) -> bytes:
        return self.player.take(Sign.ANSWERED_BYTES, "bytes were read").encode("latin-1")

    def flush_read_buffer(self) -> None:
        """Go on where the buffer was flushed when it was recorded."""
        self.player.expect(Sign.RENEWED, FLUSHED)

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def __enter__(self) -> ReplayAdapter:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None:
            self.player.finish()
