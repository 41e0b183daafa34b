"""The energy of a run on a circuit: what its gates, junctions and readings burnt, from the record of the readings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.gate_energy import OperationEnergy, gate_steps_energy
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.measured_circuit import MeasuredCircuit

from .energy_table import ASSUMED, energies_of_a_run

NOTE = (
    f"{ASSUMED} Charging and Gilbert loss are those of single steps from one wanted gate voltage to the next, as a "
    "device of its own would make them; the instruments' slow ramps burn less. Switching on is the way of each gate "
    "from 0 V to its first voltage: it is no step of the circuit at work, and stands apart. Reading and leakage are "
    "voltage times current as the sources measured them, over the time of each reading: what they could not tell from "
    "none counts as none. An operation is one reading."
)


def run_energy(readings: Sequence[Reading], circuit: MeasuredCircuit, junction: Junction) -> OperationEnergy:
    """Return the energy of all readings of a run in J, its gates switched on already.

    `junction` stands for every one of the circuit.
    """
    gates = _gates(circuit)
    steps = [gate_steps_energy(junction, levels, 0.0, bias=0.0) for levels in _gate_levels(readings, gates).values()]
    whole = sum(steps, OperationEnergy())
    read = sum(_given(one, set(one.currents) - gates) + _forced(one, circuit) for one in readings)
    return replace(whole, read=max(read, 0.0), leakage=max(sum(_given(one, gates) for one in readings), 0.0))


def switching_on(readings: Sequence[Reading], circuit: MeasuredCircuit, junction: Junction) -> OperationEnergy:
    """Return the energy in J of the first step of each gate, from 0 V; of the same junction."""
    first = [levels[0] for levels in _gate_levels(readings, _gates(circuit)).values()]
    return sum((gate_steps_energy(junction, [0.0, one], 0.0, bias=0.0) for one in first), OperationEnergy())


def energy_of_circuit(
    readings: Sequence[Reading], circuit: MeasuredCircuit, junction: Junction
) -> dict[str, OperationEnergy]:
    """Return the energy of a run for its table: per gate step, per operation, of switching on, and of the whole."""
    steps = sum(len(levels) - 1 for levels in _gate_levels(readings, _gates(circuit)).values())
    work, begun = run_energy(readings, circuit, junction), switching_on(readings, circuit, junction)
    shares = energies_of_a_run(work, steps=steps, operations=len(readings))
    return shares | {"switching on": begun, "whole run": work + begun}


def _gates(circuit: MeasuredCircuit) -> set[str]:
    return {name for name in circuit.gates.values() if name is not None}


def _gate_levels(readings: Sequence[Reading], gates: set[str]) -> Mapping[str, list[float]]:
    """Return the wanted levels in V of each source at a gate, one after another, without those that stay."""
    levels: dict[str, list[float]] = {}
    for reading in readings:
        for name, level in reading.setpoint.levels.items():
            taken = levels.setdefault(name, []) if name in gates else []
            if name in gates and (not taken or taken[-1] != level):
                taken.append(level)
    return levels


def _given(reading: Reading, sources: set[str]) -> float:
    """Return what some sources gave in J while the reading was taken, as they measured it."""
    watts = [reading.levels[name] * reading.currents[name] for name in sources if name in reading.currents]
    return math.fsum(watts) * reading.duration


def _forced(reading: Reading, circuit: MeasuredCircuit) -> float:
    """Return what sources of current gave in J: their voltage is the one that was read, where it was read at them."""
    nodes = circuit.meters.get(reading.setpoint.meter)
    if reading.value is None or nodes is None:
        return 0.0
    at = [level for name, level in reading.levels.items() if circuit.sources[name].unit == "A"]
    return math.fsum(at) * reading.value * reading.duration
