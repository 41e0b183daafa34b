"""The energy of a synapse's run: of its updates, and of the readings after them, from the record and the models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.synapse import Synapse
from smtjlab.procedures.synapse_figures import update_energies
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.gate_energy import OperationEnergy, gate_steps_energy

from .energy_table import ASSUMED, energies_of_a_run, energy_headings, energy_rows
from .rounding import plain

MEASURED = (
    "Reading is V²G t as it was measured and leakage voltage times current of the gate's source, both over the time of "
    "each reading: what cannot be told from none counts as none. An update has its share of them. An operation is one "
    "reading of a cycle; the whole run has reset and holds too."
)
PULSED = (
    "A pulse is one of the model, {what} with height and length as believed: assumptions, mean of the updates up of a "
    "cycle. The bench’s own slow pulses count for nothing. "
)
NOTES = {
    "s-mtj": f"{ASSUMED} Charging and Gilbert loss are those of single steps from one wanted gate voltage to the next; "
    "switching on is the way from 0 V to the first. The state lasts only while the gate is held, and leakage with it. ",
    "memristor": PULSED.format(what="V²G t"),
    "domain-wall": PULSED.format(what="I²R t in the heavy metal"),
}


def synapse_energy(
    procedure: Synapse, readings: Sequence[Reading], belief: Belief
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], str]:
    """Return headings, rows and note of the table of energies: per update, per operation, of the whole run."""
    note = NOTES[procedure.device] + MEASURED
    if procedure.pulsed:
        return *_of_pulses(procedure, readings), note
    energies = energies_of_gates(procedure, readings, belief)
    return energy_headings(energies), energy_rows(energies), note


def energies_of_gates(procedure: Synapse, readings: Sequence[Reading], belief: Belief) -> dict[str, OperationEnergy]:
    """Return what an s-MTJ burns per update and per operation of its cycles, switching on and in the whole run."""
    cycles = _cycles(readings)
    gates = _moves(readings)
    work = _burnt(_moves(cycles), cycles, belief)
    shares = energies_of_a_run(work, steps=len(_moves(cycles)) - 1, operations=len(cycles))
    shares = {("per update" if name == "per gate step" else name): one for name, one in shares.items()}
    begun = gate_steps_energy(belief.junction, [0.0, gates[0]], 0.0, bias=0.0) if gates else OperationEnergy()
    return shares | {"switching on": begun, "whole run": _burnt(gates, readings, belief) + begun}


def _of_pulses(procedure: Synapse, readings: Sequence[Reading]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return headings and rows of a device that is updated by pulses."""
    pulse, cycles = float(np.mean(update_energies(procedure, None))), _cycles(readings)
    columns = {}
    for name, taken, count in (
        ("per update", cycles, _pulses(cycles)),
        ("per operation", cycles, len(cycles)),
        ("whole run", readings, 1),
    ):
        if count:
            burnt = pulse * _pulses(taken), max(_read(taken), 0.0), max(_leaked(taken), 0.0)
            columns[name] = [one / count for one in (*burnt, math.fsum(burnt))]
    parts = ("pulse of the model", "reading V²G t", "leakage V²t/R", "total burnt")
    rows = tuple(
        (part, *(plain(column[k], "J", digits=3) for column in columns.values())) for k, part in enumerate(parts)
    )
    return ("part", *columns), rows


def _cycles(readings: Sequence[Reading]) -> list[Reading]:
    return [one for one in readings if one.setpoint.branch.partition(" ")[0] in ("up", "down")]


def _moves(readings: Sequence[Reading]) -> list[float]:
    """Return the wanted gate voltages in V one after another, without those that stay."""
    levels: list[float] = []
    for one in readings:
        gate = one.setpoint.gate
        if gate is not None and (not levels or levels[-1] != gate):
            levels.append(gate)
    return levels


def _pulses(readings: Sequence[Reading]) -> int:
    return sum(bool(one.setpoint.gate) for one in readings)


def _burnt(gates: Sequence[float], readings: Sequence[Reading], belief: Belief) -> OperationEnergy:
    """Return the energy of steps from gate to gate in V, and of readings."""
    steps = gate_steps_energy(belief.junction, gates, 0.0, bias=0.0) if len(gates) else OperationEnergy()
    return replace(steps, read=max(_read(readings), 0.0), leakage=max(_leaked(readings), 0.0))


def _read(readings: Sequence[Reading]) -> float:
    known = [one for one in readings if one.value is not None and one.bias is not None]
    return math.fsum((one.bias or 0.0) ** 2 * (one.value or 0.0) * one.duration for one in known)


def _leaked(readings: Sequence[Reading]) -> float:
    return math.fsum(one.gate * (one.gate_current or 0.0) * one.duration for one in readings)
