"""Which time step the integrator may take, and how long a soft layer needs to forget where it began."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from .equilibria import ground_state
from .errors import ModelError, StepSizeWarning
from .forces import Forces
from .junction import GYROMAGNETIC_CONSTANT
from .landscape import FloatArray, Landscape
from .magnetic_energy import MagneticEnergy
from .modes import ComplexArray, damped_roots
from .static import in_plane_stiffness, out_of_plane_stiffness, static_angle

DEFAULT_STEP = 1e-12
"""Time step in s where nothing asks for a smaller one."""
_FIELDS = {
    "the out-of-plane anisotropy field": ("out_of_plane",),
    "the in-plane anisotropy field (shape and stress)": ("in_plane",),
    "the anisotropy about tilted axes": ("tensor_xy", "tensor_xz", "tensor_yz"),
    "the dipole and applied field": ("field_x", "field_y", "field_z"),
    "the field-like torque": ("slonczewski_field",),
    "the damping-like torque": ("spin_x", "spin_y", "spin_z", "slonczewski"),
}
"""What can set the stability limit, and the rows of `Forces` that make it."""


@dataclass(frozen=True)
class _Rest:
    """What the linearised motion about the deepest wells depends on, arrays (n,) in A/m; signals of a drive are 0."""

    h1: FloatArray
    h2: FloatArray
    field: FloatArray
    """Size of the field h."""
    spin: FloatArray
    """Largest damping-like torque field a, over all directions of m."""
    driven_h1: FloatArray
    """H_1 along the torque's polarization, where a strong torque takes m; 0 without any."""
    driven_h2: FloatArray
    largest: FloatArray
    """Bound on the field anywhere on the sphere, the torque's included; 0 without any torque."""

    @classmethod
    def of(cls, forces: Forces | Landscape) -> _Rest:
        some, number = Forces.of(forces).distinct()
        rest = (None if some.torques else cls._in_plane(some.landscape)) or cls._on_sphere(some)
        return cls(*(getattr(rest, name)[number] for name in cls.__dataclass_fields__))

    @classmethod
    def _on_sphere(cls, forces: Forces) -> _Rest:
        polarization, field_like = _largest_torques(forces)
        energy = MagneticEnergy.of(replace(forces, torques={**forces.torques, **field_like}))
        h1, h2 = energy.stiffnesses(ground_state(energy))
        field, spin = (np.sqrt(np.sum(x**2, axis=0)) for x in (energy.field, polarization))
        towards = polarization / np.where(spin > 0, spin, 1) + np.where(spin > 0, 0.0, [[1.0], [0.0], [0.0]])
        low, high = (np.where(spin > 0, h, 0.0) for h in energy.stiffnesses(towards))
        return cls(h1, h2, field, spin, low, high, np.where(spin > 0, energy.strength() + spin, 0.0))

    @classmethod
    def _in_plane(cls, landscape: Landscape) -> _Rest | None:
        """Return the same by one bisection in plane; None where a deepest well lies out of plane."""
        angle, none = static_angle(landscape), np.zeros(len(landscape))
        h2 = out_of_plane_stiffness(landscape, angle)
        field = np.hypot(landscape.field_x, landscape.field_y)
        rest = cls(in_plane_stiffness(landscape, angle), h2, field, none, none, none, none)
        return rest if (h2 > 0).all() else None


def accurate_step(forces: Forces | Landscape) -> float:
    """Return the largest step in s, at most 1 ps, whose bias of thermal variances is at most 1 %.

    With w = gamma0 sqrt(H_1 H_2) dt: w <= 0.2, gamma0 H_2 dt <= 0.5, w^4 <= 0.04 alpha gamma0 (H_1 + H_2) dt. A
    damping-like torque a adds gamma0 a dt <= 0.2 and, as it may take m anywhere, gamma0 |B| dt <= 0.5 for the
    largest field B on the sphere. Signals of a drive count as 0: pass the forces at its extremes.
    """
    rest, damping = _Rest.of(forces), Forces.of(forces).landscape.damping
    h1, h2 = np.abs(rest.h1), np.abs(rest.h2)
    omega = GYROMAGNETIC_CONSTANT * np.sqrt(h1 * h2)
    damping_rate = damping * GYROMAGNETIC_CONSTANT * (h1 + h2)
    strongest = np.maximum(np.maximum(h1, h2), rest.largest)
    with np.errstate(divide="ignore", invalid="ignore"):
        limits = (
            0.2 / omega,
            0.5 / (GYROMAGNETIC_CONSTANT * strongest),
            np.where(omega > 0, np.cbrt(0.04 * damping_rate / omega**4), np.inf),
            0.2 / (GYROMAGNETIC_CONSTANT * rest.spin),
        )
    return min(DEFAULT_STEP, *(float(np.min(limit)) for limit in limits))


def stability_limit(forces: Forces | Landscape) -> float:
    """Return the step in s above which Heun's scheme diverges from a resting soft layer (linearised).

    With a damping-like torque also from a layer that the torque holds along its polarization.
    """
    return float(np.min(_stability_limits(forces)))


