"""Keithley 6221 as a source of direct current: PyMeasure's class made strict (reference manual 622x-901-01).

Delta mode, which needs a 2182A at its cables, is `delta_mode.DeltaMode`.
"""

from __future__ import annotations

import math
from typing import ClassVar

from pymeasure.instruments.keithley import Keithley6221 as PyMeasureKeithley6221

from .clock import Clock
from .errors import InstrumentReported, LimitError, UnsafeError
from .keithley_6221_specification import (
    COMPLIANCE,
    COMPLIANCE_STEP,
    LARGEST_CURRENT,
    SOURCE_CURRENT,
    SPECIFICATION_6221,
)
from .limits import CurrentLimits
from .roles import Role
from .safe_state import SafeStep
from .safe_walk import RAMP_INTERVAL
from .session import Session
from .session_adapter import SessionAdapter
from .specification import InstrumentSpecification, RangeSpecification, range_for
from .strict_driver import StrictDriver, refused, sealed

IN_COMPLIANCE = 8
"""Bit of the measurement condition register (manual, page 11-16)."""


@sealed
class Keithley6221(StrictDriver, PyMeasureKeithley6221):  # type: ignore[misc]  # PyMeasure ships no types
    """A 6221 that drives a direct current under a voltage limit.

    Nothing is sent on construction. Every set-up is followed by the error queue and by a read-back; wishes outside the
    limits are refused, never truncated.
    """

    role: ClassVar[Role] = Role.CURRENT_SOURCE
    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 6221\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_6221

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)
        self.limits: CurrentLimits | None = None
        self.present_range: RangeSpecification | None = None
        """Range in use; None until configured."""

    # The role

    def configure(self, limits: CurrentLimits, *, largest_current: float) -> None:
        """Set range and compliance at 0 A with the output off, and read them back.

        The compliance is programmed in steps of 10 mV, never above the limit.
        """
        wanted = self._range(limits, largest_current)
        compliance = compliance_of(limits)
        if not COMPLIANCE[0] <= compliance <= COMPLIANCE[1]:
            raise LimitError(
                f"`voltage` limit of `{self.name}` must be within {COMPLIANCE[0]:g} V and {COMPLIANCE[1]:g} V, "
                f"but is {limits.voltage:g} V."
            )
        if self.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be off while it is configured, but is on.")
        self.limits = None
        self.set_up(":SOUR:SWE:ABOR")
        self.set_up(
            f":SOUR:CURR 0;:SOUR:CURR:RANG {wanted.range:.9g};:SOUR:CURR:COMP {compliance:.9g};:SOUR:CURR:FILT 0;"
            ":OUTP:RESP FAST"
        )
        self.verify(
            {
                ":SOUR:CURR?": 0.0,
                ":SOUR:CURR:RANG?": wanted.range,
                ":SOUR:CURR:RANG:AUTO?": 0.0,
                ":SOUR:CURR:COMP?": compliance,
                ":OUTP?": 0.0,
            }
        )
        self.limits, self.present_range = limits, wanted

    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.session.query_numbers(":OUTP?", 1) == [1.0]

    def switch_on(self) -> None:
        """Switch the output on and read back that it is; only a configured source at 0 A may be."""
        self._configured()
        if (level := self.level()) != 0:
            raise UnsafeError(f"Level of `{self.name}` must read 0 A before its output goes on, but reads {level:g} A.")
        self._switch(1)

    def switch_off(self) -> None:
        """Switch the output off and read back that it is."""
        self._switch(0)

    def level(self) -> float:
        """Return the programmed current in A."""
        return self.session.query_numbers(":SOUR:CURR?", 1)[0]

    def set_current(self, amperes: float) -> float:
        """Program a current within the limits, at their slew, and return it as read back, in A."""
        limits, spec = self._configured()
        limits.check(amperes, instrument=self.name)
        if not spec.holds(amperes):
            raise LimitError(
                f"`{self.name}` must stay within its range of {spec.range:g} A, but {amperes:g} A was asked of it."
            )
        if limits.slew is not None:
            start = self.level()
            steps = math.ceil(abs(amperes - start) / (limits.slew * RAMP_INTERVAL))
            for step in range(1, steps):
                self._program(start + (amperes - start) * step / steps, spec)
                self.clock.sleep(RAMP_INTERVAL)
        return self._program(amperes, spec)

    def tripped(self) -> bool:
        """Return whether the voltage limit is active."""
        return bool(int(self.session.query_numbers(":STAT:MEAS:COND?", 1)[0]) & IN_COMPLIANCE)

    def safe_step(self, name: str, limits: CurrentLimits) -> SafeStep:
        """Return the safe state: 0 A, then output off; a run of delta mode ends with it."""
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            echo=self.echo,
            output_query=":OUTP?",
            level_query=":SOUR:CURR?",
            level_command=":SOUR:CURR {level:.9g}",
            unit="A",
            slew=limits.slew,
            tolerance=range_for(SOURCE_CURRENT, max(map(abs, limits.current))).resolution,
            stop=(":SOUR:SWE:ABOR",),
            off=(":SOUR:SWE:ABOR", ":OUTP 0"),
            expected={":OUTP?": 0.0, ":SOUR:CURR?": 0.0},
        )

    def ramp_off(self, limits: CurrentLimits) -> None:
        """Ramp to 0 A, switch off whatever happens on the way, and read back; UnsafeError if not."""
        self.carry_out_safe_step(self.safe_step(self.name, limits))

    def shutdown(self) -> None:
        """Ramp off and read back: what PyMeasure calls at the end of a `with`. Nothing was on without `configure`."""
        self.isShutdown = True
        if self.limits is not None:
            self.ramp_off(self.limits)

    # What the role stands on

    def _range(self, limits: CurrentLimits, largest_current: float) -> RangeSpecification:
        farther = math.copysign(largest_current, sum(limits.current))
        limits.check(farther, instrument=self.name, where="largest current of the run")
        if abs(largest_current) > LARGEST_CURRENT:
            raise LimitError(f"`{self.name}` must stay within ±105 mA, but {largest_current:g} A was asked of it.")
        return range_for(SOURCE_CURRENT, largest_current)

    def _program(self, amperes: float, spec: RangeSpecification) -> float:
        read = self.session.query_numbers(f":SOUR:CURR {amperes:.9g};:SOUR:CURR?", 1)[0]
        if abs(read - amperes) > spec.resolution:
            raise InstrumentReported(f"`{self.name}` must be set to {amperes:g} A, but reads back {read:g} A.")
        return read

    def _switch(self, state: int) -> None:
        if self.session.query_numbers(f":OUTP {state};:OUTP?", 1) != [float(state)]:
            raise UnsafeError(f"Output of `{self.name}` must read {state} after it was switched, but does not.")
        self.check_queue(f":OUTP {state}")

    def _configured(self) -> tuple[CurrentLimits, RangeSpecification]:
        if self.limits is None or self.present_range is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        return self.limits, self.present_range

    # PyMeasure's own verbs, led to the role's, or refused

    def _set_source_current(self, amperes: float) -> None:
        self.set_current(amperes)

    source_enabled = property(output_is_on, doc="Whether the output is on.")
    source_current = property(level, _set_source_current, doc="Control the level in A, within the site limits.")
    enable_source = switch_on
    disable_source = switch_off
    _no_waves = refused("drives a direct current on this bench, no waveform")
    waveform_arm = waveform_start = waveform_abort = waveform_duration_set_infinity = _no_waves
    define_arbitary_waveform = _no_waves
    _by_delta_mode = refused("is led through delta mode by `DeltaMode`")
    delta_arm = delta_start = delta_abort = _by_delta_mode
    delta_sense = delta_values = property(_by_delta_mode)
    _not_here = refused("is set up by `configure`, at 0 A and with its output off")
    config_buffer = start_buffer = stop_buffer = reset_buffer = disable_buffer = wait_for_buffer = _not_here
    trigger = trigger_immediately = trigger_on_bus = trigger_on_external = set_timed_arm = reset = _not_here
    output_trigger_on_external = disable_output_trigger = beep = triad = _not_here
    standard_event_enabled = property(_not_here, _not_here)


def compliance_of(limits: CurrentLimits) -> float:
    """Return the voltage in V that is programmed: the limit, or the next step of 10 mV below it."""
    return round(math.floor(limits.voltage / COMPLIANCE_STEP * (1 + 1e-12)) * COMPLIANCE_STEP, 9)
