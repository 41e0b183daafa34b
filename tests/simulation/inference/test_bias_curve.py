from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.inference.bias_curve import BiasReadings, bias_curve
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate

SIZES = np.linspace(0.02, 0.2, 10)
BOTH = np.concatenate([-SIZES[::-1], SIZES])


def readings(bias=BOTH, half=0.4, at_none=(2000.0, 1500.0), offset=5e-6, relative=1e-5, seed=None, common=None):
    level = np.repeat(np.arange(len(at_none)), len(bias))
    volts = np.tile(bias, len(at_none))
    exact = (1 + offset / volts) / (1000 + (np.array(at_none)[level] - 1000) / (1 + ((volts + offset) / half) ** 2))
    scatter = relative * 5e-4 * 0.2 / np.abs(volts)
    noise = 0.0 if seed is None else np.random.default_rng(seed).standard_normal(len(volts))
    rest = np.array(at_none) > 1900
    return BiasReadings(level, volts, exact + scatter * noise, scatter, np.isfinite(exact), rest, common or {})


def test_exact_data_give_the_junction_back_without_any_knowledge():
    found = bias_curve(readings(), None)
    exact = {"bias_half_tmr": 0.4, "resistance_antiparallel": 2000, "resistance_parallel": 1000, "offset_voltage": 5e-6}
    assert {name: found.estimate(name).value for name in exact} == pytest.approx(exact, rel=1e-4)


def test_the_safe_bias_is_where_the_conductance_has_changed_by_the_share():
    safe = bias_curve(readings(), None, share=0.02).estimate("safe_bias").value
    resistance = 1000 + 1000 / (1 + (safe / 0.4) ** 2)
    assert 2000 / resistance == pytest.approx(1.02, rel=1e-5)


@pytest.mark.parametrize("known", [1e-4, 0.0])
def test_pulls_are_standard_normal(known):
    """Mean within 0.4 and width 0.75 to 1.25 of 80 sets: false alarms of all ten figures together below 1e-3."""
    truth = {"bias_half_tmr": 0.4, "resistance_antiparallel": 2000.0, "offset_voltage": 5e-6}
    pulls = []
    for seed in range(80):
        parallel = Estimate(1000 * (1 + known * np.random.default_rng((seed, 1)).standard_normal()), 1000 * known)
        found = bias_curve(readings(seed=seed), parallel)
        estimates = {name: found.estimate(name) for name in truth}
        pulls.append([(estimates[name].value - truth[name]) / estimates[name].uncertainty for name in truth])
    assert np.abs(np.mean(pulls, axis=0)).max() < 0.4
    assert np.std(pulls, axis=0) == pytest.approx(1, abs=0.25)


def test_a_parallel_resistance_that_the_data_tell_less_well_is_held_and_its_uncertainty_carried_over():
    noisy = readings(relative=3e-4, seed=1)
    sharp, vague = (bias_curve(noisy, Estimate(1000, sigma)) for sigma in (1.0, 60.0))
    assert sharp.taken == {"resistance_parallel": Estimate(1000, 1.0)}
    assert "held" in sharp.reasons["resistance_parallel"]
    assert vague.estimate("bias_half_tmr").uncertainty > sharp.estimate("bias_half_tmr").uncertainty
    assert sharp.contributions["bias_half_tmr"]["resistance_parallel"] != 0


def test_a_held_resistance_of_unstated_uncertainty_is_told():
    found = bias_curve(readings(relative=1e-2, at_none=(2000.0,), seed=1), Estimate(1000, 0.0))
    assert "whose uncertainty nobody states" in found.remarks[0]


def test_without_a_fall_there_is_a_bound_and_no_number():
    found = bias_curve(readings(half=np.inf, seed=2), Estimate(1000, 10.0))
    assert "bias_half_tmr" not in found
    assert "V_h is above" in found.reasons["bias_half_tmr"]
    assert found.estimate("resistance_antiparallel").value == pytest.approx(2000, rel=1e-4)


def test_one_sign_of_the_bias_leaves_the_thermal_voltage_in():
    found = bias_curve(readings(bias=SIZES, offset=0.0), Estimate(1000, 10.0))
    assert "neither fitted nor cancelled" in found.remarks[0]
    assert "offset_voltage" in found.reasons


def test_an_offset_that_all_readings_share_moves_the_loops_voltage_alone():
    data = readings(relative=1e-6)
    shared = {"junction voltage offset": 1e-4 * data.conductance / data.bias}
    found = bias_curve(readings(relative=1e-6, common=shared), None)
    effect = {name: told["junction voltage offset"] for name, told in found.contributions.items()}
    assert effect["offset_voltage"] == pytest.approx(1e-4, rel=0.01)
    assert abs(effect["bias_half_tmr"]) < 1e-5


def test_a_gain_that_all_readings_share_scales_the_resistance():
    data = readings()
    found = bias_curve(readings(common={"current gain": 3e-4 * data.conductance}), Estimate(1000, 0.0))
    assert found.contributions["resistance_antiparallel"]["current gain"] == pytest.approx(-0.6, rel=0.01)


def test_no_gate_below_the_threshold_tells_no_antiparallel_resistance():
    found = bias_curve(readings(at_none=(1500.0, 1400.0)), None)
    assert found.reasons["resistance_antiparallel"] == "no gate lies surely below the threshold"


@pytest.mark.parametrize(
    ("bias", "sentence"),
    [
        ([0.1, -0.1, 0.05, -0.05], "at least 6 valid readings, but there are 4"),
        ([0.1, -0.1] * 5, "different biases"),
        ([np.nan] * 9, "at least 6 valid readings, but there are 0"),
    ],
)
def test_what_cannot_tell_is_refused(bias, sentence):
    with pytest.raises(InferenceError, match=sentence):
        bias_curve(readings(bias=np.array(bias), at_none=(2000.0,)), None)


def test_pulls_are_taken_beside_the_errors_that_readings_share():
    data = readings()
    drift = 3e-4 * np.linspace(-1, 1, len(data.bias)) * data.conductance
    moved = replace(data, conductance=data.conductance + 2 * drift, common={"drift": drift})
    found = bias_curve(moved, None)
    assert np.abs(found.pulls).max() < 0.2
    assert found.chi_square == pytest.approx(4, rel=0.1)
    assert found.estimate("bias_half_tmr").value == pytest.approx(0.4, rel=1e-3)


def test_noise_that_bows_at_every_gate_makes_the_fall_of_the_tmr_unsure():
    """It looks like the fall itself: weighing does not remove it, and V_h moves with it within what is told."""
    data = readings(at_none=(2000.0, 2000.0))
    bow = 1e-4 * np.cos(4 * np.pi * np.arange(len(data.bias)) / len(data.bias)) * data.conductance
    held = Estimate(1000, 1e-3)
    calm, bowed = (bias_curve(replace(data, common=common), held) for common in ({}, {"bow": bow}))
    moved = bias_curve(replace(data, common={"bow": bow}, conductance=data.conductance + bow), held)
    shift = moved.estimate("bias_half_tmr").value - bowed.estimate("bias_half_tmr").value
    assert bowed.contributions["bias_half_tmr"]["bow"] == pytest.approx(shift, rel=0.02)
    assert bowed.estimate("bias_half_tmr").uncertainty > 3 * calm.estimate("bias_half_tmr").uncertainty
