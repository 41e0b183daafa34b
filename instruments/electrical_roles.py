"""What a procedure may ask of meters and sources beside the source meter, whatever their maker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .roles import Instrument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .limits import CurrentLimits, Limits
    from .specification import RangeSpecification


@runtime_checkable
class Voltmeter(Instrument, Protocol):
    """A meter of voltage."""

    measuring_range: RangeSpecification | None
    """Range in use; None until configured."""

    def configure(self, *, largest_voltage: float, nplc: float) -> None:
        """Fix the closest range that holds `largest_voltage` in V, integrate over `nplc` line cycles; read back."""
        ...

    def read_voltage(self) -> float | None:
        """Return one reading in V; None where it overflowed."""
        ...


@runtime_checkable
class CurrentSource(Instrument, Protocol):
    """A source of current under a voltage limit."""

    present_range: RangeSpecification | None
    """Range in use; None until configured."""

    def configure(self, limits: CurrentLimits, *, largest_current: float) -> None:
        """Set range and compliance at 0 A with the output off, and read them back."""
        ...

    def switch_on(self) -> None:
        """Switch the output on and read back that it is; only a configured source at 0 A may be."""
        ...

    def switch_off(self) -> None:
        """Switch the output off and read back that it is."""
        ...

    def set_current(self, amperes: float) -> float:
        """Program a current within the limits and return it as read back, in A."""
        ...

    def tripped(self) -> bool:
        """Return whether the voltage limit is active."""
        ...

    def ramp_off(self, limits: CurrentLimits) -> None:
        """Ramp to 0 A, switch off whatever happens on the way, and read back; UnsafeError if not."""
        ...


@runtime_checkable
class VoltageSources(Instrument, Protocol):
    """Many sources of voltage in one case, numbered from 1."""

    channels: Sequence[int]
    source_range: RangeSpecification | None
    """Range of the channels in use; None until configured."""

    def configure(self, limits: Limits, *, channels: Sequence[int]) -> None:
        """Set range, slew and current range of the channels at 0 V, and read them back."""
        ...

    def set_level(self, channel: int, volts: float) -> float:
        """Program a level within the limits; the channel goes there at its slew. Return it as read back, in V."""
        ...

    def read_current(self, channel: int) -> float | None:
        """Return the current of a channel in A; None where it overflowed."""
        ...

    def ramp_off(self, limits: Limits) -> None:
        """Ramp every channel to 0 V at the slew limit and read back; UnsafeError if not."""
        ...


@runtime_checkable
class LockIn(Instrument, Protocol):
    """A lock-in amplifier with its sine source."""

    def configure(self, limits: Limits, *, frequency: float, time_constant: float, sensitivity: float) -> None:
        """Set frequency in Hz, time constant in s and sensitivity in V at the smallest amplitude, and read back."""
        ...

    def set_amplitude(self, volts: float) -> float:
        """Set the rms amplitude of the source within the limits and return it as read back, in V."""
        ...

    def read_phasor(self) -> complex | None:
        """Return X + iY in V rms, settled over the time constant; None where an input or the filter overloads."""
        ...


@runtime_checkable
class Oscilloscope(Instrument, Protocol):
    """A digitiser of voltages."""

    @property
    def interval(self) -> float:
        """Seconds between two samples; 0 until configured."""
        ...

    @property
    def scales(self) -> Mapping[int, RangeSpecification]:
        """Range of each channel that is shown; empty until configured."""
        ...

    def configure(self, *, channels: Mapping[int, float], duration: float, points: int) -> None:
        """Show channels, each with its full scale in V, over `duration` s in `points` samples; read back."""
        ...

    def record(self) -> Mapping[int, Sequence[float | None]]:
        """Take one record and return the volts of each channel; None where one is clipped."""
        ...


@runtime_checkable
class FunctionGenerator(Instrument, Protocol):
    """A source of waveforms."""

    def configure(self, limits: Limits, *, shape: str, frequency: float, amplitude: float, offset: float) -> None:
        """Set shape, frequency in Hz, peak amplitude and offset in V with the output off, and read them back."""
        ...

    def switch_on(self) -> None:
        """Switch the output on and read back that it is."""
        ...

    def switch_off(self) -> None:
        """Switch the output off and read back that it is."""
        ...
