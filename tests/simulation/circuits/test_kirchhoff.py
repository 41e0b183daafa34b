"""What holds in every circuit: no current is lost, no power is lost, linear ones superpose."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.elements import CurrentSource, Junction, OpAmp, Resistor, VoltageSource
from smtjlab.simulation.circuits.solver import CircuitSolver
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier

SEEDS = st.integers(0, 10_000)
NODES = ("0", "a", "b", "c", "d", "e")


def any_circuit(seed: int) -> Circuit:
    """Return a connected net of resistors and junctions between six nodes, with two sources and an amplifier."""
    rng = np.random.default_rng(seed)
    chain = [(NODES[n + 1], NODES[n]) for n in range(5)]
    more = [(NODES[i], NODES[j]) for i in range(6) for j in range(i) if rng.random() < 0.4]
    resistors = [
        Resistor(name=f"r{n}", between=pair, resistance=float(10 ** rng.uniform(1, 5)))
        for n, pair in enumerate([*chain, *more])
    ]
    junctions = [
        Junction(name="j0", top="a", bottom="c"),
        Junction(name="j1", top="e", bottom="b", gate="g", back="0", gate_resistance=1e5),
    ]
    sources = [
        VoltageSource(name="v", between=("e", "b"), output_resistance=float(rng.uniform(0, 100))),
        VoltageSource(name="w", between=("g", "0"), level=0.3),
        CurrentSource(name="i", between=("d", "0")),
    ]
    follower = OpAmp(name="amp", plus="d", minus="f", output="f", gain=float(10 ** rng.uniform(1, 6)))
    return Circuit(
        (*resistors, *junctions, *sources, follower, Resistor(name="rf", between=("f", "c"), resistance=1e3))
    )


def bent(seed: int) -> dict[str, TunnelBarrier]:
    rng = np.random.default_rng(seed)
    return {
        name: TunnelBarrier(1e3 * rng.uniform(0.5, 2, 3), 1e3 * rng.uniform(0, 2, 3), np.array(0.3))
        for name in ("j0", "j1")
    }


def straight(seed: int) -> dict[str, TunnelBarrier]:
    return {name: TunnelBarrier.ohmic(one.resistance_parallel / 1e6) for name, one in bent(seed).items()}


@given(SEEDS)
def test_no_current_is_lost_at_any_node(seed):
    circuit = any_circuit(seed)
    point = CircuitSolver(circuit).solve(bent(seed), {"v": 1.0, "i": 1e-3})
    sums = {node: np.zeros(3) for node in circuit.nodes}
    for one in circuit.elements:
        flow = point.currents[one.name]
        outward = isinstance(one, VoltageSource | CurrentSource | OpAmp)
        ends = (one.output, "0") if isinstance(one, OpAmp) else one.nodes[:2]
        for node, sign in zip(ends, (1, -1) if outward else (-1, 1), strict=True):
            if node in sums:
                sums[node] += sign * flow
    sums["g"] -= point.gate_currents["j1"]
    assert (
        max(np.abs(total).max() for total in sums.values())
        < 1e-13 * max(np.abs(flow).max() for flow in point.currents.values()) * 1e2
    )


@given(SEEDS)
def test_every_source_is_at_its_level_or_at_its_limit(seed):
    """Four voltages in a row and two currents, all with limits that most of them reach."""
    rng = np.random.default_rng(seed)
    resistors = [
        Resistor(name=f"r{i}{j}", between=(NODES[i], NODES[j]), resistance=float(10 ** rng.uniform(1, 4)))
        for i in range(5)
        for j in range(i)
    ]
    ends = [(NODES[k + 1], NODES[k] if k > 1 else "0") for k in range(4)]
    voltages = [
        VoltageSource(name=f"v{k}", between=pair, output_resistance=1.0, compliance=float(10 ** rng.uniform(-5, -1)))
        for k, pair in enumerate(ends)
    ]
    currents = [
        CurrentSource(name=f"i{k}", between=(NODES[k], "0"), compliance=float(10 ** rng.uniform(-1, 1))) for k in (1, 4)
    ]
    levels = {one.name: rng.uniform(-5, 5, 8) for one in voltages} | {one.name: np.full(8, 1e-2) for one in currents}
    point = CircuitSolver(Circuit((*resistors, *voltages, *currents))).solve({}, levels)
    for one in (*voltages, *currents):
        volts, amperes, limited = point.across(*one.between), point.currents[one.name], point.limited[one.name]
        held, other = (volts + amperes, amperes) if one in voltages else (amperes, volts)
        assert (np.abs(other) <= one.compliance * (1 + 1e-6)).all()
        np.testing.assert_allclose(held[~limited], levels[one.name][~limited], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(np.abs(other[limited]), one.compliance, rtol=1e-6)


@given(SEEDS)
def test_no_power_is_lost(seed):
    """Tellegen: what sources and the amplifier give is what resistors, junctions and the gate's leak take."""
    circuit = any_circuit(seed)
    point = CircuitSolver(circuit).solve(bent(seed), {"v": 1.0, "i": 1e-3})
    given_, taken = np.zeros(3), point.gate("j1") * point.gate_currents["j1"]
    for one in circuit.elements:
        if isinstance(one, OpAmp):
            given_ = given_ + point.voltages[one.output] * point.currents[one.name]
        else:
            power = point.across(*one.nodes[:2]) * point.currents[one.name]
            if isinstance(one, VoltageSource | CurrentSource):
                given_ = given_ + power
            else:
                taken = taken + power
    np.testing.assert_allclose(given_, taken, rtol=1e-9)


@given(SEEDS, st.floats(-2, 2), st.floats(-5e-3, 5e-3))
def test_sources_of_a_linear_circuit_superpose(seed, volts, amperes):
    solver, barriers = CircuitSolver(any_circuit(seed)), straight(seed)
    both = solver.solve(barriers, {"v": volts, "i": amperes, "w": 0.0})
    first = solver.solve(barriers, {"v": volts, "i": 0.0, "w": 0.0})
    second = solver.solve(barriers, {"v": 0.0, "i": amperes, "w": 0.0})
    for node in ("a", "c", "e", "f"):
        total = first.voltages[node] + second.voltages[node]
        np.testing.assert_allclose(both.voltages[node], total, rtol=1e-9, atol=1e-11)
