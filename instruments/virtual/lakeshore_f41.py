"""A virtual Lake Shore F41 teslameter with field control: what the vendor's driver, and ours, meet on the wire.

SCPI over TCP, answers with CR LF, as `lakeshore.Teslameter` (the vendor's package) sends and expects it: a message may
end in `;:SYSTem:ERRor:ALL?`, and a mistake before it does not keep that question from its answer. What a reading says
where the range is too small or the probe is missing (9.9E+37, 9.91E+37), and that an axis which is not there is
answered 9.91E+37, is not found on a page.

Wire `<name>.probe` and `<name>.output` to one magnet: a loop whose probe sees another magnet runs to the rails.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from enum import IntFlag
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from smtjlab.instruments.lakeshore_f41_specification import MEASURE_FIELD, TESLA_PER_GAUSS

from . import lakeshore_f41_control, lakeshore_f41_meter
from .command_tree import Command, setting
from .hidden_errors import HiddenErrors
from .lakeshore import split
from .lakeshore_f41_control import FieldControl
from .lakeshore_f41_meter import Sense
from .lakeshore_field_loop import FieldLoop
from .parameter import Choice
from .scpi import ScpiError, Unit, units
from .scpi_instrument import COMMON, SYSTEM, ScpiInstrument

if TYPE_CHECKING:
    from .command_tree import Node
    from .world import World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a ramp may let pass."""
NOT_HERE = (":*LANG", ":*OPT", ":*RCL", ":*SAV", ":*TRG", ":SYSTem:CLEar", ":STATus:CLEar", ":STATus:MEAS")
"""Commands of other makers."""


class Operation(IntFlag):
    """Bits of the operation condition register, as the vendor's driver names them."""

    NO_PROBE = 1
    OVERLOAD = 2
    RANGING = 4
    RAMP_DONE = 32


class Questionable(IntFlag):
    """Bits of the questionable condition register, as the vendor's driver names them."""

    SLEW_LIMIT = 64
    VOLTAGE_LIMIT = 128


class LakeShoreF41(ScpiInstrument):
    """One F41 on a bench, its probe in the gap of a magnet. Everything is called with the world's lock held."""

    terminator: ClassVar[str] = "\r\n"
    error_texts: ClassVar[Mapping[int, str]] = {-241: "Hardware missing"}

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"LSCI,F41,{self.serial_number}/{self.serial_number}FC,1.6.2019092002"
        self.noise = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        self.errors = HiddenErrors(self.noise, (MEASURE_FIELD,))
        self.probe_connected = True
        """Set False to pull the probe out."""
        self.loop = FieldLoop(driven=world.magnet(f"{name}.output"), sensed=world.magnet(f"{name}.probe"))
        self._defaults()

    def _defaults(self) -> None:
        self.sense, self.control = Sense(buffered_until=self.world.time), FieldControl()
        self.unit = "TESLA"
        self.analog_output, self.analog_scale, self.analog_baseline = "OFF", 1.0, 0.0

    @property
    def output_is_on(self) -> bool:
        """Return whether the field control output is on."""
        return self.control.state

    @property
    def unit_size(self) -> float:
        """Return the size in T of the unit in which fields are told."""
        return TESLA_PER_GAUSS if self.unit == "GAUSS" else 1.0

    def temperature(self) -> float:
        """Return the temperature of the probe in °C: that of the room."""
        return float(self.world.stage.surroundings) - 273.15

    def execute(self, message: str) -> str | None:
        """Carry out one message; what follows a mistake is carried out too."""
        self.refresh()
        answers: list[str] = []
        path = self.tree.root
        for part in split(message, ";"):
            try:
                for unit in units(part):
                    path, answer = self._unit(unit, path)
                    answers += [] if answer is None else [answer]
            except ScpiError as problem:
                self.status.report(problem.code, problem.detail)
        self.status.update()
        return ";".join(answers) if answers else None

    def _unit(self, unit: Unit, path: Node) -> tuple[Node, str | None]:
        try:
            return super()._unit(unit, path)
        except ScpiError as problem:
            self.status.report(problem.code, problem.detail)
            return path, None

    def refresh(self) -> None:
        """Let the condition registers tell the state of this moment."""
        now, sense, control = self.world.time, self.sense, self.control
        overload = not sense.autorange and not sense.range.holds(self.loop.sensed.field(now))
        overload = overload or not MEASURE_FIELD[-1].holds(self.loop.sensed.field(now))
        moving = now < self.loop.driven.settled_at
        self._tell("operation", Operation.NO_PROBE, not self.probe_connected)
        self._tell("operation", Operation.OVERLOAD, overload and self.probe_connected)
        self._tell("operation", Operation.RAMP_DONE, control.regulates and not moving)
        self._tell("questionable", Questionable.SLEW_LIMIT, control.regulates and moving and self.loop.slew_limited)
        self._tell("questionable", Questionable.VOLTAGE_LIMIT, control.state and self.loop.at_voltage_limit)

    def _tell(self, name: str, bit: int, holds: bool) -> None:
        register = getattr(self.status, name)
        (register.raise_condition if holds else register.lower_condition)(bit)

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the ramp done."""
        left = self.loop.driven.settled_at - self.world.time
        if self.world.jumps and self.control.state and left > 0:
            self.world.wait(min(left, LONGEST_POLL))

    def reset(self) -> None:
        """Return to the settings after `*RST`, the field control off."""
        drives = self.control.drives
        self._defaults()
        self.control.drives = drives
        self.control.apply(self)

    def lose_field(self) -> None:
        """Notice that the magnet has quenched: the field control goes off, its setpoint stays."""
        self.control.state = False
        self.control.apply(self)

    def clear_errors(self) -> None:
        """Empty the error queue."""
        self.status.errors.clear()


def _probe(keyword: str, answer: str) -> Command:
    """Return a question about the probe; without one it is an execution error."""

    def query(twin: LakeShoreF41) -> str:
        if not twin.probe_connected:
            raise ScpiError(-241)
        return answer.format(serial=twin.serial_number)

    return Command(header=f":PROBe:{keyword}", query=query)


COMMANDS = (
    *(command for command in (*COMMON, *SYSTEM) if not command.header.startswith(NOT_HERE)),
    *lakeshore_f41_meter.COMMANDS,
    *lakeshore_f41_control.COMMANDS,
    setting(":UNIT:FIELd", "unit", Choice(("TESLA", "GAUSS"))),
    Command(header=":SYSTem:ERRor:CLEar", write=lambda twin: twin.clear_errors()),
    Command(header=":SYSTem:PRESet", write=lambda twin: twin.reset()),
    Command(header=":SYSTem:FACToryreset", write=lambda twin: twin.reset()),
    _probe("MODel", "FP-2X-250-TFS05"),
    _probe("SNUMber", "{serial}P"),
    _probe("PTYPe", "AXIAL"),
    _probe("STYPe", "HALL"),
    _probe("SORientation", "Z"),
    _probe("AXES", "1"),
    _probe("CALDate", "2026-01-01"),
)  # fmt: skip
"""Everything that this twin understands."""

LakeShoreF41.commands = COMMANDS
