"""SENSe of a virtual DMM6500: function, range, integration, autozero, filter, offset (manual DMM6500-901-01)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.keithley_dmm6500_specification import APERTURE_LIMITS, NPLC_LIMITS

from .command_tree import ON_OFF, Command, Extreme, setting
from .keithley_dmm6500_functions import ANSWERS, FUNCTIONS, HEADERS, UNITS
from .multimeter import LINE_FREQUENCY, FunctionSettings, Measures, MeterFunction
from .multimeter_reading import reading
from .parameter import Choice, Integer, Number, keyword_forms
from .scpi import Argument, Form, ScpiError

if TYPE_CHECKING:
    from .keithley_dmm6500 import KeithleyDMM6500

INTEGRATING = ("VOLT", "CURR", "RES", "FRES", "TEMP", "DIOD")
"""Functions with an integration time in power line cycles."""
FILTERED = ("VOLT", "VOLT:AC", "CURR", "CURR:AC", "RES", "FRES", "TEMP")
TRANSDUCERS = ("FRTD", "RTD", "TCouple")
BIASES = (10e-6, 100e-6, 1e-3, 10e-3)
"""Test currents in A of a diode."""
BANDWIDTHS = (3.0, 30.0, 300.0)


class _Function(Choice):
    """A function in quotes: "VOLT", "VOLT:DC", "FREQ:VOLT"; answered in full."""

    def read(self, argument: Argument) -> str:
        """Return the keyword."""
        if argument.text == "" and argument.form is Form.PLAIN:
            raise ScpiError(-109)
        if argument.form is not Form.STRING:
            raise ScpiError(-104)
        words = {form: keyword_forms(word)[0] for word in self.words for form in keyword_forms(word)}
        parts = [words.get(part, part) for part in argument.text.upper().split(":")]
        if parts[1:] == ["DC"] or (parts[0] in ("FREQ", "PER") and parts[1:] == ["VOLT"]):
            parts.pop()
        keyword = ":".join(parts)
        if keyword not in HEADERS:
            raise ScpiError(-224)
        return keyword

    def write(self, value: str) -> str:
        """Return the function in full, in quotes."""
        return f'"{ANSWERS.get(value, value)}"'


FUNCTION = _Function(("VOLTage", "CURRent", "RESistance", "FRESistance", "CONTinuity", "DIODe", "TEMPerature",
                      "FREQuency", "PERiod"))  # fmt: skip


class _Listed(Number):
    """A number out of a list; one in between takes the next."""

    def read(self, argument: Argument) -> float:
        """Return the next of the list at or above the one sent."""
        value = Number.read(self, argument)
        chosen = BIASES if self.unit == "A" else BANDWIDTHS
        return next(one for one in chosen if one >= value * (1 - 1e-9))


def set_function(twin: KeithleyDMM6500, keyword: str) -> None:
    """Change the measure function."""
    twin.function = keyword
    twin.apply()


def _own(function: MeterFunction, header: str, name: str, kind: Any, write: Any = None) -> Command:
    """Return the command of a plain setting of one function; `write` replaces the plain assignment."""

    def of(twin: KeithleyDMM6500) -> FunctionSettings:
        return twin.settings[function.keyword]

    def assign(twin: KeithleyDMM6500, value: Any) -> None:
        if write is not None:
            write(of(twin), value)
        else:
            setattr(of(twin), name, value)
        twin.recent.clear()
        twin.apply()

    def asked(twin: KeithleyDMM6500, special: Any = None) -> str:
        return str(kind.write(getattr(of(twin), name) if special is None else special))

    asks = (Extreme(kind),) if isinstance(kind, Number | Integer) else ()
    return Command(header=f"[:SENSe[1]]:{HEADERS[function.keyword]}{header}", write=assign, query=asked, takes=(kind,),
                   asks=asks)  # fmt: skip


def _ranging(function: MeterFunction) -> Iterator[Command]:
    ranges = function.ranges
    kind = Number(ranges[0], ranges[-1], ranges[function.default], UNITS[function.measures])
    yield _own(function, ":RANGe[:UPPer]", "full_scale", kind, FunctionSettings.choose_range)
    yield _own(function, ":RANGe:AUTO", "autorange", ON_OFF)


def _set_aperture(settings: FunctionSettings, seconds: float) -> None:
    settings.nplc = seconds * LINE_FREQUENCY


def _integrating(function: MeterFunction) -> Iterator[Command]:
    yield _own(function, ":NPLCycles", "nplc", Number(*NPLC_LIMITS, 1))
    yield _own(function, ":APERture", "aperture", Number(*APERTURE_LIMITS, 1 / LINE_FREQUENCY, "S"), _set_aperture)
    yield _own(function, ":AZERo[:STATe]", "autozero", ON_OFF)
    yield _own(function, ":LINE:SYNC", "line_sync", ON_OFF)


def _filtering(function: MeterFunction) -> Iterator[Command]:
    yield _own(function, ":AVERage[:STATe]", "average", ON_OFF)
    yield _own(function, ":AVERage:COUNt", "average_count", Integer(1, 100, 10))
    yield _own(function, ":AVERage:TCONtrol", "average_type", Choice(("REPeat", "MOVing", "HYBRid")))
    yield _own(function, ":AVERage:WINDow", "window", Number(0, 10, 0.1))


def _offset(function: MeterFunction) -> Iterator[Command]:
    largest = 1.2 * function.table[-1].range

    def acquire(twin: KeithleyDMM6500) -> None:
        """Take a reading of this function as its offset."""
        if twin.function != function.keyword:
            raise ScpiError(-221, "function is not the active one")
        twin.settings[function.keyword].null = twin.world.carry_out(reading(twin))

    yield _own(function, ":RELative", "null", Number(-largest, largest, 0, UNITS[function.measures]))
    yield _own(function, ":RELative:STATe", "null_on", ON_OFF)
    yield Command(header=f"[:SENSe[1]]:{HEADERS[function.keyword]}:RELative:ACQuire", write=acquire)


def _particular(function: MeterFunction) -> Iterator[Command]:
    """Yield what only some functions have."""
    if function.ac:
        yield _own(function, ":DETector:BANDwidth", "bandwidth", _Listed(3, 300, 3, "HZ"))
    if function.keyword == "VOLT":
        yield _own(function, ":INPutimpedance", "input_impedance", Choice(("AUTO", "MOHM10")))
    if function.measures is Measures.RESISTANCE and function.ranged:
        yield _own(function, ":OCOMpensated", "offset_compensation", Choice(("ON", "OFF", "AUTO")))
    if function.measures is Measures.JUNCTION:
        yield _own(function, ":BIAS:LEVel", "bias", _Listed(10e-6, 10e-3, 1e-3, "A"))
    if function.measures is Measures.TEMPERATURE:
        yield _own(function, ":TRANsducer", "transducer", Choice(TRANSDUCERS))
        yield _own(function, ":TCouple:TYPE", "couple", Choice(("K",)))
    if function.measures in (Measures.FREQUENCY, Measures.PERIOD):
        yield _own(function, ":APERture", "gate_time", Number(2e-3, 0.273, 0.2, "S"))
        yield _own(function, ":THReshold:RANGe[:UPPer]", "threshold", Number(0.1, 750, 10, "V"))
        yield _own(function, ":THReshold:RANGe:AUTO", "autorange", ON_OFF)


def _function_commands(function: MeterFunction) -> Iterator[Command]:
    if function.ranged:
        yield from _ranging(function)
    if function.keyword in INTEGRATING:
        yield from _integrating(function)
    if function.keyword in FILTERED:
        yield from _filtering(function)
    if function.keyword != "CONT":
        yield from _offset(function)
        yield _own(function, ":DELay:AUTO", "auto_delay", ON_OFF)
    yield from _particular(function)


def _digits(function: MeterFunction) -> Command:
    command = _own(function, "", "digits", Integer(3, 6, 6))
    return Command(header=f":DISPlay:{HEADERS[function.keyword]}:DIGits", write=command.write, query=command.query,
                   takes=command.takes, asks=command.asks)  # fmt: skip


def _zero_once(twin: KeithleyDMM6500) -> None:
    """Measure reference and zero of the active function once."""
    twin.world.wait(2 * twin.active.aperture)
    twin.active.zeroed_at = twin.world.time


COMMANDS = (
    setting("[:SENSe[1]]:FUNCtion[:ON]", "function", FUNCTION, write=set_function),
    setting("[:SENSe[1]]:COUNt", "count", Integer(1, 1_000_000, 1)),
    Command(header="[:SENSe[1]]:AZERo:ONCE", write=_zero_once),
    *(command for function in FUNCTIONS for command in _function_commands(function)),
    *(_digits(function) for function in FUNCTIONS),
)
