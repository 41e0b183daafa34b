"""The energy landscape of the soft layer: many junctions as arrays, at one gate, bias, field and temperature.

Divided by mu0 M_s, and without a constant, the energy density of a macrospin m is a field in A/m:

    e(m) = A m_y^2/2 + B m_z^2/2 - h_x m_x - h_y m_y

with A = H_k - s H_s in plane and B out of plane. Stress along the minor axis changes A only; stress of the other
sign along the major axis changes A and B alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import checked_gates, checked_number
from .bias_dependence import tmr_divisor
from .errors import ModelError
from .junction import BOLTZMANN_CONSTANT, VACUUM_PERMEABILITY, Junction, StressAxis

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Landscape:
    """Fields and scales of `n` soft layers; every array has shape (n,), fields are in A/m."""

    in_plane: FloatArray
    """A: hard-axis anisotropy field in plane; negative where stress has won."""
    out_of_plane: FloatArray
    """B: anisotropy field out of plane."""
    field_x: FloatArray
    field_y: FloatArray
    energy_scale: FloatArray
    """Energy in kT per field in A/m, in m/A; inf at 0 K."""
    in_plane_slope: FloatArray
    """dA/dV_G in A/(m V)."""
    out_of_plane_slope: FloatArray
    """dB/dV_G in A/(m V)."""
    resistance_parallel: FloatArray
    resistance_difference: FloatArray
    """R_AP - R_P in ohm at the bias."""
    cos_hard: FloatArray
    """Reference axis of Eq. (1): cosine of the hard layer's misalignment."""
    sin_hard: FloatArray
    damping: FloatArray

    def __len__(self) -> int:
        return len(self.in_plane)

    def conductance(self, m_x: FloatArray, m_y: FloatArray) -> FloatArray:
        """Return Eq. (1) in S for components of m of shape (..., n)."""
        along = m_x * self.cos_hard + m_y * self.sin_hard
        return 1 / (self.resistance_parallel + self.resistance_difference * (1 + along) / 2)

    def repeated(self, times: int) -> Landscape:
        """Return the landscape with every member `times` times in a row."""
        return Landscape(*(np.repeat(getattr(self, name), times) for name in self.__dataclass_fields__))

    def at(self, where: slice | NDArray[np.bool_] | NDArray[np.intp]) -> Landscape:
        """Return the landscapes of some members."""
        return Landscape(*(getattr(self, name)[where] for name in self.__dataclass_fields__))


