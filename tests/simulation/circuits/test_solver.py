"""Circuits at rest against closed forms, and Kirchhoff's laws for any of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.elements import CurrentSource, Junction, OpAmp, Resistor, VoltageSource
from smtjlab.simulation.circuits.solver import CircuitSolver
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction as Device

FIG5 = Device.preset("fig5")
BENT = FIG5.changed(bias_half_tmr=0.4)
AT_300_MV = 515.7001e-6
"""Static conductance in S of Fig. 5 at 0.30 V (physics.md section 5.1)."""
IN1 = VoltageSource(name="in1", between=("in", "0"))
DEVICE = Junction(name="device", top="in", bottom="out")


def load(ohm: float, between: tuple[str, str] = ("out", "0")) -> Resistor:
    return Resistor(name="r_s", between=between, resistance=ohm)


def multiplier(ohm: float) -> CircuitSolver:
    return CircuitSolver(Circuit((IN1, DEVICE, load(ohm))))


@pytest.mark.parametrize("ohm", [1.0, 50.0, 1e3, 1e6])
def test_a_multiplier_is_a_loaded_divider(ohm):
    siemens = np.array([5e-4, AT_300_MV, 6e-4])
    out = multiplier(ohm).solve({"device": TunnelBarrier.ohmic(siemens)}, {"in1": 0.1}).voltages["out"]
    np.testing.assert_allclose(out, 0.1 * ohm * siemens / (1 + ohm * siemens), rtol=1e-12)


@pytest.mark.parametrize(("volts", "millivolts"), [(0.1, 2.5819), (0.5, 17.452)])
def test_a_multiplier_bends_with_its_read_bias(volts, millivolts):
    """The figures of physics.md section 7: V_h = 0.4 V, R_s = 50 ohm, Fig. 5 at 0.30 V."""
    out = multiplier(50.0).solve({"device": TunnelBarrier.of(BENT, AT_300_MV)}, {"in1": volts}).voltages["out"]
    assert float(out) == pytest.approx(1e-3 * millivolts, rel=3e-5)


@given(st.floats(-5, 5), st.floats(0.02, 2.0), st.floats(1.0, 1e5), st.floats(0.0, 10.0))
def test_a_bent_barrier_in_series_is_found_as_by_bisection(volts, half, ohm, tmr):
    barrier = TunnelBarrier(np.array(1e3), np.array(tmr * 1e3), np.array(half))
    out = float(multiplier(ohm).solve({"device": barrier}, {"in1": volts}).voltages["out"])
    wanted = brentq(
        lambda v: float(barrier.current(volts - v)) - v / ohm, *sorted((0.0, volts)), xtol=1e-18, rtol=1e-14
    )
    assert out == pytest.approx(wanted, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("ohm", "error"), [(3e4, 0.061), (1e6, 0.0019)])
def test_a_passive_divider_errs_by_its_loading(ohm, error):
    """physics.md section 7: V_out = V_1/(1 + R_s G), in error by 1/(1 + R_s G) of V_1/(R_s G)."""
    solver = CircuitSolver(Circuit((IN1, load(ohm, ("in", "out")), Junction(name="device", top="out", bottom="0"))))
    out = float(solver.solve({"device": TunnelBarrier.ohmic(AT_300_MV)}, {"in1": 1.0}).voltages["out"])
    assert out == pytest.approx(1 / (1 + ohm * AT_300_MV), rel=1e-12)
    assert 1 - out * ohm * AT_300_MV == pytest.approx(error, rel=0.02)


@pytest.mark.parametrize("gain", [np.inf, 1e5, 100.0])
def test_an_active_divider_is_an_inverting_amplifier(gain):
    """With a gain A, V_out = -(R_f/R_in) V_1/(1 + (1 + R_f/R_in)/A), here R_f = 1/G."""
    amplifier = OpAmp(name="amp", plus="0", minus="sum", output="out", gain=gain)
    feedback = Junction(name="device", top="sum", bottom="out")
    solver = CircuitSolver(Circuit((IN1, load(1e4, ("in", "sum")), feedback, amplifier)))
    out = float(solver.solve({"device": TunnelBarrier.ohmic(AT_300_MV)}, {"in1": 0.5}).voltages["out"])
    ratio = 1 / (1e4 * AT_300_MV)
    assert out == pytest.approx(-0.5 * ratio / (1 + (1 + ratio) / gain), rel=1e-10)


def test_a_follower_of_finite_gain_lags_by_its_gain():
    amplifier = OpAmp(name="amp", plus="in", minus="out", output="out", gain=1e3)
    point = CircuitSolver(Circuit((IN1, amplifier, load(50.0)))).solve({}, {"in1": 1.0})
    assert float(point.voltages["out"]) == pytest.approx(1e3 / 1001, rel=1e-12)
    assert float(point.currents["amp"]) == pytest.approx(1e3 / 1001 / 50, rel=1e-12)


def test_output_resistance_divides_and_remote_sense_does_not():
    local = VoltageSource(name="in1", between=("in", "0"), level=1.0, output_resistance=50.0)
    point = CircuitSolver(Circuit((local, load(150.0, ("in", "0"))))).solve({})
    assert float(point.voltages["in"]) == pytest.approx(0.75, rel=1e-12)
    remote = VoltageSource(name="in1", between=("far", "0"), level=1.0, output_resistance=50.0, sense=("in", "0"))
    lead = Resistor(name="lead", between=("far", "in"), resistance=5.0)
    point = CircuitSolver(Circuit((remote, lead, load(150.0, ("in", "0"))))).solve({})
    assert float(point.voltages["in"]) == pytest.approx(1.0, rel=1e-12)


@given(st.floats(-10, 10), st.floats(1e-6, 1e-2), st.floats(1.0, 1e6))
def test_a_voltage_never_drives_more_than_its_compliance(level, compliance, ohm):
    source = VoltageSource(name="in1", between=("in", "0"), compliance=compliance)
    point = CircuitSolver(Circuit((source, load(ohm, ("in", "0"))))).solve({}, {"in1": level})
    wanted = float(np.clip(level / ohm, -compliance, compliance))
    assert float(point.currents["in1"]) == pytest.approx(wanted, rel=1e-8)
    assert bool(point.limited["in1"]) is (abs(level) / ohm > compliance * (1 + 1e-9))


@given(st.floats(-1e-2, 1e-2), st.floats(1e-3, 10.0), st.floats(1.0, 1e6))
def test_a_current_never_needs_more_than_its_compliance(level, compliance, ohm):
    source = CurrentSource(name="in1", between=("in", "0"), compliance=compliance)
    point = CircuitSolver(Circuit((source, load(ohm, ("in", "0"))))).solve({}, {"in1": level})
    assert float(point.voltages["in"]) == pytest.approx(float(np.clip(level * ohm, -compliance, compliance)), rel=1e-8)


def test_of_two_sources_that_fight_the_weaker_gives_in_and_only_where_it_must():
    strong = VoltageSource(name="strong", between=("a", "0"), level=1.0, output_resistance=2.0)
    weak = VoltageSource(name="weak", between=("a", "0"), output_resistance=2.0, compliance=1e-3)
    point = CircuitSolver(Circuit((strong, weak))).solve({}, {"weak": np.array([0.0, 0.9999, 1.1])})
    assert point.limited["weak"].tolist() == [True, False, True]
    np.testing.assert_allclose(point.currents["weak"], [-1e-3, -2.5e-5, 1e-3], rtol=1e-9)
    assert not point.limited["strong"].any()


def test_a_grid_is_solved_at_once():
    gates, volts = np.meshgrid([0.27, 0.3, 0.4], [-0.1, 0.0, 0.05, 0.1])
    siemens = 4e-4 + 1e-4 * gates
    point = multiplier(50.0).solve({"device": TunnelBarrier.of(BENT, siemens)}, {"in1": volts})
    assert point.shape == (4, 3)
    alone = multiplier(50.0).solve({"device": TunnelBarrier.of(BENT, siemens[3, 1])}, {"in1": 0.1})
    assert point.voltages["out"][3, 1] == pytest.approx(float(alone.voltages["out"]), rel=1e-12)


def test_a_junction_has_the_barrier_of_its_own_gate():
    """A divider of 1 to 3 at the gate, loaded by a leak of 1 Mohm: 0.4 V becomes 0.4 V/(1 + 1e5/3e5 + 1e5/1e6)."""
    junction = Junction(name="device", top="in", bottom="out", gate="gate", back="0", gate_resistance=1e6)
    gate = VoltageSource(name="in2", between=("far", "0"))
    divider = [Resistor(name=f"r{n}", between=("gate", end), resistance=r) for n, (end, r) in
               enumerate((("far", 1e5), ("0", 3e5)))]  # fmt: skip
    solver = CircuitSolver(Circuit((IN1, junction, load(50.0), gate, *divider)))
    point = solver.solve_gated(
        lambda gates: {"device": TunnelBarrier.ohmic(4e-4 + 1e-4 * gates["device"])}, {"in1": 0.1, "in2": 0.4}
    )
    volts = 0.4 / (1 + 1 / 3 + 1 / 10)
    assert float(point.gate("device")) == pytest.approx(volts, rel=1e-12)
    assert float(point.gate_currents["device"]) == pytest.approx(volts / 1e6, rel=1e-12)
    siemens = 4e-4 + 1e-4 * volts
    assert float(point.currents["device"]) == pytest.approx(0.1 * siemens / (1 + 50 * siemens), rel=1e-12)


def ladder(nodes: int) -> Circuit:
    """Series of 1 ohm and shunts of 100 ohm and a junction: nodes enough for sparse factors."""
    series = [
        Resistor(name=f"s{n}", between=(f"n{n}", f"n{n + 1}" if n < nodes - 1 else "0"), resistance=1.0)
        for n in range(nodes)
    ]
    shunts = [Resistor(name=f"p{n}", between=(f"n{n}", "0"), resistance=100.0) for n in range(1, nodes)]
    return Circuit((VoltageSource(name="in1", between=("n0", "0")), *series, *shunts,
                    Junction(name="device", top="n1", bottom="0")))  # fmt: skip


def test_large_and_small_circuits_are_solved_alike(monkeypatch):
    circuit, barrier = ladder(150), {"device": TunnelBarrier.of(BENT, [5e-4, 5e-4, 6e-4])}
    sparse = CircuitSolver(circuit).solve(barrier, {"in1": [1.0, 2.0, 1.0]})
    monkeypatch.setattr("smtjlab.simulation.circuits.linear_solver.DENSE_UNKNOWNS", 1000)
    dense = CircuitSolver(circuit).solve(barrier, {"in1": [1.0, 2.0, 1.0]})
    for name, amperes in dense.currents.items():
        np.testing.assert_allclose(sparse.currents[name], amperes, rtol=1e-8, atol=1e-15)


@pytest.mark.parametrize("siemens", [np.linspace(5e-4, 6e-4, 8), np.geomspace(1e-9, 10.0, 8)])
def test_many_replicas_of_a_large_circuit_are_each_as_if_alone(siemens):
    """Near barriers by the factors of their mean, far ones by their own. The dense matrix is numpy's to solve."""
    circuit = ladder(150)
    solver = CircuitSolver(circuit)
    found = solver.solve({"device": TunnelBarrier.ohmic(siemens)}, {"in1": np.arange(1.0, 9.0)})
    matrices = solver.equations.dense(siemens[:, None], np.zeros((8, 1), dtype=np.int8))
    right = np.zeros((8, solver.equations.size, 1))
    right[:, solver.equations.rows["in1"], 0] = np.arange(1.0, 9.0)
    wanted = np.linalg.solve(matrices, right)[..., 0]
    for node, place in solver.equations.places.items():
        if place >= 0:
            np.testing.assert_allclose(found.voltages[node], wanted[:, place], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("barriers", "levels", "sentence"),
    [
        ({}, {}, "Every junction must have a barrier, but 'device' has none"),
        ({"device": 1e-3, "x": 1e-3}, {}, r"A barrier must be that of a junction \(device\), but is of 'x'"),
        ({"device": 1e-3}, {"in3": 1.0}, r"A level must be that of a source \(in1\), but is of 'in3'"),
        ({"device": 1e-3}, {"in1": [0.1, np.nan]}, "The level of 'in1' must be finite, but is nan"),
    ],
)
def test_what_is_asked_for_in_vain_is_named(barriers, levels, sentence):
    with pytest.raises(ModelError, match=sentence):
        multiplier(50.0).solve({name: TunnelBarrier.ohmic(value) for name, value in barriers.items()}, levels)


