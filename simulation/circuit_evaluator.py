"""A belief about the junctions of a circuit as a function of its unknowns: what the meters would read.

Each junction has the unknowns of the belief (`BeliefEvaluator`), its own draw of each; the circuit is solved around
the conductances that they give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .belief import Belief
from .belief_evaluator import BeliefEvaluator
from .circuits.tunnel_barrier import TunnelBarrier
from .landscape import FloatArray
from .models import Model
from .reading_conditions import ReadingConditions
from .readings_so_far import CONDITIONS, Indices
from .solved_circuit import SolvedCircuit


@dataclass(frozen=True, kw_only=True)
class JunctionState:
    """How the model left one junction at one reading."""

    effective_gate: float
    """V that the strain answered to, mean over the copies."""
    gate_slopes: Mapping[str, float]
    """Change of the effective gate in V per unit of each uncertain field that acts by its history."""
    field: float
    """A/m along the easy axis."""
    transverse_field: float
    """A/m along the minor axis."""
    temperature: float
    """K; nan: the junction's own."""
    hard_layer: float
    """1 or -1."""
    well: float
    """Side of the well, 0 where none matters."""


@dataclass(frozen=True, kw_only=True)
class AskedReading:
    """What a reading was of: everything that does not depend on unknowns."""

    meter: str
    levels: Mapping[str, float]
    """V or A, by source; those at gates are in the states."""
    states: Mapping[str, JunctionState]
    """By device."""
    level_errors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Source, those at gates too, to the effects of +1 sigma of its common errors on its level, in V or A."""


class CircuitEvaluator:
    """The meters' readings under a belief, for unknowns z that are independent standard normal numbers."""

    def __init__(self, solved: SolvedCircuit, belief: Belief, model: Model, asked: Sequence[AskedReading]) -> None:
        self._solved, self._belief = solved, belief
        self._count = len(asked)
        self._junctions = {device: evaluator_of(device, belief, model, asked) for device in solved.circuit.junctions}
        self._gates = {device: _column(asked, device, "effective_gate") for device in self._junctions}
        fields = [f"{device}.{name}" for device, one in self._junctions.items() for name in one.names]
        self._errors = sorted({name for one in asked for errors in one.level_errors.values() for name in errors})
        self.names = (*fields, *self._errors)
        self._shifts = _shifts(asked, self._errors)
        self._groups = _groups(asked)
        self._asked = asked

    def __call__(self, z: FloatArray, gate: FloatArray, /) -> FloatArray:
        """Return readings (m, n) in their units for z (m, K); nan where no such junction can be.

        `gate` has no effect: what moves gates is among the unknowns.
        """
        errors = z[:, len(self.names) - len(self._errors) :]
        shifts = {source: errors @ effects for source, effects in self._shifts.items()}
        barriers, possible, first = {}, np.ones(len(z), dtype=bool), 0
        for device, evaluator in self._junctions.items():
            own = z[:, first : first + len(evaluator.names)]
            first += len(evaluator.names)
            moved = shifts.get(self._solved.circuit.gates.get(device) or "", 0.0)
            siemens = _once(evaluator, own, np.broadcast_to(self._gates[device] + moved, (len(z), self._count)))
            possible &= np.isfinite(siemens).all(axis=1)
            barriers[device] = self._barriers(evaluator, own, siemens)
        out = np.full((len(z), self._count), np.nan)
        for (meter, _), places in self._groups.items():
            here = {device: _at(one, places) for device, one in barriers.items()}
            levels = {name: self._level(name, places, shifts) for name in self._asked[places[0]].levels}
            out[:, places] = self._solved.read(here, levels, meter)
        out[~possible] = np.nan
        return out

    def _level(self, name: str, places: Indices, shifts: Mapping[str, FloatArray]) -> FloatArray:
        level = np.array([self._asked[place].levels[name] for place in places])
        return np.asarray(level + shifts[name][:, places]) if name in shifts else level

    def _barriers(self, evaluator: BeliefEvaluator, z: FloatArray, siemens: FloatArray) -> TunnelBarrier:
        """Return barriers (m, n); impossible junctions get those that are believed: their readings are none anyway."""
        possible = np.isfinite(siemens).all(axis=1, keepdims=True)
        believed = self._belief.junction

        def column(name: str) -> FloatArray:
            found = np.where(possible, evaluator.field(name, z)[:, None], getattr(believed, name))
            return np.broadcast_to(found, siemens.shape)

        parallel = column("resistance_parallel")
        conductance = np.where(possible, siemens, 1 / believed.resistance_antiparallel)
        return TunnelBarrier(parallel, 1 / conductance - parallel, column("bias_half_tmr"))


def _once(evaluator: BeliefEvaluator, z: FloatArray, gates: FloatArray) -> FloatArray:
    """Return conductances (m, n) in S; rows that are alike, where other unknowns step, are asked once."""
    _, first, back = np.unique(np.concatenate([z, gates], axis=1), axis=0, return_index=True, return_inverse=True)
    return evaluator(z[first], gates[first])[back.reshape(-1)]


def evaluator_of(device: str, belief: Belief, model: Model, asked: Sequence[AskedReading]) -> BeliefEvaluator:
    """Return the belief of a junction at readings, as a function of its own unknowns and of its gates."""
    conditions = ReadingConditions(**{name: _column(asked, device, name) for name in CONDITIONS})
    slopes = {
        name: np.array([one.states[device].gate_slopes[name] for one in asked])
        for name in asked[0].states[device].gate_slopes
    }
    return BeliefEvaluator(
        belief,
        model,
        conditions=None if conditions.trivial else conditions,
        slopes=slopes,
    )


def _shifts(asked: Sequence[AskedReading], errors: Sequence[str]) -> dict[str, FloatArray]:
    """Return the effects (errors, n) on the level of each source that has any."""
    sources = sorted({source for one in asked for source in one.level_errors})
    return {
        source: np.array([[one.level_errors.get(source, {}).get(name, 0.0) for one in asked] for name in errors])
        for source in sources
    }


def _column(asked: Sequence[AskedReading], device: str, name: str) -> FloatArray:
    return np.array([getattr(one.states[device], name) for one in asked], dtype=np.float64)


def _groups(asked: Sequence[AskedReading]) -> dict[tuple[str, frozenset[str]], Indices]:
    """Return the places of the readings of each meter with the same sources in use."""
    found: dict[tuple[str, frozenset[str]], list[int]] = {}
    for place, one in enumerate(asked):
        found.setdefault((one.meter, frozenset(one.levels)), []).append(place)
    return {key: np.array(places) for key, places in found.items()}


def _at(barrier: TunnelBarrier, places: Indices) -> TunnelBarrier:
    return TunnelBarrier(*(getattr(barrier, name)[:, places] for name in barrier.__dataclass_fields__))
