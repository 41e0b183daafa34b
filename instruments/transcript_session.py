"""Transcripts of sessions: recorded beside the driver that uses one, and replayed to the same driver without metal."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .line import Wire
from .session import Session
from .transcript import UNKNOWN, Sign, Tape, Transcript
from .transcript_player import Player

CLEARED, NOT_CLEARED, REOPENED = "cleared", "could not be cleared", "reopened"
"""What is done to a line that heals."""


@contextlib.contextmanager
def recording(session: Session, path: str | Path | None = None) -> Iterator[Transcript]:
    """Record what goes over a session, and write it to `path` at the end, whatever happened until then."""
    transcript = Transcript(instrument=session.name, address=session.address)
    tape = Tape(transcript, time.monotonic)
    on_line: list[RecordedWire] = []

    def wrap(wire: Wire) -> Wire:
        if on_line:
            tape.note(Sign.RENEWED, REOPENED)
        on_line.append(RecordedWire(wire, tape))
        return on_line[-1]

    session.speak_through(wrap)
    try:
        yield transcript
    finally:
        session.speak_through(_bare)
        transcript.identity = session.identity or _identity_in(transcript)
        if path is not None:
            transcript.save(path)


def _bare(wire: Wire) -> Wire:
    return wire.inner if isinstance(wire, RecordedWire) else wire


def _identity_in(transcript: Transcript) -> str:
    """Return the answer to `*IDN?`, where it was asked."""
    for exchange in transcript.exchanges():
        if exchange.sent.text.upper() == "*IDN?" and exchange.answered is not None:
            return exchange.answered.text
    return UNKNOWN


def _identity_from_before(transcript: Transcript) -> str | None:
    """Return the identity that was known when the recording began; None where it was asked in its course."""
    for event in transcript.events:
        if event.sign is Sign.RENEWED:
            break
        if event.sign is Sign.ANSWERED and event.text == transcript.identity:
            return None
    return None if transcript.identity == UNKNOWN else transcript.identity


class RecordedWire:
    """A line whose every word is noted."""

    def __init__(self, inner: Wire, tape: Tape) -> None:
        self.inner = inner
        self._tape = tape

    def send(self, message: str) -> None:
        """Send one message."""
        self._tape.note(Sign.SENT, message)
        with self._tape.noting_failure():
            self.inner.send(message)

    def exchange(self, message: str, timeout: float) -> str:
        """Send one message and return its answer, or raise."""
        self._tape.note(Sign.SENT, message)
        with self._tape.noting_failure():
            answer = self.inner.exchange(message, timeout)
        self._tape.note(Sign.ANSWERED, answer)
        return answer

    def clear(self) -> bool:
        """Send a device clear; return False where there is none."""
        done = self.inner.clear()
        self._tape.note(Sign.RENEWED, CLEARED if done else NOT_CLEARED)
        return done

    def close(self) -> None:
        """Give the line back."""
        self.inner.close()


class ReplayedWire:
    """A line without an instrument: it knows what was said, in which order, and nothing else."""

    def __init__(self, player: Player) -> None:
        self._player = player

    def send(self, message: str) -> None:
        """Take the message that was recorded; TranscriptDiffers at any other."""
        self._player.expect(Sign.SENT, message)
        self._player.fail_if_recorded()

    def exchange(self, message: str, timeout: float) -> str:
        """Return what was answered; TranscriptDiffers at any other message."""
        self._player.expect(Sign.SENT, message)
        return self._player.take(Sign.ANSWERED, f"an answer to {message!r} was read")

    def clear(self) -> bool:
        """Return whether the line could be cleared when it was recorded."""
        return self._player.take(Sign.RENEWED, "the line was cleared") == CLEARED

    def close(self) -> None:
        """Do nothing: there is no line."""


class ReplayedSession(Session):
    """A session that replays a transcript, for any driver of ours. As a context manager it sees that all is used up."""

    def __init__(self, transcript: Transcript, *, timeout: float = 5.0) -> None:
        self.player = Player(transcript)
        self._opened = False
        nothing: Any = None  # no VISA library: nothing is opened
        super().__init__(nothing, transcript.address, name=transcript.instrument, timeout=timeout)
        self.identity = _identity_from_before(transcript)

    @classmethod
    def of(cls, path: str | Path) -> ReplayedSession:
        """Return a session that replays a file. Raises TranscriptError."""
        return cls(Transcript.load(path))

    def _open(self) -> Wire:
        if self._opened:
            self.player.expect(Sign.RENEWED, REOPENED)
        self._opened = True
        return ReplayedWire(self.player)

    def _fresh_nonce(self) -> int:
        """Return the number that was drawn when it was recorded."""
        event = self.player.next
        if event is not None and self.echo is not None:
            pattern = re.escape(self.echo).replace(re.escape("{nonce}"), r"(\d+)", 1)
            found = re.match(pattern, event.text)
            if found:
                return int(found[1])
        return super()._fresh_nonce()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        super().__exit__(kind, error, trace)
        if error is None:
            self.player.finish()
