"""What a virtual 2182A measures: channel, function, range, integration, filters, offsets (2182A-900-01, 13-15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.keithley_2182a_specification import CHANNEL_1, CHANNEL_2, NPLC_LIMITS
from smtjlab.instruments.specification import RangeSpecification

from .command_tree import ON_OFF, Command, Extreme, setting
from .parameter import Choice, Integer, Number
from .scpi import Argument, ScpiError

if TYPE_CHECKING:
    from .keithley_2182a import Keithley2182A

TABLES = {1: CHANNEL_1, 2: CHANNEL_2}
LINE_FREQUENCY = 50
"""Power line frequency in Hz."""
THERMOCOUPLES = {"J": 51e-6, "K": 40e-6, "T": 40e-6, "E": 60e-6, "R": 6e-6, "S": 6e-6, "B": 0.5e-6, "N": 26e-6}
"""Sensitivity in V/K near room temperature; the twin takes a thermocouple as linear."""


@dataclass(slots=True)
class ChannelSettings:
    """Settings of one channel."""

    number: int
    present_range: float = 0.0
    """Nominal range in V; autorange moves it."""
    autorange: bool = True
    analog_filter: bool = False
    digital_filter: bool = True
    window: float = 0.01
    """Window of the digital filter in per cent of the range: a reading outside starts it anew; 0 is no window."""
    count: int = 10
    filter_type: str = "MOV"
    reference: float = 0.0
    """Offset in V that is subtracted from voltages."""
    subtract: bool = False
    temperature_reference: float = 0.0
    """Offset that is subtracted from temperatures, in the unit of temperature."""
    subtract_temperature: bool = False
    recent: list[float] = field(default_factory=list)
    """Conversions in the moving filter."""

    def __post_init__(self) -> None:
        self.present_range = self.present_range or self.table[-1].range

    @property
    def table(self) -> tuple[RangeSpecification, ...]:
        """Return the ranges of the channel."""
        return TABLES[self.number]

    @property
    def specification(self) -> RangeSpecification:
        """Return the present range."""
        return next(spec for spec in self.table if spec.range == self.present_range)


@dataclass(slots=True)
class Sense:
    """The whole measuring side."""

    channel: int = 1
    """Active channel; 0 is the internal thermometer."""
    function: str = "VOLT"
    channels: dict[int, ChannelSettings] = field(default_factory=lambda: {n: ChannelSettings(n) for n in TABLES})
    voltage_nplc: float = 5.0
    voltage_digits: float = 8.0
    ratio: bool = False
    delta: bool = False
    temperature_nplc: float = 5.0
    temperature_digits: float = 7.0
    thermocouple: str = "J"
    reference_junction: str = "INT"
    simulated_reference: float = 23.0
    """Temperature of a simulated reference junction in °C."""

    @property
    def nplc(self) -> float:
        """Return the integration of the active function in power line cycles."""
        return self.voltage_nplc if self.function == "VOLT" else self.temperature_nplc

    @property
    def aperture(self) -> float:
        """Return the integration time of the active function in s."""
        return self.nplc / LINE_FREQUENCY

    @property
    def active(self) -> ChannelSettings:
        """Return the settings of the active channel; those of channel 1 for the internal thermometer."""
        return self.channels[max(self.channel, 1)]


class _Function(Choice):
    """A function in quotes, `"VOLT"`, `"VOLT:DC"` or `"TEMP"`; answered in full."""

    def read(self, argument: Argument) -> str:
        if argument.text.upper().endswith(":DC"):
            argument = replace(argument, text=argument.text[:-3])
        return Choice.read(self, argument)

    def write(self, value: str) -> str:
        return {"VOLT": '"VOLT:DC"', "TEMP": '"TEMP"'}[value]


def set_function(twin: Keithley2182A, function: str) -> None:
    """Change the measure function."""
    twin.sense.function = function
    twin.apply()


def _set_channel(twin: Keithley2182A, channel: int) -> None:
    twin.sense.channel = channel
    twin.apply()


def set_range(twin: Keithley2182A, number: int, value: float) -> None:
    """Fix the range of a channel: the smallest that holds the value; -222 where none does."""
    settings = twin.sense.channels[number]
    chosen = next((spec for spec in settings.table if spec.holds(value)), None)
    if chosen is None:
        raise ScpiError(-222)
    settings.present_range, settings.autorange = chosen.range, False
    twin.apply()


def _acquire_voltage(twin: Keithley2182A, number: int) -> None:
    """Take what the channel sees now as its offset."""
    twin.sense.channels[number].reference = twin.world.carry_out(twin.conversion(number))


def _acquire_temperature(twin: Keithley2182A, number: int) -> None:
    twin.sense.channels[number].temperature_reference = twin.temperature(twin.world.carry_out(twin.conversion(number)))


Act = Callable[["Keithley2182A", int, Any], None]


def _both(function: str, tail: str, name: str, kind: Any, act: Act | None = None) -> list[Command]:
    """Return a setting of a channel: `:VOLTage:CHANnel2:RANGe`, and `:VOLTage:RANGe`, which is channel 1."""

    def write(twin: Keithley2182A, number: int, value: Any) -> None:
        twin.sense.channels[number].recent.clear()
        if act is not None:
            act(twin, number, value)
        else:
            setattr(twin.sense.channels[number], name, value)

    def query(twin: Keithley2182A, number: int, special: Any = None) -> str:
        return str(kind.write(getattr(twin.sense.channels[number], name) if special is None else special))

    asks = (Extreme(kind),) if isinstance(kind, Number | Integer) else ()
    return [
        Command(header=f"[:SENSe[1]]:{function}:CHANnel<1..2>{tail}", takes=(kind,), asks=asks, write=write,
                query=query),
        Command(header=f"[:SENSe[1]]:{function}{tail}", takes=(kind,), asks=asks,
                write=lambda twin, value: write(twin, 1, value),
                query=lambda twin, special=None: query(twin, 1, special)),
    ]  # fmt: skip


def _acquiring(function: str, act: Callable[[Keithley2182A, int], None]) -> list[Command]:
    return [
        Command(header=f"[:SENSe[1]]:{function}:CHANnel<1..2>:REFerence:ACQuire", write=act),
        Command(header=f"[:SENSe[1]]:{function}:REFerence:ACQuire", write=lambda twin: act(twin, 1)),
    ]


def _integration(function: str, path: str) -> list[Command]:
    """Return NPLC, aperture and digits of a function: two ways of saying one thing, and how much is shown."""
    aperture = Number(NPLC_LIMITS[0] / LINE_FREQUENCY, NPLC_LIMITS[1] / LINE_FREQUENCY, 5 / LINE_FREQUENCY, "S")
    nplc = f"{path}_nplc"
    return [
        setting(f"[:SENSe[1]]:{function}:NPLCycles", f"sense.{nplc}", Number(*NPLC_LIMITS, 5)),
        Command(header=f"[:SENSe[1]]:{function}:APERture", takes=(aperture,), asks=(Extreme(aperture),),
                write=lambda twin, seconds: setattr(twin.sense, nplc, seconds * LINE_FREQUENCY),
                query=lambda twin, special=None: aperture.write(
                    getattr(twin.sense, nplc) / LINE_FREQUENCY if special is None else special)),
        setting(f"[:SENSe[1]]:{function}:DIGits", f"sense.{path}_digits", Number(4, 8, 8)),
    ]  # fmt: skip


def _latest(twin: Keithley2182A) -> str:
    if not twin.trigger_model.readings:
        raise ScpiError(-230)
    twin.trigger_model.fresh = False
    return twin.answer(twin.trigger_model.readings[-1:])


def _fresh(twin: Keithley2182A) -> str:
    if not twin.trigger_model.fresh:
        raise ScpiError(-230)
    return _latest(twin)


_VOLTAGE, _TEMPERATURE = "VOLTage[:DC]", "TEMPerature"

COMMANDS = (
    setting("[:SENSe[1]]:FUNCtion[:ON]", "sense.function", _Function(("VOLTage", "TEMPerature"), quoted=True),
            write=set_function),
    setting("[:SENSe[1]]:CHANnel", "sense.channel", Integer(0, 2, 1), write=_set_channel),
    Command(header="[:SENSe[1]]:DATA[:LATest]", query=_latest),
    Command(header="[:SENSe[1]]:DATA:FRESh", query=_fresh),
    *_integration(_VOLTAGE, "voltage"),
    *_both(_VOLTAGE, ":RANGe[:UPPer]", "present_range", Number(0, 120, 120, "V"), set_range),
    *_both(_VOLTAGE, ":RANGe:AUTO", "autorange", ON_OFF),
    *_both(_VOLTAGE, ":REFerence", "reference", Number(-120, 120, 0, "V")),
    *_both(_VOLTAGE, ":REFerence:STATe", "subtract", ON_OFF),
    *_acquiring(_VOLTAGE, _acquire_voltage),
    *_both(_VOLTAGE, ":LPASs[:STATe]", "analog_filter", ON_OFF),
    *_both(_VOLTAGE, ":DFILter[:STATe]", "digital_filter", ON_OFF),
    *_both(_VOLTAGE, ":DFILter:WINDow", "window", Number(0, 10, 0.01)),
    *_both(_VOLTAGE, ":DFILter:COUNt", "count", Integer(1, 100, 10)),
    *_both(_VOLTAGE, ":DFILter:TCONtrol", "filter_type", Choice(("MOVing", "REPeat"))),
    setting(f"[:SENSe[1]]:{_VOLTAGE}:RATio", "sense.ratio", ON_OFF),
    setting(f"[:SENSe[1]]:{_VOLTAGE}:DELTa", "sense.delta", ON_OFF),
    *_integration(_TEMPERATURE, "temperature"),
    *_both(_TEMPERATURE, ":REFerence", "temperature_reference", Number(-273, 1800, 0)),
    *_both(_TEMPERATURE, ":REFerence:STATe", "subtract_temperature", ON_OFF),
    *_acquiring(_TEMPERATURE, _acquire_temperature),
    setting(f"[:SENSe[1]]:{_TEMPERATURE}:TCouple[:TYPE]", "sense.thermocouple", Choice(tuple(THERMOCOUPLES))),
    setting(f"[:SENSe[1]]:{_TEMPERATURE}:RJUNction:RSELect", "sense.reference_junction",
            Choice(("SIMulated", "INTernal"))),
    setting(f"[:SENSe[1]]:{_TEMPERATURE}:RJUNction:SIMulated", "sense.simulated_reference", Number(0, 60, 23)),
    Command(header=f"[:SENSe[1]]:{_TEMPERATURE}:RTEMperature", query=lambda twin: twin.shown(twin.board_temperature)),
)  # fmt: skip
"""The subsystem SENSe."""
