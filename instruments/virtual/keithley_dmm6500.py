"""A virtual Keithley DMM6500: what the driver of the same name, and anybody else's, meets on the wire.

Native SCPI of the reference manual DMM6500-901-01, as far as the tables `COMMANDS` say; everything else answers -113.
No scanner card is in its slot. Its serial number begins with SMTJ, so that software can tell the truth about what it
measured.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from smtjlab.instruments.keithley_dmm6500_specification import (
    HIGH_IMPEDANCE_RANGES,
    HIGH_INPUT_RESISTANCE,
    INPUT_RESISTANCE,
    SPECIFICATION_DMM6500,
)

from . import keithley_2450_buffer, keithley_dmm6500_sense, keithley_dmm6500_trigger
from .command_tree import Command, setting
from .keithley_2450_buffer import DEFAULT_BUFFERS, EPOCH, NO_BUFFER, Buffer
from .keithley_dmm6500_functions import FUNCTIONS
from .keithley_dmm6500_trigger import TriggerModel, abort
from .multimeter import LINE_FREQUENCY, FunctionSettings, Multimeter
from .parameter import Choice, Integer, Number, Text
from .scpi import ScpiError, units
from .scpi_instrument import COMMON, SYSTEM

if TYPE_CHECKING:
    from .world import World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a running loop may let pass."""
LANGUAGES = ("SCPI", "TSP", "SCPI2000", "SCPI34401")
HEARD_IN_ANY_LANGUAGE = ("*IDN", "*LANG", "*RST", "*CLS", "*OPC", "*ESE", "*ESR", "*SRE", "*STB")
"""Commands that are heard whatever the instrument was set to."""
TSP_SYNTAX = -285
SCREENS = (
    "HOME", "HOME_LARGe_reading", "READing_table", "HISTogram", "SWIPE_FUNCtions", "SWIPE_GRAPh", "SWIPE_SECondary",
    "SWIPE_SETTings", "SWIPE_STATistics", "SWIPE_USER", "SWIPE_CHANnel", "SWIPE_NONSwitch", "SWIPE_SCAN",
    "CHANNEL_CONTrol", "CHANNEL_SETTings", "CHANNEL_SCAN", "PROCessing",
)  # fmt: skip
STIMULI = ("NONE", "COMMand", "DISPlay", "NOTify1", "NOTify2", "NOTify3", "EXTernal", "TIMer1", "TIMer2", "TIMer3",
           "TIMer4")  # fmt: skip


