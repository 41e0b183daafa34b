"""Exports against the rules of the programs that read them, written out here."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.networks.device_table import DeviceTable
from smtjlab.simulation.networks.gate_weights import GateDevice
from smtjlab.simulation.networks.rounding import Rounding
from smtjlab.simulation.networks.table_exports import (
    aihwkit_noise_model,
    aihwkit_read_noise,
    aihwkit_step_device,
    crosssim_parameters,
)

CURVE = DeviceTable.of_junction(Junction.preset("fig5"), 0.265, 1.0)
LINE = DeviceTable.of("line", [0.0, 1.0], [5e-4, 6e-4], droop_time=1e-2)


def stepped(fields: dict, weight: float, pulses: int) -> float:
    """Return a weight after pulses by the rule of aihwkit's piecewise step device."""
    for _ in range(abs(pulses)):
        nodes = fields["piecewise_up" if pulses > 0 else "piecewise_down"]
        place = (weight - fields["w_min"]) / (fields["w_max"] - fields["w_min"]) * (len(nodes) - 1)
        weight += math.copysign(fields["dw_min"], pulses) * np.interp(place, np.arange(len(nodes)), nodes)
    return weight


@pytest.mark.parametrize("pulses", [40, -40])
def test_the_rule_of_aihwkit_walks_as_the_gates_do(pulses: int) -> None:
    device = GateDevice(name="d", table=CURVE.noiseless(), steps=511, rounding=Rounding.NEAREST)
    store = device.store(np.array([[0.0]]), 1.0, np.random.default_rng(0))
    fields = aihwkit_step_device(CURVE, 511)
    weight = float(store.weights[0, 0])
    one_step = store.gate_step * CURVE.chord * 2 / store.scale
    for _ in range(abs(pulses)):
        store.update(np.array([[math.copysign(one_step, pulses)]]), np.random.default_rng(1))
    assert store.weights[0, 0] == pytest.approx(stepped(fields, weight, pulses), abs=0.01)


def test_a_straight_table_has_equal_steps_and_decays_by_its_droop() -> None:
    fields = aihwkit_step_device(LINE, 100, limit=2.0, step_time=1e-4)
    assert fields["piecewise_up"] == pytest.approx([1.0] * 21)
    assert (fields["dw_min"], fields["lifetime"]) == (pytest.approx(0.04), pytest.approx(100.0))
    assert fields["dw_min_dtod"] == 0


def test_steps_up_and_down_mirror_each_other() -> None:
    """The up step at w and the down step at -w move the same two gates with roles exchanged."""
    fields = aihwkit_step_device(CURVE, 255, nodes=15)
    assert fields["piecewise_up"] == pytest.approx(fields["piecewise_down"][::-1], rel=1e-9)


def test_read_noise_is_that_of_a_pair() -> None:
    noisy = DeviceTable.of("noisy", [0.0, 1.0], [5e-4, 6e-4], read_noise=1e-6)
    fields = aihwkit_read_noise(noisy)
    assert fields == {"w_noise": pytest.approx(math.sqrt(2) * 0.01), "w_noise_type": "AdditiveConstant"}
    assert aihwkit_read_noise(LINE)["w_noise_type"] == "None"


@pytest.mark.parametrize("lowest", [0.01, 0.5])
def test_the_exponent_of_aihwkit_gives_the_droop_at_the_time_asked_for(lowest: float) -> None:
    """G in proportion to the gate droops as exp(-t/tau) at every gate, those near the end of the table included."""
    volts = np.linspace(lowest, 1, 50)
    steep = DeviceTable.of("steep", volts, 1e-3 * volts, droop_time=1.0)
    fields = aihwkit_noise_model(steep, 10**6, 0.5, first_time=1e-3)
    ratio = ((0.5 + 1e-3) / 1e-3) ** -fields["drift_nu_mean"]
    assert ratio == pytest.approx(math.exp(-0.5), rel=1e-9)
    assert fields["drift_nu_std"] == pytest.approx(0, abs=1e-9)
    assert (fields["g_min"], fields["g_max"]) == pytest.approx((1000 * lowest, 1000))


def test_only_devices_that_differ_spread_the_exponents() -> None:
    """G = 0.2 + V mS, halved from 0.5 to 1 V: the mean of ln((0.2 + V)/(0.2 + V/2))/ln 501; 1 uS more or less each."""
    volts = np.linspace(0.5, 1, 50)
    alike = DeviceTable.of("line", volts, 2e-4 + 1e-3 * volts, droop_time=0.5 / math.log(2))
    fields = aihwkit_noise_model(alike, 10**6, 0.5, first_time=1e-3)
    nu = np.log((0.2 + volts) / (0.2 + volts / 2)) / math.log(501)
    assert (fields["drift_nu_mean"], fields["drift_nu_std"]) == (pytest.approx(nu.mean()), 0)
    uneven = replace(alike, scatter=np.full(50, 1e-6))
    more = np.log((0.201 + volts) / (0.201 + volts / 2)) / math.log(501)
    found = aihwkit_noise_model(uneven, 10**6, 0.5, first_time=1e-3)["drift_nu_std"]
    assert found == pytest.approx(np.sqrt(np.mean((more - nu) ** 2)), rel=0.01)


def test_programming_scatters_as_the_table_does() -> None:
    share = np.linspace(0.5, 1, 40)
    scatter = 1e-3 * (1e-4 + 2e-4 * share + 3e-4 * share**2)
    fields = aihwkit_noise_model(DeviceTable.of("s", share, share * 1e-3, scatter=scatter), 10**7, 1.0)
    assert fields["prog_coeff"] == pytest.approx([0.1, 0.2, 0.3], rel=1e-3)


def test_crosssim_is_told_resistances_bits_and_noise() -> None:
    fields = json.loads(json.dumps(crosssim_parameters(CURVE, 1023)))
    device = fields["xbar"]["device"]
    assert device["Rmin"] == pytest.approx(1 / 613.0e-6, rel=1e-3)
    assert device["Rmax"] == pytest.approx(1 / CURVE.conductance[0])
    assert device["cell_bits"] == 10
    assert device["read_noise"]["model"] == "NormalIndependentDevice"
    assert device["programming_error"] == {"enable": False, "model": "IdealDevice", "magnitude": 0.0}


def test_everything_exported_is_json() -> None:
    parts = (aihwkit_step_device(CURVE, 9), aihwkit_read_noise(CURVE), aihwkit_noise_model(CURVE, 9, 1.0))
    for fields in parts:
        assert json.loads(json.dumps(fields)) == fields


def test_impossible_exports_are_one_sentence() -> None:
    with pytest.raises(ModelError, match="`nodes` must be"):
        aihwkit_step_device(CURVE, 10, nodes=64)
    with pytest.raises(ModelError, match="`time` and `first_time`"):
        aihwkit_noise_model(CURVE, 10, 0.0)
