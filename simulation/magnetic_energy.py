"""The energy of a soft layer as a function on the sphere: fields in any direction and anisotropies about any axes.

Divided by mu0 M_s, and without a constant, the energy density of a macrospin m is a field in A/m:

    e(m) = 1/2 m.S m - h.m

with a symmetric tensor S of anisotropy fields and a vector h of fields (dipole, applied, field-like torque). It is
the planar `Landscape` where S = diag(0, A, B) and h lies in plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .forces import Forces
from .landscape import FloatArray, Landscape

_AXES = "xyz"


@dataclass(frozen=True)
class MagneticEnergy:
    """Energies of `n` soft layers; magnetizations are unit vectors of shape (3, ..., n), results (..., n)."""

    field: FloatArray
    """h in A/m, shape (3, n)."""
    tensor: FloatArray
    """S in A/m, symmetric, shape (3, 3, n)."""
    scale: FloatArray
    """Energy in kT per field in A/m, in m/A, shape (n,); inf at 0 K."""
    damping: FloatArray
    """Gilbert damping alpha, shape (n,)."""

    def __post_init__(self) -> None:
        n = len(self.scale)
        expected = {"field": (3, n), "tensor": (3, 3, n), "scale": (n,), "damping": (n,)}
        for name, shape in expected.items():
            values = getattr(self, name)
            if values.shape != shape:
                raise ModelError(f"`{name}` must be of shape {shape}, but is of shape {values.shape}.")
            bad = ~np.isfinite(values) if name in ("field", "tensor") else np.isnan(values) | (values < 0)
            if bad.any():
                kind = "finite" if name in ("field", "tensor") else "0 or more"
                member = np.argwhere(bad)[0]
                raise ModelError(f"`{name}` must be {kind}, but is {values[tuple(member)]} for member {member[-1]}.")
        skew = np.abs(self.tensor - self.tensor.transpose(1, 0, 2)).max(initial=0.0)
        if skew > 1e-12 * np.abs(self.tensor).max(initial=0.0):
            raise ModelError(f"`tensor` must be symmetric, but differs from its transpose by {skew:.3g} A/m.")

    @classmethod
    def of(cls, forces: Forces | Landscape) -> MagneticEnergy:
        """Return the energy of what acts while all signals of a drive are 0: the conservative part only.

        Damping-like torques (`spin_x`, `spin_y`, `spin_z`, `slonczewski`) have no energy and are left out; the
        field-like `slonczewski_field` enters as a field along the polarizer. Raises ModelError where that one
        comes with an `asymmetry`: its energy, -(b/chi) ln(1 + chi m.p), is not a quadratic one.
        """
        all_forces = Forces.of(forces)
        landscape, n = all_forces.landscape, len(all_forces)
        zero = np.zeros(n)
        row = {name: np.asarray(values, dtype=np.float64) for name, values in all_forces.torques.items()}
        field_like = row.get("slonczewski_field", zero)
        if (field_like * row.get("asymmetry", zero)).any():
            raise ModelError("`asymmetry` must be 0 where `slonczewski_field` is not, but both act on a layer.")
        along = [field_like * row.get(f"polarizer_{axis}", zero) for axis in _AXES]
        tensor = np.zeros((3, 3, n))
        tensor[1, 1], tensor[2, 2] = landscape.in_plane, landscape.out_of_plane
        for i, j in ((0, 1), (0, 2), (1, 2)):
            tensor[i, j] = tensor[j, i] = row.get(f"tensor_{_AXES[i]}{_AXES[j]}", zero)
        fields = [landscape.field_x, landscape.field_y, row.get("field_z", zero)]
        return cls(np.stack(fields) + np.stack(along), tensor, landscape.energy_scale, landscape.damping)

    def __len__(self) -> int:
        return len(self.scale)

    def at(self, where: slice | NDArray[np.bool_] | NDArray[np.intp]) -> MagneticEnergy:
        """Return the energies of some members."""
        return MagneticEnergy(self.field[:, where], self.tensor[..., where], self.scale[where], self.damping[where])

    def energy(self, m: FloatArray) -> FloatArray:
        """Return e in A/m."""
        h = self._spread(self.field, m)
        energy: FloatArray = np.sum((self._bent(m) / 2 - h) * m, axis=0)
        return energy

    def gradient(self, m: FloatArray) -> FloatArray:
        """Return the part of S m - h in the tangent plane of m, in A/m: zero where m is stationary."""
        slope = self._bent(m) - self._spread(self.field, m)
        return np.asarray(slope - m * np.sum(slope * m, axis=0))

    def hessian(self, m: FloatArray) -> FloatArray:
        """Return the second derivatives of e in the basis `tangents(m)`, in A/m: shape (2, 2, ..., n).

        They are those of the sphere where m is stationary: u.S v - (u.v) lambda, lambda = m.(S m - h).
        """
        u, v = tangents(m)
        bent_u, bent_v = self._bent(u), self._bent(v)
        multiplier = np.sum((self._bent(m) - self._spread(self.field, m)) * m, axis=0)
        mixed = np.sum(v * bent_u, axis=0)
        uu, vv = np.sum(u * bent_u, axis=0) - multiplier, np.sum(v * bent_v, axis=0) - multiplier
        return np.stack([np.stack([uu, mixed]), np.stack([mixed, vv])])

    def stiffnesses(self, m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the lower and the higher eigenvalue of the Hessian in A/m: H_1 and H_2 of a resonance."""
        (a, b), (_, d) = self.hessian(m)
        half = np.hypot((a - d) / 2, b)
        return (a + d) / 2 - half, (a + d) / 2 + half

    def strength(self) -> FloatArray:
        """Return the spread of the anisotropies plus the field, in A/m: no second derivative of e is larger."""
        values = np.linalg.eigvalsh(np.moveaxis(self.tensor, -1, 0))
        return np.asarray(values[:, 2] - values[:, 0] + np.sqrt(np.sum(self.field**2, axis=0)))

    def _bent(self, m: FloatArray) -> FloatArray:
        rows = [sum(self._spread(self.tensor[i, j], m[j]) * m[j] for j in range(3)) for i in range(3)]
        return np.stack([np.asarray(row) for row in rows])

    @staticmethod
    def _spread(values: FloatArray, m: FloatArray) -> FloatArray:
        """Return values (..., n) with as many axes as m, so that they broadcast against it."""
        missing = m.ndim - values.ndim
        return values.reshape(values.shape[:-1] + (1,) * missing + values.shape[-1:])


def tangents(m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return unit vectors u, v = m x u across m, shape (3, ..., n): u horizontal, so v is z for m in plane."""
    flat = np.hypot(m[0], m[1])
    zero, upright = np.zeros_like(flat), flat < 1e-3
    across = np.where(upright, np.hypot(m[1], m[2]), flat)
    u = np.where(upright, np.stack([zero, m[2], -m[1]]), np.stack([-m[1], m[0], zero])) / across
    v = np.stack([m[1] * u[2] - m[2] * u[1], m[2] * u[0] - m[0] * u[2], m[0] * u[1] - m[1] * u[0]])
    return u, v
