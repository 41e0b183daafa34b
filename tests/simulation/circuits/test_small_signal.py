"""Small signals, noise and distortion against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.constants import e, k
from scipy.integrate import trapezoid

from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.elements import Capacitor, CurrentSource, Junction, OpAmp, Resistor, VoltageSource
from smtjlab.simulation.circuits.harmonics import harmonics
from smtjlab.simulation.circuits.noise import noise_density, noise_parts
from smtjlab.simulation.circuits.settling import poles
from smtjlab.simulation.circuits.small_signal import SmallSignal
from smtjlab.simulation.circuits.solver import CircuitSolver
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.errors import ModelError

IN1 = VoltageSource(name="in1", between=("in", "0"))
R_S = Resistor(name="r_s", between=("out", "0"), resistance=50.0)
DEVICE = Junction(name="device", top="in", bottom="out")
BENT = {"device": TunnelBarrier(np.array(1000.0), np.array(939.0), np.array(0.4))}
HERTZ = np.array([0.0, 1.0, 1e3, 1e5, 1e7])


def resistor(name, first, second, ohm):
    return Resistor(name=name, between=(first, second), resistance=ohm)


def signal(elements, levels=None, barriers=None, transconductances=None):
    barriers = barriers or {}
    point = CircuitSolver(Circuit(tuple(elements))).solve(barriers, levels)
    return SmallSignal(point, barriers, transconductances)


def test_an_rc_has_one_pole():
    capacitor = Capacitor(name="c", between=("out", "0"), capacitance=1e-9)
    found = signal([IN1, resistor("r", "in", "out", 1e4), capacitor]).transfer("in1", "out", HERTZ)
    np.testing.assert_allclose(found, 1 / (1 + 2j * np.pi * HERTZ * 1e4 * 1e-9), rtol=1e-12)


@pytest.mark.parametrize(("gain", "bandwidth"), [(1e5, 1e6), (np.inf, 1e6), (1e3, np.inf)])
def test_an_inverting_amplifier_has_the_pole_of_its_loop(gain, bandwidth):
    amplifier = OpAmp(name="amp", plus="0", minus="sum", output="out", gain=gain, gain_bandwidth=bandwidth)
    parts = [IN1, resistor("r_in", "in", "sum", 1e3), resistor("r_f", "sum", "out", 2e3), amplifier]
    found = signal(parts).transfer("in1", "out", HERTZ)
    np.testing.assert_allclose(found, -2 / (1 + 3 * (1 / gain + 1j * HERTZ / bandwidth)), rtol=1e-10)


def test_a_gate_is_driven_through_its_source_and_moves_the_output():
    """V_out = g_m V_gate/(G + 1/R_s), V_gate with the pole of output resistance and gate capacitance."""
    gate = VoltageSource(name="in2", between=("gate", "0"), level=0.3, output_resistance=1e5)
    device = Junction(name="device", top="in", bottom="out", gate="gate", back="0", gate_capacitance=1e-11)
    barrier = {"device": TunnelBarrier.ohmic(5e-4)}
    made = signal([IN1, device, R_S, gate], {"in1": 0.05}, barrier, {"device": 2e-5})
    wanted = 2e-5 / (5e-4 + 1 / 50) / (1 + 2j * np.pi * HERTZ * 1e5 * 1e-11)
    np.testing.assert_allclose(made.transfer("in2", "out", HERTZ), wanted, rtol=1e-10)


def test_at_rest_a_small_signal_is_the_derivative_of_the_state():
    solver = CircuitSolver(Circuit((IN1, DEVICE, R_S)))
    near = solver.solve(BENT, {"in1": 0.3 + 1e-5 * np.array([-1, 1])}).voltages["out"]
    found = SmallSignal(solver.solve(BENT, {"in1": 0.3}), BENT).transfer("in1", "out", 0.0)
    assert found[0] == pytest.approx(float(np.diff(near)[0]) / 2e-5, rel=1e-7)


def test_a_source_at_its_limit_passes_no_signal():
    limited = VoltageSource(name="in1", between=("in", "0"), level=1.0, compliance=1e-6)
    other = CurrentSource(name="i", between=("in", "0"))
    made = signal([limited, other, resistor("r", "in", "0", 1e3)])
    assert made.transfer("in1", "in", 0.0)[0] == 0
    assert made.transfer("i", "in", 0.0)[0] == pytest.approx(1e3)


def test_large_circuits_have_the_same_small_signals(monkeypatch):
    """An RC line of 120 sections."""
    line = [resistor(f"r{n}", f"n{n}", f"n{n + 1}", 100.0) for n in range(120)]
    line += [Capacitor(name=f"c{n}", between=(f"n{n}", "0"), capacitance=1e-12) for n in range(1, 121)]
    made = signal([VoltageSource(name="in1", between=("n0", "0")), *line])
    sparse, parts = made.transfer("in1", "n120", HERTZ), noise_density(made, "n120", HERTZ)
    monkeypatch.setattr("smtjlab.simulation.circuits.small_signal.DENSE_UNKNOWNS", 1000)
    np.testing.assert_allclose(sparse, made.transfer("in1", "n120", HERTZ), rtol=1e-8)
    np.testing.assert_allclose(parts, noise_density(made, "n120", HERTZ), rtol=1e-8)


def test_resistors_in_parallel_are_as_noisy_as_the_one_they_make():
    made = signal([IN1, resistor("r1", "in", "out", 3e3), resistor("r2", "out", "0", 6e3)])
    np.testing.assert_allclose(noise_density(made, "out", HERTZ), 4 * k * 300 * 2e3, rtol=1e-10)
    assert sum(part[0] for part in noise_parts(made, "out", HERTZ).values()) == pytest.approx(4 * k * 300 * 2e3)


def test_the_junction_of_the_paper_is_as_noisy_as_its_resistance():
    """physics.md section 11: 5.76 nV/rtHz for 2 kohm at 300 K."""
    barrier = {"device": TunnelBarrier.ohmic(5e-4)}
    made = signal([Junction(name="device", top="out", bottom="0")], barriers=barrier)
    assert np.sqrt(noise_density(made, "out", 0.0)[0]) == pytest.approx(5.76e-9, rel=1e-3)


@pytest.mark.parametrize("volts", [1e-4, 0.02, 0.1, -0.5])
def test_a_junction_under_bias_has_shot_noise(volts):
    barrier = {"device": TunnelBarrier.ohmic(5e-4)}
    made = signal([IN1, DEVICE, R_S], {"in1": volts}, barrier)
    bias = volts / (1 + 50 * 5e-4)
    shot = 2 * e * abs(bias * 5e-4) / np.tanh(e * abs(bias) / (2 * k * 300))
    wanted = (shot + 4 * k * 300 / 50) / (5e-4 + 1 / 50) ** 2
    assert noise_density(made, "out", 1.0)[0] == pytest.approx(wanted, rel=1e-6)


def test_at_absolute_zero_shot_noise_is_left():
    barrier = {"device": TunnelBarrier.ohmic(5e-4)}
    made = signal([IN1, DEVICE, R_S], {"in1": 0.1}, barrier)
    current = 0.1 * 5e-4 / 1.025
    wanted = 2 * e * current / (5e-4 + 1 / 50) ** 2
    assert noise_density(made, "out", 1.0, temperature=0.0)[0] == pytest.approx(wanted, rel=1e-6)


def test_a_capacitor_holds_kt_over_c_of_noise():
    made = signal([resistor("r", "out", "0", 1e4), Capacitor(name="c", between=("out", "0"), capacitance=1e-12)])
    hertz = np.concatenate([[0.0], np.geomspace(1e3, 1e12, 4000)])
    total = trapezoid(noise_density(made, "out", hertz), hertz)
    assert total == pytest.approx(k * 300 / 1e-12, rel=1e-3)


def test_harmonics_of_a_cube_and_of_an_offset():
    found = harmonics(lambda level: level**3, 2.0, orders=4)
    np.testing.assert_allclose(found.amplitudes, [6.0, 0.0, 2.0, 0.0], atol=1e-14)
    assert found.distortion == pytest.approx(1 / 3)
    assert found.phases[0] == pytest.approx(0.0, abs=1e-12)
    shifted = harmonics(lambda level: level**2, 0.1, 0.5)
    assert (shifted.mean, shifted.amplitudes[0]) == pytest.approx((0.255, 0.1))
    assert shifted.distortion == pytest.approx(0.05)


def test_a_bent_barrier_distorts_by_the_square_of_the_amplitude():
    """I = V/R_0 (1 + (R_0 - R_P)/R_0 (V/V_h)^2): the third harmonic is a quarter of the cubic term, to 1 %."""
    solver = CircuitSolver(Circuit((IN1, DEVICE, resistor("r_s", "out", "0", 0.01))))
    found = harmonics(lambda level: solver.solve(BENT, {"in1": level}).voltages["out"], 0.02)
    assert found.distortion == pytest.approx(939 / 1939 * (0.02 / 0.4) ** 2 / 4, rel=0.01)


def test_what_small_signals_cannot_be_asked_is_named():
    made = signal([IN1, resistor("r", "in", "out", 1e3), R_S])
    with pytest.raises(ModelError, match="A source must be one of in1, but is 'in2'"):
        made.transfer("in2", "out", 1.0)
    with pytest.raises(ModelError, match="A node must be one of in, out, ground, but is 'far'"):
        made.transfer("in1", "far", 1.0)
    with pytest.raises(ModelError, match="`frequencies` must be finite and at least 0 Hz"):
        made.transfer("in1", "out", -1.0)
    with pytest.raises(ModelError, match="`temperature` must be finite and at least 0 K, but is -1 K"):
        noise_density(made, "out", 1.0, temperature=-1.0)
    many = CircuitSolver(Circuit((IN1, R_S, DEVICE))).solve(BENT, {"in1": [0.1, 0.2]})
    with pytest.raises(ModelError, match=r"must be those of one replica, but the point has shape \(2,\)"):
        SmallSignal(many, BENT)
    with pytest.raises(ModelError, match="must have a gate, but 'device' has none"):
        signal([IN1, R_S, DEVICE], {"in1": 0.1}, BENT, {"device": 1e-5})
    with pytest.raises(ModelError, match="`amplitude` must be above 0, but is 0"):
        harmonics(lambda level: level, 0.0)


def test_an_amplifier_at_its_limit_passes_no_signal_and_has_no_pole():
    amplifier = OpAmp(name="amp", plus="0", minus="sum", output="out", gain_bandwidth=1e6, largest_output=1.0)
    parts = [IN1, resistor("r_in", "in", "sum", 1e3), resistor("r_f", "sum", "out", 2e3), amplifier]
    free, limited = (signal(parts, {"in1": volts}) for volts in (0.1, 3.0))
    assert poles(free) == pytest.approx([-2 * np.pi * 1e6 / 3])
    assert len(poles(limited)) == 0
    np.testing.assert_allclose(limited.transfer("in1", "out", HERTZ), 0.0, atol=1e-15)
    np.testing.assert_allclose(limited.transfer("in1", "sum", HERTZ), 2 / 3, rtol=1e-12)
