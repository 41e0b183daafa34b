"""A transcript as it is replayed: in exact order, and nothing else than what was recorded."""

from __future__ import annotations

from . import errors
from .errors import InstrumentFault
from .transcript import Event, Sign, Transcript

_DONE = {
    Sign.SENT: "sent",
    Sign.SENT_BYTES: "sent",
    Sign.ANSWERED: "read",
    Sign.ANSWERED_BYTES: "read",
    Sign.FAILED: "met with the failure",
    Sign.RENEWED: "done to the line",
}
"""What whoever drives an instrument does at a line of each sign."""


class TranscriptDiffers(AssertionError):
    """Something else was done than what was recorded. No handler of instrument faults takes it for one."""


class Player:
    """The place in a transcript. The first difference stays: it is raised again, and at the end."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self._place = 0
        self._difference: TranscriptDiffers | None = None

    @property
    def next(self) -> Event | None:
        """Return the line whose turn it is; None at the end."""
        events = self.transcript.events
        return events[self._place] if self._place < len(events) else None

    def expect(self, sign: Sign, text: str) -> None:
        """Go on where this is what was recorded; raise TranscriptDiffers otherwise."""
        self._check(sign, f"{text!r} was {_DONE[sign]}", text)
        self._place += 1

    def take(self, sign: Sign, what: str) -> str:
        """Return what was recorded under a sign, and go on; raise the failure where one was recorded."""
        event = self.next
        if event is not None and event.sign is Sign.FAILED and self._difference is None:
            self._place += 1
            raise failure(event.text)
        text = self._check(sign, what)
        self._place += 1
        return text

    def fail_if_recorded(self) -> None:
        """Raise the failure whose turn it is."""
        event = self.next
        if event is not None and event.sign is Sign.FAILED:
            self.take(Sign.FAILED, "")

    def finish(self) -> None:
        """Raise TranscriptDiffers where there was a difference, or where something was recorded that did not come."""
        if self._difference is not None:
            raise self._difference
        if self.next is not None:
            self._differ(self.next, "the replay ended before")

    def _check(self, sign: Sign, what: str, text: str | None = None) -> str:
        if self._difference is not None:
            raise self._difference
        event = self.next
        if event is None or event.sign is not sign or text not in (None, event.text):
            self._differ(event, what)
            raise AssertionError
        return event.text

    def _differ(self, event: Event | None, what: str) -> None:
        """Raise the first difference, in one sentence."""
        name = self.transcript.name or f"the transcript of `{self.transcript.instrument}`"
        if event is None:
            wanted = f"Nothing must come after the last line of {name}"
        else:
            place = f"line {event.line} of {name}" if event.line else name
            wanted = f"{event.text!r} must be {_DONE[event.sign]} next ({place})"
        self._difference = TranscriptDiffers(f"{wanted}, but {what}.")
        raise self._difference


def failure(text: str) -> Exception:
    """Return a recorded failure as the exception that it was; one of a foreign class is an InstrumentFault."""
    name, _, sentence = text.partition(": ")
    if name == "VisaIOError":
        from pyvisa.errors import VisaIOError

        return VisaIOError(int(sentence))
    found = getattr(errors, name, None)
    if isinstance(found, type) and issubclass(found, InstrumentFault):
        return found(sentence)
    return InstrumentFault(text)
