"""Steps and bandwidths against circuits of one and two poles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smtjlab.simulation.circuits.bandwidth import bandwidth
from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.elements import Capacitor, Junction, OpAmp, Resistor, VoltageSource
from smtjlab.simulation.circuits.settling import poles, settling_time, step_response
from smtjlab.simulation.circuits.small_signal import SmallSignal
from smtjlab.simulation.circuits.solver import CircuitSolver
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.errors import ModelError

IN1 = VoltageSource(name="in1", between=("in", "0"))
TAU = 1e4 * 1e-9
RC = (
    IN1,
    Resistor(name="r", between=("in", "out"), resistance=1e4),
    Capacitor(name="c", between=("out", "0"), capacitance=1e-9),
)


def signal(*elements, **transconductances):
    point = CircuitSolver(Circuit(elements)).solve({name: TunnelBarrier.ohmic(5e-4) for name in transconductances},
                                                   {"in1": 0.1})  # fmt: skip
    return SmallSignal(point, {name: TunnelBarrier.ohmic(5e-4) for name in transconductances}, transconductances)


def test_an_rc_follows_a_step_exponentially():
    times = np.geomspace(1e-3, 20, 30) * TAU
    found = step_response(signal(*RC), "in1", "out", times)
    np.testing.assert_allclose(found, -np.expm1(-times / TAU), atol=1e-12)
    np.testing.assert_allclose(step_response(signal(*RC), "in1", "in", times), 1.0, atol=1e-12)


@pytest.mark.parametrize("error", [0.01, 1e-3])
def test_an_rc_settles_after_the_logarithm_of_the_error(error):
    assert settling_time(signal(*RC), "in1", "out", 1e-3, error) == pytest.approx(-TAU * math.log(error), rel=1e-5)


def test_an_rc_has_the_bandwidth_of_its_pole_and_the_error_of_its_foot():
    made = signal(*RC)
    assert bandwidth(made, "in1", "out") == pytest.approx(1 / (2 * math.pi * TAU), rel=1e-6)
    foot = math.sqrt(1 / 0.99**2 - 1) / (2 * math.pi * TAU)
    assert bandwidth(made, "in1", "out", 0.01) == pytest.approx(foot, rel=1e-6)
    assert bandwidth(made, "in1", "in") == math.inf


def test_an_inverting_amplifier_settles_with_its_loop():
    """Gain-bandwidth over noise gain: 1 MHz/2 for a gain of -1."""
    amplifier = OpAmp(name="amp", plus="0", minus="sum", output="out", gain_bandwidth=1e6)
    parts = [Resistor(name=f"r{end}", between=("sum", end), resistance=1e3) for end in ("in", "out")]
    made = signal(IN1, *parts, amplifier)
    assert bandwidth(made, "in1", "out") == pytest.approx(5e5, rel=1e-6)
    tau = 2 / (2 * math.pi * 1e6)
    assert settling_time(made, "in1", "out", 1e-4) == pytest.approx(tau * math.log(100), rel=1e-5)


def test_two_poles_in_a_row_and_a_gate_across_an_ideal_source():
    """A gate capacitance behind 1 kohm, then a load of the output: (1 - (a e^-t/a - b e^-t/b)/(a - b))."""
    gate = VoltageSource(name="in2", between=("gate", "0"), level=0.3, output_resistance=1e5)
    device = Junction(name="device", top="in", bottom="out", gate="gate", back="0", gate_capacitance=1e-11)
    other = VoltageSource(name="idle", between=("idle", "0"))
    across = Capacitor(name="across", between=("idle", "0"), capacitance=1e-6)
    load = (
        Resistor(name="r_s", between=("out", "0"), resistance=50.0),
        Capacitor(name="c", between=("out", "0"), capacitance=1e-8),
    )
    made = signal(IN1, device, gate, other, across, *load, device=2e-5)
    a, b = 1e5 * 1e-11, 1e-8 / (5e-4 + 1 / 50)
    times = np.geomspace(1e-8, 1e-4, 25)
    wanted = 2e-5 / (5e-4 + 1 / 50) * (1 - (a * np.exp(-times / a) - b * np.exp(-times / b)) / (a - b))
    np.testing.assert_allclose(step_response(made, "in2", "out", times), wanted, atol=1e-11)


def test_a_feedback_that_sees_a_capacitor_rings():
    """1/A = s/w and a pole tau at the inverting input: tau s^2/w + 2 s/w + 1, for a gain of -1 with R_in = R_f."""
    amplifier = OpAmp(name="amp", plus="0", minus="sum", output="out", gain_bandwidth=1e7)
    parts = [Resistor(name=f"r{end}", between=("sum", end), resistance=1e4) for end in ("in", "out")]
    parasitic = Capacitor(name="c", between=("sum", "0"), capacitance=2e-10)
    made = signal(IN1, *parts, amplifier, parasitic)
    speed, tau = 2 * math.pi * 1e7, 1e4 * 2e-10
    damping = 1 / tau
    turning = math.sqrt(speed / tau - damping**2)
    np.testing.assert_allclose(sorted(poles(made), key=lambda pole: pole.imag),
                               [-damping - 1j * turning, -damping + 1j * turning], rtol=1e-9)  # fmt: skip
    times = np.linspace(0.01, 8, 50) * tau
    wanted = np.exp(-damping * times) * (np.cos(turning * times) + damping / turning * np.sin(turning * times)) - 1
    np.testing.assert_allclose(step_response(made, "in1", "out", times), wanted, atol=1e-9)


def test_a_feedback_of_the_wrong_sign_does_not_settle():
    amplifier = OpAmp(name="amp", plus="sum", minus="0", output="out", gain_bandwidth=1e6)
    parts = [Resistor(name=f"r{end}", between=("sum", end), resistance=1e3) for end in ("in", "out")]
    made = signal(IN1, *parts, amplifier)
    assert poles(made) == pytest.approx([math.pi * 1e6])
    with pytest.raises(ModelError, match="must be stable in order to settle, but has a pole that grows"):
        settling_time(made, "in1", "out", 1.0)


def test_what_does_not_settle_is_said():
    made = signal(*RC)
    with pytest.raises(ModelError, match=r"must settle to 0.01 within `longest`, but 'out' has not after 1e-06 s"):
        settling_time(made, "in1", "out", 1e-6)
    with pytest.raises(ModelError, match="`times` must be finite and above 0 s"):
        step_response(made, "in1", "out", [0.0, 1.0])
    with pytest.raises(ModelError, match="`error` must be within 0 and 1"):
        settling_time(made, "in1", "out", 1.0, 0.0)
    with pytest.raises(ModelError, match="but 'out' is off at 1e\\+06 Hz already"):
        bandwidth(made, "in1", "out", within=(1e6, 1e9))
    with pytest.raises(ModelError, match="must follow its source at rest to have a bandwidth, but 'ground' does not"):
        bandwidth(made, "in1", "ground")
