"""A belief as a function of its unknowns: the conductances a junction would show, were its parameters z sigma off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from .belief import Belief
from .errors import JunctionError
from .junction import Junction
from .landscape import FloatArray, JunctionArrays, Landscape
from .models import Model
from .static import static_angle, static_conductance
from .tangents import TANGENTS, tangent_conductance

HISTORY = ("piezo_hysteresis", "piezo_hysteresis_voltage", "piezo_creep")
"""Fields that act through the history of the gate, not through the gate of the moment: no unknowns here."""


class BeliefEvaluator:
    """The model of a belief at gates that stand for history already; `sllg` is answered by `boltzmann` plus `offset`.

    `bias` in V and `offset` in S are one number, or one a reading (n,). The unknowns z are independent standard normal
    numbers; where the belief's fields are correlated, each is the direction closest to the field whose name it has.
    """

    def __init__(self, belief: Belief, model: Model | str, *, bias: ArrayLike = 0.0, offset: ArrayLike = 0.0) -> None:
        self._belief, self._model = belief, Model.named(model)
        self._bias, self._offset = np.asarray(bias, float), np.asarray(offset, float)
        self.names = tuple(name for name in belief.uncertain if name not in HISTORY)
        self._root = belief.root(self.names)

    def __call__(self, z: FloatArray, gate: FloatArray, /) -> FloatArray:
        """Return conductances (m, n) in S for z (m, K) and gates (m, n) in V; nan where no such junction can be."""
        out = np.full(gate.shape, np.nan)
        junctions = [self._junction(row) for row in z]
        possible = [k for k, junction in enumerate(junctions) if junction is not None]
        if possible:
            out[possible] = self._answer([j for j in junctions if j is not None], gate[possible])
        return np.asarray(out + self._offset, float)

    def _junction(self, z: FloatArray) -> Junction | None:
        believed = self._belief.junction
        steps = zip(self.names, map(float, self._root @ z), strict=True)
        try:
            return believed.changed(**{name: getattr(believed, name) + step for name, step in steps if step})
        except JunctionError:
            return None

    def _answer(self, junctions: list[Junction], gate: FloatArray) -> FloatArray:
        if self._model in TANGENTS:
            return np.array([self._line(j, row) for j, row in zip(junctions, gate, strict=True)])
        landscape = _landscape(junctions, gate, self._bias)
        if self._model is Model.STATIC:
            conductance = static_conductance(landscape, static_angle(landscape))
        else:
            from .boltzmann import boltzmann

            conductance = boltzmann(landscape).conductance
        return conductance.reshape(gate.shape)

    def _line(self, junction: Junction, gate: FloatArray) -> FloatArray:
        bias = np.broadcast_to(self._bias, gate.shape)
        pairs = zip(gate, bias, strict=True)
        return np.array([float(tangent_conductance(junction, self._model, v, bias=float(b))) for v, b in pairs])


def _landscape(junctions: list[Junction], gate: FloatArray, bias: FloatArray) -> Landscape:
    """Return the landscapes of each junction at each of its gates, row after row."""
    rest = JunctionArrays(junctions).landscape(0.0).repeated(gate.shape[1])
    volts = gate.ravel()
    half = np.repeat([junction.bias_half_tmr for junction in junctions], gate.shape[1])
    reduced = 1 + (np.broadcast_to(bias, gate.shape).ravel() / half) ** 2
    return replace(
        rest,
        in_plane=rest.in_plane + rest.in_plane_slope * volts,
        out_of_plane=rest.out_of_plane + rest.out_of_plane_slope * volts,
        resistance_difference=rest.resistance_difference / reduced,
    )
