"""The way of a bench into its safe state, as data, and the walk along it.

A plan is plain JSON: the engine carries it out over its own sessions, a guardian over sessions of its own when the
engine is dead, and `smtjlab bench safe` by hand. Nothing here knows a driver. Each step does what it can: one that
fails never stops the next, and the report says what was read back.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .clock import Clock, RealClock
from .errors import ForeignIdentity, InstrumentFault, InstrumentMistake, NotConnected
from .session import Session

RAMP_INTERVAL = 0.02
"""Time in s between the steps of a ramp; each step is the slew limit times this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeStep:
    """One instrument's safe state: level ramped to zero, output off, both read back.

    The level is what the instrument drives, in `unit`. An instrument that drives nothing has no level query; one
    that switches nothing has no `off`; a mere meter need only answer for itself.
    """

    instrument: str
    address: str
    identity: str
    """Regular expression for `*IDN?`; nothing else is sent to a stranger."""
    output_query: str | None = None
    """Question that is answered 0 while the output is off; None where there is no such switch."""
    level_query: str | None = None
    level_command: str = ""
    """Format with `level`, in `unit`."""
    unit: str = "V"
    slew: float | None = None
    """Largest rate of change in `unit` per s; None allows a step to zero."""
    tolerance: float = 0.0
    """Level in `unit` that still counts as zero."""
    off: tuple[str, ...] = ()
    """Messages that switch off; one that ends in `?` is asked, and its answer thrown away."""
    settle: float = 0.0
    """Seconds to wait after that, for outputs that ramp by themselves."""
    expected: Mapping[str, float] = field(default_factory=dict)
    """Query to the number it must answer in the safe state."""
    identity_query: str = "*IDN?"
    echo: str | None = "*ESE {nonce};*ESE?"
    """Message that gives a number back, to prove a healed line; None where the instrument knows none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafePlan:
    """The steps in their order: the junction's bias first, then the gate."""

    visa_library: str
    steps: tuple[SafeStep, ...]
    control: tuple[int, str] | None = None
    """Port and token of the control channel of a served virtual bench: its clock times the ramps."""

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain JSON values. The token in it is for the owner's eyes only."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> SafePlan:
        """Return the plan that `to_dict` described."""
        steps = tuple(SafeStep(**{**step, "off": tuple(step["off"])}) for step in fields["steps"])
        control = fields["control"]
        return cls(
            visa_library=fields["visa_library"],
            steps=steps,
            control=(int(control[0]), str(control[1])) if control else None,
        )

    @contextlib.contextmanager
    def clock(self) -> Iterator[Clock]:
        """Yield the bench's clock; the computer's own where the virtual bench's does not answer."""
        with contextlib.ExitStack() as stack:
            clock: Clock = RealClock()
            if self.control is not None:
                from .virtual.control import ControlChannel

                with contextlib.suppress(OSError):
                    channel = stack.enter_context(ControlChannel(*self.control, patience=2.0))
                    channel.now()
                    clock = channel
            yield clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyReport:
    """What was found at the end of the walk."""

    safe: bool
    """Whether every step was read back as safe."""
    findings: list[dict[str, Any]] = field(default_factory=list)
    """One entry an action: `instrument`, `action`, `ok`, `text`, and `read` where a number was read back."""

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        bad = [f"{found['instrument']}: {found['text']}" for found in self.findings if not found["ok"]]
        return "Safe, and read back." if self.safe else f"NOT SAFE: {' '.join(bad)}"


def carry_out(
    plan: SafePlan,
    *,
    sessions: Mapping[str, Session] | None = None,
    clock: Clock | None = None,
    timeout: float = 2.0,
    say: Callable[[str], None] | None = None,
) -> SafetyReport:
    """Bring every instrument of `plan` into its safe state and read back that it is there. Raises nothing of theirs.

    A session that is missing or will not heal is replaced by one of our own; `say` is told each finding as it comes.
    """
    findings: list[dict[str, Any]] = []
    with contextlib.ExitStack() as stack:
        time = clock or stack.enter_context(plan.clock())
        for step in plan.steps:
            walk = _Walk(plan, step, time, timeout, findings, say)
            with contextlib.closing(walk):
                walk.along((sessions or {}).get(step.instrument))
    verified = {found["instrument"] for found in findings if found["action"] == "verify" and found["ok"]}
    return SafetyReport(safe=all(step.instrument in verified for step in plan.steps), findings=findings)


