"""A virtual Keithley 6221: what the driver of the same name, and anybody else's, meets on the wire.

SCPI of the reference manual 622x-901-01, as far as the tables say; everything else answers -113. In delta mode a 2182A
on the same bench is at the other end of its serial and trigger cables (`keithley_link`). Not verified on a page: what
comes out when a run ends (here the last level; nothing where it was ended before its time), and the off state (an
open relay).
"""

from __future__ import annotations

import copy
import math
import zlib
from typing import Any, ClassVar

import numpy as np

from smtjlab.instruments.keithley_6221_specification import SOURCE_CURRENT

from . import (
    keithley_6221_buffer,
    keithley_6221_delta,
    keithley_6221_source,
    keithley_6221_sweep,
    keithley_6221_trigger,
    keithley_6221_wave,
)
from .command_tree import ON_OFF, Command, setting
from .hidden_errors import HiddenErrors
from .keithley_6221_buffer import Arithmetic, Buffer
from .keithley_6221_delta import Delta
from .keithley_6221_source import Source, drive_of
from .keithley_6221_sweep import Sweep
from .keithley_6221_trigger import Run, Trigger, go
from .keithley_6221_wave import Waveform
from .keithley_link import LONGEST_ANSWER, nanovoltmeter_of
from .parameter import Choice, Integer, Text
from .scpi import ScpiError
from .scpi_instrument import COMMON, SYSTEM, ScpiInstrument
from .world import World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a run may let pass."""
LINE_FREQUENCY = 50
"""Power line frequency in Hz."""


def _send(twin: Keithley6221, message: str) -> None:
    """Send a message out of the serial port; -241 where nothing is there."""
    meter = nanovoltmeter_of(twin)
    if meter is None:
        raise ScpiError(-241)
    twin.heard = ((meter.execute(message) or "")[:LONGEST_ANSWER]) or twin.heard


def _enter(twin: Keithley6221) -> str:
    """Return what came in over the serial port, and forget it."""
    heard, twin.heard = twin.heard, ""
    return heard


def _condition(twin: Keithley6221) -> str:
    """Return the measurement condition, compliance as it is at this moment."""
    keithley_6221_source.in_compliance(twin)
    return str(twin.status.measurement.condition)


_OWN = (":*LANG", ":STATus:MEASurement:CONDition")
"""Shared commands that the 6221 lacks, or answers in its own way."""

COMMANDS = (
    *(command for command in (*COMMON, *SYSTEM) if command.header not in _OWN),
    Command(header=":STATus:MEASurement:CONDition", query=_condition, polls=True),
    *keithley_6221_source.COMMANDS,
    *keithley_6221_sweep.COMMANDS,
    *keithley_6221_delta.COMMANDS,
    *keithley_6221_wave.COMMANDS,
    *keithley_6221_trigger.COMMANDS,
    *keithley_6221_buffer.COMMANDS,
    setting(":FORMat[:DATA]", "data_format", Choice(("ASCii",))),
    setting(":FORMat:BORDer", "byte_order", Choice(("NORMal", "SWAPped"))),
    setting(":FORMat:SREGister", "register_format", Choice(("ASCii",))),
    setting(":UNIT:POWer", "power_unit", Choice(("PEAK", "AVERage"))),
    setting(":DISPlay:ENABle", "display_on", ON_OFF),
    setting(":DISPlay[:WINDow[1]]:TEXT[:DATA]", "text", Text(20)),
    setting(":DISPlay[:WINDow[1]]:TEXT:STATe", "text_on", ON_OFF),
    setting(":DISPlay:WINDow2:TEXT[:DATA]", "lower_text", Text(32)),
    Command(header=":STATus:QUEue[:NEXT]", query=lambda twin: twin.write_error(*twin.status.next_error())),
    Command(header=":STATus:QUEue:CLEar", write=lambda twin: twin.status.errors.clear()),
    Command(header=":SYSTem:PRESet", write=lambda twin: twin.reset()),
    Command(header=":SYSTem:LFRequency", query=lambda twin: str(LINE_FREQUENCY)),
    setting(":SYSTem:BEEPer[:STATe]", "beeper", ON_OFF),
    Command(header=":SYSTem:COMMunicate:SERial:SEND", takes=(Text(LONGEST_ANSWER),), write=_send,
            note="out of the serial port, to the 2182A"),
    Command(header=":SYSTem:COMMunicate:SERial:ENTer", query=_enter, note="what came in at the serial port"),
    setting(":SYSTem:COMMunicate:SERial:BAUD", "baud", Integer(300, 115_200, 19_200)),
    setting(":SYSTem:COMMunicate:SERial:PACE", "pace", Choice(("NONE", "XON"))),
    setting(":SYSTem:COMMunicate:SERial:TERMinator", "serial_terminator", Choice(("CR", "CRLF", "LF", "LFCR"))),
    Command(header=":SYSTem:LOCal", write=lambda twin: None),
    Command(header=":SYSTem:REMote", write=lambda twin: None),
)  # fmt: skip
"""Everything that this twin understands."""


class Keithley6221(ScpiInstrument):
    """One 6221 on a bench. Everything is called with the world's lock held."""

    commands: ClassVar[tuple[Command, ...]] = COMMANDS
    error_texts: ClassVar[dict[int, str]] = {-241: "Hardware missing"}
    terminals: ClassVar[tuple[str, ...]] = ("hi", "lo")
    missing: ClassVar[tuple[str, ...]] = (
        ":SOURce:PDELta", ":SOURce:DCONductance", ":SOURce:WAVE:EXTRig", ":SOURce:WAVE:FUNCtion ARB0..4, once armed",
        ":CALCulate3", ":SOURce2:TTL", ":STATus:QUEue:ENABle", ":SYSTem:KEY", ":SYSTem:TSTamp", ":SYSTem:PASSword",
        ":SYSTem:COMMunicate:ETHernet", ":FORMat SREal", ":FORMat DREal",
    )  # fmt: skip

    elements: tuple[str, ...]

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"KEITHLEY INSTRUMENTS INC.,MODEL 6221,{self.serial_number},D04 /700x "
        self.errors = HiddenErrors(np.random.default_rng([seed, 3, zlib.crc32(name.encode())]), (SOURCE_CURRENT,))
        self.baud, self.pace, self.serial_terminator = 19_200, "XON", "CR"
        self.heard = ""
        self.interlock_open = False
        self._defaults()
        self.apply()

    def _defaults(self) -> None:
        self.source, self.sweep, self.delta, self.waveform = Source(), Sweep(), Delta(), Waveform()
        self.trigger_model, self.buffer, self.arithmetic = Trigger(), Buffer(), Arithmetic()
        self.data_format, self.byte_order, self.register_format = "ASC", "SWAP", "ASC"
        self.unit, self.power_unit, self.elements = "V", "PEAK", ("READ", "TST")
        self.display_on, self.text, self.text_on, self.lower_text, self.beeper = True, "", False, "", True

    @property
    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.source.output

    def apply(self) -> None:
        """Let the terminals follow the settings."""
        self.world.drive(self.name, drive_of(self))

    # What is armed and what runs

    @property
    def armed(self) -> Run | None:
        """Return what is armed."""
        return self.trigger_model.armed

    @property
    def running(self) -> bool:
        """Return whether something runs."""
        return self.trigger_model.running

    @property
    def measures(self) -> bool:
        """Return whether delta mode runs, so that readings are to come."""
        return self.running and self.armed is keithley_6221_delta.run

    def check_idle(self) -> None:
        """Raise -221 where something runs."""
        if self.running:
            raise ScpiError(-221)

    def arm(self, run: Run) -> None:
        """Prepare a run."""
        keithley_6221_trigger.arm(self, run)

    def initiate(self) -> None:
        """Start what is armed."""
        keithley_6221_trigger.initiate(self)

    def end_run(self, *, aborted: bool = False) -> None:
        """Go idle after a run."""
        keithley_6221_trigger.end_run(self, aborted=aborted)

    def abort(self, *, disarm: bool = False) -> None:
        """End what runs."""
        keithley_6221_trigger.abort(self, disarm=disarm)

    # What every SCPI instrument does

    def reset(self) -> None:
        """Return to the settings after `*RST`, the output off."""
        self.device_clear()
        kept = self.buffer
        self._defaults()
        self.buffer.points, self.buffer.readings = kept.points, kept.readings
        self.apply()

    def wait_for_operations(self) -> None:
        """Return when nothing runs; at once where a run has no end."""
        model = self.trigger_model
        if model.running and model.operation is not None and self._ends():
            self.world.wait_for(model.operation)

    def _ends(self) -> bool:
        """Return whether what runs ends by itself."""
        counts: dict[Run | None, float] = {
            None: math.inf,
            keithley_6221_delta.run: self.delta.count,
            keithley_6221_sweep.run: self.sweep.count,
        }
        return math.isfinite(counts.get(self.armed, self.waveform.cycles))

    def when_operations_end(self, mark: bool) -> None:
        """Mark completion now, or at the end of what runs."""
        if self.running:
            self.trigger_model.mark_when_done = mark
        elif mark:
            self.mark_complete()

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the run done."""
        model = self.trigger_model
        if model.running and model.operation is not None and self.world.jumps and self._ends():
            self.world.wait_for(model.operation, LONGEST_POLL)

    def trigger(self) -> None:
        """Start a run that awaits the bus; -211 otherwise."""
        if not self.trigger_model.waiting or self.trigger_model.arm_source != "BUS":
            raise ScpiError(-211)
        go(self)

    def snapshot(self) -> Any:
        """Return the settings; an output is never saved as on."""
        source = copy.deepcopy(self.source)
        source.output, source.wave = False, None
        return source, copy.deepcopy((self.sweep, self.delta, self.waveform))

    def restore(self, saved: Any) -> None:
        """Take over settings; the output goes off."""
        self.device_clear()
        self.source, (self.sweep, self.delta, self.waveform) = copy.deepcopy(saved)
        self.apply()

    def device_clear(self) -> None:
        """End what runs and forget what was armed."""
        self.abort(disarm=True)
