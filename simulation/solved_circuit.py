"""A measured circuit solved for the sources in use: from barriers and levels to what a meter reads.

It is at rest: capacitors are open and left out, amplifiers have their gain at dc and their largest output.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from .circuits.circuit import Circuit
from .circuits.elements import Capacitor, CurrentSource, Element, Junction, OpAmp, Resistor, VoltageSource
from .circuits.operating_point import OperatingPoint
from .circuits.solver import CircuitSolver
from .circuits.tunnel_barrier import TunnelBarrier
from .errors import ModelError
from .landscape import FloatArray
from .measured_circuit import Amplifier, MeasuredCircuit

GROUND = "circuit.ground"
"""The node of a bench's circuit that is taken as the reference where there is one."""
STRAP = 1e-5
"""Resistance in ohm up to which two nodes are one."""


class SolvedCircuit:
    """A circuit and its solvers: one for each set of sources that has been in use."""

    def __init__(self, circuit: MeasuredCircuit) -> None:
        self.circuit = circuit
        self._nodes = _merged(circuit)
        self._solvers: dict[frozenset[str], CircuitSolver] = {}

    def driven(self, levels: Mapping[str, float]) -> dict[str, float]:
        """Return the levels without those at gates, which reach the circuit through their junctions alone."""
        return {name: level for name, level in levels.items() if name not in self.circuit.gates.values()}

    def solve(self, barriers: Mapping[str, TunnelBarrier], levels: Mapping[str, ArrayLike]) -> OperatingPoint:
        """Return the state with sources at levels in V or A, by name; others are off, or held at 0 V.

        Raises ModelError.
        """
        return self._solver(levels).solve(barriers, levels)

    def slopes(
        self, barriers: Mapping[str, TunnelBarrier], levels: Mapping[str, float], meter: str
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Return the change of what a meter reads per V or A of each source, and per relative change of each junction.

        The latter is of the conductance at small bias. Raises ModelError.
        """
        solver = self._solver(levels)
        values = self.of(solver.derivatives(barriers, levels), meter).tolist()
        sources = [one.element.name for one in solver.equations.sources]
        by_level = {name: value for name, value in zip(sources, values, strict=False) if name in levels}
        junctions = [one.name for one in solver.equations.junctions]
        return by_level, dict(zip(junctions, values[len(sources) :], strict=True))

    def _solver(self, levels: Mapping[str, object]) -> CircuitSolver:
        used = frozenset(levels)
        if used not in self._solvers:
            self._solvers[used] = CircuitSolver(Circuit(tuple(self._elements(used))))
        return self._solvers[used]

    def read(self, barriers: Mapping[str, TunnelBarrier], levels: Mapping[str, ArrayLike], meter: str) -> FloatArray:
        """Return what a meter reads, in its unit; everything broadcasts. Raises ModelError."""
        return self.of(self.solve(barriers, levels), meter)

    def of(self, point: OperatingPoint, meter: str) -> FloatArray:
        """Return what a meter reads of a state: a voltmeter V, a source its current in A. Raises ModelError."""
        if meter in self.circuit.meters:
            first, second = self.circuit.meters[meter]
            return point.across(self.node(first), self.node(second))
        if meter not in point.currents:
            raise ModelError(f"A reading must be of a meter or a source of the circuit, but is of {meter!r}.")
        return np.asarray(point.currents[meter])

    def with_capacitors(self, *more: Element) -> Circuit:
        """Return the circuit for small signals, its capacitors in place of the sources that drive it at rest.

        `more` are elements beside it, their nodes as `node` names them; sources that hold stay.
        """
        capacitors = [
            Capacitor(name=name, between=(self.node(first), self.node(second)), capacitance=farad)
            for name, (farad, first, second) in self.circuit.capacitors.items()
        ]
        return Circuit((*self._elements(frozenset()), *capacitors, *more))

    def _elements(self, used: frozenset[str]) -> list[Element]:
        elements: list[Element] = []
        for name, (ohm, first, second) in self.circuit.resistors.items():
            if self.node(first) != self.node(second):
                elements.append(Resistor(name=name, between=(self.node(first), self.node(second)), resistance=ohm))
        for device, (top, bottom) in self.circuit.junctions.items():
            elements.append(Junction(name=device, top=self.node(top), bottom=self.node(bottom)))
        elements += [self._amplifier(name, one) for name, one in self.circuit.amplifiers.items()]
        for name, source in self.circuit.sources.items():
            if name in self.circuit.gates.values() or (name not in used and not source.held):
                continue
            between = self.node(source.nodes[0]), self.node(source.nodes[1])
            if source.unit == "A":
                elements.append(CurrentSource(name=name, between=between))
            else:
                elements.append(VoltageSource(name=name, between=between, output_resistance=source.resistance))
        return elements

    def _amplifier(self, name: str, one: Amplifier) -> OpAmp:
        limits = {field: getattr(one, field) or math.inf for field in ("gain", "gain_bandwidth", "largest_output")}
        return OpAmp(
            name=name, plus=self.node(one.plus), minus=self.node(one.minus), output=self.node(one.output), **limits
        )

    def node(self, net: str) -> str:
        """Return the node of the solved circuit at which a net of the bench is."""
        return self._nodes.get(net, net)


def _merged(circuit: MeasuredCircuit) -> dict[str, str]:
    """Return the node of each net: nets that a strap joins are one, and the reference is `ground`."""
    root: dict[str, str] = {}

    def of(net: str) -> str:
        while root.get(net, net) != net:
            net = root[net]
        return net

    for ohm, first, second in circuit.resistors.values():
        root.setdefault(first, first)
        root.setdefault(second, second)
        if ohm <= STRAP:
            root[of(second)] = of(first)
    reference = _reference(circuit, root)
    return {net: "ground" if of(net) == of(reference) else of(net) for net in [*root, reference]}


def _reference(circuit: MeasuredCircuit, nets: Mapping[str, str]) -> str:
    """Return the net that is the reference: that of amplifiers where there are any."""
    if circuit.amplifiers:
        return next(iter(circuit.amplifiers.values())).ground
    gates = set(circuit.gates.values())
    others = [one for name, one in circuit.sources.items() if name not in gates]
    # A circuit that is driven at its gates alone is driven at ac, by what is put in beside it.
    return GROUND if GROUND in nets else (others or list(circuit.sources.values()))[0].nodes[1]
