"""Keysight (Agilent) 33511B as a source of waveforms: PyMeasure's class made strict (guide 33500-90901).

The output has 50 ohm in series. The driver tells the generator that nothing loads it, so that levels are those of an
open circuit: whatever is connected sees less, never more, than the limits allow.
"""

from __future__ import annotations

import math
from typing import ClassVar

from pymeasure.instruments import agilent

from .clock import Clock
from .errors import LimitError, UnsafeError
from .keysight_33511b_specification import (
    FREQUENCIES,
    LARGEST_LEVEL,
    LOWEST_FREQUENCY,
    SMALLEST_AMPLITUDE,
    SPECIFICATION_33511B,
)
from .limits import Limits
from .roles import Role
from .safe_state import SafeStep
from .session import Session
from .session_adapter import SessionAdapter
from .specification import InstrumentSpecification
from .strict_driver import StrictDriver, refused, sealed

SHAPES = ("SIN", "SQU", "RAMP", "TRI", "DC")
"""Shapes that are known at every moment; pulses and noise are not led by this driver."""
HIGH_IMPEDANCE = 9.9e37
"""Answer for a load that is none."""


@sealed
class Keysight33511B(StrictDriver, agilent.Agilent33500):  # type: ignore[misc]  # PyMeasure ships no types
    """A 33511B whose levels are those of an open circuit. Nothing is sent on construction; wishes are never clipped."""

    role: ClassVar[Role] = Role.FUNCTION_GENERATOR
    identity_pattern: ClassVar[str] = r"(?i)^(Agilent|Keysight) Technologies,\s*33511B\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_33511B

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)
        self.limits: Limits | None = None

    # The role

    def configure(self, limits: Limits, *, shape: str, frequency: float, amplitude: float, offset: float) -> None:
        """Set shape, frequency (Hz), peak amplitude and offset (V) with the output off, and read them back.

        The generator's own limits of its output are the site's, so that they hold without a computer.
        """
        self._check(limits, shape, frequency, amplitude, offset)
        if self.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be off while it is configured, but is on.")
        self.limits = None
        self.set_up(
            ":VOLT:LIM:STAT 0;:VOLT:UNIT VPP;:OUTP:LOAD INF;POL NORM;:BURS:STAT 0;:TRIG:SOUR IMM;:UNIT:ANGL DEG"
        )
        # Small and centred first: the generator moves one of the two where shape and offset do not go together.
        self.set_up(f":FREQ 1000;:VOLT:OFFS 0;:FUNC {shape};:PHAS 0;:FUNC:SQU:DCYC 50;:FUNC:RAMP:SYMM 50")
        expected: dict[str, float | str] = {":FUNC?": shape, ":OUTP:LOAD?": HIGH_IMPEDANCE, ":VOLT:UNIT?": "VPP"}
        if shape != "DC":
            self.set_up(f":FREQ {frequency:.9g};:VOLT {2 * amplitude:.9g}")
            expected |= {":FREQ?": frequency, ":VOLT?": 2 * amplitude}
        self.set_up(f":VOLT:OFFS {offset:.9g}")
        low, high = (max(-LARGEST_LEVEL, limits.voltage[0]), min(limits.voltage[1], LARGEST_LEVEL))
        # Apart first, so that neither passes the other.
        self.set_up(f":VOLT:LIM:LOW {-LARGEST_LEVEL:g};:VOLT:LIM:HIGH {high:.9g};:VOLT:LIM:LOW {low:.9g};STAT 1")
        expected |= {":VOLT:LIM:LOW?": low, ":VOLT:LIM:HIGH?": high, ":VOLT:LIM:STAT?": 1.0}
        self.verify(expected | {":VOLT:OFFS?": offset, ":OUTP:POL?": "NORM", ":BURS:STAT?": 0.0, ":OUTP?": 0.0})
        self.limits = limits

    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.session.query_numbers(":OUTP?", 1) == [1.0]

    def switch_on(self) -> None:
        """Switch the output on and read back that it is; only a configured generator may be."""
        if self.limits is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        self._switch(1)

    def switch_off(self) -> None:
        """Switch the output off and read back that it is."""
        self._switch(0)

    def safe_step(self, name: str, limits: Limits) -> SafeStep:
        """Return the safe state: output off."""
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            echo=self.echo,
            output_query=":OUTP?",
            off=(":OUTP 0",),
            expected={":OUTP?": 0.0},
        )

    def ramp_off(self, limits: Limits) -> None:
        """Switch off and read back; UnsafeError if not."""
        self.carry_out_safe_step(self.safe_step(self.name, limits))

    def shutdown(self) -> None:
        """Switch off: what PyMeasure calls at the end of a `with`."""
        self.isShutdown = True
        if self.limits is not None:
            self.ramp_off(self.limits)

    # What the role stands on

    def _check(self, limits: Limits, shape: str, frequency: float, amplitude: float, offset: float) -> None:
        if shape not in SHAPES:
            raise LimitError(f"`shape` of `{self.name}` must be one of {', '.join(SHAPES)}, but is {shape!r}.")
        peak = 0.0 if shape == "DC" else amplitude
        for level in (offset + peak, offset - peak):
            limits.check(level, instrument=self.name, where="peak of the waveform, without load")
        if not abs(offset) + peak <= LARGEST_LEVEL:
            raise LimitError(
                f"`{self.name}` must stay within ±{LARGEST_LEVEL:g} V, but its peak was asked to be "
                f"{abs(offset) + peak:g} V."
            )
        if shape == "DC":
            return
        if not 2 * peak >= SMALLEST_AMPLITUDE:
            raise LimitError(
                f"`amplitude` of `{self.name}` must be at least {SMALLEST_AMPLITUDE / 2:g} V, but is {amplitude:g} V."
            )
        self._check_slew(limits, shape, frequency, amplitude)
        if not LOWEST_FREQUENCY <= frequency <= FREQUENCIES[shape]:
            raise LimitError(
                f"`frequency` of `{self.name}` must be within {LOWEST_FREQUENCY:g} Hz and {FREQUENCIES[shape]:g} Hz "
                f"for {shape}, but is {frequency:g} Hz."
            )

    def _check_slew(self, limits: Limits, shape: str, frequency: float, amplitude: float) -> None:
        """Refuse a wave that is steeper than the slew limit allows; a square jumps, a ramp is symmetric here."""
        steepest = {"SIN": 2 * math.pi, "TRI": 4.0, "RAMP": 4.0}.get(shape, math.inf) * frequency * amplitude
        if limits.slew is not None and steepest > limits.slew:
            raise LimitError(
                f"`slew` limit of `{self.name}` must hold for the whole wave, but {limits.slew:g} V/s are less than "
                f"the {steepest:.3g} V/s of {shape} with {amplitude:g} V at {frequency:g} Hz."
            )

    def _switch(self, state: int) -> None:
        if self.session.query_numbers(f":OUTP {state};:OUTP?", 1) != [float(state)]:
            raise UnsafeError(f"Output of `{self.name}` must read {state} after it was switched, but does not.")
        self.check_queue(f":OUTP {state}")

    # PyMeasure's own verbs, led to the role's, or refused

    def _set_output(self, state: bool) -> None:
        if state not in (True, False):
            raise ValueError(f"Output of `{self.name}` must be True or False, but {state!r} was asked of it.")
        (self.switch_on if state else self.switch_off)()

    output = property(output_is_on, _set_output, doc="Control whether the output is on.")
    _not_here = refused("is set up by `configure`, with its output off")
    ch_1 = ch_2 = property(_not_here)
    reset = data_arb = data_volatile_clear = phase_sync = trigger = wait_for_trigger = _not_here
