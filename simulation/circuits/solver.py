"""The state of a circuit at rest, for many replicas at once.

Barriers that bend with bias are found by Newton's method, which converges since their current never falls with bias.
A source beyond its compliance holds that instead, and so does an amplifier with its largest output; in each replica one
of them changes its mind at a time, the one that is off the most, as sources of the virtual bench do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.errors import ModelError

from .circuit import Circuit
from .compliance import States, change_minds
from .elements import GROUND, Capacitor, OpAmp
from .equations import CircuitEquations
from .linear_solver import LinearSolver
from .operating_point import OperatingPoint
from .tunnel_barrier import TunnelBarrier

FloatArray = NDArray[np.float64]
Response = Callable[[Mapping[str, FloatArray]], Mapping[str, TunnelBarrier]]
"""Barriers of the junctions for gates in V, both by the names of junctions."""

LAST_STEP = 1e-8
"""Relative step after which Newton's error, its square, is below the rounding."""
ATTEMPTS = 100


class CircuitSolver:
    """A circuit, ready to be solved again and again."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.equations = CircuitEquations(circuit)
        self._linear = LinearSolver(self.equations)

    def solve(
        self, barriers: Mapping[str, TunnelBarrier], levels: Mapping[str, ArrayLike] | None = None
    ) -> OperatingPoint:
        """Return the state for one barrier a junction, and levels in V or A of sources by name.

        Sources without a level have that of their element. All arrays broadcast with each other. Raises ModelError
        where a name is unknown or missing, a level is not finite, or there is no single solution.
        """
        volts_or_amperes = self._levels(levels or {})
        self._check_barriers(barriers)
        chosen = [barriers[one.name] for one in self.equations.junctions]
        shape = np.broadcast_shapes(*{*(one.shape for one in volts_or_amperes), *(one.shape for one in chosen)})
        stacked = _stacked(chosen, shape)
        wanted = _columns(volts_or_amperes, shape)
        unknowns, states = self._limited(stacked, wanted)
        return self._point(unknowns, states, stacked, shape)

    def solve_gated(self, response: Response, levels: Mapping[str, ArrayLike] | None = None) -> OperatingPoint:
        """Return the state in which each junction has the barrier that `response` gives for its own gate.

        Raises ModelError as `solve` does, and where gates and barriers do not come to rest.
        """
        shape = np.broadcast_shapes(*(one.shape for one in self._levels(levels or {})))
        gates = {one.name: np.zeros(shape) for one in self.equations.junctions}
        for _ in range(ATTEMPTS):
            point = self.solve(response(gates), levels)
            found = {name: point.gate(name) for name in gates}
            if all(np.allclose(found[name], gates[name], rtol=1e-12, atol=1e-15) for name in gates):
                return point
            gates = found
        raise ModelError(f"Gates must come to rest with their junctions, but did not within {ATTEMPTS} attempts.")

    def derivatives(self, barriers: Mapping[str, TunnelBarrier], levels: Mapping[str, float]) -> OperatingPoint:
        """Return how the state of one member changes, in potentials and in currents of sources.

        Along the first axis of each array: per V or A of each source in their order (`equations.sources`), then per
        relative change of the conductance at small bias of each junction. One matrix serves all. Raises ModelError.
        """
        self._check_barriers(barriers)
        stacked = _stacked([barriers[one.name] for one in self.equations.junctions], ())
        unknowns, states = self._limited(stacked, _columns(self._levels(levels), ()))
        bias = self.equations.across_barriers(unknowns)
        sources, count = len(self.equations.sources), len(self.equations.sources) + bias.shape[1]
        right = np.zeros((count, self.equations.size + 1))  # the last one is the reference
        for number, one in enumerate(self.equations.sources):
            right[number, one.row] = states[0, number] == 0
        places = np.arange(sources, count)
        tops, bottoms = self.equations.barrier_ends
        changes = np.broadcast_to(stacked.current_by_conductance(bias), bias.shape)[0]
        np.add.at(right, (places, tops), -changes)
        np.add.at(right, (places, bottoms), changes)
        slopes = np.broadcast_to(stacked.slope(bias), bias.shape)
        found = self._linear.solved(
            np.repeat(slopes, count, axis=0), np.repeat(states, count, axis=0), np.ascontiguousarray(right[:, :-1])
        )
        voltages = _named(self.circuit.nodes, found, (count,)) | {node: np.zeros(count) for node in GROUND}
        currents = _named(self.equations.rows, found[:, len(self.circuit.nodes) :], (count,))
        return OperatingPoint(self.circuit, voltages, currents, {}, {})

    def _limited(self, barriers: TunnelBarrier, wanted: FloatArray) -> tuple[FloatArray, States]:
        states = np.zeros(wanted.shape, dtype=np.int8)
        unknowns = self._newton(barriers, wanted, states, None)
        for _ in range(4 * len(self.equations.branches) + 1):
            changed = change_minds(self.equations.branches, unknowns, wanted, states)
            if changed is None:
                return unknowns, states
            states = changed
            unknowns = self._newton(barriers, wanted, states, unknowns)
        raise ModelError(
            "Limits of sources and amplifiers must agree with each other, but leave no state in which all are kept."
        )

    def _newton(
        self, barriers: TunnelBarrier, wanted: FloatArray, states: States, start: FloatArray | None
    ) -> FloatArray:
        """Return unknowns (n, size) in one state of sources and amplifiers."""
        bias = np.zeros((len(wanted), len(self.equations.junctions)))
        if start is not None:
            bias = self.equations.across_barriers(start)
        for _ in range(ATTEMPTS):
            slopes = np.broadcast_to(barriers.slope(bias), bias.shape)
            right = self._right(barriers.current(bias) - slopes * bias, wanted, states)
            unknowns = self._linear.solved(slopes, states, right)
            found = self.equations.across_barriers(unknowns)
            scale = np.abs(unknowns[:, : len(self.circuit.nodes)]).max(axis=1, initial=0.0)
            step = np.abs(found - bias).max(axis=1, initial=0.0)
            if barriers.is_ohmic or (step <= LAST_STEP * scale).all():
                return unknowns
            bias = found
        raise ModelError(f"Biases of junctions must come to rest, but did not within {ATTEMPTS} steps of Newton.")

    def _right(self, offsets: FloatArray, wanted: FloatArray, states: States) -> FloatArray:
        """Return right-hand sides (n, size): levels or limits of branches, and what the tangents of barriers leave."""
        right = np.zeros((len(wanted), self.equations.size + 1))  # the last one is the reference
        for number, one in enumerate(self.equations.branches):
            state = states[:, number]
            limit = one.limit if state.any() else 0.0
            right[:, one.row] = np.where(state == 0, wanted[:, number], limit * state)
        tops, bottoms = self.equations.barrier_ends
        np.add.at(right.T, tops, -offsets.T)
        np.add.at(right.T, bottoms, offsets.T)
        return right[:, :-1]

    # What goes in, and what comes out

    def _levels(self, levels: Mapping[str, ArrayLike]) -> list[FloatArray]:
        """Return the level of each branch, in V or A; that of an amplifier is 0."""
        names = {one.element.name: one for one in self.equations.sources}
        if unknown := next((name for name in levels if name not in names), None):
            raise ModelError(f"A level must be that of a source ({', '.join(names) or 'none'}), but is of {unknown!r}.")
        found = []
        for one in self.circuit.sources:
            level = np.asarray(levels.get(one.name, one.level), dtype=np.float64)
            if not np.isfinite(level).all():
                raise ModelError(
                    f"The level of {one.name!r} must be finite, but is {level[~np.isfinite(level)].flat[0]}."
                )
            found.append(level)
        return found + [np.zeros(())] * len(self.circuit.all_of(OpAmp))

    def _check_barriers(self, barriers: Mapping[str, TunnelBarrier]) -> None:
        names = {one.name: one for one in self.equations.junctions}
        if missing := next((name for name in names if name not in barriers), None):
            raise ModelError(f"Every junction must have a barrier, but {missing!r} has none.")
        if unknown := next((name for name in barriers if name not in names), None):
            raise ModelError(f"A barrier must be that of a junction ({', '.join(names)}), but is of {unknown!r}.")

    def _point(
        self, unknowns: FloatArray, states: States, barriers: TunnelBarrier, shape: tuple[int, ...]
    ) -> OperatingPoint:
        voltages = _named(self.circuit.nodes, unknowns, shape) | {node: np.zeros(shape) for node in GROUND}
        currents = _named(self.equations.rows, unknowns[:, len(self.circuit.nodes) :], shape)
        through = barriers.current(self.equations.across_barriers(unknowns))
        currents |= _named([one.name for one in self.equations.junctions], through, shape)
        currents |= _named([one.name for one in self.equations.resistors], self.equations.ohmic(unknowns), shape)
        currents |= {one.name: np.zeros(shape) for one in self.circuit.all_of(Capacitor)}
        leaks = {
            one.name: np.asarray((voltages[one.gate] - voltages[one.back]) / one.gate_resistance)
            for one in self.equations.junctions
            if one.gate is not None and one.back is not None
        }
        limited = _named([one.element.name for one in self.equations.branches], states != 0, shape)
        return OperatingPoint(self.circuit, voltages, currents, leaks, limited)


def _columns(arrays: Sequence[FloatArray], shape: tuple[int, ...]) -> FloatArray:
    """Return arrays that broadcast to a shape as columns (n, arrays)."""
    columns = np.empty((math.prod(shape), len(arrays)))
    for number, one in enumerate(arrays):
        columns[:, number] = one if one.ndim == 0 else np.broadcast_to(one, shape).ravel()
    return columns


def _stacked(barriers: Sequence[TunnelBarrier], shape: tuple[int, ...]) -> TunnelBarrier:
    """Return many barriers as one with arrays (n, barriers)."""
    return TunnelBarrier(
        _columns([one.resistance_parallel for one in barriers], shape),
        _columns([one.resistance_excess for one in barriers], shape),
        _columns([one.half_bias for one in barriers], shape),
    )


def _named(names: Iterable[str], columns: NDArray[Any], shape: tuple[int, ...]) -> dict[str, NDArray[Any]]:
    """Return columns (n, names or more) by their names, each in the shape that was asked for."""
    return {name: column.reshape(shape) for name, column in zip(names, columns.T, strict=False)}