class _Walk:
    """One step on its way."""

    def __init__(
        self,
        plan: SafePlan,
        step: SafeStep,
        clock: Clock,
        timeout: float,
        findings: list[dict[str, Any]],
        say: Callable[[str], None] | None,
    ) -> None:
        self.plan, self.step, self.clock, self.timeout = plan, step, clock, timeout
        self.findings, self.say = findings, say
        self.own: Session | None = None
        self.session: Session | None = None
        self.given: Session | None = None  # whose library is the bench's, whatever the plan calls it
        self.heard = False  # it has told its identity
        self.stranger = False  # it is another instrument
        self.hopeless = False  # nothing is worth a second try

    def close(self) -> None:
        if self.own is not None:
            self.own.close()

    def along(self, session: Session | None) -> None:
        self.session = self.given = session
        if self.attempt("connect", self.connect):
            if self.step.level_query is not None:
                self.attempt("ramp", self.ramp)
            self.hopeless = not self.attempt("off", self.off)
        self.hopeless = self.hopeless or not self.heard
        if self.hopeless and not self.stranger:
            self.attempt("off", self.off_unheard)
        if not self.stranger:
            self.attempt("verify", self.verify)

    def attempt(self, action: str, act: Callable[[], tuple[bool, str, float | None]]) -> bool:
        """Do one action and note it; after a fault the session is healed once and the action tried again."""
        try:
            try:
                ok, text, read = act()
            except InstrumentFault:
                if self.session is None or self.hopeless:
                    raise
                if self.session.poisoned:
                    self.session.heal(attempts=1)
                ok, text, read = act()
        except (OSError, InstrumentMistake) as problem:
            self.stranger = self.stranger or isinstance(problem, ForeignIdentity)
            ok, text, read = False, str(problem), None
        self.findings.append(
            {"instrument": self.step.instrument, "action": action, "ok": ok, "text": text, "read": read}
        )
        if self.say is not None:
            self.say(f"{self.step.instrument}: {text}")
        return ok

    def connect(self) -> tuple[bool, str, float | None]:
        if self.session is not None and self.session.poisoned:
            try:
                self.session.heal(attempts=1)
            except InstrumentFault:
                self.session = None
        if self.session is None:
            self.session = self.open_own()
        identity = self.session.identify(self.step.identity, self.step.identity_query)
        self.heard = True
        return True, f"Answers as {identity}.", None

    def ramp(self) -> tuple[bool, str, float | None]:
        """Bring the level to zero: by the slew limit under power, at once where the output is off already."""
        assert self.step.level_query is not None
        level = self.number(self.step.level_query)
        on = self.step.output_query is None or bool(self.number(self.step.output_query))
        unit = self.step.unit
        if not on or self.step.slew is None or abs(level) <= self.step.tolerance:
            self.set_level(0.0)
            return True, f"Level set to 0 {unit}.", 0.0
        count = max(1, math.ceil(abs(level) / (self.step.slew * RAMP_INTERVAL)))
        if self.say is not None:
            self.say(
                f"{self.step.instrument}: ramping {level:g} {unit} to 0 {unit} in {abs(level) / self.step.slew:.3g} s."
            )
        for left in range(count - 1, -1, -1):
            # On the way an instrument rounds to steps of its own; at the end zero is zero.
            self.set_level(level * left / count, slack=abs(level) / count if left else 0.0)
            self.wait(abs(level) / self.step.slew / count)
        return True, f"Ramped from {level:g} {unit} to 0 {unit}.", 0.0

    def wait(self, seconds: float) -> None:
        """Let time pass; on the computer's clock where the bench's own has died."""
        try:
            self.clock.sleep(seconds)
        except OSError:
            self.clock = RealClock()
            self.clock.sleep(seconds)

    def off(self) -> tuple[bool, str, float | None]:
        for message in self.step.off:
            if message.endswith("?"):
                self.line.query(message)
            else:
                self.line.write(message)
        if self.step.settle > 0:
            self.wait(self.step.settle)
        return True, "Output switched off." if self.step.off else "Nothing to switch off.", None

    def off_unheard(self) -> tuple[bool, str, float | None]:
        """Say off over a fresh line to an instrument that answers nonsense or nothing: it may still listen."""
        self.session = self.open_own()
        self.off()
        return False, "Output told to switch off, unheard.", None

    def verify(self) -> tuple[bool, str, float | None]:
        found = {query: self.number(query) for query in self.step.expected}
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
        words = ", ".join(f"{query} {number:g}" for query, number in found.items())
        return True, f"Read back safe: {words or 'it drives nothing'}.", 0.0

    @property
    def line(self) -> Session:
        if self.session is None:
            raise NotConnected(f"`{self.step.instrument}` must be reachable at {self.step.address}, but is not.")
        return self.session

    def open_own(self) -> Session:
        self.close()
        if self.given is not None:
            self.own = self.given.again(self.timeout)
        else:
            library, address = self.plan.visa_library, self.step.address
            self.own = Session(library, address, name=self.step.instrument, timeout=self.timeout)
        self.own.echo = self.step.echo
        return self.own

    def number(self, query: str) -> float:
        return self.line.query_numbers(query, 1)[0]

    def set_level(self, level: float, slack: float = 0.0) -> None:
        """Send a level and read it back in one exchange."""
        message = f"{self.step.level_command.format(level=level)};{self.step.level_query}"
        read = self.line.query_numbers(message, 1)[0]
        if not abs(read - level) <= max(self.step.tolerance, slack):
            unit = self.step.unit
            raise InstrumentFault(f"A level of {level:g} {unit} was asked for, but {read:g} {unit} is programmed.")
