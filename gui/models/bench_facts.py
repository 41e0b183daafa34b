"""What is known of the instruments of a bench without asking them, and what a run has told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.limits import SiteLimits
from smtjlab.instruments.limits_file import UNITS, limited_names
from smtjlab.instruments.quantity import format_quantity

from .run_feed import Glance

CALIBRATION = 365
"""Days after which a calibration is due, where nobody says otherwise: the interval of the makers' specifications."""


@dataclass(frozen=True)
class InstrumentFacts:
    """One instrument, in words."""

    name: str
    role: str
    driver: str
    address: str
    calibrated: date | None
    limits: tuple[str, ...]
    identity: str = ""
    """What it said when it was asked; empty where nobody has asked yet."""
    state: str = ""
    """`off`, `on`, `in use`, `lost` or `not safe`, as last read or told; empty where nobody knows."""
    reading: str = ""
    """Its last value with unit; empty where there is none."""

    def due(self, today: date) -> bool:
        """Return whether its calibration is older than a year; one that nobody stated is not known to be."""
        return self.calibrated is not None and (today - self.calibrated).days > CALIBRATION

    @property
    def due_on(self) -> date | None:
        """The day on which its calibration is due."""
        return None if self.calibrated is None else self.calibrated + timedelta(days=CALIBRATION)


Looks = Mapping[str, Mapping[str, Any]]


def facts_of(bench: Bench, glance: Glance | None = None, looks: Looks = MappingProxyType({})) -> list[InstrumentFacts]:
    """Return the instruments of a bench, with what a glance at a run on it tells of them.

    `looks` are what instruments said of themselves when they were asked; of a run that goes on, the run knows better.
    """
    identities = {name: str(look["identity"]) for name, look in looks.items() if look["identity"]}
    identities |= {} if glance is None else dict(glance.identities)
    return [
        InstrumentFacts(
            name=name,
            role=str(entry.role).replace("_", " "),
            driver=entry.driver,
            address=entry.address or "given when the bench is served",
            calibrated=entry.calibrated,
            limits=tuple(_limits(bench, name)),
            identity=identities.get(name, ""),
            reading=_reading(bench, name, glance),
            state=_state(name, glance, looks.get(name), _reading(bench, name, glance)),
        )
        for name, entry in bench.instruments.items()
    ]


def _reading(bench: Bench, name: str, glance: Glance | None) -> str:
    """Return what an instrument read last, while a run goes on: itself, or its channels by the parts that they play."""
    if glance is None or glance.state.ended:
        return ""
    parts = [part for part, channel in bench.parts.items() if channel.partition(".")[0] == name]
    return "; ".join(glance.latest[part] for part in dict.fromkeys([name, *parts]) if part in glance.latest)


def _limits(bench: Bench, name: str) -> list[str]:
    lines = []
    for one in limited_names(name, bench.instruments[name].role):
        limits = bench.limits_of(one)
        if limits is not None:
            lines.append(("" if one == name else f"{one}: ") + limits_text(limits))
    return lines


def limits_text(limits: SiteLimits) -> str:
    """Return site limits in a line."""
    units, parts = UNITS[type(limits)], list[str]()
    for name, value in asdict(limits).items():
        if isinstance(value, tuple):
            parts.insert(0, " to ".join(format_quantity(one, units[name]) for one in value))
        elif value is not None and not isinstance(value, bool):
            parts.append(f"{name.replace('_', ' ')} {format_quantity(value, units[name])}")
    return ", ".join(parts)


def _state(name: str, glance: Glance | None, look: Mapping[str, Any] | None, reading: str) -> str:
    """Return how an instrument stands; what was not read back as safe comes before everything else."""
    found = [] if glance is None else [one for one in glance.findings if one["instrument"].partition(".")[0] == name]
    ended = glance is None or glance.state.ended
    if ended and any(not one["ok"] for one in found):
        return "not safe"
    if not ended:
        return "on" if reading else "in use"
    if look is not None and not look["taken"]:
        return str(look["output"]) if look["identity"] else "lost"
    return "off" if found else ""
