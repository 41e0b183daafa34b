"""A virtual Keysight 34461A: what the driver of the same name, and anybody else's, meets on the wire.

SCPI of the Truevolt Series Operating and Service Guide, as far as the tables `COMMANDS` say; everything else answers
-113. Its serial number begins with SMTJ, so that software can tell the truth about what it measured.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from smtjlab.instruments.keysight_34461a_specification import (
    HIGH_IMPEDANCE_RANGES,
    HIGH_INPUT_RESISTANCE,
    INPUT_RESISTANCE,
    SPECIFICATION_34461A,
)

from . import keysight_34461a_math, keysight_34461a_sense, keysight_34461a_trigger
from .command_tree import ON_OFF, Command, setting
from .keithley_2450_buffer import EPOCH
from .keysight_34461a_acquisition import CHANGED, Acquisition, TriggerSettings
from .keysight_34461a_common import COMMON
from .keysight_34461a_format import INFINITE, binary, scientific
from .keysight_34461a_functions import FUNCTIONS
from .keysight_34461a_math import Mathematics
from .multimeter import LINE_FREQUENCY, FunctionSettings, Multimeter
from .parameter import Choice, Integer, Text
from .scpi import ScpiError

if TYPE_CHECKING:
    from .world import World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a running measurement may let pass."""
ENDLESS_POLL = 1.0
"""The same where the measurement has no end."""
INSIDE = 32.0
"""Temperature in °C inside the meter once it is warm."""
FIRMWARE = "A.03.03-02.40-03.03-00.52-04-02"


