"""What a procedure may ask of an instrument, whatever its maker, and the safe state that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .limits import Limits
    from .safe_state import SafeStep
    from .specification import RangeSpecification


class Role(StrEnum):
    """The parts that instruments play on a bench, each with its safe state, which is read back."""

    SOURCE_METER = "source_meter"
    """Drives a voltage and measures voltage and current. Safe: level ramped to 0 V, then output off."""
    SOURCE_METER_PAIR = "source_meter_pair"
    """Two source meters, `a` and `b`, in one case. Safe: both."""
    VOLTMETER = "voltmeter"
    """Measures a voltage. Safe as it is: it drives nothing."""
    CURRENT_SOURCE = "current_source"
    """Drives a current under a voltage limit. Safe: level ramped to 0 A, then output off."""
    VOLTAGE_SOURCES = "voltage_sources"
    """Many gates at once. Safe: every channel ramped to 0 V."""
    FIELD_SOURCE = "field_source"
    """Holds a magnetic field in closed loop and measures it. Safe: field ramped to zero, then output off."""
    GAUSSMETER = "gaussmeter"
    """Measures a magnetic field. Safe as it is."""
    MAGNET_SUPPLY = "magnet_supply"
    """Drives a coil. Safe: current ramped to 0 A, then output off; never switched off under current."""
    SWITCH = "switch"
    """Connects rows with columns. Safe: every relay open."""
    PROBER = "prober"
    """Sets needles down on dies. Safe: it stays as it is; only a recipe separates, after the outputs are off."""
    THERMOMETER = "thermometer"
    """Measures and holds a temperature. Safe: heaters off."""
    LOCK_IN = "lock_in"
    """Drives a sine and measures its answer. Safe: the smallest amplitude, for the output has no switch."""
    OSCILLOSCOPE = "oscilloscope"
    """Records voltages against time. Safe as it is."""
    FUNCTION_GENERATOR = "function_generator"
    """Drives a waveform. Safe: output off."""


class Needles(StrEnum):
    """How the needles of a prober stand, as read back."""

    UP = "up"
    DOWN = "down"
    BETWEEN = "between"
    """Neither at contact nor at separation."""


@dataclass(frozen=True, slots=True)
class SourceReading:
    """One answer of a source meter, both quantities of one moment. None stands for an overflow, never a number."""

    voltage: float | None
    """Voltage across the device as measured, in V."""
    current: float | None
    """Current through it, in A."""
    tripped: bool
    """Whether the source sat in compliance, so that the voltage is not the one asked for."""
    output: bool = True
    """Whether the output was on; an instrument that refuses to read with its output off need not say."""

    @property
    def overflow(self) -> bool:
        """Return whether a quantity was beyond its range."""
        return self.voltage is None or self.current is None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """How a source meter stands ready, as read back."""

    source_range: RangeSpecification
    voltage_range: RangeSpecification
    current_range: RangeSpecification
    compliance: float
    """Current limit in A."""
    protection: float
    """Over-voltage protection in V."""
    nplc: float
    four_wire: bool


@runtime_checkable
class Instrument(Protocol):
    """What every driver offers, whatever its role."""

    role: ClassVar[Role]
    identity_pattern: ClassVar[str]
    """Regular expression that the answer to the question who it is must hold."""
    identity_query: ClassVar[str]
    """The question who it is: `*IDN?` almost everywhere."""
    name: str

    def verify_language(self) -> None:
        """Raise ForeignIdentity where the instrument is set to a command language the driver does not speak."""
        ...

    def output_is_on(self) -> bool:
        """Return whether anything comes out of it."""
        ...

    def check_errors(self) -> list[object]:
        """Raise InstrumentReported where the error queue holds anything; return an empty list otherwise."""
        ...

    def safe_step(self, name: str, limits: Any) -> SafeStep:
        """Return the way of this instrument into its safe state, as data that a bare session can carry out."""
        ...


@runtime_checkable
class SourceMeter(Instrument, Protocol):
    """A source of voltage that measures. Every verb reads back what it did, or raises."""

    settings: SourceSettings | None
    """None until configured."""

    def configure(self, limits: Limits, *, largest_voltage: float, nplc: float, four_wire: bool) -> SourceSettings:
        """Set ranges, compliance and protection at 0 V with the output off, and return them as read back."""
        ...

    def switch_on(self) -> None:
        """Switch the output on and read back that it is; only a configured source at 0 V may be."""
        ...

    def switch_off(self) -> None:
        """Switch the output off and read back that it is."""
        ...

    def ramp_off(self, limits: Limits) -> None:
        """Ramp to 0 V at the slew limit, switch off whatever happens on the way, and read back; UnsafeError if not."""
        ...

    def set_level(self, volts: float) -> float:
        """Program the level and return it as read back, in V."""
        ...

    def level(self) -> float:
        """Return the programmed level in V, whether the output is on or not."""
        ...

    def read_source(self) -> SourceReading:
        """Return voltage and current of one integration, in one exchange."""
        ...

    def sweep(self, levels: Sequence[float], *, delay: float) -> list[SourceReading]:
        """Let the instrument step through levels in V by itself, wait `delay` s at each and measure; the readings.

        Checked whole before anything moves: LimitError where a level leaves limits or range or a step is faster than
        the slew limit, InstrumentMistake where the instrument cannot sweep so. A reading in compliance ends it early.
        """
        ...


@runtime_checkable
class SourceMeterPair(Instrument, Protocol):
    """Two source meters in one case; limits are set for each."""

    a: SourceMeter
    b: SourceMeter
