"""Keithley 2636B, and 2602B by data: two strict source meters in one case, spoken to in TSP (manual 2600BS-901-01)."""

from __future__ import annotations

from typing import ClassVar

from .clock import Clock
from .errors import ForeignIdentity
from .keithley_2636b_specification import K2602B, K2636B, TspSourceMeterSpecification
from .limits import Limits
from .roles import Role
from .safe_state import SafeStep
from .session import Session
from .tsp_driver import TspDriver
from .tsp_source_meter import TspSourceMeter


class Keithley2636B(TspDriver):
    """A 2636B whose channels `a` and `b` each source voltage and measure current.

    Nothing is sent on construction. Every set-up is followed by the error queue and by a read-back; out-of-range
    wishes are refused, never truncated; an overflow is None, never a number.
    """

    role: ClassVar[Role] = Role.SOURCE_METER_PAIR
    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 2636B\b"
    specification: ClassVar[TspSourceMeterSpecification] = K2636B

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        self.stand_on(session, clock)
        self.a = TspSourceMeter(session, "a", self.specification, self.identity_pattern, clock=clock)
        self.b = TspSourceMeter(session, "b", self.specification, self.identity_pattern, clock=clock)

    def verify_language(self) -> None:
        """Raise ForeignIdentity where the instrument does not speak TSP as its model."""
        model = self.session.query("print(localnode.model)").strip()
        if model != self.specification.model:
            raise ForeignIdentity(
                f"`{self.name}` must be a {self.specification.model} that speaks TSP, but says that it is {model!r}."
            )

    def output_is_on(self) -> bool:
        """Return whether the output of either channel is on."""
        return self.a.output_is_on() or self.b.output_is_on()

    def safe_step(self, name: str, limits: Limits) -> SafeStep:
        """Return the safe state of the channel that `name` ends with, `dual.a` or `dual.b`."""
        return (self.b if name.endswith(".b") else self.a).safe_step(name, limits)


class Keithley2602B(Keithley2636B):
    """The same with the ranges of a 2602B: 40 V and 3 A."""

    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 2602B\b"
    specification: ClassVar[TspSourceMeterSpecification] = K2602B
