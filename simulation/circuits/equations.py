"""A circuit as equations: where each node and branch has its place, and what every element adds there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .circuit import Circuit
from .elements import GROUND, Capacitor, CurrentSource, Junction, OpAmp, Resistor, Source
from .stamps import REFERENCE, Stamps, amplifier_terms, conductor, voltage_terms

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class BranchEquation:
    """The row of a source or an amplifier: free, the terms of `holds` make its level; at its limit, those of `limits`.

    The level of an amplifier is 0: what `holds` sums is by how much its inputs fall short of its output.
    """

    element: Source | OpAmp
    row: int
    """Place of the row, and of the current out of its first node or its output."""
    holds: Mapping[int, float]
    limits: Mapping[int, float]
    limit: float
    """Largest size of what `limits` sums, in A or V; inf for none."""

    @staticmethod
    def amount(terms: Mapping[int, float], unknowns: FloatArray) -> FloatArray:
        """Return the sum of terms for unknowns (n, size), shape (n,)."""
        total = np.zeros(unknowns.shape[:-1])
        for place, factor in terms.items():
            total += factor * unknowns[..., place]
        return total


class CircuitEquations:
    """The modified nodal equations of a circuit, without what depends on its state. Raises ModelError."""

    def __init__(self, circuit: Circuit) -> None:
        circuit.require_paths()
        self.circuit = circuit
        self.places = {node: place for place, node in enumerate(circuit.nodes)} | dict.fromkeys(GROUND, REFERENCE)
        branches = [*circuit.sources, *circuit.all_of(OpAmp)]
        self.rows = {one.name: len(circuit.nodes) + number for number, one in enumerate(branches)}
        self.size = len(circuit.nodes) + len(branches)
        self.sources = [self._source(one) for one in circuit.sources]
        self.branches = [*self.sources, *(self._amplifier(one) for one in circuit.all_of(OpAmp))]
        """Sources first."""
        self.junctions = circuit.all_of(Junction)
        self.resistors = circuit.all_of(Resistor)
        self.barrier_places = [(self.places[one.top], self.places[one.bottom]) for one in self.junctions]
        self.barrier_ends = _ends(self.barrier_places)
        """Places of tops and of bottoms, shapes (junctions,)."""
        self._resistor_ends = _ends([self._pair(*one.between) for one in self.resistors])
        self._resistances = np.array([one.resistance for one in self.resistors])

    def _source(self, source: Source) -> BranchEquation:
        row = self.rows[source.name]
        current = {row: 1.0}
        voltage = voltage_terms(*(self.places[node] for node in source.between))
        if isinstance(source, CurrentSource):
            return BranchEquation(source, row, current, voltage, source.compliance)
        if source.sense is not None:
            voltage = voltage_terms(*(self.places[node] for node in source.sense))
        else:
            voltage = voltage | {row: source.output_resistance}
        return BranchEquation(source, row, voltage, current, source.compliance)

    def _amplifier(self, amplifier: OpAmp) -> BranchEquation:
        plus, minus, output = (self.places[node] for node in amplifier.nodes)
        holds = amplifier_terms(plus, minus, output, 1 / amplifier.gain)
        limits = voltage_terms(output, REFERENCE)
        return BranchEquation(amplifier, self.rows[amplifier.name], holds, limits, amplifier.largest_output)

    @cached_property
    def fixed(self) -> Stamps:
        """What never changes: resistors, leakage of gates, where branches bring their currents."""
        stamps = Stamps()
        for one in self.resistors:
            stamps.conductance(*self._pair(*one.between), 1 / one.resistance)
        for junction in self.junctions:
            if junction.gate is not None and junction.back is not None and math.isfinite(junction.gate_resistance):
                stamps.conductance(*self._pair(junction.gate, junction.back), 1 / junction.gate_resistance)
        for source in self.circuit.sources:
            stamps.branch(self.rows[source.name], *self._pair(*source.between))
        for amplifier in self.circuit.all_of(OpAmp):
            stamps.branch(self.rows[amplifier.name], self.places[amplifier.output], REFERENCE)
        return stamps

    @cached_property
    def per_hertz(self) -> Stamps:
        """What, times i f, adds to the small-signal matrix: 2 pi C of capacitors and gates, 1/gain_bandwidth."""
        stamps = Stamps()
        for one in self.circuit.all_of(Capacitor):
            stamps.conductance(*self._pair(*one.between), 2 * math.pi * one.capacitance)
        for junction in self.junctions:
            if junction.gate is not None and junction.back is not None:
                stamps.conductance(*self._pair(junction.gate, junction.back), 2 * math.pi * junction.gate_capacitance)
        for amplifier in self.circuit.all_of(OpAmp):
            stamps.add(self.rows[amplifier.name], self.places[amplifier.output], 1 / amplifier.gain_bandwidth)
        return stamps

    def _pair(self, first: str, second: str) -> tuple[int, int]:
        return self.places[first], self.places[second]

    @cached_property
    def fixed_matrix(self) -> FloatArray:
        """What never changes as a dense matrix (size, size)."""
        return self.fixed.dense(self.size)

    @cached_property
    def incidence(self) -> FloatArray:
        """1 where a barrier has its top, -1 where its bottom, shape (junctions, size)."""
        padded = np.zeros((len(self.junctions), self.size + 1))  # the last one is the reference
        for sign, places in zip((1.0, -1.0), self.barrier_ends, strict=True):
            padded[np.arange(len(places)), places] += sign
        return padded[:, :-1]

    def dense(self, slopes: FloatArray, states: NDArray[np.int8]) -> FloatArray:
        """Return matrices (n, size, size) for barriers of so many S (n, junctions) and states (n, branches).

        A state is 0 where a source holds its level or an amplifier obeys its inputs, and else the sign of its limit.
        """
        matrices = np.repeat(self.fixed_matrix[None], len(slopes), axis=0)
        for number, places in enumerate(self.barrier_places):
            for row, column, sign in conductor(*places):
                if row != REFERENCE and column != REFERENCE:
                    matrices[:, row, column] += sign * slopes[:, number]
        for number, equation in enumerate(self.branches):
            free = states[:, number] == 0
            for terms, where in ((equation.holds, free), (equation.limits, ~free)):
                for column, factor in terms.items():
                    matrices[where, equation.row, column] += factor
        return matrices

    def stamped(self, slopes: FloatArray, states: NDArray[np.int8]) -> Stamps:
        """Return the stamps of one member, whose barriers have so many S (junctions,), branches such states."""
        stamps = self.fixed.copy()
        for places, siemens in zip(self.barrier_places, slopes.tolist(), strict=True):
            stamps.conductance(*places, siemens)
        for equation, state in zip(self.branches, states.tolist(), strict=True):
            stamps.equation(equation.row, equation.limits if state else equation.holds)
        return stamps

    def across_barriers(self, unknowns: FloatArray) -> FloatArray:
        """Return the bias in V of each barrier for unknowns (n, size), shape (n, junctions)."""
        return _across(unknowns, self.barrier_ends)

    def ohmic(self, unknowns: FloatArray) -> FloatArray:
        """Return the current in A through each resistor for unknowns (n, size), shape (n, resistors)."""
        return np.asarray(_across(unknowns, self._resistor_ends) / self._resistances)


def _ends(pairs: Sequence[tuple[int, int]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    places = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return places[:, 0], places[:, 1]


def _across(unknowns: FloatArray, ends: tuple[NDArray[np.intp], NDArray[np.intp]]) -> FloatArray:
    padded = np.concatenate([unknowns, np.zeros((len(unknowns), 1))], axis=1)  # where -1 finds the reference
    return np.asarray(padded[:, ends[0]] - padded[:, ends[1]])
