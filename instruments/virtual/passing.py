"""What passes while a measurement goes on: line voltage picked up in the loops of ports, and sources that are noisy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .ports import Port


@contextmanager
def picking_up(ports: Sequence[Port], volts: float) -> Iterator[None]:
    """Let the loops of ports pick up a voltage in V for a while."""
    wires = [wire for port in ports for wire in (port.hi, port.sense_hi) if wire is not None] if volts else []
    for wire in wires:
        wire.emf += volts
    yield
    for wire in wires:
        wire.emf -= volts


@contextmanager
def unsteady(ports: Sequence[Port]) -> Iterator[None]:
    """Let the levels of sources be off by their noise for a while."""
    noisy = [(port, port.drive.unrest.draw()) for port in ports if port.drive.unrest is not None]
    for port, off in noisy:
        port.shift += off
    yield
    for port, off in noisy:
        port.shift -= off
