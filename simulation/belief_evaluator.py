"""A belief as a function of its unknowns: the conductances a junction would show, were its parameters z sigma off."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from .belief import Belief
from .errors import JunctionError
from .junction import Junction
from .landscape import FloatArray
from .models import Model
from .reading_conditions import ReadingConditions, at_rest
from .tangents import TANGENTS, tangent_conductance
from .well_answers import answered, wells_of

HISTORY = ("piezo_hysteresis", "piezo_hysteresis_voltage", "piezo_creep", "hard_layer_coercivity")
"""Fields that act through the history of gate and field, not through those of the moment: unknowns only
where slopes of the gate by them are known."""
SPREADS = ("hooge_parameter",)
"""Fields that say how readings scatter, not what they are about: no unknowns either."""


class BeliefEvaluator:
    """The model of a belief at gates that stand for history already; `sllg` is answered by `boltzmann` plus `offset`.

    `bias` in V and `offset` in S are one number, or one a reading (n,); `conditions` are fields, temperature and state
    of each reading, None where there was nothing but a gate; `slopes` (n,) in V per unit of a field of HISTORY say how
    it moves the effective gate. The unknowns z are independent standard normal numbers; where the belief's fields are
    correlated, each is the direction closest to the field whose name it has.
    """

    def __init__(
        self,
        belief: Belief,
        model: Model | str,
        *,
        bias: ArrayLike = 0.0,
        offset: ArrayLike = 0.0,
        conditions: ReadingConditions | None = None,
        slopes: Mapping[str, FloatArray] = MappingProxyType({}),
    ) -> None:
        self._conditions = conditions
        self._belief, self._model = belief, Model.named(model)
        self._bias, self._offset = np.asarray(bias, float), np.asarray(offset, float)
        self.names = tuple(name for name in belief.uncertain if name in slopes or name not in (*HISTORY, *SPREADS))
        self._slopes = {self.names.index(name): slope for name, slope in slopes.items() if name in self.names}
        self._root = belief.root(self.names)

    def __call__(self, z: FloatArray, gate: FloatArray, /, **shifts: FloatArray) -> FloatArray:
        """Return conductances (m, n) in S for z (m, K) and gates (m, n) in V; nan where no such junction can be.

        `shifts` move `field` and `transverse_field` in T, and `temperature` in K, by (m, n) where there are conditions.
        """
        out = np.full(gate.shape, np.nan)
        for place, slope in self._slopes.items():
            gate = gate + (z @ self._root[place])[:, None] * slope
        junctions = [self.junction(row) for row in z]
        possible = [k for k, junction in enumerate(junctions) if junction is not None]
        if possible:
            moved = {name: shift[possible] for name, shift in shifts.items()}
            out[possible] = self._answer([j for j in junctions if j is not None], gate[possible], moved)
        return np.asarray(out + self._offset, float)

    def gate_unknowns(self) -> dict[int, FloatArray]:
        """Return, by place, the change of the gate (n,) in V per unit of each unknown that moves nothing else."""
        others = [place for place in range(len(self.names)) if place not in self._slopes]
        alone = [place for place in self._slopes if not self._root[others, place].any()]
        return {k: sum((self._root[h, k] * by for h, by in self._slopes.items()), np.zeros(1)) for k in alone}

    def mirrored(self, z: FloatArray) -> FloatArray | None:
        """Return the unknowns (K,) of the junction whose stray transverse field has the other sign, all else the same.

        Where nothing is applied along the minor axis, both look alike: what tells them apart is the belief. None where
        the field is certain.
        """
        if "transverse_field" not in self.names:
            return None
        place = self.names.index("transverse_field")
        deviation = self._root @ z
        change = np.zeros(len(z))
        change[place] = -2 * (self._belief.junction.transverse_field + deviation[place])
        return np.asarray(z + np.linalg.lstsq(self._root, change, rcond=None)[0], float)

    def junction(self, z: FloatArray) -> Junction | None:
        """Return the junction of unknowns (K,), that of the moment: without HISTORY; None where there can be none."""
        believed = self._belief.junction
        steps = zip(self.names, map(float, self._root @ z), strict=True)
        try:
            return believed.changed(
                **{name: getattr(believed, name) + step for name, step in steps if step and name not in HISTORY}
            )
        except JunctionError:
            return None

    def field(self, name: str, z: FloatArray) -> FloatArray:
        """Return a field of the junctions of unknowns (m, K), shape (m,), possible or not."""
        believed = float(getattr(self._belief.junction, name))
        if name not in self.names:
            return np.full(len(z), believed)
        return np.asarray(believed + z @ self._root[self.names.index(name)], float)

    def _answer(self, junctions: list[Junction], gate: FloatArray, shifts: Mapping[str, FloatArray]) -> FloatArray:
        if self._model in TANGENTS:
            return np.array([self._line(j, row) for j, row in zip(junctions, gate, strict=True)])
        landscape, share = at_rest(junctions, gate, self._bias), None
        if self._conditions is not None:
            landscape = self._conditions.around(landscape, junctions, **shifts)
            share = self._conditions.share(landscape)
        wells = wells_of(landscape, share)
        # Thermal noise is not asked for, so that how long a reading took does not matter.
        return answered(landscape, wells, self._model, 1.0, alike=False).conductance.reshape(gate.shape)

    def _line(self, junction: Junction, gate: FloatArray) -> FloatArray:
        bias = np.broadcast_to(self._bias, gate.shape)
        pairs = zip(gate, bias, strict=True)
        return np.array([float(tangent_conductance(junction, self._model, v, bias=float(b))) for v, b in pairs])
