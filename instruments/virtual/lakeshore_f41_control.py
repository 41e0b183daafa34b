"""The field control of a virtual F41: an output of ±10 V that programs the magnet's supply, in open or closed loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.lakeshore_f41_specification import MEASURE_FIELD, OUTPUT_VOLTAGE

from .command_tree import ON_OFF, Command, setting
from .lakeshore_field_loop import regulated_field
from .parameter import Choice, Kind, Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .lakeshore_f41 import LakeShoreF41

FASTEST = 1e3
"""Slew in V/s that stands for no limit."""


@dataclass(slots=True)
class FieldControl:
    """Settings of the control, and where they lead; fields in T, rates in T/s."""

    mode: str = "CLLOOP"
    state: bool = False
    voltage_limit: float = OUTPUT_VOLTAGE
    slew: float = 10.0
    """Largest rate of change of the output, in V/s."""
    setpoint: float = 0.0
    gain: float = 1.0
    integral: float = 1.0
    ramp: float = 0.1
    """Rate at which the setpoint moves, in T/s; 0 lets it jump."""
    open_voltage: float = 0.0
    drives: bool = False
    """Whether the output has been on since it was last let go: an output that never was leaves the magnet alone."""

    @property
    def regulates(self) -> bool:
        """Return whether the loop is closed and its output on."""
        return self.state and self.mode == "CLLOOP"

    def apply(self, twin: LakeShoreF41) -> None:
        """Let the magnet follow the settings."""
        slew = self.slew or FASTEST
        if self.regulates:
            self._regulate(twin, slew)
        elif self.state or self.drives:
            volts = self.open_voltage if self.state else 0.0
            twin.loop.drive(volts, self.voltage_limit, slew, twin.world.time)
        self.drives = self.state
        twin.refresh()

    def _regulate(self, twin: LakeShoreF41, slew: float) -> None:
        sense, now = twin.sense, twin.world.time
        if not twin.probe_connected:
            twin.loop.drive(0.0, self.voltage_limit, slew, now)
            return
        if sense.autorange:
            sense.range = sense.range_for(max(abs(self.setpoint), abs(twin.loop.sensed.field(now))))
        target = regulated_field(twin.errors, sense.range, self.setpoint, self.gain, self.integral)
        twin.loop.regulate(target, self.ramp, self.voltage_limit, slew, now)


def _set_setpoint(twin: LakeShoreF41, value: float) -> None:
    tesla = value * twin.unit_size
    if not MEASURE_FIELD[-1].holds(tesla):
        raise ScpiError(-222)
    twin.control.setpoint = tesla
    twin.control.apply(twin)


def _set_ramp(twin: LakeShoreF41, value: float) -> None:
    tesla = value * twin.unit_size
    if not 0 <= tesla <= 100:
        raise ScpiError(-222)
    twin.control.ramp = tesla
    twin.control.apply(twin)


def _control(header: str, name: str, kind: Kind) -> Command:
    """Return the command of a setting that the magnet follows at once."""

    def write(twin: LakeShoreF41, value: object) -> None:
        setattr(twin.control, name, value)
        twin.control.apply(twin)

    return setting(header, f"control.{name}", kind, write=write)


ANY_FIELD = Number(-1e9, 1e9, 0.0)
VOLTS = Number(-OUTPUT_VOLTAGE, OUTPUT_VOLTAGE, 0.0, "V")
SIGNALS = Choice(("OFF", "XRAW", "YRAW", "ZRAW", "XCOR", "YCOR", "ZCOR", "MCOR"))

COMMANDS = (
    _control(":SOURce:FIELd:MODE", "mode", Choice(("CLLOOP", "OPLOOP"))),
    _control(":SOURce:FIELd:STATe", "state", ON_OFF),
    _control(":SOURce:FIELd:VLIMit", "voltage_limit", Number(0, OUTPUT_VOLTAGE, OUTPUT_VOLTAGE, "V")),
    _control(":SOURce:FIELd:SLEW", "slew", Number(0, FASTEST, 10.0)),
    _control(":SOURce:FIELd:OPLoop:VOLTage", "open_voltage", VOLTS),
    _control(":SOURce:FIELd:CLLoop:GAIN", "gain", Number(0, 1000, 1.0)),
    _control(":SOURce:FIELd:CLLoop:INTegral", "integral", Number(0, 1000, 1.0)),
    Command(header=":SOURce:FIELd:CLLoop:SETPoint", write=_set_setpoint, takes=(ANY_FIELD,), note="in field units",
            query=lambda twin: f"{twin.control.setpoint / twin.unit_size:.8E}"),
    Command(header=":SOURce:FIELd:CLLoop:RAMPrate", write=_set_ramp, takes=(ANY_FIELD,), note="in field units per s",
            query=lambda twin: f"{twin.control.ramp / twin.unit_size:.8E}"),
    setting(":SOURce:AOUT", "analog_output", SIGNALS),
    setting(":SOURce:AOUT:SFACtor", "analog_scale", Number(-1e6, 1e6, 1.0)),
    setting(":SOURce:AOUT:BASEline", "analog_baseline", ANY_FIELD),
)  # fmt: skip
"""Commands of the field control and of the analog output."""
