"""What several runs tell becomes one belief, with its covariance and its sources."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief, belief_from_table
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate, Extraction, nothing
from smtjlab.simulation.inference.junction_estimate import junction_estimate
from smtjlab.simulation.inference.told import Told
from smtjlab.simulation.inference.transport import TRANSPORT, predicted, transport_of, transport_prior
from smtjlab.simulation.inference.transport_estimate import BEFORE, SIGNLESS, transport_estimate
from smtjlab.simulation.toml_file import TomlFile

LOOP = {"resistance_parallel": 0.5, "resistance_antiparallel": 1.0, "dipole_field": 150.0}
CURVE = {"conductance_antiparallel": 2e-7, "threshold": 1e-4, "rotation_voltage": 6e-4, "transverse_ratio": 1e-3}
GATED = {"stress_field_per_volt": 900.0}


@pytest.fixture(scope="module")
def die():
    return Belief.preset("fig5-die")


def told(source, sigmas, truth, rng=None, shared=0.0, bias=0.0, off=0.0):
    """Return a run's independent estimates of a junction; `shared` is a gain common to all runs, in sigma."""
    names = tuple(sigmas)
    true = predicted(names, transport_of(truth), [bias] * len(names), 1)
    sigma = np.array([sigmas[name] for name in names])
    gain = np.where(np.isin(names, ["resistance_parallel", "resistance_antiparallel"]), 2e-3 * true, 0.0)
    gain = np.where(np.isin(names, ["conductance_antiparallel"]), -2e-3 * true, gain)
    noise = np.zeros(len(names)) if rng is None else rng.standard_normal(len(names))
    covariance = np.diag(sigma**2) + np.outer(gain, gain)
    effects = {name: {"gain": float(g)} for name, g in zip(names, gain, strict=True) if g}
    values = true + noise * sigma + shared * gain + off * sigma
    return Told(source, Extraction(names, values, covariance, np.diag(sigma**2), contributions=effects), bias)


def three(truth, rng=None, shared=0.0):
    return [
        told("run a, field-loop", LOOP, truth, rng, shared),
        told("run b, transfer-curve", CURVE, truth, rng, shared, bias=0.1),
        told("run c, gated-loops", GATED, truth, rng),
    ]


def test_exact_runs_give_the_junction_back(die):
    truth = die.draw(1, seed=4)[0].changed(transverse_field=300.0)
    after = junction_estimate(three(truth), die, "preset fig5-die").after.junction
    assert after.stress_field_per_volt == pytest.approx(truth.stress_field_per_volt, rel=2e-4)
    for name in ("resistance_parallel", "resistance_antiparallel", "dipole_field", "transverse_field"):
        assert getattr(after, name) == pytest.approx(getattr(truth, name), rel=2e-4)


def test_pulls_are_those_of_a_normal_distribution_with_errors_that_runs_share(die):
    """200 dies: mean beyond 0.36 or width beyond 1 +- 0.25 (5 standard errors) for any of six: once in 1e5."""
    rng = np.random.default_rng(8)
    pulls = []
    for truth in die.draw(200, seed=9):
        found = transport_estimate(three(truth.changed(transverse_field=800.0), rng, rng.standard_normal()), die)
        true = transport_of(truth.changed(transverse_field=800.0))
        places = [TRANSPORT.index(name) for name in found.names]
        pulls.append((found.values - true[places]) / np.sqrt(np.diag(found.covariance)))
    assert np.mean(pulls, axis=0) == pytest.approx(np.zeros(len(found.names)), abs=0.36)
    assert np.std(pulls, axis=0) == pytest.approx(np.ones(len(found.names)), abs=0.25)


def test_chi_square_between_runs_is_distributed_as_it_says(die):
    """The mean of 120 uniform p-values beyond 0.5 +- 0.132 (5 standard errors): once in 1e6."""
    rng = np.random.default_rng(2)
    chances = [transport_estimate(three(t, rng, rng.standard_normal()), die).p_value for t in die.draw(120, seed=1)]
    assert np.mean(chances) == pytest.approx(0.5, abs=0.132)


