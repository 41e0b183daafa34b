"""Easy-axis loops with jumps, minor and major."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.easy_axis_loop import easy_axis_loop
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.gate_memory import no_memory
from smtjlab.simulation.inference.loop_readings import LoopReadings
from smtjlab.simulation.inference.rotation import rotated_conductance
from smtjlab.simulation.junction import Junction

FIG5 = Junction.preset("fig5")
H_D, H_C, H_HARD = FIG5.dipole_field, 131.0, 2.03e5
SCATTER = 5e-8


def there_and_back(start, stop, points=41, offset=0.0):
    there = np.linspace(start, stop, points) + offset
    first, second = ("up", "down") if stop > start else ("down", "up")
    return np.concatenate([there, there[::-1]]), (first,) * points + (second,) * points


def loop(field, branch, *, coercivity=H_C, hard=-1, across=0.0, effects=None, seed=0):
    """Return the readings of a junction whose layers reverse as the astroid has it; `hard` is where it points first."""
    soft, along, stiff = -hard if branch[0] == "down" else hard, [], []
    if hard == -1 and branch[0] == "up":
        soft = -1
    for h in field:
        hard = np.sign(h) if abs(h) > H_HARD else hard
        inner = h - hard * H_D  # the dipole field is opposite to the hard layer
        soft = np.sign(inner) if abs(inner) > coercivity else soft
        along.append(soft * hard)
        stiff.append(max(soft * inner, 0.0) + FIG5.shape_field)
    toward = -np.array(along) * np.array(stiff)  # high resistance where the layers are opposite
    clean = rotated_conductance(
        0.0, toward, across, energy_scale=FIG5.energy_scale, parallel=1000.0, antiparallel=2000.0
    )
    noisy = clean + SCATTER * np.random.default_rng(seed).standard_normal(len(field))
    ones = np.ones(len(field))
    return LoopReadings(field, 0 * ones, noisy, SCATTER * ones, np.cumsum(ones), branch, effects or {})


def extraction(readings):
    return easy_axis_loop(readings, no_memory(len(readings)), Belief(FIG5))


def test_the_centre_of_a_minor_loop_is_the_dipole_field_and_its_half_width_the_coercive_field():
    found = extraction(loop(*there_and_back(-H_D + 1000, -H_D - 1000)))
    for name, value in (("dipole_field", H_D), ("coercive_field", H_C), ("shape_field", FIG5.shape_field)):
        estimate = found.estimate(name)
        assert estimate.value == pytest.approx(value, abs=2.5 * estimate.uncertainty)
    assert found.estimate("coercive_field").uncertainty == pytest.approx((50**2 / 24 + 7.6**2 / 2) ** 0.5, rel=0.05)
    assert "keeps its direction" in found.reasons["hard_layer_coercivity"]


def test_pulls_of_a_minor_loop_have_mean_0_and_width_1():
    """Over 100 loops whose grids lie anywhere: 4 standard errors of mean and width, false alarm about 5e-4 for all."""
    rng = np.random.default_rng(5)
    truth = {"resistance_parallel": 1000.0, "resistance_antiparallel": 2000.0, "tmr": 1.0, "dipole_field": H_D}
    pulls = []
    for seed in range(100):
        field, branch = there_and_back(-H_D + 2000, -H_D - 2000, offset=rng.uniform(-50, 50))
        found = extraction(loop(field, branch, seed=seed, coercivity=rng.uniform(131, 181)))
        estimates = {name: found.estimate(name) for name in truth}
        pulls.append([(estimates[name].value - value) / estimates[name].uncertainty for name, value in truth.items()])
    assert np.abs(np.mean(pulls, axis=0)).max() < 0.4
    assert np.abs(np.std(pulls, axis=0) - 1).max() < 0.3


def test_a_major_loop_tells_the_hard_layer_and_asks_for_a_minor_one():
    found = extraction(loop(*there_and_back(-3e5, 3e5, 61)))
    estimate = found.estimate("hard_layer_coercivity")
    assert estimate.value == pytest.approx(H_HARD, abs=2 * estimate.uncertainty)
    assert "take a minor loop" in found.reasons["dipole_field"]
    assert "The loop leaves the hard layer along -x." in found.remarks


def test_a_hard_layer_along_plus_x_is_said_and_the_dipole_field_keeps_its_sign():
    found = extraction(loop(*there_and_back(H_D - 1000, H_D + 1000), hard=1))
    assert found.estimate("dipole_field").value == pytest.approx(H_D, abs=60)
    assert any("points along +x" in remark for remark in found.remarks)


def test_canting_by_a_transverse_field_does_not_reach_the_resistances():
    found = extraction(loop(*there_and_back(0.0, -2 * H_D), coercivity=0.0, across=3000.0))
    for name, value in (("resistance_parallel", 1000.0), ("transverse_field", 3000.0)):
        estimate = found.estimate(name)
        assert estimate.value == pytest.approx(value, abs=4 * estimate.uncertainty)


def test_transitions_between_the_same_two_readings_are_off_by_the_same():
    found = extraction(loop(*there_and_back(-H_D + 60_100, -H_D - 60_000), coercivity=1.0))
    assert found.estimate("dipole_field").uncertainty == pytest.approx(3002 / 12**0.5, rel=0.01)
    assert "cannot be told from none" in found.reasons["shape_field"]


def test_a_field_gain_is_common_to_both_transitions():
    field, branch = there_and_back(-H_D + 1000, -H_D - 1000)
    effects = {"field": {"gain": 0.01 * field}, "conductance": {"gain": np.full(len(field), 1e-7)}}
    found = extraction(loop(field, branch, effects=effects))
    assert found.contributions["dipole_field"]["gain"] == pytest.approx(0.01 * found.estimate("dipole_field").value)
    assert abs(found.contributions["coercive_field"]["gain"]) < 3


def test_what_little_gate_there_is_is_taken_out_of_the_anisotropy_field():
    readings = loop(*there_and_back(-H_D + 1000, -H_D - 1000))
    at = replace(readings, gate=np.full(len(readings), -4e-4), effects={"gate": {"offset": np.full(82, 2e-4)}})
    plain, found = extraction(readings), extraction(at)
    stress = FIG5.stress_field_per_volt * 1e-4
    assert found.estimate("shape_field").value == pytest.approx(plain.estimate("shape_field").value - 4 * stress)
    assert found.contributions["shape_field"]["offset"] == pytest.approx(2 * stress)
    assert found.estimate("coercive_field") == plain.estimate("coercive_field")


def test_reversal_in_several_jumps_tells_no_anisotropy_field():
    readings = loop(*there_and_back(-H_D + 1000, -H_D - 1000))
    levels = readings.conductance.copy()
    levels[22], levels[23] = 1 / 1700, 1 / 1400
    found = extraction(readings.shifted({**readings.quantities, "conductance": levels}))
    assert found.reasons["shape_field"] == "the layer does not reverse as one domain"
    assert any("Barkhausen" in remark for remark in found.remarks)


def test_one_branch_tells_the_plateaus_only():
    field, branch = there_and_back(-H_D + 1000, -H_D - 1000)
    found = extraction(loop(field[:41], branch[:41]))
    assert found.names[:2] == ("resistance_parallel", "resistance_antiparallel")
    assert "one branch only" in found.reasons["dipole_field"]


def test_a_loop_that_reverses_the_hard_layer_on_one_branch_only_is_refused():
    field, branch = there_and_back(0.0, 3e5, 61)
    with pytest.raises(InferenceError, match="one of its transitions is the hard layer's"):
        extraction(loop(field, branch))