class KeithleyDMM6500(Multimeter):
    """One DMM6500 on a bench. Everything is called with the world's lock held."""

    functions = FUNCTIONS
    specification = SPECIFICATION_DMM6500
    resistances = (INPUT_RESISTANCE, HIGH_INPUT_RESISTANCE, HIGH_IMPEDANCE_RANGES)
    error_texts: ClassVar = {NO_BUFFER: "Parameter error", TSP_SYNTAX: "TSP Syntax error at line 1"}
    missing: ClassVar = (
        ":ACALibration", ":CALCulate", ":DIGital", ":DISPlay:BUFFer", "[:SENSe[1]]:CAPacitance",
        "[:SENSe[1]]:CONFiguration", "[:SENSe[1]]:<function>:DELay:USER<n>", "[:SENSe[1]]:DIGitize",
        "[:SENSe[1]]:<function>:UNIT", "[:SENSe[1]]:TEMPerature:THERmistor", "[:SENSe[1]]:VOLTage[:DC]:RATio",
        ":ROUTe:SCAN", ":ROUTe[:CHANnel]", ":SCRipt", ":STATus:OPERation:MAP", ":STATus:QUEStionable:MAP",
        ":TRACe:CHANnel", ":TRACe:MATH", ":TRACe:SAVE", ":TRACe:WRITe", ":TRIGger:BLOCk", ":TRIGger:EXTernal",
        ":TRIGger:LAN",
    )  # fmt: skip

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"KEITHLEY INSTRUMENTS,MODEL DMM6500,{self.serial_number},1.7.12b"
        self.spoken = "SCPI"
        """The language since power-on; `language` is the one that the next power-on chooses."""
        self.trigger_model = TriggerModel()
        self._defaults()
        self.apply()

    def fresh_settings(self) -> dict[str, FunctionSettings]:
        """Return the settings after `*RST`: 1 power line cycle, ac from 3 Hz, a thermocouple."""
        return {
            one.keyword: FunctionSettings(one, bandwidth=3.0, gate_time=0.2, transducer="TC") for one in self.functions
        }

    def _defaults(self) -> None:
        self.settings, self.function, self.count = self.fresh_settings(), "VOLT", 1
        self.recent: list[float] = []
        self.buffers = {name: Buffer() for name in DEFAULT_BUFFERS}
        self.terminals, self.data_format, self.byte_order, self.precision = "FRON", "ASC", "SWAP", 0
        self.brightness, self.screen, self.lines, self.continuous = "ON50", "HOME", ["", ""], "OFF"
        self.timer_delays, self.timer_stimuli = [10e-6] * 4, ["NONE"] * 4

    def input_resistance(self, settings: FunctionSettings) -> float:
        """Return the resistance in ohm across the voltage terminals."""
        settings.high_impedance = settings.input_impedance == "AUTO"
        return super().input_resistance(settings)

    def execute(self, message: str) -> str | None:
        """Carry out one program message; set to another language it hears the common commands alone."""
        if self.spoken == "SCPI" or self._heard(message):
            return super().execute(message)
        self.status.report(TSP_SYNTAX if self.spoken == "TSP" else -113)
        return None

    @staticmethod
    def _heard(message: str) -> bool:
        try:
            return all(unit.keywords[0] in HEARD_IN_ANY_LANGUAGE for unit in units(message))
        except ScpiError:
            return False

    # What every SCPI instrument does

    def reset(self) -> None:
        """Return to the settings after `*RST`."""
        self.device_clear()
        self.trigger_model = TriggerModel()
        self._defaults()
        self.apply()

    def power_cycle(self) -> None:
        """Switch off and on: from now on it speaks the language that `*LANG` has chosen."""
        super().power_cycle()
        self.spoken = self.language

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

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the trigger model done."""
        model = self.trigger_model
        if model.running and model.operation is not None and self.world.jumps:
            self.world.wait_for(model.operation, LONGEST_POLL)

    def snapshot(self) -> Any:
        """Return the settings for `*SAV`."""
        return copy.deepcopy((self.settings, self.function, self.count))

    def restore(self, saved: Any) -> None:
        """Take over settings from `snapshot`."""
        self.device_clear()
        self.settings, self.function, self.count = copy.deepcopy(saved)
        self.apply()

    def device_clear(self) -> None:
        """Abort the trigger model."""
        abort(self)


def _event_log(twin: KeithleyDMM6500, kind: str = "ALL") -> str:
    """Return the oldest entry with type and time: `-113,"Undefined header;1;2026/01/01 00:00:03.000"`."""
    code, text = twin.status.next_error()
    if code == 0:
        return '0,"No error;0;0 0"'
    moment = EPOCH + timedelta(seconds=twin.world.time)
    return f'{code},"{text};1;{moment:%Y/%m/%d %H:%M:%S}.{moment.microsecond // 1000:03d}"'


def _time(twin: KeithleyDMM6500, form: int = 0) -> str:
    """Return the date of the bench: seconds since 1970, or with 1 as text."""
    moment = EPOCH + timedelta(seconds=twin.world.time)
    return f"{moment:%a %b %d %H:%M:%S %Y}" if form else str(int((moment - datetime(1970, 1, 1)).total_seconds()))


def _clear_display(twin: KeithleyDMM6500) -> None:
    twin.lines = ["", ""]


def _beep(twin: KeithleyDMM6500, hertz: float, seconds: float) -> None:
    """Sound a tone: nobody hears it here, and it does not hold up what follows."""


def _only_here(command: Command) -> bool:
    """Return whether a command of all Keithleys is one of this model too."""
    return not command.header.startswith((":*LANG", ":STATus:MEASurement"))


EVENT_KINDS = Choice(("ERRor", "WARNing", "INFormational", "ALL"))
ELEMENTS = Choice(("DATE", "FORMatted", "FRACtional", "READing", "RELative", "SEConds", "STATus", "TIME", "TSTamp",
                   "UNIT"))  # fmt: skip
DELAY, STIMULUS = Number(8e-6, 100_000, 10e-6, "S"), Choice(STIMULI)


def _with_own_elements(command: Command) -> Command:
    """Return a command without the elements of a source: a meter has none."""
    return replace(
        command, asks=tuple(ELEMENTS if kind is keithley_2450_buffer.ELEMENTS else kind for kind in command.asks)
    )


COMMANDS = (
    *filter(_only_here, (*COMMON, *SYSTEM)),
    setting(":*LANG", "language", Choice(LANGUAGES)),
    *keithley_dmm6500_sense.COMMANDS,
    *map(_with_own_elements, (*keithley_dmm6500_trigger.COMMANDS, *keithley_2450_buffer.COMMANDS)),
    Command(header=":ROUTe:TERMinals", query=lambda twin: twin.terminals, note="set by the switch at the panel"),
    setting(":FORMat[:DATA]", "data_format", Choice(("ASCii", "REAL", "SREal"))),
    setting(":FORMat:BORDer", "byte_order", Choice(("NORMal", "SWAPped"))),
    setting(":FORMat:ASCii:PRECision", "precision", Integer(0, 16, 0)),
    setting(":DISPlay:LIGHt:STATe", "brightness", Choice(("ON100", "ON75", "ON50", "ON25", "OFF", "BLACkout"))),
    setting(":DISPlay:SCReen", "screen", Choice(SCREENS)),
    Command(header=":DISPlay:CLEar", write=_clear_display),
    Command(header=":DISPlay:USER<1..2>:TEXT[:DATA]", takes=(Text(32),),
            write=lambda twin, line, text: twin.lines.__setitem__(line - 1, text)),
    Command(header=":SYSTem:BEEPer[:IMMediate]", write=_beep,
            takes=(Number(20, 8000, 1000, "HZ"), Number(0.001, 100, 1, "S"))),
    Command(header=":SYSTem:LFRequency", query=lambda twin: str(LINE_FREQUENCY)),
    Command(header=":SYSTem:TIME", query=_time, asks=(Integer(1, 1, 1),)),
    Command(header=":SYSTem:CARD<1..1>:IDN", query=lambda twin, slot: "Empty Slot"),
    Command(header=":SYSTem:CARD<1..1>:VCHannel[:STARt]", query=lambda twin, slot: "0"),
    Command(header=":SYSTem:CARD<1..1>:VCHannel:END", query=lambda twin, slot: "0"),
    Command(header=":SYSTem:CARD<1..1>:VMAX", query=lambda twin, slot: "0"),
    Command(header=":SYSTem:EVENtlog:NEXT", query=_event_log, asks=(EVENT_KINDS,)),
    Command(header=":SYSTem:EVENtlog:COUNt", query=lambda twin, kind="ALL": str(len(twin.status.errors)),
            asks=(EVENT_KINDS,)),
    Command(header=":TRIGger:TIMer<1..4>:DELay", takes=(DELAY,),
            write=lambda twin, number, seconds: twin.timer_delays.__setitem__(number - 1, seconds),
            query=lambda twin, number: DELAY.write(twin.timer_delays[number - 1])),
    Command(header=":TRIGger:TIMer<1..4>:STARt:STIMulus", takes=(STIMULUS,),
            write=lambda twin, number, event: twin.timer_stimuli.__setitem__(number - 1, event),
            query=lambda twin, number: twin.timer_stimuli[number - 1]),
)  # fmt: skip
"""Everything that this twin understands."""

KeithleyDMM6500.commands = COMMANDS
