"""What is known of the instruments of a bench without asking them, and what a run has told of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from smtjlab.gui.texts import AT_SERVING, CHUCK_AT, SET_TO
from smtjlab.instruments.bench import AROUND, Bench
from smtjlab.instruments.limits_file import limited_names
from smtjlab.instruments.limits_text import limits_text
from smtjlab.instruments.quantity import format_quantity
from smtjlab.procedures.status import State

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
    """Maker, model and serial number as it said them; empty where nobody has asked yet."""
    firmware: str = ""
    """The last part of its identity; empty where it told none."""
    state: str = ""
    """`off`, `on`, `in use`, `compliance`, `lost`, `not safe` or `out of use`, as last read or told; empty where nobody
    knows."""
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


def facts_of(
    bench: Bench,
    glance: Glance | None = None,
    looks: Looks = MappingProxyType({}),
    out_of_use: Collection[str] = (),
    *,
    made_safe: bool = False,
) -> list[InstrumentFacts]:
    """Return the instruments of a bench, with what a glance at a run on it tells of them.

    `looks` are what instruments said of themselves when they were asked; of a run that goes on, the run knows better,
    unless the bench was `made_safe` beside its engine and nothing was read since: that engine hangs.
    """
    identities = {name: str(look["identity"]) for name, look in looks.items() if look["identity"]}
    identities |= {} if glance is None else dict(glance.identities)
    found = []
    for name, entry in bench.instruments.items():
        identity, firmware = _parted(identities.get(name, ""))
        reading = "" if made_safe else _reading(bench, name, glance)
        state = "off" if made_safe else _state(bench, name, glance, looks.get(name), reading)
        goes_on = glance is not None and _holds(glance)
        found.append(
            InstrumentFacts(
                name=name,
                role=str(entry.role).replace("_", " "),
                driver=entry.driver,
                address=entry.address or AT_SERVING,
                calibrated=entry.calibrated,
                limits=tuple(_limits(bench, name)),
                identity=identity,
                firmware=firmware,
                reading=reading if goes_on else _said(looks.get(name)),
                state="out of use" if name in out_of_use and state != "not safe" else state,
            )
        )
    return found


def _parted(identity: str) -> tuple[str, str]:
    """Return maker, model and serial number, and the firmware: the four fields of IEEE 488.2, 10.14."""
    fields = [one.strip() for one in identity.split(",")]
    return ", ".join(fields[:3]), ", ".join(fields[3:])


def _reading(bench: Bench, name: str, glance: Glance | None) -> str:
    """Return what an instrument read last, while a run goes on: itself, its channels, or what it holds around them."""
    if glance is None or not _holds(glance):
        return ""
    told = [text for part, text in glance.latest.items() if _player(bench, part) == name]
    return "; ".join(dict.fromkeys(told))


def _player(bench: Bench, part: str) -> str:
    """Return the instrument that plays a part: `dual` for `gate` or `dual.a`, `stage` for the temperature."""
    around = bench.around(part) if part in AROUND else None
    return around or bench.place_of(part)[0]


def _said(look: Mapping[str, Any] | None) -> str:
    """Return what an instrument read or was set to when it was asked."""
    if look is None:
        return ""
    said = []
    if look.get("value") is not None:
        said.append(format_quantity(look["value"], look["unit"]))
    if look.get("level") is not None:
        said.append(SET_TO.format(level=format_quantity(look["level"], "V")))
    if look.get("place") is not None:
        x, y = (format_quantity(one, "m") for one in look["place"])
        said.append(CHUCK_AT.format(x=x, y=y, needles=look["needles"]))
    return ", ".join(said)


def _limits(bench: Bench, name: str) -> list[str]:
    lines = []
    for one in limited_names(name, bench.instruments[name].role):
        limits = bench.limits_of(one)
        if limits is not None:
            lines.append(("" if one == name else f"{one}: ") + limits_text(limits))
    return lines


def _holds(glance: Glance) -> bool:
    """Return whether a run holds its bench: one that waits does not yet."""
    return not glance.state.ended and glance.state not in (State.IDLE, State.WAITING)


def _state(bench: Bench, name: str, glance: Glance | None, look: Mapping[str, Any] | None, reading: str) -> str:
    """Return how an instrument stands; what was not read back as safe comes before everything else."""
    found = [] if glance is None else [one for one in glance.findings if _player(bench, one["instrument"]) == name]
    if glance is not None and _holds(glance):
        limited = glance.compliance and _player(bench, glance.compliance) == name
        return "compliance" if limited else "on" if reading else "in use"
    if any(not one["ok"] for one in found):
        return "not safe"
    if look is not None and not look["taken"]:
        return str(look["output"]) if look["identity"] else "lost"
    return "off" if found else ""
