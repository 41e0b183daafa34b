"""Parity: what metal answered when a transcript was recorded, against what its twin answers to the same messages."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from .transcript import Exchange, Sign, Transcript

if TYPE_CHECKING:
    from .virtual.virtual_bench import VirtualBench

_BETWEEN = re.compile(r"([,;:\s]+)")


class Kind(StrEnum):
    """How two answers differ."""

    IDENTITY = "identity"
    """Another serial number or firmware, as is to be expected."""
    NUMBER = "number"
    """A number lies farther off than was allowed."""
    WORDS = "words"
    """Other words, or another number of fields."""
    SILENCE = "silence"
    """One of the two did not answer."""
    FAILURE = "failure"
    """The exchange had failed when it was recorded."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One message that metal and twin do not answer alike."""

    line: int
    """Line of the transcript; 0 where it was not read from a file."""
    kind: Kind
    sent: str
    recorded: str | None
    """What metal answered, or how the exchange failed; None where it did not answer."""
    answered: str | None
    """What the twin answered."""

    def __str__(self) -> str:
        return f"line {self.line}, {self.kind}: {self.sent!r} was answered {self.recorded!r}, here {self.answered!r}"


@dataclass(slots=True)
class Parity:
    """The outcome of a comparison."""

    instrument: str
    identity: str
    """Of the metal."""
    messages: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def alike(self) -> int:
        """Return how many messages were answered alike."""
        return self.messages - len(self.differences)

    def __str__(self) -> str:
        head = f"{self.alike} of {self.messages} messages to `{self.instrument}` ({self.identity}) are answered alike."
        return "\n".join([head, *map(str, self.differences)])


def parity(
    transcript: Transcript,
    bench: VirtualBench,
    instrument: str,
    *,
    relative: float = 0.01,
    absolute: float = 0.0,
) -> Parity:
    """Send the recorded messages to an instrument of a virtual bench and list every difference.

    Numbers may differ by `relative` or `absolute`: no two instruments read the same. Between messages bench time
    passes as it did when they were recorded.
    """
    from .virtual.message_exchange import Answerer

    answerer = Answerer(bench, instrument)
    found = Parity(transcript.instrument, transcript.identity)
    start = bench.clock.now()
    for exchange in transcript.exchanges():
        bench.clock.sleep(max(0.0, start + exchange.sent.time - bench.clock.now()))
        answer = answerer.answer(_message(exchange))
        text = None if answer is None else answer[0].decode("latin-1").removesuffix(answerer.instrument.terminator)
        found.messages += 1
        kind = _compared(exchange, text, relative, absolute)
        if kind is not None:
            found.differences.append(_difference(exchange, kind, text))
    return found


def _message(exchange: Exchange) -> bytes:
    data = exchange.sent.text.encode("latin-1")
    return data.rstrip(b"\r\n") if exchange.sent.sign is Sign.SENT_BYTES else data


def _difference(exchange: Exchange, kind: Kind, answered: str | None) -> Difference:
    event = exchange.failed or exchange.answered
    recorded = None if event is None else event.text
    return Difference(exchange.sent.line, kind, exchange.sent.text, recorded, answered)


def _compared(exchange: Exchange, answered: str | None, relative: float, absolute: float) -> Kind | None:
    """Return how an answer differs from the recorded one; None where it does not."""
    if exchange.failed is not None:
        return Kind.FAILURE
    if exchange.answered is None or answered is None:
        return None if exchange.answered is None and answered is None else Kind.SILENCE
    recorded = exchange.answered.text.rstrip("\r\n")
    if recorded == answered:
        return None
    if exchange.sent.text.upper().endswith("*IDN?"):
        return Kind.IDENTITY
    ours, theirs = _BETWEEN.split(answered), _BETWEEN.split(recorded)
    if len(ours) != len(theirs):
        return Kind.WORDS
    found = {_word(one, other, relative, absolute) for one, other in zip(ours, theirs, strict=True)}
    return Kind.WORDS if Kind.WORDS in found else Kind.NUMBER if Kind.NUMBER in found else None


def _word(ours: str, theirs: str, relative: float, absolute: float) -> Kind | None:
    """Return how one word differs from another; numbers are compared as numbers."""
    if ours.strip() == theirs.strip():
        return None
    try:
        close = math.isclose(float(ours), float(theirs), rel_tol=relative, abs_tol=absolute)
    except ValueError:
        return Kind.WORDS
    return None if close else Kind.NUMBER
