"""Torques of spin currents: from the hard layer through the barrier (STT), from a heavy metal below (SOT).

Both enter as fields in B, which gives the torques -gamma0 a m x (m x p) - gamma0 b m x p of the Gilbert form with
all their mixing by the damping.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .constants import ELEMENTARY_CHARGE
from .forces import Gain
from .junction import Junction, quantity
from .landscape import FloatArray
from .terms import DIRECTION, Contribution, Vector, check_constants, column, gains_of, polarization

REDUCED_PLANCK_CONSTANT = 1.054571817e-34
"""hbar in J s."""


def spin_field_per_current(junctions: Sequence[Junction]) -> FloatArray:
    """Return hbar/(2 e mu0 M_s t_F) in m: a current density in A/m^2 times it and an efficiency is a field in A/m."""
    moment = polarization(junctions) * column(junctions, "thickness")
    return REDUCED_PLANCK_CONSTANT / (2 * ELEMENTARY_CHARGE * moment)


@dataclass(frozen=True, kw_only=True)
class SpinTransferTorque:
    """Spin transfer through the barrier; it follows the signal `current`, a density J in A/m^2.

        B += (a m x p + b p)/(1 + chi m.p),   a = hbar eta J/(2 e mu0 M_s t_F),   b = field_like a
        chi = (Lambda^2 - 1)/(Lambda^2 + 1)

    J > 0 (electrons from the hard to the soft layer) favours m along p. `efficiency` is eta at m.p = 0; with the
    polarization P of Slonczewski's form it is 2 P Lambda^2/(Lambda^2 + 1), which is P for Lambda = 1.
    Source: Slonczewski, J. Magn. Magn. Mater. 159, L1 (1996) and 247, 324 (2002).
    """

    efficiency: float = quantity("", 0, 2, 0.6)
    """Spin-transfer efficiency eta where m is perpendicular to p."""
    field_like: float = quantity("", -10, 10, 0.0)
    """Ratio b/a of the field-like to the damping-like torque."""
    asymmetry: float = quantity("", 1, 100, 1.0)
    """Slonczewski's Lambda: 1 for an efficiency that does not depend on the angle, as in tunnel junctions."""
    polarizer: Vector | None = field(default=None, metadata=DIRECTION)
    """Direction p of the spins; None for the hard layer's, -(cos beta, sin beta, 0)."""

    def __post_init__(self) -> None:
        check_constants(self)

    @property
    def chi(self) -> float:
        """Relative growth of the efficiency's denominator towards m = p."""
        square = self.asymmetry**2
        return (square - 1) / (square + 1)

    def contribution(self, junctions: Sequence[Junction]) -> Contribution:
        """Return how the torques follow the current; cheap rows where the efficiency is constant."""
        strength = self.efficiency * spin_field_per_current(junctions)
        directions = self._directions(junctions)
        if self.chi == 0:
            return Contribution(gains=_constant_efficiency("current", strength, self.field_like, directions))
        rows = {f"polarizer_{name}": values for name, values in zip("xyz", directions, strict=True)}
        rows["asymmetry"] = np.full(len(junctions), self.chi)
        by_current = {"slonczewski": strength}
        if self.field_like != 0:
            by_current["slonczewski_field"] = self.field_like * strength
        return Contribution(rows, gains_of("current", by_current))

    def _directions(self, junctions: Sequence[Junction]) -> FloatArray:
        """Return p of each junction, shape (3, n)."""
        if self.polarizer is not None:
            return np.repeat(np.array(self.polarizer)[:, None], len(junctions), axis=1)
        beta = column(junctions, "hard_layer_angle")
        return np.stack([-np.cos(beta), -np.sin(beta), np.zeros(len(junctions))])


@dataclass(frozen=True, kw_only=True)
class SpinOrbitTorque:
    """Spin Hall torque of a heavy metal below the soft layer; it follows `spin_current`, the density J there in A/m^2.

        B += a m x p + b p,   a = hbar theta_SH J/(2 e mu0 M_s t_F),   b = field_like a,   p = z x j

    J > 0 with theta_SH > 0 favours m along p, j being the direction of the current. A full transfer of the spin
    current is assumed. Source: Liu et al., Science 336, 555 (2012).
    """

    spin_hall_angle: float = quantity("", -10, 10, 0.3)
    """Spin Hall angle theta_SH, with its sign."""
    field_like: float = quantity("", -10, 10, 0.0)
    """Ratio b/a of the field-like to the damping-like torque."""
    current_direction: float = quantity("rad", -math.pi, math.pi, math.pi / 2)
    """Angle of the current j in plane from the major axis; along the minor axis p = -x, the hard layer's direction."""
    polarization: Vector | None = field(default=None, metadata=DIRECTION)
    """Direction p of the spins where it is not z x j."""

    def __post_init__(self) -> None:
        check_constants(self)

    @property
    def spins(self) -> Vector:
        """Direction p of the spins for J > 0."""
        if self.polarization is not None:
            return self.polarization
        return -math.sin(self.current_direction), math.cos(self.current_direction), 0.0

    def contribution(self, junctions: Sequence[Junction]) -> Contribution:
        """Return how the torques follow the current in the heavy metal."""
        strength = self.spin_hall_angle * spin_field_per_current(junctions)
        directions = np.repeat(np.array(self.spins)[:, None], len(junctions), axis=1)
        return Contribution(gains=_constant_efficiency("spin_current", strength, self.field_like, directions))


def _constant_efficiency(
    signal: str, strength: FloatArray, field_like: float, directions: FloatArray
) -> tuple[Gain, ...]:
    """Return gains of m x D and of a field along D, D = strength times directions (3, n); rows that stay 0 left out."""
    spins = dict(zip(("spin_x", "spin_y", "spin_z"), strength * directions, strict=True))
    fields = dict(zip(("field_x", "field_y", "field_z"), field_like * strength * directions, strict=True))
    # The cosine of a right angle is 6e-17, not 0, and must not cost a row.
    floor = 1e-15 * np.abs(strength)
    return gains_of(signal, {name: values for name, values in (spins | fields).items() if (abs(values) > floor).any()})
