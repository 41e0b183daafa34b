import json
import tracemalloc
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.simulation.agreement import Agreement, Verdict
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.belief_evaluator import BeliefEvaluator
from smtjlab.simulation.expectation import Expectation
from smtjlab.simulation.predict import predict

GATE = np.linspace(0, 0.4, 41)
NOISE = 2e-8


@pytest.fixture(scope="module")
def belief():
    return Belief.load("fig5-die")


def believed(belief, conductance, *, noise=NOISE, claimed=None, seed=0, gate=GATE, model="boltzmann"):
    """Return an Agreement with noisy readings of that conductance in it, their scatter as claimed or as it is."""
    agreement, random = Agreement(belief, model), np.random.default_rng(seed)
    for v, g in zip(gate, conductance + noise * random.standard_normal(len(gate)), strict=True):
        uncertainty = SimpleNamespace(independent=claimed or noise, common={"gain": 2e-4 * g}, gate={"offset": 1e-4})
        agreement.add(float(g), expectation(v), uncertainty, bias=0.1, gate=float(v))
    return agreement


def expectation(gate, correction=0.0):
    return Expectation(5e-4, 0, 0, 0, 0, parts={"thermal": 1e-10}, effective_gate=float(gate), correction=correction)


def curve(junction, model="boltzmann", **options):
    return predict(junction, model, GATE, **options).conductance


def test_right_beliefs_are_not_called_wrong_and_their_p_values_are_uniform(belief):
    """12 dies: mean p beyond 0.5 +- 0.28 (3.4 standard errors), or any verdict wrong: a false alarm of 1.3 %."""
    verdicts = [believed(belief, curve(die), seed=k).evaluate() for k, die in enumerate(belief.draw(12, seed=5))]
    assert all(verdict.agrees for verdict in verdicts)
    assert abs(np.mean([verdict.p_value for verdict in verdicts]) - 0.5) < 0.28


@pytest.mark.parametrize("change", [{"transverse_field": 800.0}, {"gate_sign": -1}, {"temperature": 4.0}])
def test_a_wrong_belief_is_told_so(belief, change):
    verdict = believed(belief, curve(belief.junction.changed(**change))).evaluate()
    assert verdict.agrees is False
    assert verdict.sentence.startswith("differs: χ²/ν = ")


def test_a_belief_without_uncertainty_must_fit_as_it_stands(belief):
    exact = Belief(belief.junction)
    assert believed(exact, curve(exact.junction)).evaluate().agrees
    other = exact.junction.changed(dipole_field=1.01 * exact.junction.dipole_field)
    assert not believed(exact, curve(other)).evaluate().agrees


def test_a_belief_that_is_pulled_far_is_wrong_however_many_readings_hide_it(belief):
    wrong = belief.junction.changed(resistance_antiparallel=1.2 * belief.junction.resistance_antiparallel)
    gate = np.repeat(GATE, 5)
    verdict = believed(belief, np.repeat(curve(wrong), 5), gate=gate).evaluate()
    assert verdict.agrees is False
    assert verdict.belief_p_value < 5e-4 < verdict.p_value
    assert "resistance antiparallel +6." in verdict.sentence
    assert f"off by more than chance, p = {verdict.belief_p_value:.2g}, " in verdict.sentence


def test_the_sentence_has_the_numbers(belief):
    verdict = believed(belief, curve(belief.junction)).evaluate()
    assert f"χ²/ν = {verdict.reduced:.3g} (ν = 41), p = {verdict.p_value:.2g}" in verdict.sentence
    assert verdict.sentence.startswith("agrees: ")
    assert verdict.sentence.endswith("(false-alarm rate 0.1 %).")
    assert f"{verdict.largest.sigma:.1f} σ at" in verdict.sentence


def test_readings_that_do_not_count_have_no_pull(belief):
    agreement = believed(belief, curve(belief.junction))
    nothing = SimpleNamespace(independent=NOISE, common={}, gate={})
    agreement.add(None, expectation(0.4), nothing)
    agreement.add(float("nan"), expectation(0.4), nothing)
    verdict = agreement.evaluate()
    assert verdict.dof == 41
    assert (len(verdict.pulls), verdict.pulls[41:], verdict.residuals[41:]) == (43, (None, None), (None, None))


