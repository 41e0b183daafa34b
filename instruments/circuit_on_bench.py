"""A circuit file as a bench builds it: its junctions are devices, its resistors components, its sources instruments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.circuit_file import read_circuit
from smtjlab.simulation.circuits.elements import Capacitor, Junction, OpAmp, Resistor
from smtjlab.simulation.errors import ModelError

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
    nets: Mapping[str, str]
    """Net of each node of the circuit file, by its name in a bench file: a pin of a device, where there is one."""


def place(circuit: Circuit) -> PlacedCircuit:
    """Return the circuit as a bench builds it. Raises ModelError where a bench cannot."""
    for one in circuit.elements:
        if isinstance(one, Capacitor | OpAmp):
            kind = "a capacitor" if isinstance(one, Capacitor) else "an operational amplifier"
            raise ModelError(
                f"A circuit on a bench must have junctions and resistors only, but {one.name!r} is {kind}."
            )
    junctions, nets, straps = circuit.all_of(Junction), dict[str, str](), dict[str, Component]()
    for junction in junctions:
        for pin in PINS:
            node = getattr(junction, pin)
            net = f"{junction.name}.{pin}"
            if node is None:
                continue
            if (first := nets.setdefault(f"{OWNER}.{node}", net)) != net:
                straps[f"{junction.name}_{pin}"] = Component(resistance=STRAP, between=(first, net))
    if not junctions:
        raise ModelError("A circuit on a bench must have a junction, but has none.")
    for node in (*circuit.nodes, "ground", "0"):
        nets.setdefault(f"{OWNER}.{node}", f"{OWNER}.ground" if node == "0" else f"{OWNER}.{node}")
    resistors = {
        one.name: Component(
            resistance=one.resistance, between=(nets[f"{OWNER}.{one.between[0]}"], nets[f"{OWNER}.{one.between[1]}"])
        )
        for one in circuit.all_of(Resistor)
    }
    return PlacedCircuit(tuple(one.name for one in junctions), {**resistors, **straps}, nets)


def read_placed(path: Path) -> tuple[PlacedCircuit, str]:
    """Return the circuit of a file as a bench builds it, and the file as a comment for the record.

    Raises SimulationMistake where there is no such file, or it says what cannot be.
    """
    if not path.is_file():
        raise ModelError(f"`circuit` must be a file, but there is no {str(path)!r}.")
    placed = place(read_circuit(path))
    lines = path.read_text(encoding="utf-8").splitlines()
    return placed, "\n".join([f"# Circuit file {path.name}:", *(f"# {line}".rstrip() for line in lines), ""])
