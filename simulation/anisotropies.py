"""Anisotropies beyond the ellipse's shape and its own stress: uniaxial, interface with VCMA, turned gate pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from .errors import JunctionError
from .junction import Junction, quantity
from .terms import (
    DIRECTION,
    Contribution,
    Vector,
    check_constants,
    column,
    gains_of,
    polarization,
    stiffness_rows,
)

OUT_OF_PLANE: Vector = (0.0, 0.0, 1.0)
GATE_PAIRS = ("gate_1", "gate_2")
"""Signals of gate pairs beside the junction's own gate."""


@dataclass(frozen=True, kw_only=True)
class UniaxialAnisotropy:
    """A bulk anisotropy K_u along a fixed axis u: energy density -K_u (m.u)^2.

        H += H_u (m.u) u,   H_u = 2 K_u/(mu0 M_s)

    A negative constant makes the axis hard. Source: Coey, Magnetism and Magnetic Materials (2010), section 5.5.
    """

    constant: float = quantity("J/m^3", -1e8, 1e8)
    """Anisotropy constant K_u in J/m^3; above 0 the axis is easy."""
    axis: Vector = field(default=(1.0, 0.0, 0.0), metadata=DIRECTION)
    """Axis u: components along the major axis, the minor axis and out of plane."""

    def __post_init__(self) -> None:
        check_constants(self)

    def contribution(self, junctions: Sequence[Junction]) -> Contribution:
        """Return the rows of -H_u (m.u)^2/2."""
        strength = 2 * self.constant / polarization(junctions)
        return Contribution(stiffness_rows(-strength, self.axis))


@dataclass(frozen=True, kw_only=True)
class InterfaceAnisotropy:
    """A perpendicular anisotropy of the interface with the barrier, changed by the bias across it (VCMA).

        H_z += 2 (K_i - xi E) m_z/(mu0 M_s t_F),   E = V_b/t_MgO

    A bias above 0 (the soft layer's side positive) weakens it where xi > 0. It follows the signal `bias`.
    Source: Amiri and Wang, SPIN 2, 1240002 (2012).
    """

    constant: float = quantity("J/m^2", -1.0, 1.0)
    """Interface anisotropy K_i in J/m^2; above 0 it pulls out of plane."""
    vcma: float = quantity("J/(V m)", -1e-9, 1e-9, 0.0)
    """Coefficient xi in J/(V m), an energy per area and electric field; 30e-15 to 100e-15 is typical for CoFeB/MgO."""
    barrier_thickness: float = quantity("m", 0, 1e-7, 1.5e-9, above=True)
    """Thickness t_MgO of the barrier in m."""

    def __post_init__(self) -> None:
        check_constants(self)

    def contribution(self, junctions: Sequence[Junction]) -> Contribution:
        """Return the row of -H_i m_z^2/2 and how it follows the bias."""
        per_area = 2 / (polarization(junctions) * column(junctions, "thickness"))
        rows = stiffness_rows(-self.constant * per_area, OUT_OF_PLANE)
        by_bias = stiffness_rows(self.vcma / self.barrier_thickness * per_area, OUT_OF_PLANE)
        return Contribution(rows, gains_of("bias", by_bias))


@dataclass(frozen=True, kw_only=True)
class GatePair:
    """A pair of gates whose line n is turned in plane: a gate of the rotating sign compresses the soft layer along n.

        u = (3/2) lambda_s sigma (m.n)^2,   H += -H_s (m.n) n,   H_s = share 3 lambda_s sigma/(mu0 M_s)

    With sigma = s V Y d33/t as for the junction's own gate, from the same constants; `angle` 0 is stress along the
    major axis. The normal of n becomes easy. Uniaxial, uniform stress is assumed. Two pairs at about +30 and -30
    degrees to the major axis: Biswas, Ahmad, Atulasimha, Bandyopadhyay, Nano Lett. 17, 3478 (2017).
    """

    angle: float = quantity("rad", -math.pi, math.pi)
    """Angle in rad from the major axis to the line that joins the two electrodes."""
    signal: str = "gate_2"
    """Voltage that it follows: `gate_1` or `gate_2`; `gate` stays the junction's own."""
    share: float = quantity("", 0, 10, 1.0)
    """Stress per volt of this pair, relative to that of the junction's own gate."""

    def __post_init__(self) -> None:
        check_constants(self)
        if self.signal not in GATE_PAIRS:
            raise JunctionError(f"`signal` of a gate pair must be {' or '.join(GATE_PAIRS)}, but is '{self.signal}'.")

    def contribution(self, junctions: Sequence[Junction]) -> Contribution:
        """Return how the rows of H_s (m.n)^2/2 follow the pair's voltage."""
        per_volt = self.share * column(junctions, "gate_sign") * column(junctions, "stress_field_per_volt")
        line = (math.cos(self.angle), math.sin(self.angle), 0.0)
        return Contribution(gains=gains_of(self.signal, stiffness_rows(per_volt, line)))
