"""The junction as a synapse: the page's figures, the inverse curve, droop, heat, and what the piezo's memory costs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.gate_energy import gate_steps_energy
from smtjlab.simulation.junction import GateSign, Junction
from smtjlab.simulation.linear_window import inl
from smtjlab.simulation.models import Model
from smtjlab.simulation.predict import predict
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus
from smtjlab.simulation.synapses.metrics import synapse_figures
from smtjlab.simulation.synapses.pulse_cycles import pulse_cycles
from smtjlab.simulation.synapses.straintronic import StraintronicSynapse

FIG5 = Junction.preset("fig5")
STATIC = StraintronicSynapse(junction=FIG5)
THERMAL = StraintronicSynapse(junction=FIG5, model=Model.BOLTZMANN)
TURNED = StraintronicSynapse(junction=FIG5.changed(hard_layer_angle=0.05, transverse_field=500.0))
SEED = 20260713


def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


def test_64_steps_are_2_percent_from_straight_and_symmetric():
    found = synapse_figures(pulse_cycles(STATIC, 64, 2, rng()), rng())
    assert found.nonlinearity_up.value == pytest.approx(0.0202, abs=5e-5)
    assert found.asymmetry.value == pytest.approx(0, abs=1e-9)
    assert found.levels.value == 65


def test_symmetry_needs_no_straight_curve():
    full = replace(STATIC, start=0.25, stop=0.5)
    found = synapse_figures(pulse_cycles(full, 64, 2, rng()), rng())
    assert found.nonlinearity_up.value > 0.09
    assert found.asymmetry.value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("synapse", [STATIC, THERMAL, TURNED], ids=["static", "thermal", "turned"])
def test_conductance_is_the_prediction_and_the_gate_its_inverse(synapse):
    gates = rng().uniform(0.27, 0.30, (4, 25))
    predicted = predict(synapse.junction, synapse.model, gates.ravel()).conductance.reshape(gates.shape)
    np.testing.assert_allclose(synapse.conductance(gates), predicted, rtol=1e-8)
    np.testing.assert_allclose(synapse.gate(predicted), gates, atol=1e-7)


def test_the_inverse_is_the_closed_form_of_the_page():
    conductance = np.array([0.510e-3, 0.530e-3, 0.550e-3])
    x = conductance * 1500  # G R_90
    volts = FIG5.shape_voltage + FIG5.rotation_voltage / 3 * x / (1 - x)  # Gamma' = Gamma/3 for 2 and 1 kohm
    np.testing.assert_allclose(replace(STATIC, stop=0.5).gate(conductance), volts, rtol=1e-12)


def test_a_gate_of_the_other_sign_mirrors_everything():
    mirrored = StraintronicSynapse(junction=FIG5.changed(gate_sign=GateSign.NEGATIVE), start=-0.27, stop=-0.30)
    gates = np.linspace(0.27, 0.30, 7)
    np.testing.assert_allclose(mirrored.conductance(-gates), STATIC.conductance(gates), rtol=1e-12)
    np.testing.assert_allclose(mirrored.update(-gates, 3, rng()), -STATIC.update(gates, 3, rng()), rtol=1e-12)
    thermal = replace(mirrored, model=Model.BOLTZMANN)
    np.testing.assert_allclose(thermal.gate(THERMAL.conductance(gates)), -gates, atol=1e-9)


def test_thermal_noise_of_a_reading_is_that_of_the_replicas():
    for gate, duration in ((0.27, 1e-6), (0.29, 1e-10)):
        reading = Stimulus(duration=duration, gate=gate, read=True)
        expected = Replicas([FIG5], model="boltzmann", seed=1).respond([reading]).thermal
        np.testing.assert_allclose(THERMAL.read_noise([gate], duration), expected, rtol=1e-4)


def test_long_readings_are_quieter_by_the_root_of_their_length():
    np.testing.assert_allclose(THERMAL.read_noise(0.29, 1e-4), THERMAL.read_noise(0.29, 1e-6) / 10, rtol=1e-3)


def test_a_leaking_gate_droops_exponentially():
    leaky = replace(STATIC, leakage_resistance=1e12, capacitance=20e-15)  # 20 ms
    np.testing.assert_allclose(leaky.drooped([0.3, 0.27], 0.01), np.array([0.3, 0.27]) * math.exp(-0.5), rtol=1e-12)
    np.testing.assert_array_equal(STATIC.drooped(0.3, 1e9), 0.3)
    assert leaky.conductance(leaky.drooped(0.3, 1.0)) == pytest.approx(1 / 2000)
    assert leaky.update(leaky.drooped(0.3, 1.0), 1, rng()) == pytest.approx(0.27)


def test_ten_millivolts_are_charged_for_an_attojoule():
    """C dV^2/2 = 0.885 aJ (physics.md section 11), and 0.043 aJ of Gilbert loss: cos(phi) = h/|A|, e'' = |A|."""
    coarse = replace(STATIC, steps=3)
    before, after = (FIG5.stress_field_per_volt * volts - FIG5.shape_field for volts in (0.29, 0.30))
    drop = after / 2 * (FIG5.dipole_field / before - FIG5.dipole_field / after) ** 2
    loss = 4e-7 * math.pi * FIG5.saturation_magnetization * FIG5.volume * drop
    assert coarse.energy(0.29, 1) == pytest.approx(0.8854e-18 + loss, rel=1e-4)
    assert loss == pytest.approx(0.043e-18, rel=0.02)
    assert STATIC.energy(0.29, 0) == 0


@pytest.mark.parametrize("pulses", [1, 5, -7])
def test_an_update_of_several_steps_is_one_jump(pulses):
    whole = gate_steps_energy(FIG5, [0.285, 0.285 + pulses * STATIC.step], 0.0, bias=0.0)
    assert STATIC.energy(0.285, pulses) == pytest.approx(whole.charging + whole.gilbert)
    assert whole.charging == pytest.approx(17.708e-15 / 2 * (pulses * 0.03 / 64) ** 2, rel=1e-4)


def test_a_window_that_is_straight_enough_is_found():
    found = StraintronicSynapse.in_linear_window(FIG5, tolerance=0.01)
    gate = np.linspace(found.start, found.stop, 201)
    assert inl(gate, found.conductance(gate), (found.start, found.stop)).inl == pytest.approx(0.01, rel=0.02)
    assert found.stop - found.start == pytest.approx(0.022, abs=0.001)


def test_hysteresis_of_the_piezo_breaks_the_symmetry():
    junction = FIG5.changed(piezo_hysteresis=0.05, piezo_hysteresis_voltage=0.1)
    with_memory = replace(STATIC, junction=junction)
    memory = synapse_figures(with_memory.cycles(2, rng()), rng())
    plain = synapse_figures(STATIC.cycles(2, rng()), rng())
    assert plain.asymmetry.value == pytest.approx(0, abs=1e-9)
    assert memory.asymmetry.value > 0.02


def test_a_window_within_the_narrowest_loop_of_the_piezo_stays_symmetric():
    junction = FIG5.changed(piezo_hysteresis=0.05, piezo_hysteresis_voltage=1.0)
    wide = replace(STATIC, junction=junction, start=0.27, stop=0.39)
    found = synapse_figures(wide.cycles(2, rng()), rng())  # 0.12 V are less than 1/8 of 1 V
    assert found.asymmetry.value == pytest.approx(0, abs=1e-9)


def test_cycles_scatter_as_their_readings_claim():
    """False alarm rate 1e-6: the mean of 2 x 5 x 65 squared pulls, 6 sigma of chi-square."""
    cycles = STATIC.cycles(5, rng(), reading=1e-7)
    clean = STATIC.conductance(np.linspace(0.27, 0.30, 65))
    pulls = (cycles.up - clean) / cycles.up_standard, (cycles.down - clean[::-1]) / cycles.down_standard
    assert abs(np.mean(np.square(pulls)) - 1) < 6 * math.sqrt(2 / 650)


@given(st.lists(st.integers(-200, 200), min_size=1, max_size=10), st.floats(0, 0.1))
def test_it_never_leaves_its_gates_and_conductances(pulses, noise):
    synapse, random = replace(STATIC, gate_noise=noise), rng()
    gate = np.full(5, 0.28)
    for count in pulses:
        gate = synapse.update(gate, count, random)
        conductance = synapse.conductance(gate)
        assert (conductance >= synapse.conductance_min).all()
        assert (conductance <= synapse.conductance_max).all()


@given(st.floats(0.2, 0.5), st.floats(0.2, 0.5))
def test_more_gate_is_never_less_conductance(one, other):
    less, more = STATIC.conductance(sorted((one, other)))
    assert less <= more * (1 + 1e-12)  # neighbours among floats may round the other way


def test_mistakes_are_told():
    with pytest.raises(ModelError, match="`stop` must lie beyond `start`"):
        replace(STATIC, start=0.3, stop=0.27)
    with pytest.raises(ModelError, match="must rise from `start` to `stop`"):
        replace(STATIC, start=0.1, stop=0.2)
    with pytest.raises(ModelError, match="`model` must be `static` or `boltzmann`, but is `sllg`"):
        replace(STATIC, model=Model.SLLG)
    with pytest.raises(ModelError, match="`conductance` must be within"):
        STATIC.gate(1e-3)
    with pytest.raises(ModelError, match="`gate` must be finite"):
        STATIC.conductance(math.nan)
    with pytest.raises(ModelError, match="but is beyond"):
        THERMAL.conductance(0.5)