def test_a_gain_that_two_runs_share_does_not_average_away(die):
    runs = [told(f"run {k}, field-loop", LOOP, die.junction) for k in range(9)]
    found = transport_estimate(runs, die).estimate("resistance_parallel")
    gain = 2e-3 * die.junction.resistance_parallel
    assert found.uncertainty == pytest.approx(np.hypot(gain, 0.5 / 3), rel=0.01)
    assert transport_estimate(runs, die).contributions["resistance_parallel"]["gain"] == pytest.approx(gain, rel=0.01)


def test_runs_that_disagree_are_told_and_not_averaged_away(die):
    runs = [*three(die.junction), told("run d, field-loop", LOOP, die.junction, off=8.0)]
    estimate = junction_estimate(runs, die, "preset fig5-die")
    remark = estimate.remarks[0]
    assert not estimate.transport.agrees
    assert remark.startswith("The runs disagree with each other: χ²/ν = ")
    calm = junction_estimate(runs[:3], die, "preset fig5-die")
    assert estimate.after.uncertainty["dipole_field"] > 2 * calm.after.uncertainty["dipole_field"]


def test_a_curves_stray_field_takes_the_sign_that_a_loop_tells(die):
    truth = die.junction.changed(transverse_field=-800.0)
    curve = told("run b, transfer-curve", CURVE, die.junction.changed(transverse_field=800.0))
    loop = replace(told("run e, transverse-loop", {"transverse_field": 200.0}, truth), tells_signs=True)
    found = junction_estimate([told("run a, field-loop", LOOP, truth), curve, loop], die, "x")
    assert found.after.junction.transverse_field == pytest.approx(-800.0, rel=1e-3)
    assert found.transport.agrees


def test_a_sign_that_no_run_tells_surely_is_as_believed_and_said(die):
    truth = die.junction.changed(transverse_field=-400.0)
    curve = told("run b, transfer-curve", CURVE, die.junction.changed(transverse_field=400.0))
    vague = replace(told("run e, transverse-loop", {"transverse_field": 300.0}, truth), tells_signs=True)
    found = junction_estimate([told("run a, field-loop", LOOP, truth), curve, vague], die, "x")
    assert found.after.junction.transverse_field > 0
    assert found.remarks == (SIGNLESS,)


def test_a_number_that_one_run_finds_near_nothing_is_still_told_by_the_others(die):
    """What a run tells is measured by its own uncertainty, not by how near 0 the number happens to come out."""
    truth = die.junction.changed(transverse_field=380.0)
    sure = {**LOOP, "transverse_field": 4.0, "dipole_field": 1e-4}
    near = replace(told("run e, transverse-loop", {"transverse_field": 230.0}, truth), tells_signs=True)
    nothing_seen = replace(near, extraction=replace(near.extraction, values=np.array([-1e-3])))
    found = junction_estimate([told("run a, field-loop", sure, truth), nothing_seen], die, "x")
    assert found.after.junction.transverse_field == pytest.approx(380.0, abs=4.0)
    assert found.transport.agrees


def test_only_the_product_is_filled_and_the_file_says_so(die):
    vague = replace(die, uncertainty=die.uncertainty | {"youngs_modulus": 0.1 * die.junction.youngs_modulus})
    found = junction_estimate(three(die.junction), vague, "preset fig5-die")
    assert found.after.junction.youngs_modulus is None
    said = found.after.provenance
    assert said["magnetostriction"].startswith("held as believed before (preset fig5-die)")
    assert said["saturation_magnetization"].startswith("as believed before (preset fig5-die), moved by what runs tell")
    assert said["stress_per_volt"].split("; ") == ["run a, field-loop", "run c, gated-loops"]
    assert said["damping"] == "as believed before: preset fig5-die"
    assert {"stress_per_volt", "saturation_magnetization"} <= set(found.measured) - {"magnetostriction"}
    drawn = [j.stress_field_per_volt for j in found.after.draw(200, seed=1)]
    told = found.transport.estimate("stress_field_per_volt")
    assert np.std(drawn) == pytest.approx(told.uncertainty, rel=0.25)


