"""What of a virtual 2450 neither sources nor measures: display, beeper, terminals, formats, interfaces, clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .command_tree import Command, setting
from .keithley_2450_buffer import EPOCH
from .parameter import Choice, Integer, Number, Text

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450

LINE_FREQUENCY = 50
"""Power line frequency in Hz."""
SCREENS = (
    "HOME", "HOME_LARGe_reading", "READing_table", "GRAPh", "HISTogram", "GRAPH_SWIPE", "SETTINGS_SWIPE",
    "SOURCE_SWIPE", "STATISTICS_SWIPE", "USER_SWIPE", "PROCessing",
)  # fmt: skip
MISSING = (
    ":DISPlay:BUFFer:ACTive", ":DISPlay:WATCh:CHANnels", "[:SENSe[1]]:CONFiguration:LIST:QUERy",
    "[:SENSe[1]]:CURRent:RANGe:AUTO:REBound", "[:SENSe[1]]:CURRent:RANGe:AUTO:ULIMit", ":SCRipt:RUN",
    ":SOURce[1]:CONFiguration:LIST:QUERy", ":SYSTem:ACCess", ":SYSTem:EVENtlog:SAVE", ":SYSTem:PASSword:NEW",
    ":SYSTem:POSetup", ":TRACe:MATH", ":TRACe:SAVE", ":TRACe:WRITe:READing",
    ":TRIGger:BLOCk:BRANch:COUNter:RESet", ":TRIGger:DIGital1:IN:OVERrun", ":TRIGger:EXTernal:IN:EDGE",
    ":TRIGger:LAN1:IN:EDGE", ":TRIGger:PAUSe", ":TRIGger:RESume", ":TRIGger:TIMer1:STARt:OVERrun",
    ":TRIGger:TSPLink1:MODE",
)  # fmt: skip
"""Documented commands that this twin refuses."""


@dataclass(slots=True)
class System:
    """Settings that nothing else depends on."""

    brightness: str = "ON50"
    screen: str = "HOME"
    lines: list[str] = field(default_factory=lambda: ["", ""])
    digits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("voltage", "current", "resistance"), 6))
    reading_format: str = "PREF"
    address: int = 18


def _time(twin: Keithley2450, form: int = 0) -> str:
    """Return the date of the bench: seconds since 1970, or with 1 as text."""
    moment = EPOCH + timedelta(seconds=twin.world.time)
    return f"{moment:%a %b %d %H:%M:%S %Y}" if form else str(int((moment - datetime(1970, 1, 1)).total_seconds()))


def _clear_display(twin: Keithley2450) -> None:
    twin.system.lines = ["", ""]


def _beep(twin: Keithley2450, hertz: float, seconds: float) -> None:
    """Sound a tone: nobody hears it here, and it does not hold up what follows."""


def _digits(keyword: str, name: str) -> Command:
    kind = Integer(3, 6, 6)
    return Command(
        header=f":DISPlay:{keyword}:DIGits", takes=(kind,),
        write=lambda twin, digits: twin.system.digits.__setitem__(name, digits),
        query=lambda twin: kind.write(twin.system.digits[name]),
    )  # fmt: skip


def _set_terminals(twin: Keithley2450, side: str) -> None:
    """Change the terminals; the output goes off on the way."""
    if side != twin.terminals:
        twin.source.output = False
        twin.terminals = side
        twin.apply()


def _set_language(twin: Keithley2450, language: str) -> None:
    """Choose the language of the next power-on."""
    twin.language = language


COMMANDS = (
    Command(header=":*LANG", write=_set_language, takes=(Choice(("SCPI", "TSP", "SCPI2400")),),
            query=lambda twin: twin.language,
            note="takes effect at the next power-on; in TSP only common commands are heard"),
    setting(":ROUTe:TERMinals", "terminals", Choice(("FRONt", "REAR")), write=_set_terminals),
    setting(":FORMat[:DATA]", "data_format", Choice(("ASCii", "REAL", "SREal"))),
    setting(":FORMat:BORDer", "byte_order", Choice(("NORMal", "SWAPped"))),
    setting(":FORMat:ASCii:PRECision", "precision", Integer(0, 16, 0)),
    setting(":DISPlay:LIGHt:STATe", "system.brightness",
            Choice(("ON100", "ON75", "ON50", "ON25", "OFF", "BLACkout"))),
    setting(":DISPlay:SCReen", "system.screen", Choice(SCREENS)),
    setting(":DISPlay:READing:FORMat", "system.reading_format", Choice(("PREFix", "EXPonent"))),
    _digits("VOLTage[:DC]", "voltage"),
    _digits("CURRent[:DC]", "current"),
    _digits("RESistance", "resistance"),
    Command(header=":DISPlay:CLEar", write=_clear_display),
    Command(header=":DISPlay:USER<1..2>:TEXT[:DATA]", takes=(Text(32),),
            write=lambda twin, line, text: twin.system.lines.__setitem__(line - 1, text)),
    Command(header=":SYSTem:BEEPer[:IMMediate]", write=_beep,
            takes=(Number(20, 8000, 1000, "HZ"), Number(0.001, 100, 1, "S"))),
    Command(header=":SYSTem:LFRequency", query=lambda twin: str(LINE_FREQUENCY)),
    Command(header=":SYSTem:TIME", query=_time, asks=(Integer(1, 1, 1),)),
    setting(":SYSTem:GPIB:ADDRess", "system.address", Integer(1, 30, 18)),
    Command(header=":SYSTem:COMMunication:LAN:CONFigure",
            query=lambda twin: '"AUTO,127.0.0.1,255.0.0.0,127.0.0.1"'),
    Command(header=":SYSTem:COMMunication:LAN:MACaddress", query=lambda twin: '"02:00:00:00:00:00"'),
)  # fmt: skip
"""System, display, formats and terminals."""
