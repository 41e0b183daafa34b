"""What a divider gives in closed form, with the junction as believed, at the inputs of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from smtjlab.simulation.inference.divider import divider_figures
from smtjlab.simulation.models import Model

from .observed import Floats

if TYPE_CHECKING:
    from smtjlab.simulation.junction import Junction
    from smtjlab.simulation.measured_circuit import Amplifier

    from .divider import Divider

FORMULAS = {
    "passive": "V_out = V_1/(1 + R_s G)",
    "active": "V_out = V_1/(R_in G)",
    "amplifier": "V_out = −V_1/(R_in G)/(1 + (1 + 1/(R_in G))/A)",
}
STEPS = 20
"""Turns in which output and conductance at that bias find each other: each leaves about (V_out/V_h)^2 of the error."""


@dataclass(frozen=True)
class DividerLaw:
    """A divider around one junction, solved by hand."""

    procedure: Divider
    junction: Junction
    model: Model
    """Model of the conductance: `boltzmann` where a run had trajectories, whose mean it is."""
    gain: float
    """A of the amplifier; inf where none is or it is ideal."""

    @classmethod
    def of(
        cls, procedure: Divider, amplifiers: Mapping[str, Amplifier], junction: Junction, model: Model | str
    ) -> Self:
        """Return the law of a divider with the amplifiers of its circuit, a junction and a model of it."""
        gain = next((one.gain for one in amplifiers.values()), None)
        taken = Model.BOLTZMANN if Model(model) is Model.SLLG else Model(model)
        return cls(procedure, junction, taken, gain or math.inf)

    @property
    def formula(self) -> str:
        """Return the law in symbols."""
        return FORMULAS[self.procedure.form]

    def conductance(self, gates: Floats) -> Floats:
        """Return G in S at gates in V and small bias."""
        from smtjlab.simulation.predict import predict

        return np.asarray(predict(self.junction, self.model, gates).conductance, float)

    def outputs(self, first: Floats, gates: Floats) -> Floats:
        """Return V_out in V at V_1 in V and gates in V, (n,) each; G at the bias that the output itself is."""
        from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier

        different, places = np.unique(gates, return_inverse=True)
        barrier = TunnelBarrier.of(self.junction, self.conductance(different)[places])
        out = np.zeros_like(first)
        for _ in range(STEPS):
            out = self.procedure.law(first, 1 / barrier.resistance(out), self.gain)
        return out

    @cached_property
    def figures(self) -> Mapping[str, float]:
        """The figures of a datasheet, read off the closed form at all pairs of inputs of the run."""
        first, gates = self._inputs
        return divider_figures(first, gates, self.outputs(first, gates), self.procedure.tolerance)

    @property
    def largest_output(self) -> float:
        """Largest size of V_out in V at all pairs of inputs of the run."""
        return float(np.abs(self.outputs(*self._inputs)).max())

    @property
    def ratio_error(self) -> tuple[Floats, Floats]:
        """Gates in V and ratio error V_out V_G/(k V_1) - 1 there, at the largest dividend."""
        gates = np.unique(self._inputs[1])
        first = np.full_like(gates, self.procedure.dividend)
        return gates, self.outputs(first, gates) * gates / (self.figures["scale"] * first) - 1

    @property
    def _inputs(self) -> tuple[Floats, Floats]:
        first, gates = self.procedure.inputs()
        return first[first != 0], gates[first != 0]