def test_a_stress_that_was_certain_stays_so_and_its_factors_take_what_runs_tell(die):
    found = junction_estimate(three(die.draw(1, seed=5)[0]), die, "preset fig5-die")
    assert found.after.junction.stress_per_volt == die.junction.stress_coefficient
    assert "stress_per_volt" not in {*found.after.uncertainty, *found.measured}
    assert found.after.provenance["stress_per_volt"].startswith("certain before (preset fig5-die)")


def test_a_curve_alone_ties_stress_and_dipole_field_together(die):
    truth = die.junction.changed(dipole_field=1.02 * die.junction.dipole_field)
    after = junction_estimate([told("run b, transfer-curve", CURVE, truth)], die, "preset fig5-die").after
    _, covariance = transport_prior(after)
    dipole, stress = TRANSPORT.index("dipole_field"), TRANSPORT.index("stress_field_per_volt")
    assert covariance[dipole, stress] > 0.99 * np.sqrt(covariance[dipole, dipole] * covariance[stress, stress])
    assert after.junction.rotation_voltage == pytest.approx(truth.rotation_voltage, rel=1e-3)
    assert after.uncertainty["dipole_field"] == pytest.approx(die.uncertainty["dipole_field"], rel=0.4)


def test_what_was_held_in_a_fit_moves_with_what_measures_it(die):
    """A rotation voltage fitted with R_P held 30 ohm off comes right when a loop tells R_P."""
    true, sigma, effect = die.junction.rotation_voltage, 1e-5, 2e-3
    held = Estimate(die.junction.resistance_parallel + 30.0, 30.0)
    fit = Extraction(
        ("rotation_voltage",),
        np.array([true + effect]),
        np.array([[sigma**2 + effect**2]]),
        np.array([[sigma**2]]),
        taken={"resistance_parallel": held},
        contributions={"rotation_voltage": {"resistance_parallel": effect}},
    )
    runs = [told("run a, field-loop", LOOP, die.junction), Told("run b, transfer-curve", fit)]
    after = junction_estimate(runs, die, "x").after.junction
    assert after.rotation_voltage == pytest.approx(true, rel=1e-3)


def test_resistances_are_those_at_small_bias_whatever_bias_they_were_read_at(die):
    truth = die.junction.changed(bias_half_tmr=0.4)
    runs = [
        told("run a, field-loop", LOOP, truth, bias=0.1),
        told("run b, bias-curve", {"resistance_antiparallel": 2.0, "bias_half_tmr": 2e-3}, truth),
    ]
    after = junction_estimate(runs, die, "x").after
    assert after.junction.resistance_antiparallel == pytest.approx(truth.resistance_antiparallel, abs=0.1)
    assert after.junction.bias_half_tmr == pytest.approx(0.4, abs=1e-4)


def test_a_resistance_whose_fall_with_bias_nobody_tells_is_that_at_the_read_bias_and_says_so(die):
    runs = [told("run a, field-loop", LOOP, die.junction, bias=0.1)]
    assert junction_estimate(runs, die, "x").remarks == (
        "No run tells how the TMR falls with the bias: R_AP is that at 0.1 V, not at small bias.",
    )


def test_what_is_less_certain_than_before_keeps_what_was_believed(die):
    vague = told("run a, field-loop", {"dipole_field": 3 * die.uncertainty["dipole_field"]}, die.junction)
    after = junction_estimate([vague], die, "preset fig5-die").after
    assert after.uncertainty["dipole_field"] == pytest.approx(die.uncertainty["dipole_field"] * 0.9**0.5, rel=0.01)
    assert after.provenance["dipole_field"] == "run a, field-loop; what was believed before"


