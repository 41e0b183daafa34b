"""A virtual Kepco BOP 36-12 with the digital card BIT 4886: a bipolar supply, here with a magnet's coil on it.

Commands and number formats are those of the manual of the BIT 4886, appendices A and B, as far as the tables say.
General knowledge of the supply, not found on a page: a change of `FUNC:MODE` and `*RST` leave the main channel at 0
and the other at its rating; an output that is off leaves the coil's current to die away through the supply; the bits
of the operation register.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from smtjlab.instruments.kepco_bop_specification import (
    LONGEST_MESSAGE,
    MEASURE_CURRENT,
    MEASURE_VOLTAGE,
    RATED_CURRENT,
    RATED_VOLTAGE,
    SOURCE_CURRENT,
    SOURCE_VOLTAGE,
    SPECIFICATION_BOP_36_12,
)

from . import kepco_bop_list
from .command_tree import ON_OFF, Command, setting
from .hidden_errors import HiddenErrors, quantised
from .kepco_bop_coil import SMALLEST_RESISTANCE, Approach, follow
from .kepco_bop_list import Lists
from .kepco_bop_numbers import KepcoNumber, scientific
from .parameter import Choice
from .scpi import ScpiError
from .scpi_instrument import COMMON, SYSTEM, ScpiInstrument

if TYPE_CHECKING:
    from .world import Operation, World

CONSTANT_VOLTAGE, CONSTANT_CURRENT = 256, 1024
"""Bits of the operation register."""
VOLTAGE_ERROR, CURRENT_ERROR = 1, 2
"""Bits of the questionable register: the main channel is not where it was programmed to be."""
MODES = ("VOLT", "CURR")
NOT_HERE = (":*LANG", ":*OPT", ":*RCL", ":*SAV", ":SYSTem:CLEar", ":STATus:CLEar", ":STATus:MEAS")
"""Commands of other makers."""


class KepcoBOP3612(ScpiInstrument):
    """One BOP 36-12 on a bench. Everything is called with the world's lock held."""

    error_texts: ClassVar[Mapping[int, str]] = {-120: "Numeric data error"}
    queue_depth: ClassVar[int] = 15
    version: ClassVar[str] = "1997.0"
    missing: ClassVar[tuple[str, ...]] = (
        "CALibrate", "INITiate", "TRIGger", "ABORt", "INSTrument", "MEMory", "CURRent:TRIGgered", "LIST:GENeration",
        "LIST:DIRection", "PROGram", "STATus:OPERation:NTR", "STATus:OPERation:PTR",
    )  # fmt: skip

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"KEPCO,BIT4886 BOP36-12,{self.serial_number},1.9"
        rng = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        self.errors = HiddenErrors(rng, ((SOURCE_VOLTAGE, SOURCE_CURRENT, MEASURE_VOLTAGE, MEASURE_CURRENT),))
        self.magnet = world.magnet(f"{name}.output")
        self.way = Approach.of(self.magnet, 0.0, 0.0, world.time)
        self._moving: Operation | None = None
        self._list: Operation | None = None
        self.limited = False
        """Whether the other channel keeps the main one from where it was programmed to be."""
        self._defaults()

    def _defaults(self) -> None:
        self.mode, self.output = "VOLT", False
        self.voltage, self.current = 0.0, RATED_CURRENT
        self.voltage_limits, self.current_limits = [-RATED_VOLTAGE, RATED_VOLTAGE], [-RATED_CURRENT, RATED_CURRENT]
        self.lists, self.list_runs = Lists(), ""

    @property
    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.output

    def apply(self) -> None:
        """Let the coil's current follow the settings: no faster than the voltage at hand allows."""
        if self._moving is not None and not self._moving.done:
            self.world.abort(self._moving)
        self.way = Approach.of(self.magnet, *self._drive(), self.world.time)
        if self.way.duration > 0:
            self._moving = self.world.start(follow(self.world, self.magnet, self.way))

    def _drive(self) -> tuple[float, float]:
        """Return the voltage in V that drives the coil now, and the current in A that it drives to."""
        self.limited = False
        if not self.output:
            return 0.0, 0.0
        now, resistance = self.magnet.current(self.world.time), max(self.magnet.resistance, SMALLEST_RESISTANCE)
        volts = self.errors.sourced(SOURCE_VOLTAGE, self.voltage)
        amperes = self.errors.sourced(SOURCE_CURRENT, self.current)
        wanted, largest = volts / resistance, abs(amperes)
        if self.mode == "CURR":
            wanted, largest = amperes, abs(volts) / resistance
        reached = math.copysign(min(abs(wanted), largest), wanted)
        self.limited = reached != wanted
        if self.mode == "CURR":
            return math.copysign(abs(volts), reached - now), reached
        # A current beyond its limit is brought back with all the voltage there is.
        return (-math.copysign(RATED_VOLTAGE, now) if abs(now) > largest else volts), reached

    @property
    def settled_at(self) -> float:
        """Return the bench time at which the current stands still."""
        return self.way.since + self.way.duration

    def measured_current(self) -> float:
        """Return the current in A as the card reads it."""
        self.world.wait(SPECIFICATION_BOP_36_12.overhead)
        return self.errors.measured(MEASURE_CURRENT, self.magnet.current(self.world.time), nplc=1)

    def measured_voltage(self) -> float:
        """Return the voltage in V at the output as the card reads it."""
        self.world.wait(SPECIFICATION_BOP_36_12.overhead)
        return self.errors.measured(MEASURE_VOLTAGE, self.way.voltage(self.world.time), nplc=1)

    def refresh(self) -> None:
        """Let the condition registers tell the state of this moment."""
        moving = self.world.time < self.settled_at
        limited = self.output and (self.limited or (moving and self.mode == "CURR"))
        by_current = (self.mode == "CURR") is not limited
        operation = 0 if not self.output else CONSTANT_CURRENT if by_current else CONSTANT_VOLTAGE
        error = 0 if not limited else CURRENT_ERROR if self.mode == "CURR" else VOLTAGE_ERROR
        for register, mask, bits in (
            (self.status.operation, CONSTANT_CURRENT | CONSTANT_VOLTAGE, operation),
            (self.status.questionable, CURRENT_ERROR | VOLTAGE_ERROR, error),
        ):
            register.lower_condition(mask & ~bits)
            register.raise_condition(bits)

    def execute(self, message: str) -> str | None:
        """Carry out one message of at most 253 characters."""
        if len(message) > LONGEST_MESSAGE:
            self.status.report(-363)
            return None
        self.refresh()
        return super().execute(message)

    def reset(self) -> None:
        """Return to the settings after `*RST`: voltage mode, 0 V, output off."""
        self.abort_list()
        self._defaults()
        self.apply()

    def lose_field(self) -> None:
        """Notice that the magnet has quenched: the output goes off, levels and limits stay."""
        self.abort_list()
        self.output = False
        self.apply()

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the current at rest."""
        left = self.settled_at - self.world.time
        if self.world.jumps and left > 0:
            self.world.wait(left)

    # Lists

    def start_list(self, name: str) -> None:
        """Run a list from its beginning."""
        self.list_runs = name
        self._list = self.world.start(kepco_bop_list.run(self, name))

    def list_ended(self) -> None:
        """Return to fixed levels: the last one stays."""
        self.list_runs = ""

    def abort_list(self) -> None:
        """End a list where it is."""
        if self._list is not None and not self._list.done:
            self.world.abort(self._list)
        self.list_runs = ""

    def clear_lists(self) -> None:
        """Forget the lists; one that runs must be ended first."""
        if self.list_runs:
            raise ScpiError(-221)
        self.lists = Lists()


def _set_mode(twin: KepcoBOP3612, mode: str) -> None:
    if mode == twin.mode:
        return
    twin.abort_list()
    twin.mode = mode
    twin.voltage, twin.current = (0.0, RATED_CURRENT) if mode == "VOLT" else (RATED_VOLTAGE, 0.0)
    twin.apply()


def _set_output(twin: KepcoBOP3612, state: bool) -> None:
    twin.abort_list()
    twin.output = state
    twin.apply()


def _level(name: str, rated: float) -> tuple[Command, ...]:
    """Return the commands of one channel: its level, and the software limits of it."""
    spec = SOURCE_VOLTAGE if name == "voltage" else SOURCE_CURRENT
    head = f"[:SOURce]:{name[:4].upper()}{name[4:]}"

    def write(twin: KepcoBOP3612, value: float) -> None:
        low, high = getattr(twin, f"{name}_limits")
        level = low if value == -math.inf else high if value == math.inf else value
        if not low <= level <= high:
            raise ScpiError(-222)
        if twin.list_runs:
            raise ScpiError(-221)
        setattr(twin, name, level)
        twin.apply()

    def limit(twin: KepcoBOP3612, value: float, *signs: int) -> None:
        size = rated if math.isinf(value) else value
        if not 0 <= size <= rated:
            raise ScpiError(-222)
        for sign in signs:
            getattr(twin, f"{name}_limits")[sign] = size if sign else -size

    def answer(twin: KepcoBOP3612, special: float | None = None) -> str:
        low, high = getattr(twin, f"{name}_limits")
        level = getattr(twin, name) if special is None else high if special > 0 else low
        return scientific(quantised(level, spec.resolution))

    number = (KepcoNumber(),)
    return (
        Command(header=f"{head}[:LEVel][:IMMediate][:AMPLitude]", write=write, query=answer, takes=number, asks=number),
        Command(header=f"{head}:LIMit[:BOTH]", write=lambda twin, value: limit(twin, value, 0, 1), takes=number,
                query=lambda twin: scientific(getattr(twin, f"{name}_limits")[1]), note="software limit of the level"),
        Command(header=f"{head}:LIMit:NEGative", write=lambda twin, value: limit(twin, value, 0), takes=number,
                query=lambda twin: scientific(-getattr(twin, f"{name}_limits")[0])),
        Command(header=f"{head}:LIMit:POSitive", write=lambda twin, value: limit(twin, value, 1), takes=number,
                query=lambda twin: scientific(getattr(twin, f"{name}_limits")[1])),
    )  # fmt: skip


COMMANDS = (
    *(command for command in (*COMMON, *SYSTEM) if not command.header.startswith(NOT_HERE)),
    *_level("voltage", RATED_VOLTAGE),
    *_level("current", RATED_CURRENT),
    *kepco_bop_list.COMMANDS,
    Command(header="[:SOURce]:FUNCtion:MODE", write=_set_mode, takes=(Choice(("VOLTage", "CURRent")),),
            query=lambda twin: str(MODES.index(twin.mode)), note="answered 0 (voltage) or 1 (current)"),
    setting(":OUTPut[:STATe]", "output", ON_OFF, write=_set_output),
    Command(header=":MEASure[:SCALar]:VOLTage[:DC]", query=lambda twin: scientific(twin.measured_voltage())),
    Command(header=":MEASure[:SCALar]:CURRent[:DC]", query=lambda twin: scientific(twin.measured_current())),
    Command(header=":DIAGnostic:TST", query=lambda twin: "0", note="swings nothing here; the real one does"),
    Command(header=":SYSTem:BEEP", write=lambda twin: None),
    Command(header=":SYSTem:REMote", write=lambda twin, state: None, takes=(ON_OFF,)),
)  # fmt: skip
"""Everything that this twin understands."""

KepcoBOP3612.commands = COMMANDS
