"""What a virtual bench is told for teaching: faults, its pace, and to reveal the truth. Each hangs up at its end."""

from __future__ import annotations

from smtjlab.gui.texts import FAULT_AWAITED, PACE_TOLD
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.pace import Pace

from .told import Told


def let_fail(channel: ControlChannel, what: str) -> Told:
    """Let a fault await an instrument: `gate:timeout@#0`. Raises InstrumentMistake."""
    with channel:
        channel.let_fail(what)
    return Told("fail", text=FAULT_AWAITED.format(what=what))


def set_pace(channel: ControlChannel, speed: str, noise: str) -> Told:
    """Let time pass otherwise, and let there be other noise; tell how both are. Raises InstrumentMistake."""
    with channel:
        found = channel.set_pace(Pace.parse(speed, noise))
    return Told("pace", text=PACE_TOLD.format(speed=found.speed_in_words, noise=found.noise))


def truth(channel: ControlChannel) -> Told:
    """Return what the junctions really are."""
    with channel:
        told = channel.truth()
    return Told("truth", truth="\n".join(f"# {name}\n{text}" for name, text in told.items()))
