"""A virtual Keithley 2450: what the driver of the same name, and anybody else's, meets on the wire.

Native SCPI of the reference manual 2450-901-01, section 6, as far as the tables of commands say; everything else
answers -113. Its serial number begins with SMTJ, so that software can tell the truth about what it measured.
"""

from __future__ import annotations

import copy
import zlib
from typing import Any, ClassVar

import numpy as np

from smtjlab.instruments.keithley_2450_specification import SPECIFICATION_2450
from smtjlab.instruments.source_meter_specification import SourceMeterSpecification

from . import (
    keithley_2450_block_commands,
    keithley_2450_buffer,
    keithley_2450_calculate,
    keithley_2450_digital,
    keithley_2450_events,
    keithley_2450_lists,
    keithley_2450_log,
    keithley_2450_sense,
    keithley_2450_source,
    keithley_2450_sweep,
    keithley_2450_system,
)
from .command_tree import Command
from .hidden_errors import HiddenErrors
from .keithley_2450_buffer import DEFAULT_BUFFERS, Buffer
from .keithley_2450_calculate import Calculation
from .keithley_2450_digital import port
from .keithley_2450_events import Triggers, happen, listens
from .keithley_2450_lists import ConfigurationLists
from .keithley_2450_log import LoggedStatus
from .keithley_2450_meter import reading
from .keithley_2450_old_language import Speaker2400
from .keithley_2450_sense import Sense
from .keithley_2450_source import Source, drive_of, forbidden
from .keithley_2450_system import LINE_FREQUENCY, MISSING, System
from .keithley_2450_trigger import Trigger, abort
from .scpi import ScpiError, only_common
from .scpi_instrument import COMMON, SYSTEM, ScpiInstrument
from .status import TEXTS
from .terminal_sides import at_terminals
from .world import World

