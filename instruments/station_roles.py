"""What a procedure may ask of what surrounds a device: field, needles, relays, temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .roles import Instrument

if TYPE_CHECKING:
    from .limits import ContactLimits, CurrentLimits, FieldLimits, TemperatureLimits
    from .roles import Needles


@runtime_checkable
class Gaussmeter(Instrument, Protocol):
    """A meter of magnetic flux density."""

    def read_field(self) -> float | None:
        """Return the field in T; None where it is beyond the range or no probe is there."""
        ...


@runtime_checkable
class FieldSource(Gaussmeter, Protocol):
    """A magnet under closed-loop control."""

    def configure(self, limits: FieldLimits) -> None:
        """Set field range, ramp rate and voltage limit at 0 T with the output off, and read them back."""
        ...

    def switch_on(self) -> None:
        """Switch the control on at 0 T and read back that it is."""
        ...

    def switch_off(self) -> None:
        """Switch the control off and read back that it is."""
        ...

    def set_field(self, tesla: float) -> float:
        """Go to a field within the limits, wait on the bench's clock until it has settled, return it as measured."""
        ...

    def ramp_off(self, limits: FieldLimits) -> None:
        """Ramp to zero field, switch off whatever happens on the way, and read back; UnsafeError if not."""
        ...


@runtime_checkable
class MagnetSupply(Instrument, Protocol):
    """A source of coil current."""

    def configure(self, limits: CurrentLimits) -> None:
        """Set current mode and voltage limit at 0 A with the output off, and read them back."""
        ...

    def switch_on(self) -> None:
        """Switch the output on at 0 A and read back that it is."""
        ...

    def switch_off(self) -> None:
        """Switch the output off, at 0 A only, and read back that it is."""
        ...

    def set_current(self, amperes: float) -> float:
        """Ramp to a current within the limits, at their slew; return it as measured, in A."""
        ...

    def ramp_off(self, limits: CurrentLimits) -> None:
        """Ramp to 0 A, then switch off, and read back; UnsafeError if not."""
        ...


@runtime_checkable
class Switch(Instrument, Protocol):
    """A matrix of relays. A crosspoint is a row and a column, from 1."""

    def close(self, *crosspoints: tuple[int, int]) -> None:
        """Close crosspoints beside those closed already, break before make, and read back."""
        ...

    def open(self, *crosspoints: tuple[int, int]) -> None:
        """Open crosspoints and read back."""
        ...

    def open_all(self) -> None:
        """Open every relay and read back."""
        ...

    def closed(self) -> frozenset[tuple[int, int]]:
        """Return the crosspoints that are closed."""
        ...


@runtime_checkable
class Prober(Instrument, Protocol):
    """A wafer prober. Dies are counted in columns and rows of the wafer map."""

    def configure(self, limits: ContactLimits) -> None:
        """Take the limit of contacts, and see that wafer, contact height and home are set."""
        ...

    def contact(self) -> None:
        """Set the needles down and read back that they are."""
        ...

    def separate(self) -> None:
        """Lift the needles and read back that they are."""
        ...

    def is_in_contact(self) -> bool:
        """Return whether the needles are down."""
        ...

    def needles(self) -> Needles:
        """Return whether the needles are up, down or neither."""
        ...

    def go_to_die(self, column: int, row: int) -> tuple[int, int]:
        """Go to a die, separated, and return where it is, as read back."""
        ...

    def die(self) -> tuple[int, int]:
        """Return column and row of the die under the needles."""
        ...

    def go_to(self, x: float, y: float) -> tuple[float, float]:
        """Go to a place in m from home, separated, and return it as read back."""
        ...

    def position(self) -> tuple[float, float]:
        """Return where the chuck is, in m from home."""
        ...

    def turn(self, degrees: float) -> float:
        """Turn the chuck, separated, from the angle of the alignment, and return the angle as read back."""
        ...

    def angle(self) -> float:
        """Return the angle of the chuck in degrees from that of the alignment."""
        ...

    def set_overtravel(self, metres: float) -> float:
        """Set how far contact goes beyond first touch, and return it as read back."""
        ...

    def overtravel(self) -> float:
        """Return how far contact goes beyond first touch, in m."""
        ...

    def check_ready(self) -> None:
        """Raise UnsafeError where home, contact height or vacuum are gone."""
        ...

    @property
    def needs_cleaning(self) -> bool:
        """Whether needles must be cleaned before they touch down again."""
        ...

    def clean(self) -> None:
        """Clean the needles where the limits say."""
        ...

    def step_first_die(self) -> tuple[int, int]:
        """Go to the first die of the route and return it."""
        ...

    def step_next_die(self) -> tuple[int, int] | None:
        """Go to the next die of the route and return it; None at its end."""
        ...


@runtime_checkable
class Thermometer(Instrument, Protocol):
    """A temperature controller."""

    def configure(self, limits: TemperatureLimits) -> None:
        """Set control, ramp and over-temperature limit with the heater off, and read them back."""
        ...

    def read_temperature(self) -> float | None:
        """Return the temperature in K; None where the sensor does not answer."""
        ...

    def set_temperature(self, kelvin: float) -> float:
        """Go to a temperature within the limits, wait until it has settled, and return it as measured."""
        ...

    def switch_off(self) -> None:
        """Switch the heaters off and read back that they are."""
        ...
