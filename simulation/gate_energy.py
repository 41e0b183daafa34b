"""The energy of analog operations: charging of gates, Gilbert loss, reading and leakage (physics: section 11).

A gate step V1 -> V2 from a voltage source burns C (V2 - V1)^2/2 in the charging path, whatever its resistance. The
soft layer burns the drop of its magnetic energy at the final voltage, whatever its damping.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from .arguments import checked_gates, checked_number
from .constants import VACUUM_PERMEABILITY, VACUUM_PERMITTIVITY
from .errors import ModelError
from .junction import Junction
from .landscape import FloatArray, landscape_over_gates
from .static import energy_in_plane, static_angle, static_conductance

PAD_AREA = 2e-12
"""Area of the gate's pads in m^2: an assumption, which no junction file states."""
RELATIVE_PERMITTIVITY = 1000.0
"""Of the piezoelectric: an assumption."""
PAD_THICKNESS = 1e-6
"""Thickness of the piezoelectric below the pads in m: an assumption, the one of Fig. 5."""


def gate_capacitance(
    area: float = PAD_AREA, relative_permittivity: float = RELATIVE_PERMITTIVITY, thickness: float = PAD_THICKNESS
) -> float:
    """Return C = eps0 eps_r A/t in F of pads of an area in m^2 on a thickness in m; 17.7 fF as assumed.

    Raises ModelError where one of the three is not above 0.
    """
    values = {"area": area, "relative_permittivity": relative_permittivity, "thickness": thickness}
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise ModelError(f"`{name}` must be above 0, but is {value:g}.")
    return VACUUM_PERMITTIVITY * relative_permittivity * area / thickness


@dataclass(frozen=True)
class OperationEnergy:
    """Where the energy of an operation goes, in J; operations add, and scale with how often they are done."""

    charging: float = 0.0
    """Burnt in the charging path of gates: C (V2 - V1)^2/2 a step."""
    gilbert: float = 0.0
    """Burnt in soft layers: the drop of magnetic energy at the final voltage."""
    read: float = 0.0
    """V_b^2 G t."""
    leakage: float = 0.0
    """V^2 t/R_leak of the gates."""
    stored: float = 0.0
    """Change of C V^2/2 on the gates: neither burnt nor in the total."""
    returned: float = 0.0
    """Pushed back into the source while gates discharge, C V2 (V1 - V2): lost where a source cannot take it back."""

    @property
    def total(self) -> float:
        """What is burnt, in J: charging, Gilbert loss, reading and leakage."""
        return self.charging + self.gilbert + self.read + self.leakage

    @property
    def drawn(self) -> float:
        """What the gates' source gives while they charge, in J, leakage apart."""
        return self.charging + self.stored + self.returned

    def __add__(self, other: OperationEnergy) -> OperationEnergy:
        return OperationEnergy(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def scaled(self, factor: float) -> Self:
        """Return the energy of `factor` such operations; 1/n shares that of a run among n operations."""
        return type(self)(*(factor * part for part in astuple(self)))


def gilbert_loss(junction: Junction, before: ArrayLike, after: ArrayLike, *, field: float = 0.0) -> FloatArray:
    """Return the Gilbert loss in J of steps between gates in V, shapes (n,), each from equilibrium to equilibrium.

    That is the drop of the magnetic energy at the final voltage: 0.694 aJ for 0 -> 0.3 V at Fig. 5. The layer stays in
    plane, in its well, and has come to rest before each step. Raises ModelError.
    """
    volts, last = checked_gates(before), checked_gates(after)
    start = static_angle(landscape_over_gates(junction, volts, field=field))
    final = landscape_over_gates(junction, last, field=field)
    drop = energy_in_plane(final, start) - energy_in_plane(final, static_angle(final))
    scale = VACUUM_PERMEABILITY * junction.saturation_magnetization * junction.volume
    return np.asarray(scale * np.maximum(drop, 0.0))


def gate_steps_energy(
    junction: Junction,
    voltages: ArrayLike,
    dwell: ArrayLike,
    *,
    bias: float,
    capacitance: float | None = None,
    leakage_resistance: float = math.inf,
    conductance: ArrayLike | None = None,
    field: float = 0.0,
) -> OperationEnergy:
    """Return the energy of a run over gates in V, shape (n,): n - 1 steps and n dwells in s, one for all or (n,).

    `bias` in V lies across the junction all the time, whose conductance in S (n,) is the static one unless given.
    `capacitance` in F is `gate_capacitance()` unless given, `leakage_resistance` in ohm is that of the gate. Raises
    ModelError.
    """
    volts, across = checked_gates(voltages), checked_number("bias", bias, "V")
    times = _dwells(dwell, len(volts))
    farad = gate_capacitance() if capacitance is None else checked_number("capacitance", capacitance, "F")
    if farad < 0 or not leakage_resistance > 0:
        raise ModelError(
            f"`capacitance` must be 0 F or more and `leakage_resistance` above 0 ohm, but are {farad:g} F and "
            f"{leakage_resistance:g} ohm."
        )
    steps = np.diff(volts)
    given = farad * volts[1:] * steps
    return OperationEnergy(
        charging=farad / 2 * float(np.sum(steps**2)),
        gilbert=float(np.sum(gilbert_loss(junction, volts[:-1], volts[1:], field=field))) if len(steps) else 0.0,
        read=across**2 * float(np.sum(_conductance(junction, volts, across, field, conductance) * times)),
        leakage=float(np.sum(volts**2 * times)) / leakage_resistance,
        stored=farad / 2 * float(volts[-1] ** 2 - volts[0] ** 2),
        returned=-float(np.sum(np.minimum(given, 0.0))),
    )


def _dwells(dwell: ArrayLike, count: int) -> FloatArray:
    times = np.asarray(dwell, dtype=np.float64)
    if times.shape not in ((), (count,)) or not (np.isfinite(times) & (times >= 0)).all():
        raise ModelError(
            f"`dwell` must be one time of 0 s or more, or one for each of {count} gates, but is {dwell!r}."
        )
    return np.broadcast_to(times, (count,))


def _conductance(
    junction: Junction, volts: FloatArray, bias: float, field: float, given: ArrayLike | None
) -> FloatArray:
    if given is None:
        landscape = landscape_over_gates(junction, volts, bias=bias, field=field)
        return static_conductance(landscape, static_angle(landscape))
    values = np.asarray(given, dtype=np.float64)
    if values.shape not in ((), volts.shape) or not (np.isfinite(values) & (values >= 0)).all():
        raise ModelError(f"`conductance` must be 0 S or more, one for all or for each of {len(volts)} gates.")
    return values
