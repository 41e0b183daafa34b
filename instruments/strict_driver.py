"""What every strict driver does alike: settings read back, errors taken from the queue, the safe state proven."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, ClassVar, NoReturn, TypeVar

from .clock import Clock, RealClock
from .errors import InstrumentMistake, InstrumentReported, UnsafeError
from .safe_state import SafePlan, SafeStep, carry_out
from .session import Session
from .specification import OVERFLOW, InstrumentSpecification

Kind = TypeVar("Kind", bound=type)

LONGEST_QUEUE = 64
"""More entries than a queue holds: an instrument that never answers 0 must not hold us for ever."""


HARMLESS = {"beep", "triad", "clear", "wait_to_continue"}
"""Verbs of PyMeasure's classes that touch neither source nor measurement."""


class StrictDriver:
    """A driver on a session. Nothing is sent on construction; what a role asks for is built from these parts.

    A class of PyMeasure's stands beside it as second base, or nobody.
    """

    specification: ClassVar[InstrumentSpecification]
    """What the data sheet promises, and where."""
    error_query: ClassVar[str] = ":SYST:ERR?"
    """Question that takes one entry from the error queue, answered `number,"text"`."""
    identity_pattern: ClassVar[str]
    """Regular expression that the answer to the question who it is must hold."""
    identity_query: ClassVar[str] = "*IDN?"
    """The question who it is."""
    echo: ClassVar[str | None] = "*ESE {nonce};*ESE?"
    """Message that gives a number back; None where the instrument knows none."""

    name: str
    session: Session
    clock: Clock

    # PyMeasure's own asks four questions more at each attribute, only to word one of its errors better.
    __getattribute__ = object.__getattribute__

    def stand_on(self, session: Session, clock: Clock | None) -> None:
        """Take a session and a clock."""
        self.session = session
        self.name = session.name
        self.clock = clock or RealClock()
        session.echo = self.echo

    def verify_language(self) -> None:
        """Raise ForeignIdentity where the instrument is set to a language the driver does not speak."""

    def output_is_on(self) -> bool:
        """Return whether anything comes out of the instrument: nothing does of a mere meter."""
        return False

    def safe_step(self, name: str, limits: Any) -> SafeStep:
        """Return the way into the safe state: a mere meter is there already, and need only answer for itself."""
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            identity_query=self.identity_query,
            echo=self.echo,
        )

    def check_errors(self) -> list[object]:
        """Raise InstrumentReported where the error queue holds anything, with the first entry; empties the queue."""
        self.check_queue("")
        return []

    def set_up(self, block: str) -> None:
        """Send one block of settings and read the error queue after it.

        Not in one message: a command error discards the rest of its message, and the queue's answer with it.
        """
        self.session.write(block)
        self.check_queue(block)

    def check_queue(self, sent: str) -> None:
        """Raise InstrumentReported where the error queue holds anything; `sent` is named as what came before."""
        entries: list[tuple[int, str]] = []
        while len(entries) < LONGEST_QUEUE:
            number, text = self.oldest_error()
            if number == 0:
                break
            entries.append((number, text))
        if entries:
            raise self._reported(entries, sent)

    def oldest_error(self) -> tuple[int, str]:
        """Return the oldest entry of the error queue, taken out of it; its number is 0 where there is none."""
        code, _, text = self.session.query(self.error_query).partition(",")
        try:
            return int(code), text.strip().strip('"')
        except ValueError:
            self.session.poison(f"the error queue answered {code!r}.")
            raise InstrumentReported(f"`{self.name}` must number its errors, but answered {code!r}.") from None

    def _reported(self, entries: list[tuple[int, str]], sent: str) -> InstrumentReported:
        code, text = entries[0]
        after = f" after {sent!r}" if sent else ""
        more = f", and {len(entries) - 1} more" if len(entries) > 1 else ""
        return InstrumentReported(
            f"`{self.name}` must accept what it is sent, but reported {code}, {text!r}{after}{more}.",
            code=code,
            text=text,
            sent=sent,
        )

    def verify(self, expected: Mapping[str, float | str]) -> None:
        """Raise UnsafeError where a setting reads back other than expected; all are asked in one message."""
        answers = self.session.query(";".join(expected)).split(";")
        if len(answers) != len(expected):
            self.session.poison(f"the settings were answered with {len(answers)} values instead of {len(expected)}.")
            raise UnsafeError(f"`{self.name}` must read back {len(expected)} settings, but read back {len(answers)}.")
        for (query, value), answer in zip(expected.items(), answers, strict=True):
            if not agrees(answer, value):
                raise UnsafeError(
                    f"{query} of `{self.name}` must read {value} before its output goes on, but reads {answer!r}."
                )

    def carry_out_safe_step(self, step: SafeStep) -> None:
        """Go into the safe state over our own session and clock; UnsafeError where it is not read back.

        An interruption does not cut the way: it is Interrupted at its end, or at its beginning where it was there
        before. Whoever interrupts makes safe.
        """
        plan = SafePlan(visa_library="", steps=(step,))
        with self.session.undisturbed():
            report = carry_out(plan, sessions={step.instrument: self.session}, clock=self.clock)
            if not report.safe:
                raise UnsafeError(str(report))


def agrees(answer: str, expected: float | str) -> bool:
    """Return whether an answer says what was set; `PROT2` is 2."""
    answer = answer.strip().strip('"').removeprefix("PROT")
    if isinstance(expected, str):
        return answer == expected
    try:
        return math.isclose(float(answer), expected, rel_tol=1e-6, abs_tol=1e-12)
    except ValueError:
        return False


def number_or_none(value: float) -> float | None:
    """Return a reading, or None for the words 9.9e37 (overflow) and 9.91e37 (not a number) of either sign."""
    return None if not math.isfinite(value) or abs(value) >= OVERFLOW else value


def refused(why: str) -> Callable[..., NoReturn]:
    """Return a method that says why this driver does not do what PyMeasure's class would try."""

    def refuse(self: StrictDriver, *arguments: object, **named: object) -> NoReturn:
        raise InstrumentMistake(f"`{self.name}` {why}.")

    return refuse


def sealed(kind: Kind) -> Kind:
    """Return a driver's class that refuses what PyMeasure's class offers and it does not lead to its role itself.

    Settings can still be read, an overflow as None; `configure` alone sets them. What belongs to the line stays.
    """
    from pymeasure.instruments import Instrument

    line = {*dir(Instrument)} - {"reset"}
    for name in dir(kind):
        owner = next(base for base in kind.__mro__ if name in vars(base))
        member = vars(owner)[name]
        # The verbs of the line itself, `ask` and its kind, are whoever's who knows what he sends.
        ours = name.startswith("_") or (name in line and not isinstance(member, property))
        if owner.__module__.startswith("pymeasure.") and not ours:
            _seal(kind, name, member)
    return kind


def _seal(kind: type, name: str, member: Any) -> None:
    if isinstance(member, property):
        setattr(kind, name, property(_heard(member.fget), refused("is set up by `configure`"), doc=member.__doc__))
    elif isinstance(member, FunctionType) and name not in HARMLESS:
        setattr(kind, name, refused(f"is led by the verbs of its role, and does not do {name!r}"))
    elif hasattr(member, "pairs"):  # a creator of channels, with settings of their own
        setattr(kind, name, property(refused("is led by the verbs of its role, not by its channels")))


def _heard(read: Any) -> Callable[[Any], Any]:
    """Return a reading of PyMeasure's whose overflow is None."""

    def hear(self: Any) -> Any:
        found = read(self)
        return number_or_none(found) if isinstance(found, float) else found

    return hear
