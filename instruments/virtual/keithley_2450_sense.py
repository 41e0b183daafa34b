"""The measuring side of a virtual 2450: function, range, integration, autozero, filter (manual 2450-901-01, 6)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from smtjlab.instruments.source_meter_specification import SourceMeterSpecification

from .command_tree import ON_OFF, Command, setting
from .keithley_2450_calculate import Calculation
from .parameter import Boolean, Choice, Integer, Number
from .scpi import Argument

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450

OHMS = tuple(20.0 * 10**power for power in range(8))
"""Nominal ranges of resistance in ohm."""

FUNCTIONS = {"VOLT": "voltage", "CURR": "current", "RES": "resistance"}
ANSWERS = {"VOLT": '"VOLT:DC"', "CURR": '"CURR:DC"', "RES": '"RES"'}
UNITS = {"voltage": "V", "current": "A", "resistance": "OHM"}
SHOWN_IN = {"voltage": ("VOLT", "OHM", "WATT"), "current": ("AMP", "OHM", "WATT"), "resistance": ("OHM",)}
"""Units in which a function can show its readings, its own first."""


@dataclass(slots=True)
class SenseSettings:
    """Settings of one measure function."""

    name: str
    ranges: tuple[float, ...]
    """Nominal ranges, the smallest first."""
    autorange: bool = True
    present_range: float = 0.0
    """Nominal range in use; autorange moves it."""
    lower_limit: float = 0.0
    """Smallest range that autorange may choose."""
    nplc: float = 1.0
    autozero: bool = True
    four_wire: bool = False
    average: bool = False
    average_count: int = 10
    average_type: str = "REP"
    recent: list[float] = field(default_factory=list)
    """Readings in the moving filter."""
    user_delays: list[float] = field(default_factory=lambda: [0.0] * 5)
    unit: str = ""
    """Unit in which readings are shown."""
    calculation: Calculation = field(default_factory=Calculation)

    def __post_init__(self) -> None:
        self.present_range = self.present_range or {"current": 100e-6}.get(self.name, self.ranges[0])
        self.lower_limit = self.lower_limit or self.ranges[0]
        self.unit = self.unit or SHOWN_IN[self.name][0]


@dataclass(slots=True)
class Sense:
    """The whole measuring side: three functions, one of them active."""

    voltage: SenseSettings
    current: SenseSettings
    resistance: SenseSettings
    function: str = "CURR"
    count: int = 1
    offset_compensated: bool = False
    """Whether a resistance is measured at zero, too."""

    @classmethod
    def of(cls, specification: SourceMeterSpecification) -> Sense:
        """Return the measuring side of a model as it is switched on."""
        voltage, current, resistance = (SenseSettings(name, _ranges(specification, name)) for name in UNITS)
        return cls(voltage, current, resistance)

    @property
    def active(self) -> SenseSettings:
        """Return the settings of the active function."""
        chosen: SenseSettings = getattr(self, FUNCTIONS[self.function])
        return chosen


def _ranges(specification: SourceMeterSpecification, name: str) -> tuple[float, ...]:
    tables = {"voltage": specification.measure_voltage, "current": specification.measure_current}
    return tuple(spec.range for spec in tables[name]) if name in tables else OHMS


class _Function(Choice):
    """A measure function in quotes: "VOLT", "VOLT:DC", "CURR", "RES"; answered in full."""

    def read(self, argument: Argument) -> str:
        if argument.text.upper().endswith(":DC"):
            argument = replace(argument, text=argument.text[:-3])
        return Choice.read(self, argument)

    def write(self, value: str) -> str:
        return ANSWERS[value]


FUNCTION = _Function(("VOLTage", "CURRent", "RESistance"), quoted=True)


def set_function(twin: Keithley2450, function: str) -> None:
    """Change the measure function."""
    twin.sense.function = function
    twin.apply()


def set_range(settings: SenseSettings, value: float) -> None:
    """Fix the range: the next one at or above the value."""
    settings.present_range = next(one for one in settings.ranges if one >= abs(value) * (1 - 1e-9))
    settings.autorange = False


def _set_filter(settings: SenseSettings, name: str, value: object) -> None:
    setattr(settings, name, value)
    settings.recent.clear()


def _function_commands(specification: SourceMeterSpecification, name: str, keyword: str) -> list[Command]:
    """Return the commands of one measure function."""
    head, path = f"[:SENSe[1]]:{keyword}", f"sense.{name}"
    fresh, unit = SenseSettings(name, _ranges(specification, name)), UNITS[name]
    lowest, highest = fresh.ranges[0], fresh.ranges[-1]
    ranges = Number(lowest, highest, fresh.present_range, unit)
    bottom = Number(2.0 if name == "resistance" else lowest, highest, lowest, unit)
    delay = Number(0, 10_000, 0, "S")

    def of(twin: Keithley2450) -> SenseSettings:
        chosen: SenseSettings = getattr(twin.sense, name)
        return chosen

    def wires(twin: Keithley2450, four: bool) -> None:
        of(twin).four_wire = four
        twin.apply()

    return [
        setting(f"{head}:RANGe[:UPPer]", f"{path}.present_range", ranges,
                write=lambda twin, value: set_range(of(twin), value)),
        setting(f"{head}:RANGe:AUTO", f"{path}.autorange", ON_OFF),
        setting(f"{head}:RANGe:AUTO:LLIMit", f"{path}.lower_limit", bottom),
        setting(f"{head}:NPLCycles", f"{path}.nplc", Number(*specification.nplc_limits, 1)),
        setting(f"{head}:RSENse", f"{path}.four_wire", ON_OFF, write=wires),
        setting(f"{head}:AZERo[:STATe]", f"{path}.autozero", ON_OFF),
        setting(f"{head}:AVERage[:STATe]", f"{path}.average", ON_OFF,
                write=lambda twin, on: _set_filter(of(twin), "average", on)),
        setting(f"{head}:AVERage:COUNt", f"{path}.average_count", Integer(1, 100, 10),
                write=lambda twin, count: _set_filter(of(twin), "average_count", count)),
        setting(f"{head}:AVERage:TCONtrol", f"{path}.average_type", Choice(("REPeat", "MOVing")),
                write=lambda twin, kind: _set_filter(of(twin), "average_type", kind)),
        Command(header=f"{head}:DELay:USER<1..5>", takes=(delay,),
                write=lambda twin, number, value: of(twin).user_delays.__setitem__(number - 1, value),
                query=lambda twin, number: delay.write(of(twin).user_delays[number - 1])),
        *([setting(f"{head}:UNIT", f"{path}.unit", Choice(SHOWN_IN[name]))] if name != "resistance" else []),
    ]  # fmt: skip


def _for_all(keyword: str, name: str, kind: Number | Integer | Boolean | Choice) -> Command:
    """Return the command that sets all functions where it names none; asked, it tells of the active one."""

    def write(twin: Keithley2450, value: object) -> None:
        for settings in (twin.sense.voltage, twin.sense.current, twin.sense.resistance):
            _set_filter(settings, name, value)
        twin.apply()

    return Command(header=f"[:SENSe[1]]:{keyword}", write=write, takes=(kind,),
                   query=lambda twin: kind.write(getattr(twin.sense.active, name)))  # fmt: skip


def _azero_once(twin: Keithley2450) -> None:
    twin.world.wait(2 * twin.aperture)


def commands(specification: SourceMeterSpecification) -> tuple[Command, ...]:
    """Return the commands of the measuring side of a model."""
    return (
        setting("[:SENSe[1]]:FUNCtion[:ON]", "sense.function", FUNCTION, write=set_function),
        setting("[:SENSe[1]]:COUNt", "sense.count", Integer(1, 300_000, 1)),
        Command(header="[:SENSe[1]]:AZERo:ONCE", write=_azero_once),
        _for_all("NPLCycles", "nplc", Number(*specification.nplc_limits, 1)),
        _for_all("RSENse", "four_wire", ON_OFF),
        _for_all("AZERo[:STATe]", "autozero", ON_OFF),
        _for_all("AVERage[:STATe]", "average", ON_OFF),
        _for_all("AVERage:COUNt", "average_count", Integer(1, 100, 10)),
        _for_all("AVERage:TCONtrol", "average_type", Choice(("REPeat", "MOVing"))),
        setting("[:SENSe[1]]:RESistance:OCOMpensated", "sense.offset_compensated", ON_OFF),
        *_function_commands(specification, "voltage", "VOLTage[:DC]"),
        *_function_commands(specification, "current", "CURRent[:DC]"),
        *_function_commands(specification, "resistance", "RESistance"),
    )
