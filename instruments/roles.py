"""What a procedure may ask of an instrument, whatever its maker, and the safe state that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from .keithley_2450_specification import RangeSpecification
    from .limits import Limits
    from .safe_state import SafeStep


class Role(StrEnum):
    """The parts that instruments play on a bench."""

    SOURCE_METER = "source_meter"
    """Drives a voltage and measures voltage and current. Safe: level ramped to 0 V, then output off, both read back."""


@dataclass(frozen=True, slots=True)
class SourceReading:
    """One answer of a source meter, both quantities of one moment. None stands for an overflow, never a number."""

    voltage: float | None
    """Voltage across the device as measured, in V."""
    current: float | None
    """Current through it, in A."""
    tripped: bool
    """Whether the source sat in compliance, so that the voltage is not the one asked for."""

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
class SourceMeter(Protocol):
    """A source of voltage that measures. Every verb reads back what it did, or raises."""

    role: ClassVar[Role]
    identity_pattern: ClassVar[str]
    """Regular expression that the answer to `*IDN?` must match."""
    settings: SourceSettings | None
    """None until configured."""

    def verify_language(self) -> None:
        """Raise ForeignIdentity where the instrument is set to a command language the driver does not speak."""
        ...

    def configure(self, limits: Limits, *, largest_voltage: float, nplc: float, four_wire: bool) -> SourceSettings:
        """Set ranges, compliance and protection at 0 V with the output off, and return them as read back."""
        ...

    def output_is_on(self) -> bool:
        """Return whether the output is on."""
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

    def check_errors(self) -> list[object]:
        """Raise InstrumentReported where the error queue holds anything; return an empty list otherwise."""
        ...

    def safe_step(self, name: str, limits: Limits) -> SafeStep:
        """Return the way of this instrument into its safe state, as data that a bare session can carry out."""
        ...
