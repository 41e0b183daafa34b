"""The order in which the instruments of a bench go into their safe states."""

from __future__ import annotations

from .bench import Bench
from .limits_file import limited_names
from .roles import Role

LAST = (
    Role.SWITCH,
    Role.FIELD_SOURCE,
    Role.MAGNET_SUPPLY,
    Role.THERMOMETER,
    Role.VOLTMETER,
    Role.GAUSSMETER,
    Role.OSCILLOSCOPE,
    Role.PROBER,
)
"""After every source that biases a junction and then every gate: relays, field, heaters, meters, needles."""


def safe_order(bench: Bench) -> list[tuple[str, str]]:
    """Return instrument and limits of each step: of a pair of source meters each channel is one.

    A channel that plays a part of its own, `gate` say, has the limits of that part.
    """
    parts = {channel: part for part, channel in bench.parts.items()}
    steps = [
        (name, parts.get(limited, limited))
        for name, entry in bench.instruments.items()
        for limited in limited_names(name, entry.role) or (name,)
    ]
    return sorted(steps, key=lambda step: _rank(bench, *step))


def _rank(bench: Bench, name: str, limited: str) -> tuple[int, str]:
    role = bench.instruments[name].role
    at_gate = role is Role.VOLTAGE_SOURCES or bench.wiring.get(f"{limited}.hi", "").endswith(".gate")
    return (LAST.index(role) + 2 if role in LAST else int(at_gate)), limited