def checked_step(forces: Forces | Landscape, step: float | None) -> float:
    """Return the step in s, or the accurate one for None.

    Warns where the step biases averages by more than 1 %, raises ModelError where it is unstable or no step.
    """
    accurate = accurate_step(forces)
    if step is None:
        return accurate
    if 0 < step <= accurate:
        return step  # far below the stability limit, which takes longer to find
    limits = _stability_limits(forces)
    limit = float(np.min(limits))
    if not 0 < step <= limit:
        name, size = _limiting_field(Forces.of(forces).at(np.array([np.argmin(limits)])))
        raise ModelError(
            f"`step` must be above 0 and at most {limit * 1e12:.3g} ps, the stability limit, set by {name} of "
            f"{size:.2g} A/m, but is {step * 1e12:.3g} ps."
        )
    if step > accurate * (1 + 1e-9):
        warnings.warn(
            f"`step` should be at most {accurate * 1e12:.3g} ps, where averages are right to 1 %, "
            f"but is {step * 1e12:.3g} ps.",
            StepSizeWarning,
            stacklevel=3,
        )
    return step


def relaxation_time(forces: Forces | Landscape) -> FloatArray:
    """Return the time in s in which small deviations fall by 1/e, shape (n,); spin torques left aside.

    Near the threshold the stiffness in plane vanishes; thermal motion in the quartic well that is left, whose
    fourth derivative is about 3 h_x, then sets a stiffness of (h_x kT)^(1/2).
    """
    rest, landscape = _Rest.of(forces), Forces.of(forces).landscape
    strength = rest.field + 1.0
    floor = np.maximum(0.5 * np.sqrt(strength / landscape.energy_scale), 1e-3 * strength)
    slow, fast = damped_roots(np.maximum(rest.h1, floor), np.maximum(rest.h2, floor), landscape.damping)
    time: FloatArray = 1 / np.minimum(-slow.real, -fast.real)
    return time


def _stability_limits(forces: Forces | Landscape) -> FloatArray:
    rest, damping = _Rest.of(forces), Forces.of(forces).landscape.damping
    rates = [*damped_roots(rest.h1, rest.h2, damping)]
    if rest.spin.any():
        rates.extend(damped_roots(rest.driven_h1, rest.driven_h2, damping, rest.spin))
    low, high = np.zeros(len(damping)), np.full(len(damping), 1e-6)
    for _ in range(60):
        middle = (low + high) / 2
        stable = _heun_growth(rates, middle) <= 1
        low, high = np.where(stable, middle, low), np.where(stable, high, middle)
    return low


def _heun_growth(rates: Iterable[ComplexArray], step: FloatArray) -> FloatArray:
    """Return by how much Heun's scheme multiplies the fastest growing deviation in one step."""
    growth = np.zeros_like(step)
    for rate in rates:
        # A rate that grows by itself is physics; its size still asks for a step that decay at that rate would need.
        z = (-np.abs(rate.real) + 1j * rate.imag) * step
        growth = np.maximum(growth, np.abs(1 + z + z * z / 2))
    return growth


def _limiting_field(forces: Forces) -> tuple[str, float]:
    """Return the field of one layer that the stability limit falls with most steeply, by name, and its size in A/m."""
    limit = stability_limit(forces)
    gains = {name: stability_limit(_weakened(forces, rows)) - limit for name, rows in _FIELDS.items()}
    name = max(gains, key=gains.__getitem__)
    return name, float(np.linalg.norm([_row(forces, row)[0] for row in _FIELDS[name]]))


def _row(forces: Forces, name: str) -> FloatArray:
    if name in forces.torques:
        return forces.torques[name]
    return np.asarray(getattr(forces.landscape, name, np.zeros(len(forces))))


def _weakened(forces: Forces, rows: Iterable[str]) -> Forces:
    """Return forces whose `rows` are 1 % smaller."""
    planar = {name: 0.99 * getattr(forces.landscape, name) for name in rows if hasattr(forces.landscape, name)}
    torques = {name: 0.99 * forces.torques[name] for name in rows if name in forces.torques}
    return replace(forces, landscape=replace(forces.landscape, **planar), torques={**forces.torques, **torques})


def _largest_torques(forces: Forces) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return the damping-like torque's vector a p (3, n) in A/m, and rows of a field-like one without asymmetry.

    Both at the angle at which 1/(1 + chi m.p) is largest.
    """
    largest = 1 / (1 - np.abs(_row(forces, "asymmetry")))
    slonczewski = largest * _row(forces, "slonczewski")
    polarization = np.stack([_row(forces, f"spin_{i}") + slonczewski * _row(forces, f"polarizer_{i}") for i in "xyz"])
    field_like = largest * _row(forces, "slonczewski_field")
    return polarization, {"slonczewski_field": field_like, "asymmetry": np.zeros(len(forces))}
