"""Front and rear terminals: a bench's wires are at one side of an instrument, and it may use the other.

They are at the front, unless the bench file says `"gate.terminals" = "rear"`, or `"both"`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from .circuit import Drive
from .world import World


class TwoSided(Protocol):
    """An instrument with terminals at the front and at the rear."""

    name: str
    world: World
    terminals: str
    """FRON or REAR."""


def at_terminals(twin: TwoSided, drive: Drive) -> Drive:
    """Return what an output does at the terminals in use: elsewhere, where the wires are at the other side."""
    wired = twin.world.netlist.wired_to(f"{twin.name}.terminals") or "front"
    used = "front" if twin.terminals == "FRON" else "rear"
    return drive if wired in ("both", used) else replace(drive, elsewhere=True)
