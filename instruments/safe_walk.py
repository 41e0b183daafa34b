"""The walk of one instrument into its safe state: connect, ramp, switch off, read back, each as far as it goes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .clock import Clock, RealClock
from .errors import ForeignIdentity, InstrumentFault, NotConnected
from .session import Session

if TYPE_CHECKING:
    from .safe_state import SafePlan, SafeStep

RAMP_INTERVAL = 0.02
"""Time in s between the steps of a ramp; each step is the slew limit times this."""


class Walk:
    """One step on its way."""

    def __init__(
        self,
        plan: SafePlan,
        step: SafeStep,
        clock: Clock,
        timeout: float,
        findings: list[dict[str, Any]],
        say: Callable[[str], None] | None,
        announce: Callable[[str], None] | None,
    ) -> None:
        self.plan, self.step, self.clock, self.timeout = plan, step, clock, timeout
        self.findings, self.say, self.announce = findings, say, announce
        self.own: Session | None = None
        self.session: Session | None = None
        self.given: Session | None = None  # whose library is the bench's, whatever the plan calls it
        self.heard = False  # it has told its identity
        self.stranger = False  # it is another instrument
        self.hopeless = False  # nothing is worth a second try

    def close(self) -> None:
        """Give back the session of our own."""
        if self.own is not None:
            self.own.close()

    def along(self, session: Session | None) -> None:
        """Do the whole step, over `session` where it is any good; what was found is in the findings."""
        self.session = self.given = session
        if session is not None:
            session.go_on()
        if self._attempt("connect", self._connect):
            if self.step.level_query is not None:
                self._attempt("ramp", self._ramp)
            self.hopeless = not self._attempt("off", self._off)
        self.hopeless = self.hopeless or not self.heard
        if self.hopeless and not self.stranger:
            self._attempt("off", self._off_unheard)
        if not self.stranger:
            self._attempt("verify", self._verify)

    def leave(self, why: str) -> None:
        """Do nothing, and say so among the findings."""
        self._found("verify", False, why, None)

    def _attempt(self, action: str, act: Callable[[], tuple[bool, str, float | None]]) -> bool:
        """Do one action and note it; after a fault the session is healed once and the action tried again."""
        try:
            try:
                ok, text, read = act()
            except InstrumentFault:
                if self.session is None or self.hopeless:
                    raise
                if self.session.poisoned or self.session.interrupted:
                    self.session.heal(attempts=1)
                ok, text, read = act()
        except AssertionError:
            raise  # a replay that differs is no fault of an instrument, and no instrument is at stake
        except Exception as problem:  # noqa: BLE001 - whatever it is, the next action is not kept from being tried
            self.stranger = self.stranger or isinstance(problem, ForeignIdentity)
            ok, text, read = False, str(problem), None
        self._found(action, ok, text, read)
        return ok

    def _found(self, action: str, ok: bool, text: str, read: float | None) -> None:
        found = {"instrument": self.step.instrument, "action": action, "ok": ok, "text": text, "read": read}
        self.findings.append(found)
        self._tell(self.say, text)

    def _tell(self, whom: Callable[[str], None] | None, text: str) -> None:
        """Tell somebody, who must not keep the bench from its safe state: where that fails, it is a finding."""
        try:
            if whom is not None:
                whom(f"{self.step.instrument}: {text}")
        except Exception as problem:  # noqa: BLE001 - whoever listens may raise anything
            untold = f"{text!r} could not be told: {problem or type(problem).__name__}"
            self.findings.append(
                {"instrument": self.step.instrument, "action": "tell", "ok": False, "text": untold, "read": None}
            )

    def _connect(self) -> tuple[bool, str, float | None]:
        if self.session is not None and self.session.poisoned:
            try:
                self.session.heal(attempts=1)
            except InstrumentFault:
                self.session = None
        if self.session is None:
            self.session = self._open_own()
        identity = self.session.identify(self.step.identity, self.step.identity_query)
        self.heard = True
        return True, f"Answers as {identity}.", None

    def _ramp(self) -> tuple[bool, str, float | None]:
        """Bring the level to zero: by the slew limit under power, at once where the output is off already."""
        assert self.step.level_query is not None
        for message in self.step.stop:  # a sweep would go on stepping beside our ramp
            self._line.write(message)
        level = self._number(self.step.level_query)
        on = self.step.output_query is None or bool(self._number(self.step.output_query))
        unit = self.step.unit
        if not on or self.step.slew is None or abs(level) <= self.step.tolerance:
            self._set_level(0.0)
            return True, f"Level set to 0 {unit}.", 0.0
        count = max(1, math.ceil(abs(level) / (self.step.slew * RAMP_INTERVAL)))
        self._agree(level)
        self._tell(self.announce, f"ramping {level:g} {unit} to 0 {unit} in {abs(level) / self.step.slew:.3g} s.")
        for left in range(count - 1, -1, -1):
            # On the way an instrument rounds to steps of its own; at the end zero is zero.
            self._set_level(level * left / count, slack=abs(level) / count if left else 0.0)
            self._wait(abs(level) / self.step.slew / count)
        return True, f"Ramped from {level:g} {unit} to 0 {unit}.", 0.0

    def _wait(self, seconds: float) -> None:
        """Let time pass; on the computer's clock where the bench's own has died."""
        try:
            self.clock.sleep(seconds)
        except Exception:  # noqa: BLE001 - no clock may stop a ramp
            self.clock = RealClock()
            self.clock.sleep(seconds)

    def _off(self) -> tuple[bool, str, float | None]:
        for message in self.step.off:
            if message.endswith("?") or self.step.answered is not None:
                self._line.query(message, timeout=self.step.answered)
            else:
                self._line.write(message)
        if self.step.settle > 0:
            self._wait(self.step.settle)
        if not self.step.off:
            return True, "Nothing to switch off.", None
        return True, "Needles lifted." if self.step.after_sources else "Output switched off.", None

    def _off_unheard(self) -> tuple[bool, str, float | None]:
        """Say off over a fresh line to an instrument that answers nonsense or nothing: it may still listen."""
        self.session = self._open_own()
        self._off()
        return False, "Output told to switch off, unheard.", None

    def _verify(self) -> tuple[bool, str, float | None]:
        found = {query: self._number(query) for query in self.step.expected}
        wrong = {
            query: number
            for query, number in found.items()
            if not abs(number - self.step.expected[query]) <= self.step.tolerance  # what is no number is not safe
        }
        if wrong:
            text = ", ".join(
                f"{query} must read {self.step.expected[query]:g} but reads {wrong[query]:g}" for query in wrong
            )
            return False, f"{text}.", next(iter(wrong.values()))
        answers = {}
        for query, pattern in self.step.matches.items():
            answers[query] = answer = self._line.query(query)
            if not re.search(pattern, answer):
                return False, f"{query} must be answered as {pattern!r} says, but is answered {answer!r}.", None
        told = {query: f"{number:g}" for query, number in found.items()} | answers
        words = ", ".join(f"{query} {answer.strip()}" for query, answer in told.items())
        return True, f"Read back safe: {words or 'it drives nothing'}.", 0.0

    @property
    def _line(self) -> Session:
        if self.session is None:
            raise NotConnected(f"`{self.step.instrument}` must be reachable at {self.step.address}, but is not.")
        return self.session

    def _open_own(self) -> Session:
        self.close()
        if self.given is not None:
            self.own = self.given.again(self.timeout)
        else:
            library, address = self.plan.visa_library, self.step.address
            self.own = Session(library, address, name=self.step.instrument, timeout=self.timeout)
        self.own.echo = self.step.echo
        return self.own

    def _number(self, query: str) -> float:
        number = self._line.query_numbers(query, 1)[0]
        if not math.isfinite(number):
            raise InstrumentFault(f"{query} must be answered with a number, but is answered {number:g}.")
        return number

    def _agree(self, level: float) -> None:
        """Read the level once more before a ramp: one digit that was read wrong would be gone to."""
        assert self.step.level_query is not None
        assert self.step.slew is not None
        again = self._number(self.step.level_query)
        if abs(again - level) > max(self.step.tolerance, self.step.slew * RAMP_INTERVAL):
            self._line.poison(f"{self.step.level_query} was answered {level:g}, then {again:g}.")
            raise InstrumentFault(
                f"{self.step.level_query} must be answered twice alike, but is answered {level:g}, then {again:g}."
            )

    def _set_level(self, level: float, slack: float = 0.0) -> None:
        """Send a level and read it back in one exchange."""
        message = f"{self.step.level_command.format(level=level)};{self.step.level_query}"
        read = self._line.query_numbers(message, 1)[0]
        if not abs(read - level) <= max(self.step.tolerance, slack):
            unit = self.step.unit
            raise InstrumentFault(f"A level of {level:g} {unit} was asked for, but {read:g} {unit} is programmed.")
