"""The terminals that an instrument of each role has, as a bench file names them, and where they may be wired."""

from __future__ import annotations

import re

from .roles import Role

PINS = ("top", "bottom", "gate", "back")
"""Terminals of a device: its junction stands between the first two, its gate between the others."""
UNCONNECTED = "open"
"""What a bench file says of a terminal that hangs in the air."""
SIDES = ("front", "rear", "both")
"""Sides of an instrument that wires can be at."""
STAGE = "stage"
"""The thermal stage under all devices."""

_FOUR = "(hi|lo|sense_hi|sense_lo)"
_TERMINALS = {
    Role.SOURCE_METER: _FOUR,
    Role.SOURCE_METER_PAIR: rf"[ab]\.{_FOUR}",
    Role.VOLTMETER: _FOUR,
    Role.CURRENT_SOURCE: "(hi|lo)",
    Role.VOLTAGE_SOURCES: r"(ch\d{1,2}|lo)",
    Role.LOCK_IN: r"(osc|a|b)\.(hi|lo)",
    Role.OSCILLOSCOPE: r"ch[1-4]\.(hi|lo)",
    Role.FUNCTION_GENERATOR: r"(out|ch[12])\.(hi|lo)",
    Role.SWITCH: r"\d\.[rc]\d{1,2}",
}
_TO_MAGNETS = {
    Role.FIELD_SOURCE: "(probe|output)",
    Role.GAUSSMETER: "(probe|output)",
    Role.MAGNET_SUPPLY: "output",
}
_WORDS = {
    Role.SOURCE_METER: "'hi', 'lo', 'sense_hi', 'sense_lo', 'digital' or 'terminals'",
    Role.SOURCE_METER_PAIR: "'a.hi', 'a.lo', 'a.sense_hi', 'a.sense_lo' or one of b",
    Role.VOLTMETER: "'hi', 'lo', 'sense_hi' or 'sense_lo'",
    Role.CURRENT_SOURCE: "'hi', 'lo' or 'link'",
    Role.VOLTAGE_SOURCES: "'ch1' to 'ch24' or 'lo'",
    Role.LOCK_IN: "'osc.hi', 'osc.lo', 'a.hi', 'a.lo', 'b.hi' or 'b.lo'",
    Role.OSCILLOSCOPE: "'ch1.hi', 'ch1.lo' or one of another channel",
    Role.FUNCTION_GENERATOR: "'out.hi', 'out.lo' or one of a channel, 'ch1.hi'",
    Role.SWITCH: "a row or a column of a slot, '1.r1' or '1.c1'",
    Role.FIELD_SOURCE: "'probe' or 'output'",
    Role.GAUSSMETER: "'probe' or 'output'",
    Role.MAGNET_SUPPLY: "'output'",
    Role.PROBER: "'chuck'",
    Role.THERMOMETER: "'stage'",
}


def terminals_of(role: Role) -> str:
    """Return the terminals of a role, in words for a sentence."""
    return _WORDS[role]


def carries_current(role: Role, pin: str) -> bool:
    """Return whether `pin` is an electrical terminal of an instrument of this role."""
    return role in _TERMINALS and re.fullmatch(_TERMINALS[role], pin) is not None


def reaches(role: Role, pin: str) -> str | None:
    """Return what a terminal without current is wired to: magnet, device, stage, instrument, side; or None."""
    if role in _TO_MAGNETS and re.fullmatch(_TO_MAGNETS[role], pin):
        return "magnet"
    return {
        (Role.PROBER, "chuck"): "device",
        (Role.THERMOMETER, "stage"): STAGE,
        (Role.CURRENT_SOURCE, "link"): "instrument",
        (Role.SOURCE_METER, "digital"): "instrument",
        (Role.SOURCE_METER, "terminals"): "side",
    }.get((role, pin))
