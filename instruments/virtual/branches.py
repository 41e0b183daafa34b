"""What ports and amplifiers do to the nets while the equations of an island are being solved."""

from __future__ import annotations

from dataclasses import dataclass

from smtjlab.simulation.measured_circuit import Amplifier

from .circuit import Quantity
from .ports import Port

LARGEST_GAIN = 1e15
"""Gain of an ideal amplifier: beyond the resolution of its inputs, and yet it has an output without feedback."""


@dataclass(slots=True)
class Branch:
    """What a port does to the nets in this attempt: it holds a voltage, or it drives a current."""

    port: Port
    holds: Quantity
    value: float
    clamped: bool = False
    row: int = 0
    """Place of its current among the unknowns, where it holds a voltage."""


@dataclass(slots=True)
class Amplified:
    """What an amplifier does in this attempt: it obeys its inputs, or it stands at its largest output."""

    amplifier: Amplifier
    side: int = 0
    """Sign of the largest output at which it stands; 0 where it obeys."""
    row: int = 0
    """Place of its output current among the unknowns."""

    @property
    def per_gain(self) -> float:
        """Return 1/A at dc."""
        return 1 / min(self.amplifier.gain or LARGEST_GAIN, LARGEST_GAIN)
