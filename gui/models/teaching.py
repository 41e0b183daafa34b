"""What a virtual bench is told for teaching: faults, its pace, and to reveal the truth. Each hangs up at its end."""

from __future__ import annotations

from smtjlab.gui.texts import FAULT_AWAITED, NOISE_AS, NOISE_TIMES, PACE_TOLD
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.pace import FASTEST, Pace
from smtjlab.procedures.bench_pace import change_pace
from smtjlab.procedures.station import Station

from .told import PaceTold, Told


def let_fail(channel: ControlChannel, what: str) -> Told:
    """Let a fault await an instrument: `gate:timeout@#0`. Raises InstrumentMistake."""
    with channel:
        channel.let_fail(what)
    instrument, _, kind = what.partition("@")[0].partition(":")
    return Told("fail", text=FAULT_AWAITED.format(kind=kind.replace("_", " "), instrument=instrument))


def set_pace(channel: ControlChannel, station: Station, speed: str, noise: str) -> Told:
    """Let time pass otherwise, and let there be other noise; tell how both are. Raises InstrumentMistake."""
    with channel:
        found = _told(change_pace(channel, station, Pace.parse(speed, noise)))
    return Told("pace", text=found.text, pace=found)


def pace(channel: ControlChannel) -> Told:
    """Return how time passes and how much noise there is."""
    with channel:
        return Told("pace", pace=_told(channel.pace()))


def truth(channel: ControlChannel) -> Told:
    """Return what the junctions really are."""
    with channel:
        told = channel.truth()
    return Told("truth", truth="\n".join(f"# {name}\n{text}" for name, text in told.items()))


def _told(found: Pace) -> PaceTold:
    speed = "fastest" if found.speed is None or found.speed == FASTEST else f"{found.speed:g}"
    noise = NOISE_AS if found.noise == 1 else NOISE_TIMES.format(noise=found.noise)
    text = PACE_TOLD.format(speed=found.speed_in_words, noise=noise)
    return PaceTold(text, speed, f"{found.noise:g}")
