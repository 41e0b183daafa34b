"""What a circuit is made of: elements between named nodes. Nodes "0" and "ground" are the reference."""

from __future__ import annotations

import math
from dataclasses import dataclass

from smtjlab.simulation.errors import ModelError

GROUND = ("0", "ground")
"""Names of the reference node."""

Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Resistor:
    """A resistor; its current is positive from the first node to the second. Raises ModelError."""

    name: str
    between: Pair
    resistance: float
    """ohm, above 0."""

    def __post_init__(self) -> None:
        _check_nodes(self.name, *self.between)
        _check_positive(self.name, "resistance", self.resistance, "ohm")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes that it touches."""
        return self.between


@dataclass(frozen=True, kw_only=True)
class Capacitor:
    """A capacitor: open at rest, a susceptance in a small signal. Raises ModelError."""

    name: str
    between: Pair
    capacitance: float
    """F, above 0."""

    def __post_init__(self) -> None:
        _check_nodes(self.name, *self.between)
        _check_positive(self.name, "capacitance", self.capacitance, "F")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes that it touches."""
        return self.between


@dataclass(frozen=True, kw_only=True)
class Junction:
    """An s-MTJ as an element: a barrier from top to bottom, and the piezo between gate and back electrode.

    What the barrier is, is told when a circuit is solved. Raises ModelError.
    """

    name: str
    top: str
    bottom: str
    gate: str | None = None
    """Node of the gate; None where it is not part of the circuit."""
    back: str | None = None
    """Node of the back electrode; given together with `gate`."""
    gate_capacitance: float = 0.0
    """F between gate and back."""
    gate_resistance: float = math.inf
    """Leakage resistance in ohm between gate and back; inf for none."""

    def __post_init__(self) -> None:
        _check_nodes(self.name, self.top, self.bottom)
        if (self.gate is None) != (self.back is None):
            raise ModelError(f"`gate` and `back` of {self.name!r} must be given together, but only one of them is.")
        if self.gate is not None and self.back is not None:
            _check_nodes(self.name, self.gate, self.back)
        if not (0 <= self.gate_capacitance < math.inf):
            raise ModelError(
                f"`gate_capacitance` of {self.name!r} must be finite and at least 0 F, but is {self.gate_capacitance}."
            )
        _check_positive(self.name, "gate_resistance", self.gate_resistance, "ohm", finite=False)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes that it touches."""
        return tuple(one for one in (self.top, self.bottom, self.gate, self.back) if one is not None)


@dataclass(frozen=True, kw_only=True)
class VoltageSource:
    """A source of voltage; its current is positive out of the first node's side into the circuit.

    Beyond its compliance it is a source of that current. Raises ModelError.
    """

    name: str
    between: Pair
    level: float = 0.0
    """V of the first node against the second, where a solution is asked for without one."""
    output_resistance: float = 0.0
    """ohm in series."""
    compliance: float = math.inf
    """Largest size of its current in A; inf for none."""
    sense: Pair | None = None
    """Nodes at which it regulates (remote sense); None for its own terminals, behind `output_resistance`."""

    def __post_init__(self) -> None:
        _check_nodes(self.name, *self.between)
        if self.sense is not None:
            _check_nodes(self.name, *self.sense)
        _check_finite(self.name, "level", self.level, "V")
        if not (0 <= self.output_resistance < math.inf):
            raise ModelError(
                f"`output_resistance` of {self.name!r} must be finite and at least 0 ohm, "
                f"but is {self.output_resistance}."
            )
        _check_positive(self.name, "compliance", self.compliance, "A", finite=False)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes that it touches."""
        return (*self.between, *(self.sense or ()))


@dataclass(frozen=True, kw_only=True)
class CurrentSource:
    """A source of current, out of its first node's side into the circuit.

    Beyond its compliance it is a source of that voltage. Raises ModelError.
    """

    name: str
    between: Pair
    level: float = 0.0
    """A, where a solution is asked for without one."""
    compliance: float = math.inf
    """Largest size of its voltage in V; inf for none."""

    def __post_init__(self) -> None:
        _check_nodes(self.name, *self.between)
        _check_finite(self.name, "level", self.level, "A")
        _check_positive(self.name, "compliance", self.compliance, "V", finite=False)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes that it touches."""
        return self.between


@dataclass(frozen=True, kw_only=True)
class OpAmp:
    """An operational amplifier whose output stands against ground: 1/A(f) = 1/gain + i f/gain_bandwidth.

    Ideal where both are inf. Beyond `largest_output` it stands there, whatever its inputs say. It draws no input
    current, and has no offset or noise. Raises ModelError.
    """

    name: str
    plus: str
    minus: str
    output: str
    gain: float = math.inf
    """Gain at dc."""
    gain_bandwidth: float = math.inf
    """Hz at which the gain of the single pole has fallen to 1."""
    largest_output: float = math.inf
    """V that its output reaches, of either sign; inf for no limit."""

    def __post_init__(self) -> None:
        _check_nodes(self.name, self.plus, self.minus)
        if self.output in GROUND:
            raise ModelError(f"`output` of {self.name!r} must be a node of its own, but is ground.")
        _check_positive(self.name, "gain", self.gain, "V/V", finite=False)
        _check_positive(self.name, "gain_bandwidth", self.gain_bandwidth, "Hz", finite=False)
        _check_positive(self.name, "largest_output", self.largest_output, "V", finite=False)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes that it touches."""
        return (self.plus, self.minus, self.output)


Source = VoltageSource | CurrentSource
Element = Resistor | Capacitor | Junction | VoltageSource | CurrentSource | OpAmp


def _check_nodes(name: str, first: str, second: str) -> None:
    if not name:
        raise ModelError("An element must have a name, but one has none.")
    if not (first and second):
        raise ModelError(f"Nodes of {name!r} must have names, but one is empty.")
    if first == second or (first in GROUND and second in GROUND):
        raise ModelError(f"{name!r} must stand between two nodes, but both of its ends are at {first!r}.")


def _check_positive(name: str, what: str, value: float, unit: str, *, finite: bool = True) -> None:
    if not (value > 0 and (math.isfinite(value) or not finite)):
        kind = "finite and above" if finite else "above"
        raise ModelError(f"`{what}` of {name!r} must be {kind} 0 {unit}, but is {value:g}.")


def _check_finite(name: str, what: str, value: float, unit: str) -> None:
    if not math.isfinite(value):
        raise ModelError(f"`{what}` of {name!r} must be finite, but is {value:g} {unit}.")