class Keysight34461A(Multimeter):
    """One 34461A on a bench. Everything is called with the world's lock held."""

    functions = FUNCTIONS
    specification = SPECIFICATION_34461A
    resistances = (INPUT_RESISTANCE, HIGH_INPUT_RESISTANCE, HIGH_IMPEDANCE_RANGES)
    queue_depth = 20
    version = "1994.0"
    error_texts: ClassVar = {
        -213: "INIT ignored", -214: "Trigger deadlock", -230: "Data stale", -350: "Error queue overflow",
    }  # fmt: skip
    missing: ClassVar = (
        ":CALCulate:SMOothing", ":CALCulate:TRANsform:HISTogram", ":CALibration", ":CONFigure:CAPacitance",
        ":DISPlay:VIEW", ":HCOPy", ":LXI", ":MEASure:CAPacitance", ":MMEMory", ":OUTPut:TRIGger",
        "[:SENSe]:CAPacitance", "[:SENSe]:CURRent:TERMinals", "[:SENSe]:VOLTage:SECondary",
        "[:SENSe]:TEMPerature:TRANsducer:THERmistor", "[:SENSe]:VOLTage[:DC]:RATio", ":SYSTem:ACQuire",
        ":SYSTem:COMMunicate", ":SYSTem:LOCK", ":SYSTem:SECurity", ":UNIT:TEMPerature",
    )  # fmt: skip

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.beeping, self.power_on_clear, self.label, self.maker = True, True, "", "DEF"
        self.acquisition = Acquisition(self)
        self._defaults()
        self.apply()

    def fresh_settings(self) -> dict[str, FunctionSettings]:
        """Return the settings after `*RST`: 10 power line cycles."""
        return {function.keyword: FunctionSettings(function, nplc=10.0) for function in self.functions}

    def _defaults(self) -> None:
        self.settings, self.function = self.fresh_settings(), "VOLT"
        self.data_format, self.data_bits, self.byte_order = "ASC", 64, "NORM"
        self.display, self.text, self.terminals = True, "", "FRON"
        self.preset_measurement()

    def preset_measurement(self) -> None:
        """Return trigger and mathematics to what `*RST` and CONFigure leave."""
        self.triggering = TriggerSettings()
        self.mathematics = Mathematics()

    @staticmethod
    def write_error(code: int, text: str) -> str:
        """Return an entry of the error queue: `+0,"No error"`."""
        return f'{code:+d},"{text}"'

    @property
    def identity(self) -> str:  # type: ignore[override]  # it can be told to answer as its forefather
        """Return the answer to `*IDN?`."""
        if self.maker == "HP34401A":
            return f"HEWLETT-PACKARD,34401A,{self.serial_number},{FIRMWARE}"
        return f"Keysight Technologies,34461A,{self.serial_number},{FIRMWARE}"

    def numbers(self, values: Sequence[float]) -> str:
        """Return readings in the format in use."""
        if self.data_format == "ASC":
            return ",".join(map(scientific, values))
        return binary(values, self.byte_order == "SWAP", self.data_bits)

    def changed(self) -> None:
        """Let the terminals follow a setting; the configuration has changed since the last INITiate."""
        self.status.operation.raise_condition(CHANGED)
        self.apply()

    # What every SCPI instrument does

    def reset(self) -> None:
        """Return to the settings after `*RST`."""
        self.device_clear()
        self.acquisition.clear()
        self._defaults()
        self.apply()

    def wait_for_operations(self) -> None:
        """Return when nothing is being measured; who awaits a trigger, or counts for ever, is not waited for."""
        acquisition = self.acquisition
        if acquisition.operation is not None and acquisition.triggers_left < INFINITE:
            self.world.wait_for(acquisition.operation)

    def when_operations_end(self, mark: bool) -> None:
        """Mark completion now, or at the end of the measurement."""
        if self.acquisition.measuring or self.acquisition.waiting:
            self.acquisition.mark_when_done = mark
        elif mark:
            self.mark_complete()

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the measurement done."""
        acquisition = self.acquisition
        if acquisition.measuring and acquisition.operation is not None and self.world.jumps:
            endless = acquisition.triggers_left >= INFINITE
            self.world.wait_for(acquisition.operation, ENDLESS_POLL if endless else LONGEST_POLL)

    def trigger(self) -> None:
        """Do what `*TRG` or a bus trigger does."""
        self.acquisition.triggered("BUS")

    def external_trigger(self) -> None:
        """Do what an edge at the connector Ext Trig does."""
        self.acquisition.edge()

    def snapshot(self) -> Any:
        """Return the settings for `*SAV`."""
        return copy.deepcopy((self.settings, self.function, self.triggering))

    def restore(self, saved: Any) -> None:
        """Take over settings from `snapshot`."""
        self.device_clear()
        self.settings, self.function, self.triggering = copy.deepcopy(saved)
        self.acquisition.clear()
        self.apply()

    def device_clear(self) -> None:
        """Abort a measurement; its completion is never told."""
        self.acquisition.abort()


def _set_format(twin: Keysight34461A, name: str, bits: int | None = None) -> None:
    """Choose text or binary numbers of 32 or 64 bits."""
    if bits not in ((None, 32, 64) if name == "REAL" else (None, 0, 9)):
        raise ScpiError(-224)
    twin.data_format = name
    twin.data_bits = bits if name == "REAL" and bits else 64


def _moment(twin: Keysight34461A) -> datetime:
    return EPOCH + timedelta(seconds=twin.world.time)


def _up_time(twin: Keysight34461A) -> str:
    """Answer `SYSTem:UPTime?`: days, hours, minutes and seconds since power-on."""
    minutes, seconds = divmod(int(twin.world.time), 60)
    days, rest = divmod(minutes, 1440)
    return ",".join(f"{one:+d}" for one in (days, *divmod(rest, 60), seconds))


def _beep(twin: Keysight34461A) -> None:
    """Sound once: nobody hears it here."""


def _panel(twin: Keysight34461A) -> None:
    """Hand control to the panel or take it back: nobody stands there, and any command takes it back."""


COMMANDS = (
    *COMMON,
    *keysight_34461a_sense.COMMANDS,
    *keysight_34461a_trigger.COMMANDS,
    *keysight_34461a_math.COMMANDS,
    Command(header=":FORMat[:DATA]", write=_set_format, needed=1, takes=(Choice(("ASCii", "REAL")), Integer(0, 64, 0)),
            query=lambda twin: "ASC,9" if twin.data_format == "ASC" else f"REAL,{twin.data_bits}"),
    setting(":FORMat:BORDer", "byte_order", Choice(("NORMal", "SWAPped"))),
    Command(header=":ROUTe:TERMinals", query=lambda twin: twin.terminals, note="set by the switch at the panel"),
    setting(":DISPlay[:STATe]", "display", ON_OFF),
    setting(":DISPlay:TEXT[:DATA]", "text", Text(40)),
    Command(header=":DISPlay:TEXT:CLEar", write=lambda twin: setattr(twin, "text", "")),
    Command(header=":SYSTem:BEEPer[:IMMediate]", write=_beep),
    setting(":SYSTem:BEEPer:STATe", "beeping", ON_OFF),
    Command(header=":SYSTem:LOCal", write=_panel),
    Command(header=":SYSTem:REMote", write=_panel),
    Command(header=":SYSTem:PRESet", write=lambda twin: twin.reset()),
    Command(header=":SYSTem:LFRequency", query=lambda twin: f"{LINE_FREQUENCY:+d}"),
    Command(header=":SYSTem:DATE", query=lambda twin: f"{_moment(twin):%Y,%m,%d}", note="the date of the bench"),
    Command(header=":SYSTem:TIME", query=lambda twin: f"{_moment(twin):%H,%M,%S}.000"),
    Command(header=":SYSTem:UPTime", query=_up_time),
    Command(header=":SYSTem:TEMPerature", query=lambda twin: scientific(INSIDE)),
    setting(":SYSTem:LABel", "label", Text(40)),
    setting(":SYSTem:IDENtify", "maker", Choice(("DEFault", "HP34401A"))),
    Command(header=":SYSTem:LICense:CATalog", query=lambda twin: '""'),
)  # fmt: skip
"""Everything that this twin understands."""

Keysight34461A.commands = COMMANDS
