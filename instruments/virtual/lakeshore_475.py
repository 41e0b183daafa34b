"""A virtual Lake Shore 475 gaussmeter with closed-loop field control, in Lake Shore's line language.

Commands are those of the manual of the 475, chapter 6, as far as the tables say; everything else, `*WAI` included, is
ignored but for a bit of the event register. The bits of the operation register and the answers without a number are
general knowledge, not found on a page. A real one has GPIB and RS-232 only: on a bench it listens on a socket, as
behind a converter.

Wire `<name>.probe` to a magnet; wire `<name>.output` to it as well where the 475 is to control it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from smtjlab.instruments.lakeshore_475_specification import MEASURE_FIELD, OUTPUT_VOLTAGE

from . import lakeshore_475_meter
from .command_tree import Command, setting
from .hidden_errors import HiddenErrors
from .lakeshore import BYTE, COMMON, LakeShoreInstrument, Whole
from .lakeshore_475_meter import Meter, written
from .lakeshore_field_loop import FieldLoop, regulated_field
from .line_language import Real
from .scpi import ScpiError

if TYPE_CHECKING:
    from .world import World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a ramp may let pass."""
LARGEST_SETPOINT = 35.0
"""Largest size of the control setpoint in T: 350 kG."""


class Operation(IntFlag):
    """Bits of the operation status register."""

    NO_PROBE = 1
    OVERLOAD = 2
    NEW_READING = 4
    SLOPE_LIMIT = 32
    RAMP_DONE = 128


@dataclass(slots=True)
class Control:
    """Settings of the field control; fields in T, rates per minute as the instrument counts them."""

    state: int = 0
    setpoint: float = 0.0
    gain: float = 1.0
    integral: float = 1.0
    ramp: float = 6.0
    """Rate of the setpoint in T/min; 0 lets it jump."""
    slope: float = 60.0
    """Largest rate of the output in V/min."""

    def follow(self, twin: LakeShore475) -> None:
        """Let the magnet follow changed settings while the control is on; one that is off leaves it alone."""
        if self.state:
            self.apply(twin)

    def apply(self, twin: LakeShore475) -> None:
        """Let the magnet follow: the output goes to 0 V when the control is off, at its slope."""
        now, slew = twin.world.time, self.slope / 60
        if not self.state or not twin.probe_connected:
            twin.loop.drive(0.0, OUTPUT_VOLTAGE, slew, now)
            return
        meter = twin.meter
        if meter.autorange:
            meter.range = meter.range_for(max(abs(self.setpoint), abs(twin.loop.sensed.field(now))))
        zero = meter.zero.get(meter.specification, 0.0)
        target = regulated_field(twin.errors, meter.specification, self.setpoint + zero, self.gain, self.integral)
        twin.loop.regulate(target, self.ramp / 60, OUTPUT_VOLTAGE, slew, now)


class LakeShore475(LakeShoreInstrument):
    """One 475 on a bench. Everything is called with the world's lock held."""

    missing: ClassVar[tuple[str, ...]] = (
        "*TRG", "*WAI", "ALARM", "AOCON", "BAUD", "BEEP", "BRIGT", "CLIMIT", "DFLT", "DLOG", "IEEE", "KEYST?", "LOCK",
        "MXHOLD", "PRBFCOMP", "PRBTCOMP", "RELAY",
    )  # fmt: skip

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"LSCI,MODEL475,{self.serial_number},052815"
        rng = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        self.errors = HiddenErrors(rng, (MEASURE_FIELD,))
        self.probe_connected = True
        """Set False to pull the probe out."""
        self.loop = FieldLoop(driven=world.magnet(f"{name}.output"), sensed=world.magnet(f"{name}.probe"))
        self.meter, self.control = Meter(), Control()

    @property
    def output_is_on(self) -> bool:
        """Return whether the field control is on."""
        return bool(self.control.state)

    def execute(self, message: str) -> str | None:
        """Carry out the units of a message."""
        self.refresh()
        return super().execute(message)

    def refresh(self) -> None:
        """Let the operation register tell the state of this moment."""
        now, meter = self.world.time, self.meter
        field = self.loop.sensed.field(now)
        overload = not (MEASURE_FIELD[-1] if meter.autorange else meter.specification).holds(field)
        moving = now < self.loop.driven.settled_at
        states = {
            Operation.NO_PROBE: not self.probe_connected,
            Operation.OVERLOAD: self.probe_connected and overload,
            Operation.NEW_READING: self.probe_connected,
            Operation.SLOPE_LIMIT: self.output_is_on and moving and self.loop.slew_limited,
            Operation.RAMP_DONE: self.output_is_on and not moving,
        }
        for bit, holds in states.items():
            (self.status.operation.raise_condition if holds else self.status.operation.lower_condition)(bit)

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the ramp done."""
        left = self.loop.driven.settled_at - self.world.time
        if self.world.jumps and self.output_is_on and left > 0:
            self.world.wait(min(left, LONGEST_POLL))

    def reset(self) -> None:
        """Return to the settings of power-up, the control off; the zero of the probe stays."""
        zero, self.meter, was_on, self.control = self.meter.zero, Meter(), self.output_is_on, Control()
        self.meter.zero = zero
        if was_on:
            self.control.apply(self)

    def lose_field(self) -> None:
        """Notice that the magnet has quenched: the field control goes off, its setpoint stays."""
        self.control.state = 0
        self.control.apply(self)


def _switch(twin: LakeShore475, state: int) -> None:
    was_on, twin.control.state = twin.control.state, state
    if was_on or state:
        twin.control.apply(twin)


def _set_setpoint(twin: LakeShore475, value: float) -> None:
    tesla = value * twin.meter.size
    if abs(tesla) > LARGEST_SETPOINT:
        raise ScpiError(-222)
    twin.control.setpoint = tesla
    twin.control.follow(twin)


def _set_parameters(twin: LakeShore475, gain: float, integral: float, ramp: float, slope: float) -> None:
    control = twin.control
    control.gain, control.integral, control.ramp, control.slope = gain, integral, ramp * twin.meter.size, slope
    control.follow(twin)


def _parameters(twin: LakeShore475) -> str:
    control, size = twin.control, twin.meter.size
    numbers = (written(control.gain, 1), written(control.integral, 1), written(control.ramp, size))
    return ",".join((*numbers, written(control.slope, 1)))


ENABLE = setting("OPSTE", "status.operation.enable", BYTE)
PARAMETERS = (Real(0, 1000), Real(0, 10000), Real(0, 1e12), Real(0.001, 1e5))

COMMANDS = (
    *COMMON,
    *lakeshore_475_meter.COMMANDS,
    Command(header="CMODE", write=_switch, query=lambda twin: str(twin.control.state), takes=(Whole(0, 1),),
            note="closed-loop field control"),
    Command(header="CSETP", write=_set_setpoint, takes=(Real(-1e12, 1e12),), note="setpoint in the unit chosen",
            query=lambda twin: written(twin.control.setpoint, twin.meter.size)),
    Command(header="CPARAM", write=_set_parameters, query=_parameters, takes=PARAMETERS,
            note="P, I, ramp in units per minute, slope of the output in V per minute"),
    Command(header="OPST", query=lambda twin: BYTE.write(twin.status.operation.condition), polls=True),
    Command(header="OPSTR", query=lambda twin: BYTE.write(twin.status.operation.take_event()), polls=True),
    ENABLE,
)  # fmt: skip
"""Everything that this twin understands."""

LakeShore475.commands = COMMANDS
