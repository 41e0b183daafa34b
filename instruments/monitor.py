"""Monitors: what must hold around a measurement while it runs, as `[monitors.*]` of a bench file says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .quantity import format_quantity
from .roles import Role

if TYPE_CHECKING:
    from .wiring_file import Reader

QUANTITIES: Mapping[Role, tuple[str, str]] = {
    Role.THERMOMETER: ("temperature", "K"),
    Role.GAUSSMETER: ("field", "T"),
    Role.FIELD_SOURCE: ("field", "T"),
    Role.SOURCE_METER: ("current", "A"),
}
"""What an instrument of each role is asked for, and its unit."""

BESIDE = (Role.THERMOMETER, Role.GAUSSMETER)
"""Roles that take no part in a measurement, so that they may be asked while a point is being taken."""

KEYS = ("instrument", "within", "resume", "every", "patience")


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """A quantity with a band: a run is held while it is outside, and goes on once it is well inside again."""

    name: str
    instrument: str
    role: Role
    within: tuple[float, float]
    """Band in the unit of the quantity; outside it the run is held."""
    resume: tuple[float, float]
    """Narrower band into which the quantity must come before the run goes on."""
    every: float = 1.0
    """Time in s on the bench's clock between two looks while a point is being taken."""
    patience: float = 600.0
    """Longest time in s on the bench's clock to be held; then the run fails."""

    @property
    def unit(self) -> str:
        """Return the unit of the quantity."""
        return QUANTITIES[self.role][1]

    @property
    def beside(self) -> bool:
        """Return whether the instrument takes no part in the measurement."""
        return self.role in BESIDE

    def holds(self, value: float | None, *, held: bool) -> bool:
        """Return whether a value lets the run go on; one that is `held` needs more. No number lets nothing go on."""
        low, high = self.resume if held else self.within
        return value is not None and low <= value <= high

    def sentence(self, value: float | None) -> str:
        """Return what is wrong with a value, in words."""
        low, high = (format_quantity(edge, self.unit) for edge in self.within)
        found = "gives no number" if value is None else f"is {format_quantity(value, self.unit)}"
        quantity = f"the {QUANTITIES[self.role][0]} of `{self.instrument}`"
        return f"Monitor `{self.name}`: {quantity} must lie within {low} and {high}, but {found}"


def ask(driver: Any, role: Role) -> float | None:
    """Return the monitored quantity of an instrument of that role, in its SI unit; None where no number came."""
    if role is Role.THERMOMETER:
        value = driver.read_temperature()
    elif role in (Role.GAUSSMETER, Role.FIELD_SOURCE):
        value = driver.read_field()
    else:
        value = driver.read_source().current
    return None if value is None else float(value)


def read_monitors(reader: Reader, tables: Any, roles: Mapping[str, Role]) -> dict[str, Monitor]:
    """Return the monitors that `[monitors.*]` declares; `roles` are those of the bench's instruments by name.

    Raises BenchFileError.
    """
    return {name: _monitor(reader, name, fields, roles) for name, fields in reader.table("monitors", tables).items()}


def _monitor(reader: Reader, name: str, fields: Any, roles: Mapping[str, Role]) -> Monitor:
    key = f"monitors.{name}"
    fields = reader.table(key, fields, needed=("instrument", "within"), allowed=KEYS)
    able = [one for one, role in roles.items() if role in QUANTITIES]
    instrument = reader.choice(f"{key}.instrument", fields["instrument"], able)
    unit = QUANTITIES[roles[instrument]][1]
    within = _band(reader, f"{key}.within", fields["within"], unit)
    resume = _band(reader, f"{key}.resume", fields.get("resume", list(within)), unit)
    if not within[0] <= resume[0] < resume[1] <= within[1]:
        reader.fail(f"{key}.resume", f"`resume` of a monitor must lie inside `within`, but is {fields['resume']!r}")
    times = {one: reader.quantity(f"{key}.{one}", fields[one], "s") for one in ("every", "patience") if one in fields}
    for one, seconds in times.items():
        if not seconds > 0:
            reader.fail(f"{key}.{one}", f"`{one}` of a monitor must be above 0 s, but is {fields[one]!r}")
    return Monitor(name=name, instrument=instrument, role=roles[instrument], within=within, resume=resume, **times)


def _band(reader: Reader, key: str, value: Any, unit: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        reader.fail(key, f'`{key.rpartition(".")[2]}` must be a pair such as ["299 K", "301 K"], but is {value!r}')
    low, high = (reader.quantity(key, one, unit) for one in value)
    if not low < high:
        reader.fail(key, f"`{key.rpartition('.')[2]}` must be a lower and a higher value, but is {value!r}")
    return low, high
