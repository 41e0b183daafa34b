"""The command table of a virtual 33511B, and how it reads and writes numbers."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.keysight_33511b_specification import (
    FREQUENCIES,
    LARGEST_LEVEL,
    LOADS,
    LOWEST_FREQUENCY,
    SHORTEST_PULSE,
    SMALLEST_AMPLITUDE,
)

from . import keysight_33511b_waveform as output
from .command_tree import ON_OFF, Command, setting
from .keysight_33511b_limits import LIMITS
from .keysight_34461a_common import COMMON
from .parameter import Choice, Integer, Number, Text
from .scpi import Argument, Form, ScpiError

if TYPE_CHECKING:
    from .keysight_33511b import Keysight33511B

INFINITE = "+9.900000000000000E+37"
"""What an infinite load or count is answered as."""
_WITH_UNIT = re.compile(r"(.*?)\s*(VPP|VRMS|DBM)", re.IGNORECASE | re.DOTALL)
_SHAPES = ("SINusoid", "SQUare", "TRIangle", "RAMP", "PULSe", "NOISe", "DC")


def written(value: float) -> str:
    """Return a number as the generator writes it: `+1.000000000000000E+03`."""
    return INFINITE if math.isinf(value) else f"{value:+.15E}"


class Real(Number):
    """A number within limits, written with its sign and sixteen digits."""

    def write(self, value: float) -> str:
        """Return the number."""
        return written(value)


class Free(Real):
    """A number whose limits the other settings make; MIN, MAX and DEF are read as -inf, inf and nan."""

    def read(self, argument: Argument) -> float:
        """Return the number, wherever it lies."""
        word = argument.text.upper()[:3] if argument.form is Form.PLAIN else ""
        words = {"MIN": -math.inf, "MAX": math.inf, "DEF": math.nan}
        return words[word] if word in words else Number(-1e36, 1e36, 0, self.unit).read(argument)


class Endless(Real):
    """A number that may be INFinity."""

    def read(self, argument: Argument) -> float:
        """Return the number."""
        if argument.form is Form.PLAIN and argument.text.upper() in ("INF", "INFINITY"):
            return math.inf
        return Number.read(self, argument)


@dataclass(frozen=True, slots=True)
class Amplitude:
    """An amplitude, whose unit may stand behind it."""

    def read(self, argument: Argument) -> tuple[float, str | None]:
        """Return number and unit, None for the one in use."""
        found = _WITH_UNIT.fullmatch(argument.text) if argument.form is Form.PLAIN else None
        number = Free(0, 0, 0, "V").read(Argument(found[1]) if found else argument)
        return number, found[2].upper() if found else None

    def write(self, value: float) -> str:
        """Return the number."""
        return written(value)


ANY, VOLTS, HERTZ, SECONDS = Free(0, 0, 0), Free(0, 0, 0, "V"), Free(0, 0, 0, "HZ"), Free(0, 0, 0, "S")
EXTREME = Choice(("MINimum", "MAXimum", "DEFault"))


def _limited(header: str, kind: Free | Amplitude, value: Callable[[Keysight33511B], float],
             write: Callable[..., None],
             extremes: Callable[[Keysight33511B], tuple[float, float, float]], note: str = "") -> Command:  # fmt: skip
    """Return the command of a setting whose limits hang on others."""

    def ask(twin: Keysight33511B, word: str | None = None) -> str:
        if word is None:
            return written(value(twin))
        return written(extremes(twin)[("MIN", "MAX", "DEF").index(word)])

    return Command(header=header, write=write, query=ask, takes=(kind,), asks=(EXTREME,), note=note)


def _applied(act: Callable[..., None]) -> Callable[..., None]:
    """Return a write action after which the output follows the settings, within its limits."""

    def write(twin: Keysight33511B, *given: object) -> None:
        before = copy.copy(twin.waveform)
        act(twin, *given)
        if not twin.limits.hold(twin.waveform):
            twin.waveform = before
            raise ScpiError(-222)
        twin.apply()

    return write


def _plain(header: str, path: str, kind: object) -> Command:
    """Return a plain setting that the output follows."""
    command = setting(header, path, kind)
    assert command.write is not None
    return Command(header=header, write=_applied(command.write), query=command.query, takes=command.takes,
                   asks=command.asks)  # fmt: skip


def _apply(function: str) -> Callable[..., None]:
    def write(twin: Keysight33511B, hertz: float = math.nan, amplitude: tuple[float, str | None] = (math.nan, None),
              volts: float = math.nan) -> None:  # fmt: skip
        output.set_function(twin, function)
        output.set_frequency(twin, hertz)
        if function != "DC":
            output.set_amplitude(twin, *amplitude)
        output.set_offset(twin, volts)
        twin.burst.state, twin.output = False, True

    return _applied(write)


def _applied_settings(twin: Keysight33511B) -> str:
    waveform = twin.waveform
    numbers = (waveform.frequency, waveform.displayed(waveform.amplitude), waveform.offset * waveform.share)
    return f'"{waveform.function} {",".join(map(written, numbers))}"'


def _period_limits(twin: Keysight33511B) -> tuple[float, float, float]:
    return 1 / FREQUENCIES[twin.waveform.function], 1 / LOWEST_FREQUENCY, 1e-3


def _set_period(twin: Keysight33511B, seconds: float) -> None:
    output.set_frequency(twin, 1 / output.clipped(twin, seconds, *_period_limits(twin)))


def _amplitude_limits(twin: Keysight33511B) -> tuple[float, float, float]:
    shown = twin.waveform.displayed
    return shown(SMALLEST_AMPLITUDE), shown(2 * LARGEST_LEVEL), shown(output.DEFAULTS["amplitude"])


def _offset_limits(twin: Keysight33511B) -> tuple[float, float, float]:
    room = (LARGEST_LEVEL - twin.waveform.peak) * twin.waveform.share
    return -room, room, 0.0


def _level_limits(twin: Keysight33511B) -> tuple[float, float, float]:
    return -LARGEST_LEVEL * twin.waveform.share, LARGEST_LEVEL * twin.waveform.share, 0.0


def _set_pulse_duty(twin: Keysight33511B, per_cent: float) -> None:
    output.set_width(twin, per_cent / 100 / twin.waveform.frequency)


def _set_edges(twin: Keysight33511B, seconds: float) -> None:
    twin.waveform.lead = twin.waveform.trail = seconds


class _Load(Endless):
    """A load in ohm; MAX is 10 kohm, INF a high impedance."""


_DUTY = Real(0.01, 99.98, 50)
_EDGE = Real(8.4e-9, 1e-6, 10e-9, "S")
_PHASE = Real(-360, 360, 0)

WAVE = (
    *(Command(header=f"[:SOURce[1]]:APPLy:{shape}", takes=(HERTZ, Amplitude(), VOLTS), needed=0,
              write=_apply("".join(c for c in shape if c.isupper())), note="sets all, and switches the output on")
      for shape in _SHAPES),
    Command(header="[:SOURce[1]]:APPLy", query=_applied_settings),
    Command(header="[:SOURce[1]]:FUNCtion[:SHAPe]", takes=(Choice(_SHAPES),), write=_applied(output.set_function),
            query=lambda twin: twin.waveform.function),
    _limited("[:SOURce[1]]:FREQuency[:CW]", HERTZ, lambda twin: twin.waveform.frequency,
             _applied(output.set_frequency),
             lambda twin: (LOWEST_FREQUENCY, FREQUENCIES[twin.waveform.function], 1e3)),
    setting("[:SOURce[1]]:FREQuency:MODE", "frequency_mode", Choice(("CW", "FIXed"))),
    _limited("[:SOURce[1]]:VOLTage[:AMPLitude]", Amplitude(),
             lambda twin: twin.waveform.displayed(twin.waveform.amplitude),
             _applied(lambda twin, given: output.set_amplitude(twin, *given)), _amplitude_limits,
             "into the load it is set for"),
    Command(header="[:SOURce[1]]:VOLTage:UNIT", takes=(Choice(("VPP", "VRMS", "DBM")),), write=output.set_unit,
            query=lambda twin: twin.waveform.unit),
    _limited("[:SOURce[1]]:VOLTage:OFFSet", VOLTS, lambda twin: twin.waveform.offset * twin.waveform.share,
             _applied(output.set_offset), _offset_limits),
    _limited("[:SOURce[1]]:VOLTage:HIGH", VOLTS,
             lambda twin: (twin.waveform.offset + twin.waveform.amplitude / 2) * twin.waveform.share,
             _applied(lambda twin, volts: output.set_levels(twin, None, volts)), _level_limits),
    _limited("[:SOURce[1]]:VOLTage:LOW", VOLTS,
             lambda twin: (twin.waveform.offset - twin.waveform.amplitude / 2) * twin.waveform.share,
             _applied(lambda twin, volts: output.set_levels(twin, volts, None)), _level_limits),
    setting("[:SOURce[1]]:VOLTage:RANGe:AUTO", "ranging", ON_OFF),
    _plain("[:SOURce[1]]:PHASe[:ADJust]", "waveform.phase", _PHASE),
    Command(header="[:SOURce[1]]:PHASe:SYNChronize", write=lambda twin: None, note="there is one channel"),
    _plain("[:SOURce[1]]:FUNCtion:SQUare:DCYCle", "waveform.duty", _DUTY),
    _plain("[:SOURce[1]]:FUNCtion:RAMP:SYMMetry", "waveform.symmetry", Real(0, 100, 100)),
    _limited("[:SOURce[1]]:FUNCtion:PULSe:PERiod", SECONDS, lambda twin: 1 / twin.waveform.frequency,
             _applied(_set_period), _period_limits),
    _limited("[:SOURce[1]]:FUNCtion:SQUare:PERiod", SECONDS, lambda twin: 1 / twin.waveform.frequency,
             _applied(_set_period), _period_limits),
    _limited("[:SOURce[1]]:FUNCtion:PULSe:WIDTh", SECONDS, lambda twin: twin.waveform.width,
             _applied(output.set_width),
             lambda twin: (SHORTEST_PULSE, 1 / twin.waveform.frequency - SHORTEST_PULSE, 100e-6)),
    Command(header="[:SOURce[1]]:FUNCtion:PULSe:DCYCle", takes=(Real(0.01, 99.99, 10),),
            write=_applied(_set_pulse_duty),
            query=lambda twin: written(100 * twin.waveform.width * twin.waveform.frequency)),
    setting("[:SOURce[1]]:FUNCtion:PULSe:HOLD", "waveform.hold", Choice(("WIDTh", "DCYCle"))),
    setting("[:SOURce[1]]:FUNCtion:PULSe:TRANsition[:LEADing]", "waveform.lead", _EDGE),
    setting("[:SOURce[1]]:FUNCtion:PULSe:TRANsition:TRAiling", "waveform.trail", _EDGE),
    Command(header="[:SOURce[1]]:FUNCtion:PULSe:TRANsition:BOTH", takes=(_EDGE,), write=_set_edges),
    _plain("[:SOURce[1]]:FUNCtion:NOISe:BANDwidth", "waveform.bandwidth", Real(1e-3, 20e6, 100e3, "HZ")),
    Command(header="[:SOURce[1]]:FUNCtion:ARBitrary", query=lambda twin: '"INT:\\BUILTIN\\EXP_RISE.ARB"'),
    setting("[:SOURce[1]]:FUNCtion:ARBitrary:SRATe", "sample_rate", Real(1e-6, 160e6, 40e3)),
    setting("[:SOURce[1]]:FUNCtion:ARBitrary:ADVance", "advance", Choice(("TRIGger", "SRATe"))),
    setting("[:SOURce[1]]:FUNCtion:ARBitrary:FILTer", "arbitrary_filter", Choice(("NORMal", "STEP", "OFF"))),
    Command(header="[:SOURce[1]]:DATA:VOLatile:CLEar", write=lambda twin: None),
)  # fmt: skip
"""The waveform."""


def _set_output(twin: Keysight33511B, state: bool) -> None:
    if state and twin.interlock_open:
        raise ScpiError(-221, "output is disabled")
    twin.output = state


COMMANDS = (
    *COMMON,
    *WAVE,
    *LIMITS,
    Command(header=":OUTPut[1][:STATe]", takes=(ON_OFF,), write=_applied(_set_output),
            query=lambda twin: ON_OFF.write(twin.output)),
    Command(header=":OUTPut[1]:LOAD", takes=(_Load(*LOADS, 50, "OHM"),), write=output.set_load, asks=(EXTREME,),
            query=lambda twin, word="": written({"MIN": LOADS[0], "MAX": LOADS[1], "DEF": 50.0}.get(
                word, twin.waveform.load)), note="what the display is for; the output stays as it is"),
    _plain(":OUTPut[1]:POLarity", "waveform.inverted", Choice(("NORMal", "INVerted"))),
    setting(":OUTPut[1]:SYNC[:STATe]", "sync", ON_OFF),
    setting(":OUTPut[1]:TRIGger[:STATe]", "trigger_out", ON_OFF),
    _plain("[:SOURce[1]]:BURSt:STATe", "burst.state", ON_OFF),
    _plain("[:SOURce[1]]:BURSt:MODE", "burst.mode", Choice(("TRIGgered", "GATed"))),
    setting("[:SOURce[1]]:BURSt:NCYCles", "burst.cycles", Endless(1, 1e8, 1)),
    setting("[:SOURce[1]]:BURSt:INTernal:PERiod", "burst.period", Real(1e-6, 8e3, 10e-3, "S")),
    setting("[:SOURce[1]]:BURSt:PHASe", "burst.phase", _PHASE),
    setting("[:SOURce[1]]:BURSt:GATE:POLarity", "burst.gate", Choice(("NORMal", "INVerted"))),
    _plain(":TRIGger[1]:SOURce", "triggering.source", Choice(("IMMediate", "EXTernal", "TIMer", "BUS"))),
    setting(":TRIGger[1]:SLOPe", "triggering.slope", Choice(("POSitive", "NEGative"))),
    setting(":TRIGger[1]:COUNt", "triggering.count", Real(1, 1e6, 1)),
    setting(":TRIGger[1]:DELay", "triggering.delay", Real(0, 1e3, 0, "S")),
    setting(":TRIGger[1]:TIMer", "triggering.timer", Real(1e-6, 8e3, 1, "S")),
    Command(header=":ABORt", write=lambda twin: twin.end_burst(), note="ends a burst"),
    setting(":UNIT:ANGLe", "angle", Choice(("DEGree",))),
    setting(":DISPlay", "display", ON_OFF),
    setting(":DISPlay:TEXT", "text", Text(40)),
    Command(header=":DISPlay:TEXT:CLEar", write=lambda twin: setattr(twin, "text", "")),
    Command(header=":SYSTem:BEEPer[:IMMediate]", write=lambda twin: None),
    setting(":SYSTem:BEEPer:STATe", "beeping", ON_OFF),
    Command(header=":SYSTem:LOCal", write=lambda twin: None),
    Command(header=":SYSTem:REMote", write=lambda twin: None),
    Command(header=":MEMory:NSTates", query=lambda twin: "+5"),
    setting(":FORMat:BORDer", "byte_order", Choice(("NORMal", "SWAPped"))),
    setting(":TRIGger:LEVel", "trigger_level", Integer(0, 5, 2)),
)  # fmt: skip
"""Everything that this twin understands."""