TSP_SYNTAX = -285
LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a running sweep may let pass."""


class Keithley2450(ScpiInstrument):
    """One 2450 on a bench. Everything is called with the world's lock held."""

    specification: ClassVar[SourceMeterSpecification] = SPECIFICATION_2450
    default_voltage_limit: ClassVar[float] = 21.0
    error_texts: ClassVar = {1133: "Parameter error", TSP_SYNTAX: "TSP Syntax error at line 1"}
    missing: ClassVar = MISSING
    speaker: ClassVar[type[Speaker2400]] = Speaker2400
    status: LoggedStatus

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"KEITHLEY INSTRUMENTS,MODEL {self.specification.model},{self.serial_number},1.7.12b"
        spec = self.specification
        tables = (spec.measure_voltage, spec.measure_current, spec.source_voltage, spec.source_current)
        self.errors = HiddenErrors(np.random.default_rng([seed, 3, zlib.crc32(name.encode())]), tables)
        self.spoken = "SCPI"
        """The language since power-on; `language` is the one that the next power-on chooses."""
        self.other: Speaker2400 | None = None
        """What answers in the language of a 2400, if that is spoken."""
        world.links[f"{name}.digital"] = self
        self.trigger_model, self.triggers, self.lines = Trigger(), Triggers(), port()
        self._defaults()

    def fresh_status(self) -> LoggedStatus:
        """Return the status of an instrument that was switched on just now."""
        return LoggedStatus(texts=TEXTS | dict(self.error_texts), depth=self.queue_depth, now=lambda: self.world.time)

    @property
    def log(self) -> LoggedStatus:
        """Return the status as the log that it is too."""
        return self.status

    def _defaults(self) -> None:
        self.source = Source.of(self.specification, self.default_voltage_limit)
        self.sense = Sense.of(self.specification)
        self.buffers = {name: Buffer() for name in DEFAULT_BUFFERS}
        self.source_lists, self.sense_lists = ConfigurationLists(), ConfigurationLists()
        self.terminals, self.data_format, self.byte_order, self.precision = "FRON", "ASC", "SWAP", 0
        self.continuous, self.system = "OFF", System()

    @property
    def aperture(self) -> float:
        """Return the integration time of the active function in s."""
        return self.sense.active.nplc / LINE_FREQUENCY

    @property
    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.source.output if self.other is None else self.other.output_is_on

    def apply(self) -> None:
        """Let the terminals follow the settings."""
        self.world.drive(self.name, at_terminals(self, drive_of(self)))

    # What every SCPI instrument does

    def execute(self, message: str) -> str | None:
        """Carry out one program message, in the language since power-on; in TSP only common commands are heard."""
        if self.other is not None:
            return self.other.execute(message)
        if self.spoken == "SCPI" or only_common(message):
            return super().execute(message)
        self.status.report(TSP_SYNTAX)
        return None

    def reset(self) -> None:
        """Return to the settings after `*RST`, the output off."""
        if self.other is not None:
            self.other.reset()
            return
        self.device_clear()
        self.triggers.stop(self)
        self.trigger_model, self.triggers, self.lines = Trigger(), Triggers(), port()
        self._defaults()
        self.apply()

    def power_cycle(self) -> None:
        """Switch off and on: from now on it speaks the language that `*LANG` has chosen."""
        self.reset()
        self.other = None
        super().power_cycle()
        self.spoken = self.language
        if self.spoken == "SCPI2400":
            self.other = self.speaker(self)
            self.other.reset()

    def wait_for_operations(self) -> None:
        """Return when the trigger model is idle; at once where only an event from outside could go on."""
        if self.other is not None:
            self.other.wait_for_operations()
        model = self.trigger_model
        while model.running:
            busy = [timer.operation for timer in self.triggers.timers.values()]
            under_way = [one for one in (model.operation, *busy) if one is not None and not one.done]
            if not under_way:
                return
            self.world.wait_for(under_way[0])

    def trigger(self) -> None:
        """Make the event COMMand; -211 where nothing waits for it."""
        if self.other is not None:
            self.other.trigger()
            return
        if not listens(self, "COMM"):
            raise ScpiError(-211)
        happen(self, "COMM")

    def when_operations_end(self, mark: bool) -> None:
        """Mark completion now, or at the end of the trigger model."""
        if self.trigger_model.running:
            self.trigger_model.mark_when_done = mark
        elif mark:
            self.mark_complete()

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the trigger model done."""
        if self.other is not None:
            self.other.was_polled()
        model = self.trigger_model
        if model.running and model.operation is not None and self.world.jumps:
            self.world.wait_for(model.operation, LONGEST_POLL)

    def snapshot(self) -> Any:
        """Return source and sense settings; an output is never saved as on."""
        source = copy.deepcopy(self.source)
        source.output = False
        return source, copy.deepcopy(self.sense)

    def restore(self, saved: Any) -> None:
        """Take over settings; the output goes off."""
        self.device_clear()
        self.source, self.sense = copy.deepcopy(saved)
        self.apply()

    def open_interlock(self) -> None:
        """Let the interlock open: what is above 42 V goes off, the rest stays (manual, interlock)."""
        self.interlock_open = True
        if self.other is not None:
            self.other.open_interlock()
        if forbidden(self):
            self.source.output = False
            self.apply()

    def device_clear(self) -> None:
        """Abort the trigger model."""
        abort(self)
        if self.other is not None:
            self.other.device_clear()


def _measured(twin: Keithley2450, name: str) -> float:
    """Take one reading of the active function without its relative offset and its math; -221 for another function."""
    settings = twin.sense.active
    if settings.name != name:
        raise ScpiError(-221, "another function is active")
    kept, settings.calculation = settings.calculation, Calculation()
    try:
        return twin.carry_out(reading(twin)).value
    finally:
        settings.calculation = kept


def _only_here(command: Command) -> bool:
    """Return whether a command of all Keithleys is this model's, and not one that it has in another form."""
    return not command.header.startswith((":*LANG", ":STATus:MEASurement", ":SYSTem:CLEar"))


def commands(specification: SourceMeterSpecification, voltage_limit: float) -> tuple[Command, ...]:
    """Return everything that a model of this kind understands; `voltage_limit` in V is its current source's default."""
    return (
        *filter(_only_here, (*COMMON, *SYSTEM)),
        *keithley_2450_source.commands(specification, voltage_limit),
        *keithley_2450_sense.commands(specification),
        *keithley_2450_sweep.commands(specification),
        *keithley_2450_calculate.commands(specification.largest_voltage, specification.largest_current, _measured),
        *keithley_2450_buffer.COMMANDS,
        *keithley_2450_block_commands.COMMANDS,
        *keithley_2450_digital.COMMANDS,
        *keithley_2450_events.COMMANDS,
        *keithley_2450_lists.COMMANDS,
        *keithley_2450_log.COMMANDS,
        *keithley_2450_system.COMMANDS,
    )


COMMANDS = commands(SPECIFICATION_2450, Keithley2450.default_voltage_limit)
"""Everything that a 2450 understands."""

Keithley2450.commands = COMMANDS
Keithley2450.cables = {"digital": Keithley2450}
