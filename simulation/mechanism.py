"""What every way to turn a soft layer over has: a junction with its terms, a pulse, and what the pulse costs.

The soft layers differ, because each mechanism wants its own, but all defaults have a barrier of 45 to 50 kT at 300 K:
the same memory, written in different ways.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from .drive import Drive, Waveform
from .forces import SIGNALS
from .junction import Junction, quantity
from .soft_layer import SoftLayers
from .terms import Term, Vector, check_constants


@dataclass(frozen=True, kw_only=True)
class Mechanism(ABC):
    """A soft layer that a pulse of some width and amplitude is to turn over."""

    title: ClassVar[str]
    """Name for a legend."""
    signal: ClassVar[str]
    """Signal whose amplitude is varied."""
    axis: ClassVar[Vector] = (1.0, 0.0, 0.0)
    """Direction in which the layer starts, and from which it is to be turned away by 180 degrees."""
    amplitude_range: ClassVar[tuple[float, float]] = (0.35, 0.9)
    """Weakest and strongest amplitudes worth a look, in units of the usual one."""
    width_range: ClassVar[tuple[float, float]] = (0.1, 2.5)
    """Shortest and longest pulses worth a look, in units of the usual one."""

    junction: Junction
    """Junction whose soft layer is switched."""
    width: float = quantity("s", 0, 1e-3, 1e-9, above=True)
    """Usual duration of the pulse in s."""
    amplitude: float = quantity("", -1e15, 1e15, 1.0)
    """Usual amplitude of the pulse in the signal's unit."""
    tilt: float = quantity("rad", -1.5, 1.5, 0.1)
    """Angle in rad off the axis at which the layer is put before it comes into thermal equilibrium."""
    equilibration: float = quantity("s", 0, 1e-3, 5e-9)
    """Time in s to come into thermal equilibrium before the pulse; at 0 K there is none and the tilt stays."""
    relaxation: float = quantity("s", 0, 1e-3, 5e-9, above=True)
    """Time in s after the pulse, at the end of which the well is read."""

    def __post_init__(self) -> None:
        check_constants(self)

    @property
    def unit(self) -> str:
        """Unit of the amplitude."""
        return SIGNALS[self.signal]

    @property
    def start(self) -> Vector:
        """Direction in which the layer is put first: off the axis by the tilt."""
        return math.cos(self.tilt), math.sin(self.tilt), 0.0

    @property
    def resting_field(self) -> float:
        """Field along the major axis in A/m that is always there."""
        return 0.0

    @abstractmethod
    def terms(self) -> Sequence[Term]:
        """Return the terms of the effective field beyond the junction's own."""

    @abstractmethod
    def electrical_energy(self, width: float, amplitude: float) -> float:
        """Return the energy in J that one pulse dissipates outside the soft layer."""

    def layers(self) -> SoftLayers:
        """Return the soft layer with its terms."""
        return SoftLayers([self.junction], self.terms())

    def drive(self, width: float, amplitude: float) -> Drive:
        """Return a rectangular pulse from time 0 for a width in s."""
        return Drive(width, {self.signal: Waveform.constant(amplitude)})
