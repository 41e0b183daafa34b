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

from . import keithley_2450_buffer, keithley_2450_sense, keithley_2450_source, keithley_2450_sweep
from .command_tree import Command, setting
from .hidden_errors import HiddenErrors
from .keithley_2450_buffer import DEFAULT_BUFFERS, EPOCH, Buffer
from .keithley_2450_sense import Sense
from .keithley_2450_source import LARGEST_WITHOUT_INTERLOCK, Source, drive_of
from .keithley_2450_trigger import Trigger, abort
from .parameter import Choice, Integer, Number
from .scpi_instrument import COMMON, SYSTEM, ScpiInstrument
from .status import OPERATION_COMPLETE
from .world import World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a running sweep may let pass."""
LINE_FREQUENCY = 50
"""Power line frequency in Hz."""


class Keithley2450(ScpiInstrument):
    """One 2450 on a bench. Everything is called with the world's lock held."""

    specification: ClassVar[SourceMeterSpecification] = SPECIFICATION_2450
    default_voltage_limit: ClassVar[float] = 21.0

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"KEITHLEY INSTRUMENTS,MODEL {self.specification.model},{self.serial_number},1.7.12b"
        spec = self.specification
        tables = (spec.measure_voltage, spec.measure_current, spec.source_voltage, spec.source_current)
        self.errors = HiddenErrors(np.random.default_rng([seed, 3, zlib.crc32(name.encode())]), tables)
        self.trigger_model = Trigger()
        self._defaults()

    def _defaults(self) -> None:
        self.source = Source.of(self.specification, self.default_voltage_limit)
        self.sense = Sense.of(self.specification)
        self.buffers = {name: Buffer() for name in DEFAULT_BUFFERS}
        self.terminals, self.data_format, self.byte_order, self.precision = "FRON", "ASC", "SWAP", 0
        self.brightness = "ON50"

    @property
    def aperture(self) -> float:
        """Return the integration time of the active function in s."""
        return self.sense.active.nplc / LINE_FREQUENCY

    @property
    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.source.output

    def apply(self) -> None:
        """Let the terminals follow the settings."""
        self.world.drive(self.name, drive_of(self))

    # What every SCPI instrument does

    def reset(self) -> None:
        """Return to the settings after `*RST`, the output off."""
        self.device_clear()
        self.trigger_model = Trigger()
        self._defaults()
        self.apply()

    def wait_for_operations(self) -> None:
        """Return when the trigger model is idle."""
        if self.trigger_model.operation is not None:
            self.world.wait_for(self.trigger_model.operation)

    def when_operations_end(self, mark: bool) -> None:
        """Mark completion now, or at the end of the trigger model."""
        if self.trigger_model.running:
            self.trigger_model.mark_when_done = mark
        elif mark:
            self.mark_complete()

    def mark_complete(self) -> None:
        """Set the operation-complete bit."""
        self.status.event |= OPERATION_COMPLETE
        self.status.update()

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the trigger model done."""
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
        if self.source.active.range.range > LARGEST_WITHOUT_INTERLOCK:
            self.source.output = False
            self.apply()

    def device_clear(self) -> None:
        """Abort the trigger model."""
        abort(self)


def _event_log(twin: Keithley2450, kind: str = "ALL") -> str:
    """Return the oldest entry with type and time: `-113,"Undefined header;1;2026/01/01 00:00:03.000"`."""
    code, text = twin.status.next_error()
    if code == 0:
        return '0,"No error;0;0 0"'
    moment = np.datetime64(EPOCH) + np.timedelta64(int(twin.world.time * 1e3), "ms")
    return f'{code},"{text};1;{str(moment).replace("-", "/").replace("T", " ")[:23]}"'


EVENT_KINDS = Choice(("ERRor", "WARNing", "INFormational", "ALL"))

_OWN = (
    setting(":ROUTe:TERMinals", "terminals", Choice(("FRONt", "REAR"))),
    setting(":FORMat[:DATA]", "data_format", Choice(("ASCii", "REAL", "SREal"))),
    setting(":FORMat:BORDer", "byte_order", Choice(("NORMal", "SWAPped"))),
    setting(":FORMat:ASCii:PRECision", "precision", Integer(0, 16, 0)),
    setting(":DISPlay:LIGHt:STATe", "brightness", Choice(("ON100", "ON75", "ON50", "ON25", "OFF", "BLACkout"))),
    Command(header=":DISPlay:CLEar", write=lambda twin: None),
    Command(header=":SYSTem:BEEPer[:IMMediate]", write=lambda twin, hertz, seconds: None,
            takes=(Number(20, 8000, 1000, "HZ"), Number(0.001, 100, 1, "S"))),
    Command(header=":SYSTem:LFRequency", query=lambda twin: str(LINE_FREQUENCY)),
    Command(header=":SYSTem:EVENtlog:NEXT", query=_event_log, asks=(EVENT_KINDS,)),
    Command(header=":SYSTem:EVENtlog:COUNt", query=lambda twin, kind="ALL": str(len(twin.status.errors)),
            asks=(EVENT_KINDS,)),
)  # fmt: skip


def commands(specification: SourceMeterSpecification, voltage_limit: float) -> tuple[Command, ...]:
    """Return everything that a model of this kind understands; `voltage_limit` in V is its current source's default."""
    return (
        *COMMON,
        *SYSTEM,
        *keithley_2450_source.commands(specification, voltage_limit),
        *keithley_2450_sense.commands(specification),
        *keithley_2450_sweep.commands(specification),
        *keithley_2450_buffer.COMMANDS,
        *_OWN,
    )


COMMANDS = commands(SPECIFICATION_2450, Keithley2450.default_voltage_limit)
"""Everything that a 2450 understands."""

Keithley2450.commands = COMMANDS
