"""What virtual multimeters share: functions as data, their settings, and what each does to its terminals."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from smtjlab.instruments.specification import InstrumentSpecification, RangeSpecification

from .circuit import Drive, Quantity
from .hidden_errors import HiddenErrors
from .scpi_instrument import ScpiInstrument

if TYPE_CHECKING:
    from .world import World

LINE_FREQUENCY = 50
"""Power line frequency in Hz."""


class Measures(Enum):
    """What a function tells of the terminals."""

    VOLTAGE = auto()
    CURRENT = auto()
    RESISTANCE = auto()
    JUNCTION = auto()
    """Voltage across a diode that a test current flows through."""
    TEMPERATURE = auto()
    FREQUENCY = auto()
    PERIOD = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFunction:
    """One measuring function: its ranges, and what it does to its terminals meanwhile."""

    keyword: str
    """Short form as manuals write it, such as `VOLT:AC`."""
    measures: Measures
    table: tuple[RangeSpecification, ...]
    default: int = 0
    """Place in the table that stands while autorange has not yet chosen."""
    ac: bool = False
    four_wire: bool = False
    test_currents: tuple[float, ...] = ()
    """Current in A that it drives, by range."""
    open_voltage: float = math.inf
    """Largest voltage in V that it drives this current with."""
    shunts: tuple[float, ...] = ()
    """Resistance in ohm that the current flows through, by range."""
    ranged: bool = True
    """Whether its range can be chosen."""

    @property
    def ranges(self) -> tuple[float, ...]:
        """Return the nominal ranges."""
        return tuple(spec.range for spec in self.table)


@dataclass(slots=True)
class FunctionSettings:
    """How one function is set; what a model does not have keeps its default."""

    function: MeterFunction
    place: int = -1
    """Place of the range in use in the function's table; autorange moves it."""
    autorange: bool = True
    nplc: float = 1.0
    autozero: bool = True
    zeroed_at: float = 0.0
    """Bench time in s of the last zero measurement."""
    high_impedance: bool = False
    bandwidth: float = 20.0
    """Lowest frequency in Hz that an ac function follows."""
    gate_time: float = 0.1
    """Time in s that a frequency is counted for."""
    null: float = 0.0
    """Offset that is taken from each reading while `null_on`."""
    null_on: bool = False
    null_auto: bool = False
    """Whether the next reading becomes the offset."""
    transducer: str = "FRTD"
    average: bool = False
    average_count: int = 10
    average_type: str = "REP"
    window: float = 0.1
    """Filter window in per cent of the range."""
    digits: int = 6
    auto_delay: bool = True
    bias: float = 1e-3
    """Test current in A of a diode test."""
    line_sync: bool = False
    offset_compensation: str = "OFF"
    """ON measures without the test current too, and takes the difference: thermal voltages drop out."""
    input_impedance: str = "MOHM10"
    couple: str = "K"
    """Type of the thermocouple."""
    threshold: float = 10.0
    """Level in V that a count of periods expects."""

    def __post_init__(self) -> None:
        if self.place < 0:
            self.place = self.function.default

    @property
    def spec(self) -> RangeSpecification:
        """Return the specification of the range in use."""
        return self.function.table[self.place]

    @property
    def full_scale(self) -> float:
        """Return the nominal range in use."""
        return self.spec.range

    @property
    def aperture(self) -> float:
        """Return the integration time in s."""
        return self.nplc / LINE_FREQUENCY

    def choose_range(self, value: float) -> None:
        """Fix the range: the smallest whose nominal full scale is at or above `value`."""
        ranges = self.function.ranges
        self.place = next((n for n, one in enumerate(ranges) if one >= abs(value) * (1 - 1e-9)), len(ranges) - 1)
        self.autorange = False


class Multimeter(ScpiInstrument):
    """A meter on a bench: settings by function, one of them active. Everything is called with the lock held."""

    specification: ClassVar[InstrumentSpecification]
    functions: ClassVar[tuple[MeterFunction, ...]]
    """All functions of the model, the one after switching on first."""
    resistances: ClassVar[tuple[float, float, int]] = (10e6, 10e9, 3)
    """Input resistance in ohm, the high one, and how many ranges can have it."""

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        tables = dict.fromkeys(function.table for function in self.functions)
        rng = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        self.errors = HiddenErrors(rng, tables)
        self.zero_drift = float(rng.uniform(-1, 1))
        """How far the zero wanders off while it is not measured, in units of the promised limit."""
        self.sampling = np.random.default_rng([seed, 5, zlib.crc32(name.encode())])
        """What noise on alternating voltages is drawn from."""
        self.settings = self.fresh_settings()
        self.function = self.functions[0].keyword

    def fresh_settings(self) -> dict[str, FunctionSettings]:
        """Return the settings after `*RST`, by keyword."""
        return {function.keyword: FunctionSettings(function) for function in self.functions}

    @property
    def active(self) -> FunctionSettings:
        """Return the settings of the active function."""
        return self.settings[self.function]

    def apply(self) -> None:
        """Let the terminals follow the settings."""
        self.world.drive(self.name, self.drive())

    def drive(self) -> Drive:
        """Return what the active function does to the terminals."""
        settings = self.active
        function, place = electrical(self, settings)
        if function.test_currents:
            current = settings.bias if function.measures is Measures.JUNCTION else function.test_currents[place]
            return Drive(Quantity.CURRENT, current, function.open_voltage, function.four_wire)
        if function.shunts:
            return Drive(Quantity.VOLTAGE, 0.0, math.inf, resistance=function.shunts[place])
        return Drive(Quantity.CURRENT, 0.0, math.inf, input_resistance=self.input_resistance(settings))

    def input_resistance(self, settings: FunctionSettings) -> float:
        """Return the resistance in ohm across the voltage terminals; 1 Mohm where only ac is measured."""
        low, high, count = self.resistances
        if settings.function.ac:
            return 1e6
        return high if settings.high_impedance and settings.place < count else low


def electrical(meter: Multimeter, settings: FunctionSettings) -> tuple[MeterFunction, int]:
    """Return the function that a wish comes down to at the terminals, and the place of its range.

    A temperature is measured by the resistance of an RTD (1 kohm range), or by the voltage of a thermocouple (lowest).
    """
    if settings.function.measures is not Measures.TEMPERATURE:
        return settings.function, settings.place
    keyword = {"FRTD": "FRES", "RTD": "RES"}.get(settings.transducer)
    if keyword is None:
        return meter.functions[0], 0
    function = meter.settings[keyword].function
    return function, function.ranges.index(1e3)