def test_an_amplifier_without_feedback_has_no_state():
    amplifier = OpAmp(name="amp", plus="in", minus="0", output="out")
    with pytest.raises(ModelError, match="must have one solution, but its equations are singular"):
        CircuitSolver(Circuit((IN1, load(50.0), amplifier))).solve({}, {"in1": 0.1})


@pytest.mark.parametrize("gain", [np.inf, 1e3])
def test_an_amplifier_goes_as_far_as_its_output_does(gain):
    """Inverting, 1 and 4 kohm: -4 V_1/(1 + 5/A) within 2 V of either sign, where the input node is on its own."""
    amplifier = OpAmp(name="amp", plus="0", minus="sum", output="out", gain=gain, largest_output=2.0)
    parts = [
        IN1,
        Resistor(name="r_in", between=("in", "sum"), resistance=1e3),
        Resistor(name="r_f", between=("sum", "out"), resistance=4e3),
    ]
    volts = np.array([-2.0, -0.4, 0.3, 0.7])
    point = CircuitSolver(Circuit((*parts, amplifier))).solve({}, {"in1": volts})
    wanted = np.clip(-4 * volts / (1 + 5 / gain), -2.0, 2.0)
    np.testing.assert_allclose(point.voltages["out"], wanted, rtol=1e-9)
    np.testing.assert_array_equal(point.limited["amp"], [True, False, False, True])
    np.testing.assert_allclose(point.voltages["sum"][[0, 3]], (0.8 * volts + 0.2 * wanted)[[0, 3]], rtol=1e-9)
    np.testing.assert_allclose(point.currents["amp"], (wanted - point.voltages["sum"]) / 4e3, rtol=1e-9)


def test_an_amplifier_without_feedback_compares():
    """A comparator: no feedback at all, its inputs say on which side it stands."""
    amplifier = OpAmp(name="amp", plus="in", minus="0", output="out", largest_output=2.0, gain=1e6)
    point = CircuitSolver(Circuit((IN1, load(1e3), amplifier))).solve({}, {"in1": np.array([-0.1, 1e-6, 0.2])})
    np.testing.assert_allclose(point.voltages["out"], [-2.0, 1.0, 2.0], rtol=1e-9)
