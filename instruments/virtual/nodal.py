"""Kirchhoff's laws for one island of a netlist: resistors, charged capacitors, sources and amplifiers with limits.

Modified nodal analysis, by the stamps of the simulated circuits: the unknowns are the potentials of the nets and the
current of each branch that holds a voltage. A source or an amplifier that would pass its limit holds the limit instead;
one of them changes its mind at a time, the one that is off the most. Large islands are solved sparsely.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.circuits.stamps import (
    REFERENCE,
    Places,
    Stamps,
    amplifier_terms,
    inject,
    voltage_terms,
)
from smtjlab.simulation.measured_circuit import Amplifier

from .branches import Amplified, Branch
from .circuit import OperatingPoint, Quantity
from .ports import Port, Wire

FloatArray = NDArray[np.float64]

OUTPUT_CONDUCTANCE = 1e-14
"""Conductance in S across every current source: no real one is ideal, and no net hangs in the air."""
LEAST_CONDUCTANCE = 1e-15
"""Conductance in S from each net to the reference: a net that touches nothing is at rest there."""
SMALLEST_RESISTANCE = 1e-6
"""Resistance in ohm of a branch that has none: two ideal voltages side by side have no solution."""
FEW = 30
"""Up to so many conductors are added sooner one by one than as arrays."""
SLACK = 1e-9
"""Relative excess over a limit that still counts as on it."""


@dataclass(frozen=True, slots=True)
class Resistor:
    """A conductor between two nets."""

    first: str
    second: str
    conductance: float
    """S."""


@dataclass(frozen=True, slots=True)
class Charged:
    """A capacitor at an instant: a voltage that holds, or a current that flows into it."""

    first: str
    second: str
    value: float
    """V or A."""
    quantity: Quantity = Quantity.VOLTAGE


@dataclass(frozen=True, slots=True)
class Solution:
    """Potentials in V of the nets of an island, against the first of them; what each port sees; branch currents."""

    potentials: Mapping[str, float]
    points: Mapping[str, OperatingPoint]
    charging: tuple[float, ...]
    """Current in A into each charged capacitor, in their order."""
    saturated: bool = False
    """Whether an amplifier stands at its largest output."""

    def across(self, first: str, second: str) -> float:
        """Return the voltage in V between two nets."""
        return self.potentials[first] - self.potentials[second]


def solve(
    nets: Sequence[str],
    resistors: Sequence[Resistor],
    ports: Sequence[Port],
    charged: Sequence[Charged] = (),
    amplifiers: Sequence[Amplifier] = (),
) -> Solution:
    """Return the state of an island whose nets are all connected with each other."""
    return Equations(nets, resistors, ports, charged, amplifiers).solved(ports)


class Equations:
    """The equations of an island, and what its sources and amplifiers do in the present attempt to solve them."""

    def __init__(
        self,
        nets: Sequence[str],
        resistors: Sequence[Resistor],
        ports: Sequence[Port],
        charged: Sequence[Charged] = (),
        amplifiers: Sequence[Amplifier] = (),
    ) -> None:
        self.nets = nets
        self.place = {net: number for number, net in enumerate(nets[1:])} | {nets[0]: REFERENCE}
        self.size = len(nets) - 1
        self.charged = charged
        self.branches = [Branch(port, port.drive.quantity, port.level) for port in ports if port.joined]
        self.amplified = [Amplified(one) for one in amplifiers]
        self.fixed = Stamps()
        for place in range(self.size):
            self.fixed.add(place, place, LEAST_CONDUCTANCE)
        if len(resistors) > FEW:
            siemens = np.array([one.conductance for one in resistors], dtype=np.float64)
            self.fixed.conductances(*self._ends(resistors), siemens)
        else:
            for one in resistors:
                self.fixed.conductance(self.place[one.first], self.place[one.second], one.conductance)
        for branch in self.branches:
            self._meter(branch.port)

    def solved(self, ports: Sequence[Port]) -> Solution:
        """Return the state in which no limit is passed."""
        self.unknowns = self._attempt()
        for _ in range(4 * (len(self.branches) + len(self.amplified))):
            worst = self._worst()
            if worst is None:
                break
            self._change_mind(worst)
            self.unknowns = self._attempt()
        return self._solution(ports)

    def _ends(self, between: Sequence[Resistor]) -> tuple[Places, Places]:
        """Return the places of the first nets and of the second ones, shapes (n,)."""
        first = np.array([self.place[one.first] for one in between], dtype=np.intp)
        return first, np.array([self.place[one.second] for one in between], dtype=np.intp)

    # One attempt

    def _attempt(self) -> FloatArray:
        stamps, right = self.stamped()
        return stamps.solved(right)

    def stamped(self) -> tuple[Stamps, FloatArray]:
        """Return matrix and right-hand side of this attempt; branches learn their rows."""
        held = [branch for branch in self.branches if branch.holds is Quantity.VOLTAGE]
        fixed = [one for one in self.charged if one.quantity is Quantity.VOLTAGE]
        count = self.size + len(held) + len(self.amplified) + len(fixed)
        stamps, right = self.fixed.copy(), np.zeros(count)
        for row, branch in enumerate(held, self.size):
            branch.row = row
            self._holder(stamps, right, row, branch)
        for row, amplified in enumerate(self.amplified, self.size + len(held)):
            amplified.row = row
            self._amplifier(stamps, right, amplified)
        for row, one in enumerate(fixed, count - len(fixed)):  # its unknown is the current from the first into it
            first, second = self.place[one.first], self.place[one.second]
            stamps.branch(row, second, first)
            stamps.add(row, first, 1.0)
            stamps.add(row, second, -1.0)
            if self.amplified:  # two that hold one voltage have no solution: a capacitor gives in
                stamps.add(row, row, -SMALLEST_RESISTANCE)
            right[row] = one.value
        for branch in self.branches:
            if branch.holds is Quantity.CURRENT:
                self._driver(stamps, right, branch)
        for one in self.charged:
            if one.quantity is Quantity.CURRENT:
                inject(right, self.place[one.first], self.place[one.second], -one.value)
        return stamps, right

    def _amplifier(self, stamps: Stamps, right: FloatArray, one: Amplified) -> None:
        """Add the branch of an amplifier; its unknown is the current out of its output."""
        plus, minus, output, ground = self._at(one.amplifier)
        stamps.branch(one.row, output, ground)
        if one.side:
            stamps.equation(one.row, voltage_terms(output, ground))
            right[one.row] = one.side * (one.amplifier.largest_output or 0.0)
        else:
            stamps.equation(one.row, amplifier_terms(plus, minus, output, one.per_gain, ground))

    def _at(self, one: Amplifier) -> tuple[int, int, int, int]:
        return self.place[one.plus], self.place[one.minus], self.place[one.output], self.place[one.ground]

    def _holder(self, stamps: Stamps, right: FloatArray, row: int, branch: Branch) -> None:
        """Add the branch of a port that holds a voltage; its unknown is the current out of `hi`."""
        port = branch.port
        stamps.branch(row, self.place[port.hi.net], self.place[port.lo.net])
        right[row] = branch.value
        # Without remote sense the voltage is held behind the output resistance, at the terminals.
        stamps.add(row, row, port.drive.resistance + SMALLEST_RESISTANCE)
        for wire, force, sign in ((port.sense_hi, port.hi, 1.0), (port.sense_lo, port.lo, -1.0)):
            sensed = wire if port.drive.remote_sense and wire is not None and wire.made else None
            stamps.add(row, self.place[force.net if sensed is None else sensed.net], sign)
            if sensed is None:
                stamps.add(row, row, force.resistance)
            right[row] -= sign * (force if sensed is None else sensed).emf

    def _driver(self, stamps: Stamps, right: FloatArray, branch: Branch) -> None:
        hi, lo = self.place[branch.port.hi.net], self.place[branch.port.lo.net]
        stamps.conductance(hi, lo, OUTPUT_CONDUCTANCE)
        inject(right, hi, lo, branch.value)

    def _meter(self, port: Port) -> None:
        """Add the input resistance of a port, behind its wires."""
        if math.isfinite(port.drive.input_resistance):
            through = port.drive.input_resistance + port.series
            self.fixed.conductance(self.place[port.hi.net], self.place[port.lo.net], 1 / through)

    # Limits

    def _worst(self) -> Branch | Amplified | None:
        """Return what is farthest beyond its limit, or at it without need; None where all is well."""
        off: list[tuple[float, Branch | Amplified]] = [(self._off(one), one) for one in self.branches]
        off += [(self._overdriven(one), one) for one in self.amplified]
        excess, worst = max(off, key=lambda found: found[0], default=(0.0, None))
        return worst if excess > SLACK else None

    def _overdriven(self, one: Amplified) -> float:
        """Return how far an amplifier is from being right, relative to its largest output; 0 or less is right."""
        most = one.amplifier.largest_output
        if most is None:
            return 0.0
        plus, minus, output = (
            self._potential(net) for net in (one.amplifier.plus, one.amplifier.minus, one.amplifier.output)
        )
        if not one.side:
            return abs(output - self._potential(one.amplifier.ground)) / most - 1
        return one.side * (one.side * most * one.per_gain - (plus - minus)) / most

    def _off(self, branch: Branch) -> float:
        """Return how far a branch is from being right, relative to its limit or its level; 0 or less is right."""
        drive = branch.port.drive
        if not branch.clamped:
            other = self._current(branch) if branch.holds is Quantity.VOLTAGE else self._voltage(branch)
            return abs(other) / max(drive.limit, 1e-30) - 1 if math.isfinite(drive.limit) else 0.0
        # Clamped: right as long as the sourced quantity stays short of its level, on the side of the clamp.
        found = self._voltage(branch) if branch.holds is Quantity.CURRENT else self._current(branch)
        beyond = (found - branch.port.level) * math.copysign(1.0, branch.value)
        return beyond / max(abs(branch.port.level), abs(found), 1e-30)

    def _change_mind(self, branch: Branch | Amplified) -> None:
        if isinstance(branch, Amplified):
            volts = self._potential(branch.amplifier.output) - self._potential(branch.amplifier.ground)
            branch.side = 0 if branch.side else int(math.copysign(1, volts))
            return
        drive = branch.port.drive
        if branch.clamped:
            branch.holds, branch.value, branch.clamped = drive.quantity, branch.port.level, False
            return
        voltage = drive.quantity is Quantity.VOLTAGE
        found = self._current(branch) if voltage else self._voltage(branch)
        branch.holds = Quantity.CURRENT if voltage else Quantity.VOLTAGE
        branch.value, branch.clamped = math.copysign(drive.limit, found), True

    # What comes out

    def _potential(self, net: str) -> float:
        place = self.place[net]
        return 0.0 if place == REFERENCE else float(self.unknowns[place])

    def _current(self, branch: Branch) -> float:
        if branch.holds is Quantity.CURRENT:
            return branch.value
        return float(self.unknowns[branch.row])

    def _voltage(self, branch: Branch) -> float:
        """Return the voltage in V at the sense terminals, or at the output's."""
        port, amperes = branch.port, self._current(branch)
        inside = port.drive.input_resistance
        if math.isfinite(inside) and amperes == 0:
            raw = self._potential(port.hi.net) - self._potential(port.lo.net) + port.emf
            return raw * inside / (inside + port.series)
        return self._end(port, port.sense_hi, port.hi, amperes) - self._end(port, port.sense_lo, port.lo, -amperes)

    def _end(self, port: Port, sense: Wire | None, force: Wire, amperes: float) -> float:
        """Return the potential in V that is measured at one side."""
        if port.drive.remote_sense and sense is not None and sense.made:
            return self._potential(sense.net) + sense.emf
        return self._potential(force.net) + force.emf + amperes * force.resistance

    def _solution(self, ports: Sequence[Port]) -> Solution:
        points = {port.name: port.unjoined_point() for port in ports if not port.joined}
        for branch in self.branches:
            points[branch.port.name] = OperatingPoint(self._voltage(branch), self._current(branch), branch.clamped)
        fixed = [one for one in self.charged if one.quantity is Quantity.VOLTAGE]
        into = iter(self.unknowns[len(self.unknowns) - len(fixed) :])
        charging = tuple(float(next(into)) if one.quantity is Quantity.VOLTAGE else one.value for one in self.charged)
        saturated = any(one.side for one in self.amplified)
        return Solution({net: self._potential(net) for net in self.nets}, points, charging, saturated)
