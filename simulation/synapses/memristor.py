"""A memristor whose conductance saturates exponentially with pulses, as in the public NeuroSim code.

    potentiation  G(P) = G_min + B (1 - exp(-P/A)),           B = (G_max - G_min)/(1 - exp(-P_max/A))
    depression    G(P) = G_max - B (1 - exp((P - P_max)/A))

A pulse goes on from the present conductance along the one curve or the other: G -> C + (G - C) exp(-1/A) towards the
asymptotes C = G_min + B and C = G_max - B. Clipping at G_max and G_min is part of the device. Source: NeuroSim MLP
V3.0, Cell.cpp (physics.md section 9); the pulses of writing, and so the energy, are assumptions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.landscape import FloatArray

from .checks import check_within, checked_array, checked_states


@dataclass(frozen=True, kw_only=True)
class Memristor:
    """A device of the exponential update model. Its state is its conductance in S."""

    conductance_min: float = 4.76e-7
    """G_min in S."""
    conductance_max: float = 1e-5
    """G_max in S."""
    levels: int = 31
    """Pulses P_max from G_min to G_max."""
    decay: float = 9.3
    """A in pulses, the same for both directions; inf is a linear device. The default is 0.3 P_max: an assumption."""
    scatter: float = 0.005
    """Standard deviation of one pulse as a fraction of G_max - G_min; n pulses scatter by n^(1/2) times that."""
    write_voltage: float = 2.0
    """Height of a pulse in V, either sign: an assumption."""
    pulse_duration: float = 1e-7
    """Length of a pulse in s: an assumption."""

    def __post_init__(self) -> None:
        check_within("conductance_min", self.conductance_min, 0, math.inf, "S")
        check_within("conductance_max", self.conductance_max, 0, math.inf, "S", above=True)
        check_within("levels", self.levels, 1, math.inf, "")
        check_within("scatter", self.scatter, 0, 1, "")
        check_within("write_voltage", self.write_voltage, 0, math.inf, "V")
        check_within("pulse_duration", self.pulse_duration, 0, math.inf, "s")
        if self.conductance_max <= self.conductance_min:
            raise ModelError(
                f"`conductance_max` must be above `conductance_min`, but they are {self.conductance_max:g} and "
                f"{self.conductance_min:g} S."
            )
        if not self.decay > 0:
            raise ModelError(f"`decay` must be above 0 pulses, but is {self.decay:g}.")
        if math.exp(-self.levels / self.decay) == 0:
            raise ModelError(
                f"`decay` must leave the last of {self.levels} pulses an effect, but is {self.decay:g} pulses."
            )

    @property
    def span(self) -> float:
        """G_max - G_min in S."""
        return self.conductance_max - self.conductance_min

    @property
    def lowest(self) -> float:
        """The state of least conductance: G_min in S."""
        return self.conductance_min

    @property
    def highest(self) -> float:
        """The state of greatest conductance: G_max in S."""
        return self.conductance_max

    def potentiation(self, pulses: ArrayLike) -> FloatArray:
        """Return the conductance in S after pulses (any shape) from G_min; G_max from P_max pulses on."""
        return self.conductance_min + self.span * self._risen(_counts(pulses))

    def depression(self, pulses: ArrayLike) -> FloatArray:
        """Return the conductance in S after pulses (any shape) from G_max downwards; G_min from P_max pulses on.

        NeuroSim counts the other way: its P is P_max minus these pulses.
        """
        return self.conductance_max - self.span * self._risen(_counts(pulses))

    def conductance(self, state: ArrayLike) -> FloatArray:
        """Return the conductance in S of states: themselves."""
        return np.asarray(state, dtype=np.float64)

    def update(self, conductance: ArrayLike, pulses: ArrayLike, rng: np.random.Generator) -> FloatArray:
        """Return conductances in S after signed numbers of pulses, broadcast against each other.

        Plus potentiates, minus depresses; where there is no pulse there is no scatter. Raises ModelError where a
        conductance lies outside [G_min, G_max] or a number of pulses is not finite.
        """
        present = checked_states("conductance", conductance, self.conductance_min, self.conductance_max, "S")
        signed = checked_array("pulses", pulses)
        present, signed = np.broadcast_arrays(present, signed)
        rising = np.where(signed >= 0, self.conductance_max - present, present - self.conductance_min)
        step = np.sign(signed) * self._step(rising, np.abs(signed))
        noise = self.scatter * self.span * np.sqrt(np.abs(signed)) * rng.standard_normal(signed.shape)
        moved: FloatArray = np.clip(present + step + noise, self.conductance_min, self.conductance_max)
        return moved

    def energy(self, conductance: ArrayLike, pulses: ArrayLike) -> FloatArray:
        """Return what pulses burn in J, V^2 G t each, at a conductance in S taken as constant over them."""
        values: FloatArray = self.write_voltage**2 * self.pulse_duration * np.abs(checked_array("pulses", pulses))
        return values * np.asarray(conductance, dtype=np.float64)

    def _risen(self, pulses: FloatArray) -> FloatArray:
        """Return (1 - exp(-P/A))/(1 - exp(-P_max/A)), at most 1."""
        share = np.minimum(pulses / self.levels, 1.0)
        bend = self.levels / self.decay
        if bend < 1e-12:  # straight to the last bit
            return np.asarray(share)
        return np.asarray(np.expm1(-bend * share) / math.expm1(-bend))

    def _step(self, left: FloatArray, pulses: FloatArray) -> FloatArray:
        """Return how far pulses go where `left` in S remains to the end of the range, before clipping."""
        bend = self.levels / self.decay
        if bend < 1e-12:
            return np.asarray(self.span * pulses / self.levels)
        beyond = self.span / math.expm1(bend) if bend < 700 else 0.0
        return np.asarray((left + beyond) * -np.expm1(-pulses / self.decay))


def _counts(pulses: ArrayLike) -> FloatArray:
    counts = checked_array("pulses", pulses)
    if (counts < 0).any():
        raise ModelError(f"`pulses` must be 0 or more, but holds {counts[counts < 0].ravel()[0]:g}.")
    return counts