def test_the_belief_reads_back_from_its_file_bit_for_bit(die):
    after = junction_estimate(three(die.draw(1, seed=3)[0], np.random.default_rng(1)), die, "preset fig5-die").after
    assert belief_from_table(TomlFile.parse(after.to_toml(), "j.toml")) == after
    assert after.draw(3, seed=1)


def test_a_value_that_no_junction_has_is_told(die):
    below = Extraction(("piezo_creep",), np.array([-1e-3]), np.array([[1e-6]]), np.array([[1e-6]]))
    estimate = junction_estimate([Told("run a, gate-step", below)], die, "x")
    assert estimate.after.junction.piezo_creep == 0
    assert "`piezo_creep` was found at -0.001 ±0.001, which no junction has" in estimate.remarks[0]


def test_runs_that_tell_nothing_of_a_junction_are_refused(die):
    leak = Extraction(("leakage_resistance",), np.array([1e11]), np.array([[1e18]]), np.array([[1e18]]))
    for empty in (nothing({}, 10), leak):
        with pytest.raises(InferenceError, match="must tell at least one parameter of a junction, but none does"):
            junction_estimate([Told("run a", empty)], die, "x")
    assert junction_estimate([], die, "x").measured == ()


def test_the_prior_of_the_stress_field_is_that_of_its_product(die):
    _, prior = transport_prior(die)
    relative = np.sqrt(prior[5, 5]) / die.junction.stress_field_per_volt
    assert relative == pytest.approx(0.03 * 2**0.5, rel=1e-3)  # magnetostriction and magnetization, 3 % each


def test_a_hooge_parameter_fills_the_noise_of_the_file_and_nothing_else(die):
    curve = told("run b, transfer-curve", CURVE, die.junction)
    seen = Extraction(("hooge",), np.array([2e-21]), np.array([[1e-44]]), np.array([[1e-44]]))
    found = junction_estimate([curve, Told("run n, noise-spectrum", seen)], die, "x")
    quiet = junction_estimate([curve], die, "x")
    assert found.after.junction == quiet.after.junction.changed(hooge_parameter=2e-21)
    assert found.after.uncertainty["hooge_parameter"] == pytest.approx(1e-22)
    assert found.after.provenance["hooge_parameter"] == "run n, noise-spectrum"
    assert "hooge_parameter" in found.measured
    alone = junction_estimate([Told("run n, noise-spectrum", seen)], die, "x")
    assert alone.measured == ("hooge_parameter",)
    below = Extraction(("hooge",), np.array([-1e-22]), np.array([[1e-44]]), np.array([[1e-44]]))
    [remark] = junction_estimate([Told("run n, noise-spectrum", below)], die, "x").remarks
    assert remark.startswith("`hooge_parameter` was found at -1e-22 ±1e-22, which no junction has")


def test_what_no_run_tells_is_not_said_to_have_been_found(die):
    creeping = replace(die, uncertainty=die.uncertainty | {"piezo_creep": 0.01})
    effect = np.array([[1.01e-10]])
    held = Extraction(
        ("rotation_voltage",), np.array([die.junction.rotation_voltage + 1e-5]), effect, np.array([[1e-12]]),
        taken={"piezo_creep": Estimate(0.0, 0.01)}, contributions={"rotation_voltage": {"piezo_creep": 1e-5}},
    )  # fmt: skip
    gated = told("run c, gated-loops", {"stress_field_per_volt": 0.1, "dipole_field": 0.1}, die.junction)
    for sign in (1, -1):
        turned = replace(held, contributions={"rotation_voltage": {"piezo_creep": sign * 1e-7}})
        found = junction_estimate([gated, Told("run b, transfer-curve", turned)], creeping, "x")
        assert found.transport.sources["piezo_creep"] == (BEFORE,)
        assert not any("piezo_creep" in remark for remark in found.remarks)