def test_no_reading_no_verdict(belief):
    assert Agreement(belief, "boltzmann").evaluate().agrees is None
    agreement = Agreement(belief, "boltzmann")
    agreement.add(None, expectation(0.1), SimpleNamespace(independent=NOISE, common={}, gate={}))
    verdict = agreement.evaluate()
    assert (verdict.p_value, verdict.reduced) == (None, None)
    assert verdict.sentence.startswith("no verdict: none of the 1 readings")


def test_a_verdict_survives_json(belief):
    verdict = believed(belief, curve(belief.junction)).evaluate()
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict(), allow_nan=False))) == verdict
    assert verdict.to_dict(brief=True)["pulls"] == []


def test_what_the_trajectories_found_moves_the_reference(belief):
    exact, moved = Belief(belief.junction), 3e-7
    agreement = Agreement(exact, "sllg")
    for v, g in zip(GATE, curve(exact.junction) + moved, strict=True):
        uncertainty = SimpleNamespace(independent=NOISE, common={}, gate={})
        agreement.add(float(g), expectation(v, correction=moved), uncertainty)
    assert agreement.evaluate().chi_square == pytest.approx(0, abs=1e-6)


def off_by(belief, sigmas, **parts):
    """Return the verdict on one reading that is so many standard deviations of its meter off an exact belief."""
    exact = Belief(belief.junction)
    agreement, expected = Agreement(exact, "static"), replace(expectation(0.1), parts=parts)
    own = SimpleNamespace(independent=NOISE, common={}, gate={})
    at = predict(exact.junction, "static", np.array([0.1]), bias=0.1).conductance[0]
    agreement.add(float(at) + sigmas * NOISE, expected, own, bias=0.1, gate=0.1)
    return agreement.evaluate()


def test_chi_square_has_half_of_the_false_alarms(belief):
    """3.481 standard deviations are what chance brings in 0.05 % of all cases."""
    assert off_by(belief, 3.47).agrees is True
    assert off_by(belief, 3.49).agrees is False


@pytest.mark.parametrize("part", ["thermal", "model", "well", "read_back"])
def test_what_belongs_to_one_reading_alone_widens_its_scatter(part, belief):
    assert off_by(belief, 5.0, **{part: 3**0.5 * NOISE}).chi_square == pytest.approx(25 / 4)
    assert off_by(belief, 5.0, instrument=9 * NOISE).chi_square == pytest.approx(25)


def test_scatter_far_below_the_claim_is_remarked(belief):
    agreement = believed(Belief(belief.junction), curve(belief.junction), noise=NOISE, claimed=100 * NOISE)
    assert "scatter less than their uncertainties claim" in agreement.evaluate().sentence


@pytest.mark.parametrize("model", ["static", "boltzmann", "tangent_exact"])
def test_the_evaluator_is_the_model_itself(belief, model):
    rows = BeliefEvaluator(belief, model, bias=0.1)(np.zeros((2, 6)), np.stack([GATE, GATE + 0.01]))
    np.testing.assert_allclose(rows[0], curve(belief.junction, model, bias=0.1), rtol=1e-12)
    assert rows[1, -1] > rows[0, -1]


def test_a_junction_that_cannot_be_is_nan(belief):
    names = BeliefEvaluator(belief, "static").names
    z = np.where([name == "thickness" for name in names], -100.0, 0.0)
    assert np.isnan(BeliefEvaluator(belief, "static")(z[None, :], GATE[None, :])).all()


def test_a_million_readings_fit_into_memory(belief):
    """Some 100 bytes a reading: six numbers of its own and the effects of the common errors."""
    agreement, uncertainty = (
        Agreement(belief, "boltzmann"),
        SimpleNamespace(independent=1e-9, common={"a": 1.0}, gate={}),
    )
    tracemalloc.start()
    for number in range(5000):
        agreement.add(5e-4, expectation(1e-6 * number), uncertainty, bias=0.1)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 5000 * 120


def test_a_common_error_of_some_readings_only_is_no_error_of_the_others(belief):
    """What comes late has no effect before; what a reading that cannot count names is nobody's unknown."""
    agreement = Agreement(belief, "boltzmann")
    for value, common in ((5e-4, {}), (5e-4, {"late": 1e-8}), (float("nan"), {"of nobody": 1.0}), (5e-4, {})):
        uncertainty = SimpleNamespace(independent=1e-6, common=common, gate={})
        agreement.add(value, expectation(0.0), uncertainty, bias=0.1)
    verdict = agreement.evaluate()
    assert verdict.dof == 3
    assert {"late"} == {name for name in verdict.nuisance if name in ("late", "of nobody")}
