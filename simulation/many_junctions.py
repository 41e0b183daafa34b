"""The minimum of chi-square for a circuit of many junctions, each with unknowns of its own.

    chi^2 = min over z of  sum_i ((y_i - f_i(z) - sum_c z_c e_ic)/s_i)^2 + sum z^2

f is the circuit solved around the conductances of all junctions. Its derivatives follow the chain rule: each reading's
slope by the conductance of a junction, as its copies gave it, times that conductance's slopes by the junction's own
unknowns. Gauss and Newton's steps are taken in the space of the readings, of which there are fewer than unknowns.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .belief import Belief
from .belief_evaluator import BeliefEvaluator
from .chi_square import Minimum
from .circuit_evaluator import AskedReading, JunctionState, evaluator_of
from .circuits.tunnel_barrier import TunnelBarrier
from .landscape import FloatArray
from .models import Model
from .readings_so_far import Indices
from .solved_circuit import SolvedCircuit

if TYPE_CHECKING:
    from .circuit_replicas import CircuitResponse

STEP = 1e-3
"""Step of the derivatives in standard deviations."""
SHRINKING = (1.0, 0.75, 0.5, 0.25)
"""Powers of the misfit by which scatter is widened at first, one after the other: far from the minimum little is as
linear as readings are certain."""
STEPS = 12
HALVINGS = 6
ENOUGH = 1e-3
"""Fraction of chi-square below which a further step is not worth its while."""


@dataclass(frozen=True)
class _Batch:
    """Some junctions at the few conditions that each was read under, answered together."""

    names: tuple[str, ...]
    evaluator: BeliefEvaluator
    gate: FloatArray
    """Effective gates in V, shape (b, c); those that are fewer are filled up."""
    places: Indices
    """Which of them each reading saw, shape (b, n)."""

    def answers(self, z: FloatArray, *, slopes: bool) -> FloatArray:
        """Return conductances (b, 1 or 1 + K, n) in S for z (b, K): at z, and a step further along each unknown."""
        count, unknowns = z.shape
        steps = STEP * np.eye(unknowns + 1, unknowns, -1) if slopes else np.zeros((1, unknowns))
        rows = (z[:, None] + steps).reshape(-1, unknowns)
        found = self.evaluator(rows, np.repeat(self.gate, len(steps), axis=0)).reshape(count, len(steps), -1)
        return np.take_along_axis(found, self.places[:, None], axis=2)


class ManyJunctions:
    """What the readings of a circuit of many junctions would be, as a function of all unknowns."""

    def __init__(
        self,
        solved: SolvedCircuit,
        belief: Belief,
        model: Model,
        responses: Sequence[CircuitResponse],
        common: Mapping[str, FloatArray],
    ) -> None:
        """`common` are the effects of instrument errors on each reading, shape (n,), by name."""
        self._solved, self._belief = solved, belief
        self._asked = [one.asked for one in responses]
        self._batches = _batches(solved.circuit.junctions, belief, model, self._asked)
        self._slopes = {
            name: np.array([one.conductance_slopes[name] for one in responses]) for name in solved.circuit.junctions
        }
        fields = [f"{name}.{field}" for one in self._batches for name in one.names for field in one.evaluator.names]
        self.names = (*fields, *common)
        self._last: tuple[bytes, FloatArray] = (b"", np.zeros(0))
        self._effects = np.stack(list(common.values()), axis=1) if common else np.zeros((len(responses), 0))

    def minimise(self, values: FloatArray, scatter: FloatArray, start: Mapping[str, float]) -> Minimum:
        """Return the lowest minimum found for values (n,) with their own scatter, from the last minimum or from 0."""
        z = np.array([start.get(name, 0.0) for name in self.names])
        misfit = self._cost(z, values, scatter) / len(values)
        for power in SHRINKING if misfit > 2 else ():
            z = self._descended(z, values, scatter * max(misfit, 1.0) ** (power / 2), steps=3)
        z = self._descended(z, values, scatter, steps=STEPS)
        residuals = values - self._read(z)
        pulls = residuals / scatter
        return Minimum(float(pulls @ pulls + z @ z), dict(zip(self.names, z.tolist(), strict=True)), residuals, pulls)

    def _descended(self, z: FloatArray, values: FloatArray, scatter: FloatArray, *, steps: int) -> FloatArray:
        cost = self._cost(z, values, scatter)
        for _ in range(steps):
            wanted = self._stepped(z, values, scatter) - z
            for halving in range(HALVINGS):
                tried = z + wanted / 2**halving
                found = self._cost(tried, values, scatter)
                if found < cost:
                    break
            else:
                return z
            z, before, cost = tried, cost, found
            if before - cost < ENOUGH * cost:
                return z
        return z

    def _stepped(self, z: FloatArray, values: FloatArray, scatter: FloatArray) -> FloatArray:
        """Return the unknowns that minimise chi-square were the readings linear in them."""
        directions = np.concatenate([self._derivatives(z), self._effects], axis=1) / scatter[:, None]
        aims = (values - self._read(z)) / scatter + directions @ z
        return np.asarray(directions.T @ np.linalg.solve(np.eye(len(aims)) + directions @ directions.T, aims))

    def _cost(self, z: FloatArray, values: FloatArray, scatter: FloatArray) -> float:
        pulls = (values - self._read(z)) / scatter
        cost = float(pulls @ pulls + z @ z)
        return cost if math.isfinite(cost) else math.inf

    def _derivatives(self, z: FloatArray) -> FloatArray:
        """Return the change of each reading per unit of each field of each junction, shape (n, fields)."""
        columns = []
        for one, own in self._own(z):
            siemens = one.answers(own, slopes=True)
            relative = np.nan_to_num((siemens[:, 1:] / siemens[:, :1] - 1) / STEP)
            columns += [self._slopes[name][:, None] * by.T for name, by in zip(one.names, relative, strict=True)]
        return np.concatenate(columns, axis=1)

    def _read(self, z: FloatArray) -> FloatArray:
        """Return the readings (n,), instrument errors included; nan where no such junction can be."""
        if self._last[0] != z.tobytes():
            self._last = z.tobytes(), self._solve(z)
        return self._last[1]

    def _solve(self, z: FloatArray) -> FloatArray:
        barriers = self._barriers(z)
        if barriers is None:
            return np.full(len(self._asked), np.nan)
        found = np.empty(len(self._asked))
        for used, places in _alike(self._asked).items():
            here = {name: _at(one, places) for name, one in barriers.items()}
            levels = {name: np.array([self._asked[k].levels[name] for k in places]) for name in used}
            point = self._solved.solve(here, levels)
            meters = [self._asked[k].meter for k in places]
            every = {meter: np.broadcast_to(self._solved.of(point, meter), places.shape) for meter in set(meters)}
            found[places] = [every[meter][k] for k, meter in enumerate(meters)]
        errors = z[len(z) - self._effects.shape[1] :]
        return np.asarray(found + self._effects @ errors)

    def _barriers(self, z: FloatArray) -> dict[str, TunnelBarrier] | None:
        """Return the barriers (n,) of all junctions; None where one of them cannot be."""
        barriers = {}
        for one, own in self._own(z):
            answers = one.answers(own, slopes=False)[:, 0]
            for name, row, siemens in zip(one.names, own, answers, strict=True):
                junction = one.evaluator.junction(row)
                if junction is None or not np.isfinite(siemens).all():
                    return None
                parallel = np.full(siemens.shape, junction.resistance_parallel)
                half = np.full(siemens.shape, junction.bias_half_tmr)
                barriers[name] = TunnelBarrier(parallel, 1 / siemens - parallel, half)
        return barriers

    def _own(self, z: FloatArray) -> Iterator[tuple[_Batch, FloatArray]]:
        """Yield each batch with the unknowns (b, K) of its junctions."""
        first = 0
        for one in self._batches:
            count = len(one.names) * len(one.evaluator.names)
            yield one, z[first : first + count].reshape(len(one.names), -1)
            first += count


def _batches(names: Iterable[str], belief: Belief, model: Model, asked: Sequence[AskedReading]) -> list[_Batch]:
    """Return all junctions in one batch where there was nothing but gates, else each by itself."""
    states = {name: _states(name, asked) for name in names}
    if all(_plain(one.states[name]) for name, (first, _) in states.items() for one in first):
        most = max(len(first) for first, _ in states.values())
        filled = {name: (first + [first[0]] * (most - len(first))) for name, (first, _) in states.items()}

        def table(field: str) -> FloatArray:
            return np.array([[getattr(one.states[name], field) for one in first] for name, first in filled.items()])

        places = np.stack([places for _, places in states.values()])
        return [_Batch(tuple(states), BeliefEvaluator(belief, model), table("effective_gate"), places)]
    found = []
    for name, (first, places) in states.items():
        gate = np.array([[one.states[name].effective_gate for one in first]])
        found.append(_Batch((name,), evaluator_of(name, belief, model, first), gate, places[None]))
    return found


def _states(name: str, asked: Sequence[AskedReading]) -> tuple[list[AskedReading], Indices]:
    """Return readings that found a junction in states that differ, and which of them each reading is like."""
    kinds: dict[str, int] = {}
    first, places = [], []
    for one in asked:
        key = repr(one.states[name])
        if key not in kinds:
            kinds[key] = len(kinds)
            first.append(one)
        places.append(kinds[key])
    return first, np.array(places)


def _plain(state: JunctionState) -> bool:
    """Return whether there was nothing but a gate, whose history did not matter."""
    moved = state.field, state.transverse_field, state.hard_layer - 1, state.well, *state.gate_slopes.values()
    return not any(moved) and math.isnan(state.temperature)


def _alike(asked: Sequence[AskedReading]) -> dict[tuple[str, ...], Indices]:
    """Return the places of the readings with the same sources in use."""
    found: dict[tuple[str, ...], list[int]] = {}
    for place, one in enumerate(asked):
        found.setdefault(tuple(one.levels), []).append(place)
    return {used: np.array(places) for used, places in found.items()}


def _at(barrier: TunnelBarrier, places: Indices) -> TunnelBarrier:
    return TunnelBarrier(*(getattr(barrier, name)[places] for name in barrier.__dataclass_fields__))
