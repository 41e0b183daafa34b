import pytest

from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.gate_step import GateStep
from smtjlab.procedures.noise_of_readings import with_noise
from smtjlab.simulation.belief import Belief

TRUTH = 'preset = "fig5"\npiezo_creep = 0.02\nleakage_resistance = "2 Gohm"'
STEP = GateStep(averaging=2, recovery=10)


def knowing(loop, uncertainty):
    belief = Belief.preset("fig5-die")
    known = belief.junction.changed(piezo_hysteresis=loop)
    return Belief(known, {**belief.uncertainty, "piezo_hysteresis": uncertainty})


def test_readings_come_in_decades_of_time():
    held = [one.dwell for one in GateStep(per_decade=2, hold=1000).setpoints() if one.branch == "hold"]
    assert held == pytest.approx([1, 2.2, 6.8, 21.6, 68.4, 216, 684], abs=1)


def test_the_probing_step_goes_on_in_the_direction_of_the_step():
    gates = {one.gate for one in GateStep(start=0.0, stop=-0.3, probe=0.02).setpoints() if one.branch == "probe"}
    assert gates == {-0.32}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"start": 0.35}, "must differ from `start` by more than `probe`"),
        ({"start": -0.1}, "must not step across 0 V"),
        ({"hold": 1.0}, "`hold` must be longer than `first`"),
        ({"bias": 0.0}, "`bias` must not be 0 V"),
    ],
)
def test_a_step_that_tells_nothing_is_refused(parameters, sentence):
    with pytest.raises(ParameterError, match=sentence):
        GateStep(**parameters)


def test_hidden_creep_and_leakage_are_found_through_the_wire(through_the_wire):
    """Within 4 standard uncertainties: false alarm below 2e-4, and fixed by the seed."""
    readings, belief = through_the_wire(TRUTH, STEP), knowing(0.0, 1e-3)
    found = STEP.extraction(readings, belief)
    for name, value in {"piezo_creep": 0.02, "leakage_resistance": 2e9}.items():
        estimate = found.estimate(name)
        assert estimate.value == pytest.approx(value, abs=4 * estimate.uncertainty)
        assert estimate.uncertainty < 0.02 * value
    assert "below" in found.reasons["absorption"]
    assert STEP.view(readings, belief).age.max() == pytest.approx(1000, rel=0.01)


def test_a_piezo_that_does_not_creep_is_told_from_one_that_does(through_the_wire):
    found = STEP.extraction(through_the_wire('preset = "fig5"', STEP), Belief.preset("fig5-die"))
    creep = found.estimate("piezo_creep")
    assert creep.value == pytest.approx(0, abs=4 * creep.uncertainty)


def test_a_loop_of_the_piezo_is_taken_out_as_it_is_believed(through_the_wire):
    """Within 4 standard uncertainties, 1 % of the assumed shape among them; without the loop it would be 7 % less."""
    found = STEP.extraction(through_the_wire(f"{TRUTH}\npiezo_hysteresis = 0.05", STEP), knowing(0.05, 0.005))
    creep = found.estimate("piezo_creep")
    assert creep.value == pytest.approx(0.02, abs=4 * creep.uncertainty)
    assert 0 < found.contributions["piezo_creep"]["piezo_hysteresis"] < 0.02 * creep.value
    assert creep.uncertainty < 0.02 * creep.value


def test_a_loop_of_which_nothing_is_believed_makes_the_creep_uncertain_by_what_it_takes_from_it(through_the_wire):
    """A loop of 5 % takes 7 % from the creep, many times what scatters: only its own term can hold the truth."""
    readings = through_the_wire(f"{TRUTH}\npiezo_hysteresis = 0.05", STEP)
    found = STEP.extraction(readings, Belief.preset("fig5-die"))
    creep = found.estimate("piezo_creep")
    off, scatter = creep.value - 0.02, found.statistical[0, 0] ** 0.5
    assert abs(off) > 4 * scatter
    assert abs(off) < 1.5 * creep.uncertainty
    assert any("Nothing is believed of the piezo's loop" in remark for remark in found.remarks)


def test_noise_that_other_runs_have_shown_makes_the_creep_uncertain(through_the_wire):
    belief = knowing(0.0, 1e-3)
    readings = through_the_wire(TRUTH, STEP)
    calm, noisy = (STEP.extraction(with_noise(readings, k, "step"), belief).statistical[0, 0] for k in (0.0, 1e-8))
    assert noisy > 4 * calm
