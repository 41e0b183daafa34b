"""The barrier of a junction as a circuit sees it: current and differential conductance at a bias, many at once.

R(V) = R_P + (R_0 - R_P)/(1 + (V/V_h)^2), with R_0 the resistance at small bias for the angle that the layers have:
TMR falls with bias and R_P does not (physics.md section 7). V_h is inf for an ohmic conductor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.bias_dependence import tmr_divisor
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TunnelBarrier:
    """A barrier, or many: three arrays that broadcast with each other. Raises ModelError."""

    resistance_parallel: FloatArray
    """R_P in ohm."""
    resistance_excess: FloatArray
    """R_0 - R_P in ohm: what the angle between the layers adds at small bias."""
    half_bias: FloatArray
    """V_h in V at which the TMR has fallen to half; inf for none."""

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            object.__setattr__(self, name, _array(name, getattr(self, name)))
        parallel, whole = self.resistance_parallel, self.resistance_parallel + self.resistance_excess
        for name, values, right in (
            ("resistance_parallel", parallel, (parallel > 0) & np.isfinite(parallel)),
            ("resistance_parallel + resistance_excess", whole, (whole > 0) & np.isfinite(whole)),
            ("half_bias", self.half_bias, self.half_bias > 0),
        ):
            if not right.all():
                raise ModelError(f"`{name}` of a barrier must be above 0, but is {values[~right].flat[0]:g}.")

    @classmethod
    def ohmic(cls, conductance: ArrayLike) -> TunnelBarrier:
        """Return a conductor of so many S, whatever its bias. Raises ModelError."""
        return cls(1 / _conductance(conductance), np.array(0.0), np.array(np.inf))

    @classmethod
    def of(cls, junctions: Junction | Sequence[Junction], conductance: ArrayLike) -> TunnelBarrier:
        """Return the barriers of junctions whose magnetic state gives so many S at small bias.

        `conductance` broadcasts against the n junctions, whose R_P and V_h hold. Thermal motion within a state is
        taken as a change of the angle: exact for one angle, to (sigma_G/G)^2 for a mean. Raises ModelError.
        """
        many = [junctions] if isinstance(junctions, Junction) else list(junctions)
        shape = () if isinstance(junctions, Junction) else (len(many),)
        parallel = np.array([one.resistance_parallel for one in many]).reshape(shape)
        half = np.array([one.bias_half_tmr for one in many]).reshape(shape)
        return cls(parallel, 1 / _conductance(conductance) - parallel, half)

    @classmethod
    def at_angle(cls, junction: Junction, cos_theta: ArrayLike) -> TunnelBarrier:
        """Return the barrier of a junction whose layers stand at theta, Eq. (1) of the paper. Raises ModelError."""
        cosine = _array("cos_theta", cos_theta)
        if not (np.abs(cosine) <= 1).all():
            raise ModelError(f"`cos_theta` must be within -1 and 1, but is {cosine[~(np.abs(cosine) <= 1)].flat[0]:g}.")
        difference = junction.resistance_antiparallel - junction.resistance_parallel
        fixed = np.array(junction.resistance_parallel), np.array(junction.bias_half_tmr)
        return cls(fixed[0], difference * (1 - cosine) / 2, fixed[1])

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape that the three arrays broadcast to."""
        return np.broadcast_shapes(self.resistance_parallel.shape, self.resistance_excess.shape, self.half_bias.shape)

    @property
    def is_ohmic(self) -> bool:
        """Whether no bias changes it."""
        return bool(np.all(np.isinf(self.half_bias) | (self.resistance_excess == 0)))

    def resistance(self, bias: ArrayLike) -> FloatArray:
        """Return V/I in ohm at a bias in V."""
        volts = np.asarray(bias, dtype=np.float64)
        fallen: FloatArray = self.resistance_excess / tmr_divisor(volts, self.half_bias)
        return self.resistance_parallel + fallen

    def current(self, bias: ArrayLike) -> FloatArray:
        """Return the current in A at a bias in V, from top to bottom."""
        return np.asarray(np.asarray(bias, dtype=np.float64) / self.resistance(bias))

    def slope(self, bias: ArrayLike) -> FloatArray:
        """Return dI/dV in S at a bias in V."""
        squared = (np.asarray(bias, dtype=np.float64) / self.half_bias) ** 2
        resistance = self.resistance(bias)
        steeper = 2 * self.resistance_excess * squared / (1 + squared) ** 2 / resistance
        return np.asarray((1 + steeper) / resistance)

    def current_by_conductance(self, bias: ArrayLike) -> FloatArray:
        """Return the change of the current in A per relative change of the conductance at small bias, at a bias in V.

        dI/d ln G_0 = V R_0/(R^2 D) with D the divisor of the TMR: it is the current itself where R = R_0.
        """
        volts = np.asarray(bias, dtype=np.float64)
        whole = self.resistance_parallel + self.resistance_excess
        return np.asarray(volts * whole / (self.resistance(volts) ** 2 * tmr_divisor(volts, self.half_bias)))


def _array(name: str, values: ArrayLike) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ModelError(f"`{name}` must be numbers, but is {values!r}.") from None


def _conductance(values: ArrayLike) -> FloatArray:
    siemens = _array("conductance", values)
    right = (siemens > 0) & np.isfinite(siemens)
    if not right.all():
        raise ModelError(f"`conductance` must be finite and above 0 S, but is {siemens[~right].flat[0]:g} S.")
    return siemens
