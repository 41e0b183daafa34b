"""Complex amplitudes in a circuit with capacitors and amplifiers of one pole, while sources of waves drive it.

The network is linear around its state at rest: junctions stand for their slope dI/dV, no source and no amplifier is at
its limit. (G + i f E) x = b has the unknowns of the state at rest; E holds 2 pi C of capacitors and 1/gain_bandwidth of
amplifiers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.circuits.elements import Capacitor
from smtjlab.simulation.circuits.stamps import REFERENCE, Stamps, inject
from smtjlab.simulation.measured_circuit import Amplifier

from .circuit import Quantity
from .nodal import Equations, Resistor
from .ports import Port
from .waves import FloatArray

ComplexArray = NDArray[np.complex128]

BATCH = 1 << 20
"""Entries of matrices that are solved together: 16 MB."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A quantity as a sum of unknowns."""

    weights: FloatArray
    """(size,)"""
    own: float = 0.0
    """What 1 A out of the port itself adds to it, in V."""


class Phasors:
    """A network of linked islands, and what answers a wave in it."""

    def __init__(
        self,
        nets: Sequence[str],
        conductors: Sequence[Resistor],
        ports: Sequence[Port],
        amplifiers: Sequence[Amplifier],
        capacitors: Sequence[Capacitor],
    ) -> None:
        """`conductors` are those of junctions too."""
        self._equations = Equations(nets, conductors, ports, (), amplifiers)
        stamps, right = self._equations.stamped()
        self._size = len(right)
        self._at_rest = stamps.dense(self._size)
        self._per_hertz = self._reactive(capacitors).dense(self._size)
        self._branches = {branch.port.name: branch for branch in self._equations.branches}

    def _reactive(self, capacitors: Sequence[Capacitor]) -> Stamps:
        stamps, place = Stamps(), self._equations.place
        for one in capacitors:
            stamps.conductance(place[one.between[0]], place[one.between[1]], 2 * math.pi * one.capacitance)
        for amplified in self._equations.amplified:
            per_hertz = 1 / (amplified.amplifier.gain_bandwidth or math.inf)
            stamps.add(amplified.row, place[amplified.amplifier.output], per_hertz)
            stamps.add(amplified.row, place[amplified.amplifier.ground], -per_hertz)
        return stamps

    def answers(self, source: Port, frequencies: FloatArray) -> ComplexArray:
        """Return the unknowns (f, size) for a wave of 1 V or 1 A at a port, at frequencies in Hz (f,)."""
        branch, right = self._branches[source.name], np.zeros(self._size)
        if branch.holds is Quantity.VOLTAGE:
            right[branch.row] = 1.0
        else:
            inject(right, *self._ends(source), 1.0)
        step = max(1, BATCH // self._size**2)
        found = [
            np.linalg.solve(
                self._at_rest + 1j * frequencies[first : first + step, None, None] * self._per_hertz, right[:, None]
            )
            for first in range(0, len(frequencies), step)
        ]
        return np.concatenate(found)[..., 0]

    # What can be looked at

    def voltage(self, port: Port) -> Seen:
        """Return what a port measures in V, at its sense terminals or at those of its output."""
        weights, own = np.zeros(self._size), 0.0
        branch, inside = self._branches.get(port.name), port.drive.input_resistance
        if branch is None:
            return Seen(weights)
        if math.isfinite(inside) and branch.holds is Quantity.CURRENT:
            self._add(weights, port.hi.net, 1.0)
            self._add(weights, port.lo.net, -1.0)
            return Seen(weights * inside / (inside + port.series))
        for sign, sense, force in ((1.0, port.sense_hi, port.hi), (-1.0, port.sense_lo, port.lo)):
            if port.drive.remote_sense and sense is not None and sense.made:
                self._add(weights, sense.net, sign)
                continue
            self._add(weights, force.net, sign)
            if branch.holds is Quantity.VOLTAGE:
                weights[branch.row] += force.resistance
            else:
                own += force.resistance
        return Seen(weights, own)

    def limited(self, port: Port) -> Seen:
        """Return what the limit of a port is for: its current, or its voltage."""
        branch = self._branches.get(port.name)
        if branch is None or branch.holds is Quantity.CURRENT:
            return self.voltage(port)
        weights = np.zeros(self._size)
        weights[branch.row] = 1.0
        return Seen(weights)

    def output(self, amplifier: Amplifier) -> Seen:
        """Return the output of an amplifier in V."""
        weights = np.zeros(self._size)
        self._add(weights, amplifier.output, 1.0)
        self._add(weights, amplifier.ground, -1.0)
        return Seen(weights)

    def _add(self, weights: FloatArray, net: str, sign: float) -> None:
        if (place := self._equations.place[net]) != REFERENCE:
            weights[place] += sign

    def _ends(self, port: Port) -> tuple[int, int]:
        return self._equations.place[port.hi.net], self._equations.place[port.lo.net]
