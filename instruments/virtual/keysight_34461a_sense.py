"""CONFigure and SENSe of a virtual 34461A: function, range, resolution, integration, autozero, null."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.keysight_34461a_specification import RESOLUTION_BY_NPLC

from .command_tree import ON_OFF, Command, Extreme, setting
from .keysight_34461a_format import (
    Bandwidth,
    GateTime,
    OneOf,
    RangeOrAuto,
    Real,
    Resolution,
    nplc_for,
    scientific,
)
from .keysight_34461a_functions import FUNCTIONS, HEADERS, UNITS
from .multimeter import FunctionSettings, Measures, MeterFunction
from .multimeter_reading import find_range
from .parameter import Choice, keyword_forms
from .scpi import Argument, Form, ScpiError

if TYPE_CHECKING:
    from .keysight_34461a import Keysight34461A

INTEGRATING = ("VOLT", "CURR", "RES", "FRES", "TEMP")
"""Functions with an integration time in power line cycles."""


def resolution_of(settings: FunctionSettings) -> float:
    """Return the resolution in the unit of the function."""
    return RESOLUTION_BY_NPLC[settings.nplc] * settings.spec.range


def _resolve(settings: FunctionSettings, wanted: float | str) -> None:
    settings.nplc = nplc_for(wanted, None if settings.autorange else settings.spec.range)


def configure(
    twin: Keysight34461A, keyword: str, full_scale: float | None = None, fineness: float | str = "DEF"
) -> None:
    """Preset everything that bears on a measurement, then choose function, range and resolution."""
    fresh = FunctionSettings(twin.settings[keyword].function, nplc=10.0)
    if full_scale is not None:
        fresh.choose_range(full_scale)
    _resolve(fresh, fineness)
    fresh.autozero = fresh.nplc >= 1
    twin.settings[keyword] = fresh
    twin.preset_measurement()
    choose_function(twin, keyword)


def choose_function(twin: Keysight34461A, keyword: str) -> None:
    """Make a function the active one; the readings of the last one are lost."""
    twin.function = keyword
    twin.acquisition.clear()
    twin.apply()


def present_configuration(twin: Keysight34461A) -> str:
    """Return `"VOLT +1.00000000E+01,+1.00000000E-05"`: function, range, resolution."""
    settings = twin.active
    return f'"{twin.function} {scientific(settings.spec.range)},{scientific(resolution_of(settings))}"'


class _Function(Choice):
    """A function in quotes: "VOLT", "VOLT:DC", "FRES"; answered in its short form."""

    def read(self, argument: Argument) -> str:
        """Return the short form, a DC at its end left out."""
        if argument.form is not Form.STRING:
            raise ScpiError(-104)
        parts = argument.text.upper().removesuffix(":DC").split(":")
        words = {form: keyword_forms(word)[0] for word in self.words for form in keyword_forms(word)}
        short = ":".join(words.get(part, part) for part in parts)
        if short not in HEADERS:
            raise ScpiError(-224)
        return short

    def write(self, value: str) -> str:
        """Return the short form in quotes."""
        return f'"{value}"'


FUNCTION = _Function(("VOLTage", "CURRent", "RESistance", "FRESistance", "CONTinuity", "DIODe", "TEMPerature",
                      "FREQuency", "PERiod", "AC"))  # fmt: skip


def _settings_of(twin: Keysight34461A, keyword: str) -> FunctionSettings:
    return twin.settings[keyword]


def _range_kind(function: MeterFunction) -> Real:
    ranges = function.ranges
    return Real(ranges[0], ranges[-1], ranges[function.default], UNITS[function.measures])


def _range_commands(function: MeterFunction, head: str) -> Iterator[Command]:
    """Yield the commands that choose a range."""
    kind, key = _range_kind(function), function.keyword

    def choose(twin: Keysight34461A, value: float) -> None:
        _settings_of(twin, key).choose_range(value)
        twin.changed()

    def auto(twin: Keysight34461A, word: str) -> None:
        settings = _settings_of(twin, key)
        settings.autorange = word == "ON"
        if word == "ONCE" and twin.function == key:
            twin.world.carry_out(find_range(twin))
        twin.changed()

    def asked(twin: Keysight34461A, special: float | None = None) -> str:
        return scientific(_settings_of(twin, key).spec.range if special is None else special)

    yield Command(header=f"{head}:RANGe[:UPPer]", write=choose, takes=(kind,), query=asked, asks=(Extreme(kind),))
    yield Command(header=f"{head}:RANGe:AUTO", write=auto, takes=(OnOffOnce(()),),
                  query=lambda twin: str(int(_settings_of(twin, key).autorange)))  # fmt: skip


class OnOffOnce(Choice):
    """ON, OFF or ONCE; 1 and 0 as well."""

    def read(self, argument: Argument) -> str:
        """Return ON, OFF or ONCE."""
        if argument.form is Form.PLAIN and argument.text.upper() == "ONCE":
            return "ONCE"
        return "ON" if ON_OFF.read(argument) else "OFF"


def _integration_commands(function: MeterFunction, head: str) -> Iterator[Command]:
    """Yield the commands of a function that integrates over power line cycles."""
    key = function.keyword
    cycles = OneOf(0.02, 100, 10)

    def integrate(twin: Keysight34461A, nplc: float) -> None:
        _settings_of(twin, key).nplc = nplc
        twin.changed()

    def cycles_of(twin: Keysight34461A, special: float | None = None) -> str:
        return scientific(_settings_of(twin, key).nplc if special is None else special)

    def zero(twin: Keysight34461A, word: str) -> None:
        settings = _settings_of(twin, key)
        settings.autozero = word == "ON"
        if word == "ONCE":
            twin.world.wait(settings.aperture)
        settings.zeroed_at = twin.world.time

    yield Command(header=f"{head}:NPLC", write=integrate, takes=(cycles,), query=cycles_of, asks=(Extreme(cycles),))
    yield Command(header=f"{head}:ZERO:AUTO", write=zero, takes=(OnOffOnce(()),),
                  query=lambda twin: str(int(_settings_of(twin, key).autozero)))  # fmt: skip
    if function.ranged:
        yield _resolution_command(function, head)


def _resolution_command(function: MeterFunction, head: str) -> Command:
    key, kind = function.keyword, Resolution(UNITS[function.measures])

    def resolve(twin: Keysight34461A, wanted: float | str) -> None:
        _resolve(_settings_of(twin, key), wanted)
        twin.changed()

    def asked(twin: Keysight34461A, word: float | str | None = None) -> str:
        settings = _settings_of(twin, key)
        return scientific(resolution_of(settings if word is None else replace(settings, nplc=nplc_for(word, None))))

    return Command(header=f"{head}:RESolution", write=resolve, takes=(kind,), query=asked, asks=(kind,))


def _null_commands(function: MeterFunction, head: str) -> Iterator[Command]:
    """Yield the commands of the offset that is taken from each reading."""
    key = function.keyword
    value = Real(-120e6, 120e6, 0, UNITS[function.measures])

    def switch(twin: Keysight34461A, on: bool) -> None:
        settings = _settings_of(twin, key)
        settings.null_on, settings.null_auto = on, on  # the next reading becomes the offset, unless one is given

    def give(twin: Keysight34461A, offset: float) -> None:
        settings = _settings_of(twin, key)
        settings.null, settings.null_auto = offset, False

    def asked(twin: Keysight34461A, special: float | None = None) -> str:
        return scientific(_settings_of(twin, key).null if special is None else special)

    yield Command(header=f"{head}:NULL[:STATe]", write=switch, takes=(ON_OFF,),
                  query=lambda twin: str(int(_settings_of(twin, key).null_on)))  # fmt: skip
    yield Command(header=f"{head}:NULL:VALue", write=give, takes=(value,), query=asked, asks=(Extreme(value),))
    yield Command(header=f"{head}:NULL:VALue:AUTO", takes=(ON_OFF,),
                  write=lambda twin, on: setattr(_settings_of(twin, key), "null_auto", on),
                  query=lambda twin: str(int(_settings_of(twin, key).null_auto)))  # fmt: skip


def _own_setting(function: MeterFunction, header: str, name: str, kind: Any) -> Command:
    """Return the command of a plain setting of one function."""

    def assign(twin: Keysight34461A, value: Any) -> None:
        setattr(_settings_of(twin, function.keyword), name, value)
        twin.changed()

    def asked(twin: Keysight34461A, special: Any = None) -> str:
        return str(kind.write(getattr(_settings_of(twin, function.keyword), name) if special is None else special))

    asks = (Extreme(kind),) if isinstance(kind, Real) else ()
    return Command(header=header, write=assign, query=asked, takes=(kind,), asks=asks)


def _sense_commands(function: MeterFunction) -> Iterator[Command]:
    """Yield the commands of one function below SENSe."""
    head, key = f"[:SENSe]:{HEADERS[function.keyword]}", function.keyword
    if function.ranged:
        yield from _range_commands(function, head)
    if key in INTEGRATING:
        yield from _integration_commands(function, head)
    if key not in ("CONT", "DIOD"):
        yield from _null_commands(function, head)
    if function.ac:
        yield _own_setting(function, f"{head}:BANDwidth", "bandwidth", Bandwidth(3, 200, 20, "HZ"))
    if key == "VOLT":
        yield _own_setting(function, f"{head}:IMPedance:AUTO", "high_impedance", ON_OFF)
    if function.measures in (Measures.FREQUENCY, Measures.PERIOD):
        yield _own_setting(function, f"{head}:APERture", "gate_time", GateTime(0.01, 1, 0.1, "S"))
        yield _own_setting(function, f"{head}:RANGe:LOWer", "bandwidth", Bandwidth(3, 200, 20, "HZ"))
    if key == "TEMP":
        yield _own_setting(function, f"{head}:TRANsducer:TYPE", "transducer", Choice(("FRTD", "RTD")))


def _arguments(function: MeterFunction) -> tuple[Any, ...]:
    """Return the kinds of arguments of CONFigure and MEASure?."""
    if function.keyword in ("CONT", "DIOD"):
        return ()
    resolution = Resolution(UNITS[function.measures])
    if function.measures is Measures.TEMPERATURE:
        probe = Choice(("FRTD", "RTD", "DEFault"))
        return probe, RangeOrAuto(Real(80, 120, 85)), RangeOrAuto(Real(1, 1, 1)), resolution
    kind = _range_kind(function) if function.ranged else Real(1e-9, 1e9, 20, UNITS[function.measures])
    return RangeOrAuto(kind), resolution


def _configuring_commands(function: MeterFunction) -> Iterator[Command]:
    """Yield CONFigure and MEASure? of one function."""
    key, kinds = function.keyword, _arguments(function)

    def work(twin: Keysight34461A, *arguments: Any) -> None:
        configure(twin, key, *(arguments if function.ranged else ()))
        if function.measures is Measures.TEMPERATURE and arguments and arguments[0] != "DEF":
            twin.active.transducer = arguments[0]
            twin.apply()

    def measure(twin: Keysight34461A, *arguments: Any) -> Any:
        work(twin, *arguments)
        return twin.acquisition.read()

    direct = key == "VOLT"  # what CONFigure and MEASure? alone stand for
    if direct:
        yield Command(header=":CONFigure", write=work, takes=kinds, needed=0, query=present_configuration,
                      note="function, range and resolution in use")  # fmt: skip
    yield Command(header=f":CONFigure:{HEADERS[key]}", write=work, takes=kinds, needed=0)
    yield Command(header=":MEASure[:VOLTage][:DC]" if direct else f":MEASure:{HEADERS[key]}", query=measure, asks=kinds)


COMMANDS = (
    setting("[:SENSe]:FUNCtion[:ON]", "function", FUNCTION, write=choose_function),
    *(command for function in FUNCTIONS for command in _configuring_commands(function)),
    *(command for function in FUNCTIONS for command in _sense_commands(function)),
)
