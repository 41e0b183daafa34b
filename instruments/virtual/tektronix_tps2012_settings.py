"""Settings of a virtual TPS2012 and the command table that makes and tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.tektronix_tps2012_specification import CHANNELS, POINTS, PROBES, SCALES, TIME_BASES

from . import tektronix_tps2012_waveform
from .command_tree import Command, setting
from .parameter import Choice
from .scpi import ScpiError
from .tektronix_tps2012_language import COMMON, Clamped, Nearest, OnOff, keyword, scientific
from .tektronix_tps2012_record import Channel, Record, latest

if TYPE_CHECKING:
    from .tektronix_tps2012 import TektronixTPS2012
    from .world import Operation


@dataclass(slots=True)
class Triggering:
    """Settings of the main trigger; level in V at the tip of the probe."""

    mode: str = "AUTO"
    kind: str = "EDGE"
    source: str = "CH1"
    slope: str = "RIS"
    coupling: str = "DC"
    level: float = 0.0
    hold_off: float = 500e-9


@dataclass(slots=True)
class Data:
    """Settings of transfers."""

    source: str = "CH1"
    encoding: str = "RPB"
    width: int = 1
    start: int = 1
    stop: int = POINTS
    destination: str = "REFA"


@dataclass(slots=True)
class Measuring:
    """The immediate measurement."""

    source: str = "CH1"
    kind: str = "PERI"


@dataclass(slots=True)
class Acquisition:
    """How records are taken, and the last one."""

    mode: str = "SAM"
    averages: float = 16
    stop_after: str = "RUNST"
    running: bool = True
    since: float = 0.0
    """Bench time in s since which nothing has changed that a record shows."""
    count: int = 0
    record: Record | None = None
    operation: Operation | None = None


def _changing(command: Command) -> Command:
    """Return a command after which records begin anew."""
    act = command.write
    assert act is not None

    def write(twin: TektronixTPS2012, *given: object) -> None:
        act(twin, *given)
        twin.changed()

    return Command(header=command.header, write=write, query=command.query, takes=command.takes)


def _of_channel(header: str, name: str, kind: Any) -> Command:
    def write(twin: TektronixTPS2012, channel: int, value: Any) -> None:
        setattr(twin.channels[channel], name, value)

    def ask(twin: TektronixTPS2012, channel: int) -> str:
        return str(kind.write(getattr(twin.channels[channel], name)))

    return _changing(Command(header=header, write=write, query=ask, takes=(kind,)))


def _set_scale(twin: TektronixTPS2012, channel: int, volts: float) -> None:
    """Take the nearest scale that there is with the probe."""
    probe = twin.channels[channel].probe
    twin.channels[channel].scale = SCALES[Channel(scale=volts, probe=probe).at_input] * probe


def _set_probe(twin: TektronixTPS2012, channel: int, probe: float) -> None:
    """Tell what probe there is: the scale at the input stays, its display changes."""
    settings = twin.channels[channel]
    settings.scale, settings.probe = SCALES[settings.at_input] * probe, probe


def _to_half(twin: TektronixTPS2012) -> None:
    record = latest(twin)
    channel = int(twin.triggering.source[-1]) if twin.triggering.source in ("CH1", "CH2") else 0
    if record is None or channel not in record.traces:
        raise ScpiError(2244)
    volts = record.traces[channel].volts
    twin.triggering.level = float(volts.max() + volts.min()) / 2
    twin.changed()


def _trigger(twin: TektronixTPS2012, word: str) -> None:
    if word == "FOR":
        twin.force()
    else:
        _to_half(twin)


def _shown(twin: TektronixTPS2012) -> str:
    return ";".join([*(str(int(twin.channels[channel].shown)) for channel in CHANNELS), "0", "0", "0"])


_VOLTS_PER_DIVISION = Clamped(SCALES[0], SCALES[-1] * PROBES[-1])
_WORD = Choice(("FORce", "SETLevel"))

COMMANDS = (
    *COMMON,
    *tektronix_tps2012_waveform.COMMANDS,
    *(_changing(Command(header=f":CH<1..2>:{word}", write=_set_scale, takes=(_VOLTS_PER_DIVISION,),
                        query=lambda twin, channel: scientific(twin.channels[channel].scale)))
      for word in ("SCAle", "VOLts")),
    _of_channel(":CH<1..2>:POSition", "position", Clamped(-50, 50)),
    _of_channel(":CH<1..2>:COUPling", "coupling", Choice(("AC", "DC", "GND"))),
    _of_channel(":CH<1..2>:BANdwidth", "bandwidth", Choice(("ON", "OFF"))),
    _of_channel(":CH<1..2>:INVert", "inverted", Choice(("ON", "OFF"))),
    _changing(Command(header=":CH<1..2>:PRObe", write=_set_probe, takes=(Nearest(PROBES, whole=True),),
                      query=lambda twin, channel: str(int(twin.channels[channel].probe)))),
    _of_channel(":SELect:CH<1..2>", "shown", OnOff()),
    Command(header=":SELect", query=_shown, note="which of CH1, CH2, MATH, REFA, REFB are shown"),
    *(_changing(setting(f":HORizontal{way}", "time_base", Nearest(TIME_BASES)))
      for way in ("[:MAIn]:SCAle", "[:MAIn]:SECdiv")),
    _changing(setting(":HORizontal[:MAIn]:POSition", "delay", Clamped(-50, 50))),
    Command(header=":HORizontal:RECOrdlength", query=lambda twin: str(POINTS)),
    _changing(keyword(":ACQuire:MODe", "acquisition.mode", ("SAMple", "PEAKdetect", "AVErage"))),
    _changing(setting(":ACQuire:NUMAVg", "acquisition.averages", Nearest((4, 16, 64, 128), whole=True))),
    keyword(":ACQuire:STOPAfter", "acquisition.stop_after", ("RUNSTop", "SEQuence")),
    Command(header=":ACQuire:STATE", takes=(Choice(("RUN", "STOP", "ON", "OFF", "1", "0")),),
            write=lambda twin, word: twin.run(word in ("RUN", "ON", "1")),
            query=lambda twin: str(int(twin.acquisition.running)), polls=True),
    Command(header=":ACQuire:NUMACq", query=lambda twin: str(twin.acquisition.count)),
    Command(header=":BUSY", query=lambda twin: str(int(twin.acquisition.operation is not None)), polls=True),
    Command(header=":TRIGger", takes=(_WORD,), write=_trigger),
    Command(header=":TRIGger:STATE", query=lambda twin: twin.state, polls=True),
    keyword(":TRIGger:MAIn:MODe", "triggering.mode", ("AUTO", "NORMal")),
    keyword(":TRIGger:MAIn:TYPe", "triggering.kind", ("EDGE", "PULse", "VIDeo"), "PULse and VIDeo act as EDGE"),
    _changing(keyword(":TRIGger:MAIn:EDGE:SOUrce", "triggering.source",
                      ("CH1", "CH2", "EXT", "EXT5", "EXT10", "LINE"))),
    _changing(keyword(":TRIGger:MAIn:EDGE:SLOpe", "triggering.slope", ("RISe", "FALL"))),
    keyword(":TRIGger:MAIn:EDGE:COUPling", "triggering.coupling", ("AC", "DC", "HFRej", "LFRej", "NOISErej")),
    _changing(setting(":TRIGger:MAIn:LEVel", "triggering.level", Clamped(-5e4, 5e4))),
    setting(":TRIGger:MAIn:HOLDOff:VALue", "triggering.hold_off", Clamped(500e-9, 10)),
)  # fmt: skip
"""Everything that this twin understands."""
