"""Site limits of one instrument. They stand outside every procedure and hold on every path."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import LimitError
from .quantity import format_quantity
from .reading import Setpoint

HAZARDOUS = 42.0
"""Voltage in V above which an interlock must guard whoever could touch it, and an explicit word allows it."""
ROUNDING = 1e-9
"""A wish may pass a limit by this fraction of the limits' span: `linspace` and its kind round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be asked of one source of voltage. Wishes outside are refused, never clipped."""

    voltage: tuple[float, float]
    """Lowest and highest voltage; 0 V lies between them, so that the way to the safe state is always allowed."""
    current: float
    """Compliance, programmed into the instrument and read back before its output goes on."""
    slew: float | None = None
    """Largest rate of change; None allows a step."""
    leakage: float | None = None
    """Current in A that trips the run; None where the current is the signal."""
    power: float | None = None
    """Largest power in W; the compliance is lowered so far that the instrument itself cannot exceed it."""
    contact_resistance: float | None = None
    """Most that two force leads with their contacts may have, in ohm; None stands for a share of what is between."""
    lead_resistance: float | None = None
    """Least that two force leads have, in ohm: where four wires leave out less, a sense lead is open.

    Of channels of many, which sense nothing, what both wires of a channel have.
    """
    thermal_emf: float | None = None
    """Largest thermal voltage in the loop of the device, in V; it goes into the uncertainty of what is read."""

    def __post_init__(self) -> None:
        _check_pair("voltage", self.voltage, "V")
        positive = ("current", "slew", "leakage", "power", "contact_resistance", "lead_resistance", "thermal_emf")
        _check_positive(self, positive)
        if self.leakage is not None and self.leakage > self.current:
            raise LimitError(
                f"`leakage` must not exceed `current`, the compliance that would hide it, but "
                f"{format_quantity(self.leakage, 'A')} is above {format_quantity(self.current, 'A')}."
            )
        if self.leakage is not None and self.leakage > self.compliance(self.largest_voltage):
            least, left = (format_quantity(x, "A") for x in (self.leakage, self.compliance(self.largest_voltage)))
            raise LimitError(f"`power` must leave a compliance of at least {least}, the `leakage`, but leaves {left}.")

    @property
    def largest_voltage(self) -> float:
        """Return the largest magnitude that may be asked for, in V."""
        return max(abs(self.voltage[0]), abs(self.voltage[1]))

    def compliance(self, largest_voltage: float) -> float:
        """Return the compliance in A that holds both `current` and `power` up to a voltage in V."""
        if self.power is None or largest_voltage == 0:
            return self.current
        return min(self.current, self.power / abs(largest_voltage))

    def check(self, volts: float, *, instrument: str, where: str = "") -> None:
        """Raise LimitError where `volts` may not be asked of `instrument`; `where` names the wish in the sentence."""
        _check_within(self.voltage, volts, "V", instrument, where)

    def check_power(self, volts: float, compliance: float, *, instrument: str) -> None:
        """Raise LimitError where `volts` under a compliance in A could pass the largest power."""
        if self.power is not None and not abs(volts) * compliance <= self.power * (1 + ROUNDING):
            most, amperes = format_quantity(self.power / compliance, "V"), format_quantity(compliance, "A")
            raise LimitError(
                f"`{instrument}` must stay within {most}, where its compliance of {amperes} holds its power within "
                f"{format_quantity(self.power, 'W')}, but {format_quantity(volts, 'V')} was asked of it."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentLimits:
    """What may be asked of a source of current, a coil's supply included. Wishes outside are refused."""

    current: tuple[float, float]
    """Lowest and highest current in A, 0 A between them."""
    voltage: float
    """Compliance in V, programmed into the instrument and read back before its output goes on."""
    slew: float | None = None
    """Largest rate of change in A/s; None allows a step."""

    def __post_init__(self) -> None:
        _check_pair("current", self.current, "A")
        _check_positive(self, ("voltage", "slew"))

    def check(self, amperes: float, *, instrument: str, where: str = "") -> None:
        """Raise LimitError where `amperes` may not be asked of `instrument`."""
        _check_within(self.current, amperes, "A", instrument, where)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLimits:
    """What may be asked of a magnet under closed-loop control. Wishes outside are refused."""

    field: tuple[float, float]
    """Lowest and highest flux density in T, 0 T between them."""
    slew: float
    """Largest rate of change in T/s."""
    voltage: float | None = None
    """Largest coil voltage in V, programmed and read back where the instrument has such a limit."""

    def __post_init__(self) -> None:
        _check_pair("field", self.field, "T")
        _check_positive(self, ("slew", "voltage"))

    def check(self, tesla: float, *, instrument: str, where: str = "") -> None:
        """Raise LimitError where `tesla` may not be asked of `instrument`."""
        _check_within(self.field, tesla, "T", instrument, where)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureLimits:
    """What may be asked of a temperature controller. Wishes outside are refused."""

    temperature: tuple[float, float]
    """Lowest and highest temperature in K."""
    slew: float | None = None
    """Largest rate of change in K/s."""

    def __post_init__(self) -> None:
        low, high = self.temperature
        if not 0 < low < high < math.inf:
            raise LimitError(
                f"`temperature` limits must be a lower and a higher one above 0 K, but are {low:g}, {high:g}."
            )
        _check_positive(self, ("slew",))

    def check(self, kelvin: float, *, instrument: str, where: str = "") -> None:
        """Raise LimitError where `kelvin` may not be asked of `instrument`."""
        _check_within(self.temperature, kelvin, "K", instrument, where)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLimits:
    """How often a prober may touch down, and where: needles and pads wear, and a chuck ends somewhere."""

    contacts: int = 1000
    """Touchdowns of a session."""
    contacts_per_pad: int | None = None
    """Touchdowns on the pads of one device, over all sessions that are told of each other; None for no limit."""
    cleaning_interval: int | None = None
    """Touchdowns after which needles must be cleaned; None where nobody asks for it."""
    cleaning: tuple[float, float] | None = None
    """Where they are cleaned, in m from home; None where somebody must do it by hand."""
    overtravel: float | None = None
    """Largest overtravel in m; None for that of the prober."""
    travel: float | None = None
    """Largest distance in m from home; None for that of the prober."""
    separate: bool = False
    """Whether the safe state lifts the needles, once every source has been read back as off."""

    def __post_init__(self) -> None:
        for name in ("contacts", "contacts_per_pad", "cleaning_interval"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise LimitError(f"`{name}` limit must be at least 1, but is {number}.")
        _check_positive(self, ("overtravel", "travel"))
        if self.cleaning is not None:
            self.check_place(*self.cleaning, instrument="cleaning")

    def check(self, contacts: int, *, instrument: str, where: str = "") -> None:
        """Raise LimitError where a prober that has touched down `contacts` times may not do so again."""
        self._check_count("", self.contacts, contacts, instrument, where)

    def check_pad(self, contacts: int, *, instrument: str, where: str = "") -> None:
        """Raise LimitError where pads that were touched `contacts` times may not be touched again."""
        if self.contacts_per_pad is not None:
            self._check_count(" on the same pads", self.contacts_per_pad, contacts, instrument, where)

    def check_place(self, x: float, y: float, *, instrument: str, where: str = "") -> None:
        """Raise LimitError where a place in m from home is out of travel, or is none."""
        if not (math.isfinite(x) and math.isfinite(y)):
            raise LimitError(f"`{instrument}` must go to a place, but was asked to go to {x!r}, {y!r} m.")
        if self.travel is not None and math.hypot(x, y) > self.travel:
            raise LimitError(
                f"`{instrument}` must stay within {format_quantity(self.travel, 'm')} of home, but was asked to go to "
                f"{1e3 * x:.6g} mm, {1e3 * y:.6g} mm{f' ({where})' if where else ''}."
            )

    @staticmethod
    def _check_count(what: str, most: int, contacts: int, instrument: str, where: str) -> None:
        if contacts >= most:
            place = f" ({where})" if where else ""
            raise LimitError(
                f"`{instrument}` must touch down at most {most} times{what}, but was asked once more{place}."
            )


SetpointLimits = Limits | FieldLimits | TemperatureLimits
"""Limits of what a setpoint may ask for."""
SiteLimits = Limits | CurrentLimits | FieldLimits | TemperatureLimits | ContactLimits
"""Limits of an instrument of any role."""


def _check_pair(name: str, pair: tuple[float, float], unit: str) -> None:
    low, high = pair
    if not (math.isfinite(low) and math.isfinite(high) and low <= 0 <= high and low < high):
        raise LimitError(
            f"`{name}` limits must be a lower and a higher {name} with 0 {unit} between them, but are {low:g} {unit} "
            f"and {high:g} {unit}."
        )


def _check_positive(limits: object, names: tuple[str, ...]) -> None:
    for name in names:
        number = getattr(limits, name)
        if number is not None and not 0 < number < math.inf:
            raise LimitError(f"`{name}` limit must be above 0, but is {number:g}.")


def _check_within(pair: tuple[float, float], value: float, unit: str, instrument: str, where: str) -> None:
    low, high = pair
    slack = ROUNDING * (high - low)
    if low - slack <= value <= high + slack:
        return
    place = f" ({where})" if where else ""
    raise LimitError(
        f"`{instrument}` must stay within {format_quantity(low, unit)} and {format_quantity(high, unit)}, "
        f"but {format_quantity(value, unit)} was asked of it{place}."
    )


INSTRUMENTS = {
    "field": "field source",
    "transverse_field": "field source of that name",
    "temperature": "thermometer",
}
"""What a bench need not have, by the limits that it has in that case."""


def check_setpoint(limits: Mapping[str, SetpointLimits], setpoint: Setpoint, where: str = "") -> None:
    """Raise LimitError where a setpoint asks for anything outside the limits.

    They are named `gate`, `junction`, `field`, `transverse_field` and `temperature`; the last three may be missing,
    and are not asked for then.
    """
    wishes = {
        "gate": setpoint.gate,
        "junction": setpoint.bias,
        "field": setpoint.field,
        "transverse_field": setpoint.transverse_field,
        "temperature": setpoint.temperature,
    }
    for name, wish in wishes.items():
        if wish is None:
            continue
        if name not in limits:
            raise LimitError(
                f"A setpoint must leave the {name.replace('_', ' ')} alone, because the bench has no "
                f"{INSTRUMENTS.get(name, name)} with limits, but asks for {wish:g}{f' ({where})' if where else ''}."
            )
        limits[name].check(wish, instrument=name, where=where)
    if not 0 <= setpoint.dwell < math.inf:
        raise LimitError(f"`dwell` must be at least 0 s, but is {setpoint.dwell:g} s{f' ({where})' if where else ''}.")
