"""What an output stage does to its terminals, and what an instrument sees there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

SLEW = 0.2e6
"""Largest rate of change of an output in V/s (data sheet SPEC-2450, page 4; others are of the same order)."""


class Unrest(Protocol):
    """What a level does by itself. Two that are equal are of one source in one range."""

    def draw(self) -> float:
        """Return by how much the level is off, on average over one measurement, in its unit."""


class Quantity(Enum):
    """What is sourced."""

    VOLTAGE = "V"
    CURRENT = "A"


@dataclass(frozen=True, slots=True)
class Wave:
    """A periodic part of a level, around 0, with a peak of 1. Means over many periods do not see it."""

    frequency: float
    """Hz."""
    amplitude: float
    """Peak in the unit of the level."""
    shape: str = "SIN"
    """SIN, SQU, RAMP, TRI, NOIS or DC."""
    phase: float = 0.0
    """Phase in degrees at bench time 0."""
    duty: float = 0.5
    """Share of a period that a square is high, or that a ramp rises."""


@dataclass(frozen=True, slots=True)
class Drive:
    """What an output stage does to its terminals, its errors included.

    A voltmeter is a source of 0 A with no voltage limit, and its input resistance.
    """

    quantity: Quantity = Quantity.VOLTAGE
    level: float = 0.0
    """Sourced level in V or A."""
    limit: float = math.inf
    """Largest size of the other quantity, in A or V."""
    remote_sense: bool = False
    """Whether the voltage is regulated and measured at the sense terminals rather than at the output's."""
    connected: bool = True
    """Whether the output relay is closed."""
    input_resistance: float = math.inf
    """Resistance in ohm across the terminals, of a meter."""
    resistance: float = 0.0
    """Output resistance in ohm, in series: 50 of a generator, the shunt of an ammeter."""
    wave: Wave | None = None
    """What is added to the level, around it."""
    unrest: Unrest | None = None
    """Noise of the level; None: it holds still, or its noise is not imitated."""
    elsewhere: bool = False
    """Whether it comes out at terminals of the instrument, front or rear, that nothing is wired to."""


OPEN = Drive(connected=False, limit=0.0)
"""An open output relay."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What an instrument sees."""

    voltage: float = 0.0
    """Voltage in V where it is measured: at the sense terminals with remote sense, else at the output's."""
    current: float = 0.0
    """Current in A that flows out of `hi`."""
    limited: bool = False
    """Whether the source cannot hold its level."""
