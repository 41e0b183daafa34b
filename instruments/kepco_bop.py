"""Kepco BOP 36-12 with the card BIT 4886 as a magnet's supply: PyMeasure's class made strict (manual of the BIT 4886).

A coil answers a step of its current with all the voltage there is: the current is only ever ramped, at the slew limit
of the site, and the voltage limit is programmed and read back before the output goes on. Numbers are written with six
decimals and without exponents, which the card would refuse beyond 8.
"""

from __future__ import annotations

import math
from typing import ClassVar

from pymeasure.instruments.kepco import KepcoBOP3612 as PyMeasureKepcoBOP3612

from .clock import Clock
from .errors import ForeignIdentity, InstrumentReported, LimitError, UnsafeError
from .kepco_bop_specification import (
    CURRENT_STEP,
    MEASURE_CURRENT,
    RATED_CURRENT,
    RATED_VOLTAGE,
    SOURCE_CURRENT,
    SPECIFICATION_BOP_36_12,
    VOLTAGE_STEP,
)
from .limits import CurrentLimits
from .roles import Role
from .safe_state import SafeStep
from .safe_walk import RAMP_INTERVAL
from .session import Session
from .session_adapter import SessionAdapter
from .specification import InstrumentSpecification
from .strict_driver import StrictDriver, refused, sealed

RATING = 0.05
"""Largest settings may differ from the rating by this fraction."""
VOLTAGE_MODE, CURRENT_MODE = 0.0, 1.0
"""Answers to `FUNC:MODE?`."""
STANDSTILL = SOURCE_CURRENT.offset + MEASURE_CURRENT.offset + 5 * MEASURE_CURRENT.noise
"""Current in A that cannot be told from the one that was programmed."""
PATIENCE = 1.0
"""Seconds that a coil may take to follow beyond the time of its ramp."""
POLL = 0.02
"""Seconds between two looks at a coil that still moves."""


