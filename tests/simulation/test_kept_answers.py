"""A measured circuit beside a run: slopes from one matrix, and answers that are kept while nothing changes."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.circuit_replicas import CircuitReplicas
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.measured_circuit import AttachedSource, MeasuredCircuit
from smtjlab.simulation.solved_circuit import SolvedCircuit
from smtjlab.simulation.stimulus import Stimulus

CIRCUIT = MeasuredCircuit(
    resistors={"series": (50.0, "out", "circuit.ground")},
    junctions={"one": ("in", "out"), "two": ("in", "out")},
    gates={"one": "gate", "two": None},
    sources={
        "gate": AttachedSource(nodes=("one.gate", "one.back")),
        "drive": AttachedSource(nodes=("in", "circuit.ground")),
    },
    meters={"output": ("out", "circuit.ground")},
)
BARRIERS = {
    "one": TunnelBarrier(np.array(1000.0), np.array(800.0), np.array(0.4)),
    "two": TunnelBarrier(np.array(1000.0), np.array(950.0), np.array(0.6)),
}


def scaled(name, factor):
    one = BARRIERS[name]
    whole = (one.resistance_parallel + one.resistance_excess) / factor
    return BARRIERS | {name: replace(one, resistance_excess=whole - one.resistance_parallel)}


def test_slopes_are_those_of_differences():
    solved, step = SolvedCircuit(CIRCUIT), 1e-5
    by_level, by_conductance = solved.slopes(BARRIERS, {"drive": 0.3}, "output")
    up, down = (solved.read(BARRIERS, {"drive": 0.3 + sign * step}, "output") for sign in (1, -1))
    assert by_level == {"drive": pytest.approx((up - down) / (2 * step), rel=1e-6)}
    for name, slope in by_conductance.items():
        up, down = (solved.read(scaled(name, 1 + sign * step), {"drive": 0.3}, "output") for sign in (1, -1))
        assert slope == pytest.approx(float(up - down) / (2 * step), rel=1e-5)


def answers(stimuli, **more):
    replicas = CircuitReplicas(CIRCUIT, belief(**more), copies=16, model="boltzmann", seed=1)
    levels = {"gate": 0.3, "drive": 0.1}
    return [replicas.respond({"one": one, "two": one}, levels, "output") for one in stimuli]


def belief(**more):
    found = Belief.preset("fig5-die")
    return Belief(found.junction.changed(**more), found.uncertainty)


def read(duration, gate=0.3):
    return [Stimulus(duration=duration, gate=gate, read=True)]


def test_a_kept_answer_is_the_one_that_would_be_given_anew():
    once, again = answers([read(0.02), read(0.02)])
    assert again.values == pytest.approx(once.values, rel=1e-12)
    assert again.thermal == pytest.approx(once.thermal)


def test_a_longer_reading_averages_more():
    short, long = answers([read(0.02), read(0.08)])
    assert long.thermal == pytest.approx(short.thermal / 2)


def test_a_gate_that_moves_is_asked_anew():
    before, after = answers([read(0.02), read(0.02, gate=0.4)])
    assert (after.values > before.values).all()


def test_a_piezo_that_creeps_is_never_taken_as_it_was():
    before, after = answers([read(0.02), read(1000.0)], piezo_creep=0.05)
    assert not np.allclose(after.values, before.values, rtol=1e-9, atol=0)
