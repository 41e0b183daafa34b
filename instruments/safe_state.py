"""The way of a bench into its safe state, as data, and the walk along it.

A plan is plain JSON: the engine carries it out over its own sessions, a guardian over sessions of its own when the
engine is dead, and `smtjlab bench safe` by hand. Nothing here knows a driver. Each step does what it can: one that
fails never stops the next, and the report says what was read back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .clock import Clock, RealClock
from .safe_walk import Walk
from .session import Session


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
    stop: tuple[str, ...] = ()
    """Messages that end a sweep which runs in the instrument, before its level is touched."""
    off: tuple[str, ...] = ()
    """Messages that switch off; one that ends in `?` is asked, and its answer thrown away."""
    answered: float | None = None
    """Seconds that each message of `off` may take to be answered; None where they are not, but for questions."""
    settle: float = 0.0
    """Seconds to wait after that, for outputs that ramp by themselves."""
    expected: Mapping[str, float] = field(default_factory=dict)
    """Query to the number it must answer in the safe state."""
    matches: Mapping[str, str] = field(default_factory=dict)
    """Query to a regular expression that its answer must match in the safe state."""
    after_sources: bool = False
    """Whether it is done only once every step before it has been read back as safe: needles are not lifted live."""
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
        steps = tuple(
            SafeStep(**{**step, "stop": tuple(step.get("stop", ())), "off": tuple(step["off"])})
            for step in fields["steps"]
        )
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

                with contextlib.suppress(OSError, ValueError):
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
    announce: Callable[[str], None] | None = None,
) -> SafetyReport:
    """Bring every instrument of `plan` into its safe state and read back that it is there. Raises nothing of theirs.

    A session that is missing or will not heal is replaced by one of our own; `say` is told each finding as it comes,
    `announce` (else `say`) how long a ramp will take, before it begins. Where these raise, that is one more finding.
    """
    findings: list[dict[str, Any]] = []
    with contextlib.ExitStack() as stack:
        time = clock or stack.enter_context(plan.clock())
        for place, step in enumerate(plan.steps):
            walk = Walk(plan, step, time, timeout, findings, say, announce or say)
            if step.after_sources and not _are_verified(plan.steps[:place], findings):
                walk.leave("It stays as it is: what comes before it could not be read back as safe.")
                continue
            with contextlib.closing(walk):
                walk.along((sessions or {}).get(step.instrument))
    return SafetyReport(safe=_are_verified(plan.steps, findings), findings=findings)


def _are_verified(steps: Sequence[SafeStep], findings: Sequence[dict[str, Any]]) -> bool:
    """Return whether every step was read back as safe: a stranger was asked nothing, and is not."""
    verified = {found["instrument"] for found in findings if found["action"] == "verify" and found["ok"]}
    return all(step.instrument in verified for step in steps)