class JunctionArrays:
    """Many junctions as arrays of their parameters, from which landscapes are made quickly."""

    def __init__(self, junctions: Sequence[Junction]) -> None:
        if not junctions:
            raise ModelError("Replicas must be at least one junction, but none was given.")
        for junction in junctions:
            if not isinstance(junction, Junction):
                raise ModelError(f"`junctions` must be junctions, but one of them is {junction!r}.")

        def column(name: str) -> FloatArray:
            return np.array([getattr(junction, name) for junction in junctions], dtype=np.float64)

        factors = np.array([junction.demagnetization_factors for junction in junctions])
        magnetization = column("saturation_magnetization")
        self._shape_field = magnetization * (factors[:, 1] - factors[:, 0])
        self._flat_field = magnetization * (factors[:, 2] - factors[:, 0])
        self._slope = column("gate_sign") * column("stress_field_per_volt")
        major = np.array([junction.stress_axis is StressAxis.MAJOR for junction in junctions])
        self._flat_slope = np.where(major, self._slope, 0.0)
        self._cos, self._sin = np.cos(column("hard_layer_angle")), np.sin(column("hard_layer_angle"))
        self.dipole_field = column("dipole_field")
        self._dipole_x = self.dipole_field * self._cos
        self._least_dipole = float(self._dipole_x.min())
        self._dipole_y = self.dipole_field * self._sin
        self._stray_y = column("transverse_field")
        self.skewed = bool(self._sin.any())
        """Whether any hard layer is turned, so that even mirror wells differ in conductance."""
        self.straight = not (self.skewed or self._stray_y.any())
        """Whether nothing tells phi from -phi as long as no field is applied across."""
        self._moment = VACUUM_PERMEABILITY * magnetization * column("volume") / BOLTZMANN_CONSTANT
        self._parallel = column("resistance_parallel")
        self._difference = column("resistance_antiparallel") - self._parallel
        self._half_bias = column("bias_half_tmr")
        self.temperature = column("temperature")
        self.damping = column("damping")

    def __len__(self) -> int:
        return len(self._parallel)

    def landscape(
        self,
        gate: ArrayLike,
        *,
        bias: float = 0.0,
        field: float = 0.0,
        transverse_field: float = 0.0,
        temperature: float | None = None,
        hard_layer: FloatArray | None = None,
    ) -> Landscape:
        """Return the landscapes at a gate in V (one, or one a junction), a bias in V, fields along x and y in A/m.

        A temperature in K stands for the junctions' own where it is given. `hard_layer` (n,) is 1 where the hard
        layer points along -x, as it was made, and -1 where it has been reversed. Raises ModelError.
        """
        volts = self._gates(gate)
        bias, field = checked_number("bias", bias, "V"), checked_number("field", field, "A/m")
        across = checked_number("transverse_field", transverse_field, "A/m")
        turned = 1.0 if hard_layer is None else hard_layer
        in_plane, field_x, field_y = self.in_plane(volts, field, across, hard_layer)
        kelvin = self.temperature if temperature is None else np.full(len(self), _checked_temperature(temperature))
        with np.errstate(divide="ignore"):
            scale = self._moment / kelvin
        return Landscape(
            in_plane=in_plane,
            out_of_plane=self._flat_field - self._flat_slope * volts,
            field_x=field_x,
            field_y=field_y,
            energy_scale=scale,
            in_plane_slope=-self._slope,
            out_of_plane_slope=-self._flat_slope,
            resistance_parallel=self._parallel,
            resistance_difference=self._difference / tmr_divisor(bias, self._half_bias),
            cos_hard=turned * self._cos,
            sin_hard=turned * self._sin,
            damping=self.damping,
        )

    def in_plane(
        self, volts: FloatArray, field: float, transverse_field: float, hard_layer: FloatArray | None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return A and the fields along x and y in A/m at gates in V, shapes (n,), without looking at what is asked."""
        turned = 1.0 if hard_layer is None else hard_layer
        return (
            self._shape_field - self._slope * volts,
            turned * self._dipole_x + field,
            turned * self._dipole_y + (self._stray_y + transverse_field),
        )

    def stay_aligned(self, volts: FloatArray) -> bool:
        """Return whether dipole fields hold all layers in one well along x, or a gate in V has parted it across x.

        Of `straight` layers without an applied field, hard layers as made: the quick answer for every gate sweep.
        """
        return bool((self._shape_field - self._slope * volts).max() < self._least_dipole)

    def _gates(self, gate: ArrayLike) -> FloatArray:
        volts = checked_gates(gate)
        if len(volts) not in (1, len(self)):
            raise ModelError(f"`gate` must be one voltage or one for each of {len(self)} layers, but has {len(volts)}.")
        return np.broadcast_to(volts, (len(self),))


def landscape_over_gates(junction: Junction, gate: FloatArray, *, bias: float = 0.0, field: float = 0.0) -> Landscape:
    """Return the landscapes of one junction at many gates in V."""
    return JunctionArrays([junction] * len(gate)).landscape(gate, bias=bias, field=field)


def _checked_temperature(temperature: float) -> float:
    kelvin = checked_number("temperature", temperature, "K")
    if kelvin < 0:
        raise ModelError(f"`temperature` must be at least 0 K, but is {kelvin:g} K.")
    return kelvin