@sealed
class KepcoBOP3612(StrictDriver, PyMeasureKepcoBOP3612):  # type: ignore[misc]  # PyMeasure ships no types
    """A BOP 36-12 that drives a coil in current mode.

    Nothing is sent on construction; wishes outside the limits are refused, never truncated.
    """

    role: ClassVar[Role] = Role.MAGNET_SUPPLY
    identity_pattern: ClassVar[str] = r"(?i)^KEPCO,[^,]*(BIT ?4886|BOP)"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_BOP_36_12

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)
        self.limits: CurrentLimits | None = None

    # The role

    def verify_language(self) -> None:
        """Raise ForeignIdentity where it is a BOP of other ratings, which its identity does not tell."""
        volts, amperes = self.session.query_numbers("VOLT? MAX;:CURR? MAX", 2)
        if not (abs(volts / RATED_VOLTAGE - 1) <= RATING and abs(amperes / RATED_CURRENT - 1) <= RATING):
            raise ForeignIdentity(
                f"`{self.name}` must be rated {RATED_VOLTAGE:g} V, {RATED_CURRENT:g} A, but says that its largest "
                f"settings are {volts:g} V, {amperes:g} A."
            )

    def configure(self, limits: CurrentLimits) -> None:
        """Set current mode and voltage limit at 0 A with the output off, and read them back."""
        largest = max(map(abs, limits.current))
        if largest > RATED_CURRENT:
            raise LimitError(f"`current` limits of `{self.name}` must be within ±12 A, but reach {largest:g} A.")
        if limits.voltage > RATED_VOLTAGE:
            raise LimitError(f"`voltage` limit of `{self.name}` must be within 36 V, but is {limits.voltage:g} V.")
        if limits.slew is None:
            raise LimitError(f"`slew` limit of `{self.name}` must be given, for a coil is never stepped, but is not.")
        if self.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be off while it is configured, but is on.")
        self.limits = None
        self.set_up("FUNC:MODE CURR")
        self.set_up(f"CURR 0;VOLT {limits.voltage:.6f}")
        found = self.session.query_numbers("FUNC:MODE?;:CURR?;:VOLT?;:OUTP?", 4)
        for what, value, wanted, slack in zip(
            ("FUNC:MODE?", "CURR?", "VOLT?", "OUTP?"),
            found,
            (CURRENT_MODE, 0.0, limits.voltage, 0.0),
            (0.0, CURRENT_STEP, VOLTAGE_STEP, 0.0),
            strict=True,
        ):
            if not abs(value - wanted) <= slack:
                raise UnsafeError(
                    f"{what} of `{self.name}` must read {wanted:g} before its output goes on, but reads {value:g}."
                )
        self.limits = limits

    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.session.query_numbers("OUTP?", 1) == [1.0]

    def switch_on(self) -> None:
        """Switch the output on at 0 A and read back that it is."""
        self._limits()
        if abs(level := self.level()) > CURRENT_STEP:
            raise UnsafeError(f"Level of `{self.name}` must read 0 A before its output goes on, but reads {level:g} A.")
        self._switch(1)

    def switch_off(self) -> None:
        """Switch the output off, at 0 A only, and read back that it is."""
        measured = self.measured_current()
        if abs(measured) > STANDSTILL:
            raise UnsafeError(
                f"Current of `{self.name}` must be 0 A before its output goes off, for a coil is never cut off, "
                f"but is {measured:g} A."
            )
        self._switch(0)

    def set_current(self, amperes: float) -> float:
        """Ramp to a current within the limits, at their slew; return it as measured, in A, when the coil has followed.

        UnsafeError where the output is off; InstrumentReported where the voltage limit keeps the coil back.
        """
        limits = self._limits()
        limits.check(amperes, instrument=self.name)
        if not self.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be on before it is asked for a current, but is off.")
        assert limits.slew is not None
        start = self.level()
        count = max(1, math.ceil(abs(amperes - start) / (limits.slew * RAMP_INTERVAL)))
        for step in range(1, count + 1):
            self._set_level(start + (amperes - start) * step / count)
            self.clock.sleep(abs(amperes - start) / limits.slew / count)
        self.check_queue("CURR")
        return self._await_current(amperes)

    def level(self) -> float:
        """Return the programmed current in A."""
        return self.session.query_numbers("CURR?", 1)[0]

    def measured_current(self) -> float:
        """Return the current in A at the output."""
        return self.session.query_numbers("MEAS:CURR?", 1)[0]

    def measured_voltage(self) -> float:
        """Return the voltage in V at the output."""
        return self.session.query_numbers("MEAS:VOLT?", 1)[0]

    def ramp_off(self, limits: CurrentLimits) -> None:
        """Ramp to 0 A, then switch off, and read back; UnsafeError if not."""
        self.carry_out_safe_step(self.safe_step(self.name, limits))

    def safe_step(self, name: str, limits: CurrentLimits) -> SafeStep:
        """Return the safe state: current ramped to 0 A, then output off."""
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            output_query="OUTP?",
            level_query="CURR?",
            level_command="CURR {level:.6f}",
            unit="A",
            slew=limits.slew,
            tolerance=CURRENT_STEP,
            off=("OUTP 0",),
            expected={"OUTP?": 0.0, "CURR?": 0.0},
        )

    def shutdown(self) -> None:
        """Ramp off and read back: what PyMeasure calls at the end of a `with`. Nothing was on without `configure`."""
        self.isShutdown = True
        if self.limits is not None:
            self.ramp_off(self.limits)

    # What the role stands on

    def _set_level(self, amperes: float) -> None:
        read = self.session.query_numbers(f"CURR {amperes:.6f};CURR?", 1)[0]
        if not abs(read - amperes) <= CURRENT_STEP:
            raise InstrumentReported(f"`{self.name}` must be set to {amperes:g} A, but reads back {read:g} A.")

    def _await_current(self, amperes: float) -> float:
        deadline = self.clock.now() + PATIENCE
        while abs((measured := self.measured_current()) - amperes) > STANDSTILL:
            if self.clock.now() > deadline:
                raise InstrumentReported(
                    f"`{self.name}` must reach {amperes:g} A, but stands at {measured:g} A: its voltage limit of "
                    f"{self._limits().voltage:g} V keeps the coil back."
                )
            self.clock.sleep(POLL)
        return measured

    def _switch(self, state: int) -> None:
        if self.session.query_numbers(f"OUTP {state};OUTP?", 1) != [float(state)]:
            raise UnsafeError(f"Output of `{self.name}` must read {state} after it was switched, but does not.")
        self.check_queue(f"OUTP {state}")

    def _limits(self) -> CurrentLimits:
        if self.limits is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        return self.limits

    # PyMeasure's own verbs, led to the role's, or refused

    def _set_current_setpoint(self, amperes: float) -> None:
        self.set_current(amperes)

    def _set_output(self, state: bool) -> None:
        if state not in (True, False):
            raise ValueError(f"Output of `{self.name}` must be True or False, but {state!r} was asked of it.")
        (self.switch_on if state else self.switch_off)()

    _by_configure = refused("is set up by `configure`, at 0 A and with its output off")
    output_enabled = property(output_is_on, _set_output, doc="Whether the output is on.")
    current = property(measured_current, doc="Current in A at the output.")
    voltage = property(measured_voltage, doc="Voltage in V at the output.")
    current_setpoint = property(
        level, _set_current_setpoint, doc="Control the current in A: it is ramped, not stepped."
    )
    voltage_setpoint = property(
        lambda self: self.session.query_numbers("VOLT?", 1)[0], _by_configure, doc="Voltage limit in V."
    )
    operating_mode = property(
        lambda self: ("VOLT", "CURR")[int(self.session.query_numbers("FUNC:MODE?", 1)[0])], _by_configure
    )
    bop_test = property(refused("swings to its full ratings in that test: disconnect the coil first"))
    reset = _by_configure
