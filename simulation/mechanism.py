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

import numpy as np

from .drive import Drive, Waveform
from .equilibria import Kind, stationary_points
from .forces import SIGNALS
from .junction import Junction, quantity
from .magnetic_energy import MagneticEnergy
from .modes import decay_rates
from .soft_layer import SoftLayers
from .terms import Term, Vector, check_constants

_DECAY_TIMES = 8.0
"""Decay times of the slowest mode to wait for equilibrium; energy, which decays twice as fast, is right to 1e-7."""
_SHORTEST_WAIT, _LONGEST_WAIT = 1e-9, 100e-9
"""Bounds in s of that wait, which would not end where a well is about to vanish."""
_ON_THE_HARD_PLANE = 1e-6
"""Component along the axis below which a well is on neither side."""


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
    equilibration: float | None = quantity("s", 0, 1e-3, None)
    """Time in s to come into thermal equilibrium before the pulse; None for `settling_time`. At 0 K there is none."""
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
        """Return the energy in J that one pulse dissipates in the whole circuit."""

    @abstractmethod
    def joule_heat(self, width: float, amplitude: float) -> float:
        """Return the part of it in J that is burnt at the soft layer: in the barrier or in a heavy metal on it.

        What charging a capacitance costs is burnt in leads and source, which are elsewhere.
        """

    def barrier_voltage(self, amplitude: float) -> float:
        """Return the largest voltage in V across the tunnel barrier during a pulse: 0 where none is put there."""
        return 0.0

    @property
    def anisotropy_field(self) -> float:
        """Field H_k in A/m against the axis at which the layer turns by itself at 0 K; 0 if the axis is not easy.

        Along the major axis, the minor axis and the normal e is 0, A/2 and B/2 without fields.
        """
        rest = self.layers().forces().landscape
        costs = [0.0, float(rest.in_plane[0]), float(rest.out_of_plane[0])]
        own = int(np.argmax(np.abs(self.axis)))
        return max(0.0, min(costs[:own] + costs[own + 1 :]) - costs[own])

    def settling_time(self, field: float = 0.0) -> float:
        """Return the time in s in which the starting well, in a field along x in A/m besides, comes into equilibrium.

        Eight decay times of the slowest of its two modes, but 1 ns at least and 100 ns at most; 100 ns too where the
        field leaves no well on the starting side, so that the layer must turn first.
        """
        energy = MagneticEnergy.of(self.layers().forces(field=self.resting_field + field))
        points = stationary_points(energy)
        side = np.array(self.axis) @ points.magnetization[:, :, 0] * float(np.dot(self.axis, self.start))
        wells = points.are(Kind.MINIMUM)[:, 0] & (side > _ON_THE_HARD_PLANE)
        if not wells.any():
            return _LONGEST_WAIT
        well = points.magnetization[:, int(np.argmax(wells))]
        slowest = min(-float(rate.real[0]) for rate in decay_rates(energy, well))
        wait = _DECAY_TIMES / slowest if slowest > 0 else math.inf
        return min(max(wait, _SHORTEST_WAIT), _LONGEST_WAIT)

    def layers(self) -> SoftLayers:
        """Return the soft layer with its terms."""
        return SoftLayers([self.junction], self.terms())

    def drive(self, width: float, amplitude: float) -> Drive:
        """Return a rectangular pulse from time 0 for a width in s."""
        return Drive(width, {self.signal: Waveform.constant(amplitude)})
