"""A circuit file as a bench builds it: junctions are devices, sources instruments, the rest stands between nodes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.circuit_file import read_circuit
from smtjlab.simulation.circuits.elements import GROUND, Capacitor, Junction, OpAmp, Resistor
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.measured_circuit import Amplifier

from .bench import Component
from .terminals import PINS

OWNER = "circuit"
"""What stands before the dot in a bench file where a node of the circuit is meant: `circuit.out`."""
STRAP = 1e-6
"""Resistance in ohm between pins of devices that the circuit file gives one node."""


@dataclass(frozen=True, slots=True)
class PlacedCircuit:
    """A circuit in the words of a bench file."""

    devices: tuple[str, ...]
    components: Mapping[str, Component]
    capacitors: Mapping[str, Capacitor]
    amplifiers: Mapping[str, Amplifier]
    nets: Mapping[str, str]
    """Net of each node of the circuit file, by its name in a bench file: a pin of a device, where there is one."""


def place(circuit: Circuit) -> PlacedCircuit:
    """Return the circuit as a bench builds it. Raises ModelError where a bench cannot."""
    junctions = circuit.all_of(Junction)
    if not junctions:
        raise ModelError("A circuit on a bench must have a junction, but has none.")
    _check_gates(circuit)
    nets, straps = _nets(circuit)

    def between(nodes: tuple[str, str]) -> tuple[str, str]:
        return nets[_name(nodes[0])], nets[_name(nodes[1])]

    resistors = {
        one.name: Component(resistance=one.resistance, between=between(one.between)) for one in circuit.all_of(Resistor)
    }
    return PlacedCircuit(
        devices=tuple(one.name for one in junctions),
        components={**resistors, **straps},
        capacitors={one.name: replace(one, between=between(one.between)) for one in circuit.all_of(Capacitor)},
        amplifiers={one.name: _amplifier(one, nets) for one in circuit.all_of(OpAmp)},
        nets=nets,
    )


def _nets(circuit: Circuit) -> tuple[dict[str, str], dict[str, Component]]:
    """Return the net of each node, and straps between pins of devices at one node."""
    nets, straps = dict[str, str](), dict[str, Component]()
    for junction in circuit.all_of(Junction):
        for pin in PINS:
            node, net = getattr(junction, pin), f"{junction.name}.{pin}"
            if node is not None and (first := nets.setdefault(_name(node), net)) != net:
                straps[f"{junction.name}_{pin}"] = Component(resistance=STRAP, between=(first, net))
    for node in (*circuit.nodes, GROUND[-1]):
        nets.setdefault(_name(node), _name(node))
    return nets | {f"{OWNER}.{node}": nets[_name(node)] for node in GROUND}, straps


def _name(node: str) -> str:
    """Return what a node of the circuit file is called in a bench file; ground has one name."""
    return f"{OWNER}.{GROUND[-1] if node in GROUND else node}"


def _amplifier(one: OpAmp, nets: Mapping[str, str]) -> Amplifier:
    limits = {name: getattr(one, name) for name in ("gain", "gain_bandwidth", "largest_output")}
    plus, minus, output, ground = (nets[_name(node)] for node in (*one.nodes, GROUND[-1]))
    told = {name: value if math.isfinite(value) else None for name, value in limits.items()}
    return Amplifier(plus=plus, minus=minus, output=output, ground=ground, **told)


def _check_gates(circuit: Circuit) -> None:
    """Refuse a gate that an amplifier drives: what the gate was at would be known to nobody."""
    outputs = {one.output: one.name for one in circuit.all_of(OpAmp)}
    for junction in circuit.all_of(Junction):
        for node in (junction.gate, junction.back):
            if node in outputs:
                raise ModelError(
                    f"The gate of {junction.name!r} must be driven by a source of its own on a bench, but stands at "
                    f"the output of {outputs[node]!r}."
                )


def read_placed(path: Path) -> tuple[PlacedCircuit, str]:
    """Return the circuit of a file as a bench builds it, and the file as a comment for the record.

    Raises SimulationMistake where there is no such file, or it says what cannot be.
    """
    if not path.is_file():
        raise ModelError(f"`circuit` must be a file, but there is no {str(path)!r}.")
    placed = place(read_circuit(path))
    lines = path.read_text(encoding="utf-8").splitlines()
    return placed, "\n".join([f"# Circuit file {path.name}:", *(f"# {line}".rstrip() for line in lines), ""])
