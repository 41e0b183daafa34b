"""What really went over a line, as a readable file: one line for each message, answer and failure, with its time.

    # transcript of `gate`, recorded 2026-03-01T10:00:00+00:00 with smtjlab 0.1.0
    # identity: KEITHLEY INSTRUMENTS,MODEL 2450,04000001,1.7.12b
    # address: TCPIP::192.0.2.10::5025::SOCKET
    0.000000 > *IDN?
    0.000431 < KEITHLEY INSTRUMENTS,MODEL 2450,04000001,1.7.12b

Every line is a time in s since the beginning, a sign (see Sign) and a text in which what cannot be read is escaped.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from .errors import InstrumentMistake

UNKNOWN = "not asked"
"""Identity of an instrument that was not asked who it is."""
LARGEST_FILE = 1 << 26
"""Bytes of a transcript that is read: a million exchanges."""
_HEADER = re.compile(r"# transcript of `(?P<instrument>.*)`, recorded (?P<recorded>\S+) with (?P<software>.+)")
_EVENT = re.compile(r"(?P<time>\d+\.\d+) (?P<sign>>>|<<|[><!~])(?: (?P<text>.*))?")
_ESCAPE = re.compile(r"\\(\\|x[0-9a-f]{2})")


class TranscriptError(InstrumentMistake):
    """A file is no transcript, or is damaged."""


class Sign(StrEnum):
    """What a line of a transcript tells."""

    SENT = ">"
    """A message, without its terminator."""
    ANSWERED = "<"
    """An answer, without its terminator."""
    SENT_BYTES = ">>"
    """Bytes, as they were."""
    ANSWERED_BYTES = "<<"
    FAILED = "!"
    """What was raised instead of an answer."""
    RENEWED = "~"
    """The line was cleared, or could not be; or it was reopened."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a transcript."""

    time: float
    """Seconds since the beginning, on the clock of who recorded."""
    sign: Sign
    text: str
    line: int = 0
    """Line of the file; 0 where there is none yet."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message and what came of it: an answer, a failure, or neither."""

    sent: Event
    answered: Event | None = None
    failed: Event | None = None


@dataclass(slots=True, kw_only=True)
class Transcript:
    """What went over the line of one instrument."""

    instrument: str
    recorded: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    """Date and time of the beginning."""
    identity: str = UNKNOWN
    """Answer to the question who it is."""
    address: str = ""
    software: str = field(default_factory=lambda: f"smtjlab {version('smtjlab')}")
    events: list[Event] = field(default_factory=list)
    name: str = ""
    """File that it was read from, for sentences."""

    def note(self, time: float, sign: Sign, text: str) -> None:
        """Add a line."""
        self.events.append(Event(time, sign, text))

    @property
    def text(self) -> str:
        """Return the transcript as its file holds it."""
        head = [
            f"# transcript of `{self.instrument}`, recorded {self.recorded} with {self.software}",
            f"# identity: {escaped(self.identity)}",
            f"# address: {escaped(self.address)}",
        ]
        lines = [f"{event.time:.6f} {event.sign} {escaped(event.text)}".rstrip() for event in self.events]
        return "\n".join([*head, *lines, ""])

    def save(self, path: str | Path) -> Path:
        """Write the file and return its path."""
        path = Path(path)
        path.write_text(self.text, encoding="ascii")
        return path

    @classmethod
    def load(cls, path: str | Path) -> Transcript:
        """Return the transcript that a file holds. Raises TranscriptError with file and line."""
        try:
            text = _content(Path(path)).decode("ascii")
        except (OSError, UnicodeDecodeError) as problem:
            raise TranscriptError(f"A transcript must be a readable file, but {path} is not: {problem}.") from None
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, name: str = "text") -> Transcript:
        """Return the transcript that a text holds; `name` stands for it in sentences. Raises TranscriptError."""
        lines = text.splitlines()
        head = _HEADER.fullmatch(lines[0]) if lines else None
        if head is None:
            raise TranscriptError(f"A transcript must begin with '# transcript of', but does not ({name}, line 1).")
        found = cls(instrument=head["instrument"], recorded=head["recorded"], software=head["software"], name=name)
        for number, line in enumerate(lines[1:], start=2):
            if line.startswith("#"):
                key, _, value = line.removeprefix("# ").partition(": ")
                found._remember(key, plain(value))
            elif line:
                found.events.append(_event(line, number, name))
        return found

    def _remember(self, key: str, value: str) -> None:
        """Take a fact from the head; comments of whoever reads are left alone."""
        if key == "identity":
            self.identity = value
        elif key == "address":
            self.address = value

    def exchanges(self) -> Iterator[Exchange]:
        """Yield each message with the answer, or the failure, that came before the next."""
        sent: Event | None = None
        answered: Event | None = None
        failed: Event | None = None
        for event in self.events:
            if event.sign in (Sign.SENT, Sign.SENT_BYTES):
                if sent is not None:
                    yield Exchange(sent, answered, failed)
                sent, answered, failed = event, None, None
            elif event.sign in (Sign.ANSWERED, Sign.ANSWERED_BYTES):
                answered = event if answered is None else _joined(answered, event)
            elif event.sign is Sign.FAILED:
                failed = event
        if sent is not None:
            yield Exchange(sent, answered, failed)


class Tape:
    """A transcript that is being recorded, with its clock."""

    def __init__(self, transcript: Transcript, now: Callable[[], float]) -> None:
        self.transcript = transcript
        self._now = now
        self._start = now()

    def note(self, sign: Sign, text: str) -> None:
        """Add a line, at this moment."""
        self.transcript.note(self._now() - self._start, sign, text)

    @contextlib.contextmanager
    def noting_failure(self) -> Iterator[None]:
        """Note what is raised within, and let it pass."""
        try:
            yield
        except Exception as problem:
            code = getattr(problem, "error_code", None)  # PyVISA's
            self.note(Sign.FAILED, f"{type(problem).__name__}: {problem if code is None else int(code)}")
            raise


def _content(path: Path) -> bytes:
    """Return the bytes of a file that a stranger may have made. Raises OSError."""
    if not path.is_file():  # a pipe would be waited for
        raise OSError("no ordinary file stands there")
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise OSError(f"it has more than {LARGEST_FILE} bytes")
    return content


def escaped(text: str) -> str:
    r"""Return a text of one printable line: `\x0a` for a line feed, `\\` for a backslash, `\x20` for a last blank."""
    safe = "".join(_readable(character) for character in text)
    return f"{safe[:-1]}\\x20" if safe.endswith(" ") else safe


def _readable(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if " " <= character <= "~":
        return character
    if ord(character) < 256:
        return f"\\x{ord(character):02x}"
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


def plain(text: str) -> str:
    """Return a text as it was before it was escaped."""
    return _ESCAPE.sub(lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)), text)


def _event(line: str, number: int, name: str) -> Event:
    found = _EVENT.fullmatch(line)
    if found is None:
        raise TranscriptError(
            f"A line of a transcript must be a time, one of {' '.join(Sign)} and a text, but is {line!r} "
            f"({name}, line {number})."
        )
    return Event(float(found["time"]), Sign(found["sign"]), plain(found["text"] or ""), number)


def _joined(first: Event, second: Event) -> Event:
    """Return two pieces of one answer as one."""
    return Event(first.time, first.sign, first.text + second.text, first.line)
