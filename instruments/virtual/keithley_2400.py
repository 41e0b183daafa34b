"""Virtual Keithley 2400 and 2410: what the drivers of the same names, and anybody else's, meet on the wire.

SCPI of the user's manual 2400S-900-01, section 18, as far as the tables of commands say; everything else answers -113.
While readings are being taken most commands wait for idle (page 11-11), status queries do not.
"""

from __future__ import annotations

import copy
import zlib
from typing import Any, ClassVar

import numpy as np

from smtjlab.instruments.keithley_2400_specification import SPECIFICATION_2400, SPECIFICATION_2410
from smtjlab.instruments.source_meter_specification import SourceMeterSpecification

from . import keithley_2400_buffer, keithley_2400_limits, keithley_2400_reading, keithley_2400_system
from .circuit import Quantity
from .command_tree import Command
from .hidden_errors import HiddenErrors
from .keithley_2400_buffer import ELEMENTS, Buffer
from .keithley_2400_limits import Limits
from .keithley_2400_sense import Compliance, Ohms, Sense, SenseSettings, auto_ohms, compliance_of
from .keithley_2400_sense_commands import sense_commands
from .keithley_2400_source import Source, SourceSettings, drive_of, set_output, tripped
from .keithley_2400_source_commands import source_commands
from .keithley_2400_sweep import sweep_commands
from .keithley_2400_system import ERROR_TEXTS, System, waiting
from .keithley_2400_trigger import IDLE, Trigger, abort, bus_event
from .scpi_instrument import COMMON, SYSTEM, ScpiInstrument
from .status import Status
from .terminal_sides import at_terminals
from .world import World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a running acquisition may let pass."""


def commands_of(specification: SourceMeterSpecification) -> tuple[Command, ...]:
    """Return everything that a model understands."""
    reach = specification.largest_voltage, specification.largest_current
    return (
        *(command for command in COMMON if command.header not in (":*LANG", ":*OPT")),
        *SYSTEM,
        *keithley_2400_system.AT_ONCE,
        *keithley_2400_reading.AT_ONCE,
        *waiting(
            *source_commands(*reach),
            *sense_commands(*reach),
            *sweep_commands(*reach),
            *keithley_2400_reading.COMMANDS,
            *keithley_2400_buffer.COMMANDS,
            *keithley_2400_limits.COMMANDS,
            *keithley_2400_system.COMMANDS,
        ),
    )


class Keithley2400(ScpiInstrument):
    """One 2400 on a bench. Everything is called with the world's lock held."""

    specification: ClassVar[SourceMeterSpecification] = SPECIFICATION_2400
    commands = commands_of(SPECIFICATION_2400)
    error_texts = ERROR_TEXTS
    queue_depth = 10
    version = "1996.0"
    missing = keithley_2400_system.MISSING
    default_off_state: ClassVar[str] = "NORM"

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = (
            f"KEITHLEY INSTRUMENTS INC.,MODEL {self.specification.model},{self.serial_number},"
            "C32   Oct  4 2010 14:20:11/A02  /S/J"
        )
        spec = self.specification
        tables = (spec.source_voltage, spec.source_current, spec.measure_voltage, spec.measure_current)
        self.errors = HiddenErrors(np.random.default_rng([seed, 3, zlib.crc32(name.encode())]), tables)
        self.trigger_model, self.buffer = Trigger(), Buffer()
        self.memory: dict[int, Any] = {}
        self.since = world.time
        self._defaults()

    def fresh_status(self) -> Status:
        """Return the status of an instrument that was switched on just now: idle."""
        status = super().fresh_status()
        status.operation.condition = IDLE
        return status

    def _defaults(self) -> None:
        spec = self.specification
        self.source = Source(
            SourceSettings(Quantity.VOLTAGE, spec.source_voltage),
            SourceSettings(Quantity.CURRENT, spec.source_current),
            off_state=self.default_off_state,
        )
        self.sense = Sense(self._fresh_voltage(), self._fresh_current())
        self.limits, self.system = Limits(), System()
        self.remote_sense, self.autozero, self.terminals = False, True, "FRON"
        self.time_reset_auto = False
        self.data_format, self.byte_order, self.statistic = "ASC", "NORM", "MEAN"
        self.elements = frozenset(ELEMENTS)

    def _fresh_voltage(self) -> SenseSettings:
        table = self.specification.measure_voltage
        return SenseSettings(table, protection=21.0, present=table[2], lower_limit=0.21)

    def _fresh_current(self) -> SenseSettings:
        table = self.specification.measure_current
        return SenseSettings(table, protection=105e-6, present=table[2], lower_limit=1.05e-6)

    # What the parts ask of the whole

    @property
    def aperture(self) -> float:
        """Return the integration time of one function in s."""
        return self.sense.nplc / self.system.line_frequency

    @property
    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.source.output

    @property
    def sources_current(self) -> bool:
        """Return whether a current is sourced: as programmed, or by auto ohms."""
        return auto_ohms(self) or self.source.function == "CURR"

    @property
    def source_function(self) -> str:
        """Return the source function as it is answered."""
        return "MEM" if self.source.memory else "CURR" if self.sources_current else "VOLT"

    @property
    def programmed(self) -> float:
        """Return the level that is programmed now, in V or A: the test current in auto ohms."""
        return drive_of(self).level if auto_ohms(self) else self.source.active.present

    @property
    def limits_voltage(self) -> bool:
        """Return whether the voltage is what compliance limits."""
        return self.sources_current

    @property
    def compliance(self) -> Compliance:
        """Return what limits the active source."""
        return compliance_of(self)

    def in_compliance(self) -> bool:
        """Return whether the source sits in compliance now."""
        return tripped(self)

    def apply(self) -> None:
        """Let the terminals follow the settings."""
        self.world.drive(self.name, at_terminals(self, drive_of(self)))

    def reset_time(self) -> None:
        """Let timestamps count from now."""
        self.since = self.world.time

    def one_shot(self, function: str) -> None:
        """Do what `:CONFigure` does: one function at its defaults, one immediate reading, the output on (page 17-2)."""
        abort(self)
        self.sense.functions = {function}
        if function == "VOLT":
            self.sense.voltage = self._fresh_voltage()
        elif function == "CURR":
            self.sense.current = self._fresh_current()
        else:
            self.sense.resistance = Ohms()
        self.sense.nplc, self.sense.average = 1.0, False
        sample = self.trigger_model.sample
        self.trigger_model = Trigger(sample=sample)
        self.apply()
        if not self.source.clear_auto:
            set_output(self, True)

    # What every SCPI instrument does

    def reset(self) -> None:
        """Return to the settings after `*RST`, the output off; buffer, memory and timestamps stay."""
        abort(self)
        self.trigger_model = Trigger()
        self._defaults()
        self.apply()

    def power_cycle(self) -> None:
        """Switch the instrument off and on: buffer and source memory are empty, time starts anew."""
        super().power_cycle()
        self.buffer = Buffer()
        self.memory.clear()
        self.reset_time()

    def wait_for_operations(self) -> None:
        """Return when the trigger model is idle; at once where only an event from outside could end it."""
        model = self.trigger_model
        if model.operation is not None and not model.endless:
            self.world.wait_for(model.operation)

    def when_operations_end(self, mark: bool) -> None:
        """Mark completion now, or when the trigger model is idle again."""
        if not self.trigger_model.idle:
            self.trigger_model.mark_when_done = mark
        elif mark:
            self.mark_complete()

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the acquisition done."""
        model = self.trigger_model
        if model.running and not model.endless and model.operation is not None and self.world.jumps:
            self.world.wait_for(model.operation, LONGEST_POLL)

    def trigger(self) -> None:
        """Let a bus trigger pass the arm layer."""
        bus_event(self)

    def snapshot(self) -> Any:
        """Return what `*RST` would change; an output is never saved as on."""
        source = copy.deepcopy(self.source)
        source.output = False
        model = self.trigger_model
        layers = copy.deepcopy((model.arm, model.layer, model.timer, model.delay))
        return source, copy.deepcopy(self.sense), self.remote_sense, self.autozero, self.elements, layers

    def restore(self, saved: Any) -> None:
        """Take over settings; the output goes off."""
        abort(self)
        source, sense, self.remote_sense, self.autozero, self.elements, layers = saved
        self.source, self.sense = copy.deepcopy(source), copy.deepcopy(sense)
        arm, layer, timer, delay = copy.deepcopy(layers)
        self.trigger_model = Trigger(arm=arm, layer=layer, timer=timer, delay=delay)
        self.apply()

    def open_interlock(self) -> None:
        """Let the interlock open: an output that heeds it goes off, and stays off (page 18-58)."""
        self.interlock_open = True
        if self.source.enable:
            set_output(self, False)

    def device_clear(self) -> None:
        """Abort what is under way."""
        abort(self)


class Keithley2410(Keithley2400):
    """One 2410: the same language up to ±1100 V; its output is guarded when it is off, unless told otherwise."""

    specification = SPECIFICATION_2410
    commands = commands_of(SPECIFICATION_2410)
    default_off_state = "GUAR"
