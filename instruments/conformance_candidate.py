"""A driver while it is looked at: connected to its instrument, its wire seen and, where asked, changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .clock import Clock
from .conformance import Fails
from .errors import InstrumentFault
from .line import Wire
from .session import Session

if TYPE_CHECKING:
    from .private_bench import PrivateBench

DECIMAL = re.compile(r"[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)")
"""A reading among words and flags: it has a point or an exponent."""


@dataclass(slots=True)
class Watch:
    """What goes over a wire, and how it is changed on its way."""

    clock: Clock
    sent: list[tuple[float, str]] = field(default_factory=list)
    """Time on the bench's clock and message, as the driver sent it."""
    other_message: Callable[[str], str] | None = None
    """What the instrument gets instead of a message."""
    other_answer: Callable[[str], str] | None = None
    """What the driver gets instead of an answer."""

    def message(self, message: str) -> str:
        """Note a message; return what goes on to the instrument."""
        self.sent.append((self.clock.now(), message))
        return message if self.other_message is None else self.other_message(message)

    def answer(self, answer: str) -> str:
        """Return what goes on to the driver."""
        return answer if self.other_answer is None else self.other_answer(answer)


class WatchedWire:
    """A line with somebody who watches it."""

    def __init__(self, inner: Wire, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def send(self, message: str) -> None:
        """Send one message."""
        self._inner.send(self._watch.message(message))

    def exchange(self, message: str, timeout: float) -> str:
        """Send one message and return its answer, or raise."""
        return self._watch.answer(self._inner.exchange(self._watch.message(message), timeout))

    def clear(self) -> bool:
        """Send a device clear; return False where there is none."""
        return self._inner.clear()

    def close(self) -> None:
        """Give the line back."""
        self._inner.close()


def swapped(ours: list[str], theirs: list[str]) -> dict[str, str]:
    """Return the messages of one action that another sends otherwise, each with what the other sends in its place."""
    own = [message for message in dict.fromkeys(ours) if message not in theirs]
    foreign = [message for message in dict.fromkeys(theirs) if message not in ours]
    return dict(zip(own, foreign, strict=False))


class Candidate:
    """One driver, or one channel of a pair, just connected to its instrument."""

    def __init__(
        self,
        name: str,
        kind: Any,
        session: Session,
        clock: Clock,
        limits: Any,
        *,
        virtual: PrivateBench | None = None,
        others: Mapping[str, str] | None = None,
        visa_library: str = "",
    ) -> None:
        self.name = name
        """Name of its limits: `gate`, `dual.a`."""
        self.instrument, _, channel = name.partition(".")
        self.session, self.clock, self.limits = session, clock, limits
        self.virtual = virtual
        self.visa_library = visa_library
        self.others = others or {}
        """Identities of the other instruments of the bench."""
        self.watch = Watch(clock)
        session.speak_through(lambda wire: WatchedWire(wire, self.watch))
        self.identity = session.identify(kind.identity_pattern, kind.identity_query)
        self.case: Any = kind(session, clock=clock)
        """The driver."""
        self.driver: Any = getattr(self.case, channel) if channel else self.case
        """What plays the role: the driver, or the channel."""

    def sent_by(self, action: Callable[[], object]) -> list[str]:
        """Return the messages that an action sends."""
        before = len(self.watch.sent)
        action()
        return [message for _, message in self.watch.sent[before:]]

    def refused(self, what: str, action: Callable[[], object], *errors: type[Exception], silent: bool = False) -> str:
        """Return the sentence with which an action is refused; Fails where it is not, or where it sent anything."""
        before = len(self.watch.sent)
        try:
            answer = action()
        except errors as refusal:
            sent = [message for _, message in self.watch.sent[before:]]
            if silent and sent:
                raise Fails(f"{what} was refused only after {sent[0]!r} was sent") from None
            return str(refusal)
        raise Fails(f"{what} was not refused, but returned {answer!r}")

    def twin_fails(self, kind: str, skip: int = 0, **how: Any) -> None:
        """Let a fault strike at the message after the next `skip` ones."""
        assert self.virtual is not None
        done = self.virtual.virtual.mishaps[self.instrument].messages
        self.virtual.fail(self.instrument, kind, after=done + skip, **how)

    def is_on(self) -> bool:
        """Return whether anything comes out: of a twin in truth, of metal as it says itself."""
        if self.virtual is not None:
            return self.virtual.outputs()[self.instrument]
        return bool(self.case.output_is_on())

    def must_be_off(self, after: str) -> None:
        """Raise Fails where the output is on."""
        if self.is_on():
            raise Fails(f"the output was on after {after}")

    def notices_setting(self, what: str, one: Callable[[], object], other: Callable[[], object]) -> str:
        """Return how a driver refuses an instrument that takes the setting of `other` while it does `one`."""
        swap = swapped(self.sent_by(one), self.sent_by(other))
        if not swap:
            raise Fails(f"nothing that was sent depends on {what}")
        return self.notices(what, swap, one)

    def notices(self, what: str, swap: Mapping[str, str], action: Callable[[], object]) -> str:
        """Return how a driver refuses an instrument that took another setting than was sent; Fails where it does not.

        The wire carries the setting of `swap` in place of the driver's own: only who reads back can know.
        """
        self.watch.other_message = lambda message: swap.get(message, message)
        try:
            action()
        except InstrumentFault as problem:
            return str(problem)
        finally:
            self.watch.other_message = None
        raise Fails(f"{what} was taken otherwise by the instrument, and the driver did not notice")

    def reading_as(self, word: str, read: Callable[[], Any]) -> Any:
        """Return what a driver makes of a reading in whose place the wire brings a word."""
        self.watch.other_answer = lambda answer: DECIMAL.sub(word, answer)
        try:
            return read()
        finally:
            self.watch.other_answer = None
