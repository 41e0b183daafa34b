import pytest

from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import EXPECTATION
from smtjlab.reports.transfer import analyse

from .conftest import sweep


def within(found, value, sigmas=4.0):
    return abs(found.value - value) < sigmas * found.uncertainty + 1e-5 * abs(value)


def test_measured_and_predicted_parameters_are_those_of_the_junction(make_run, belief):
    result = analyse(make_run())
    junction = belief.junction
    for side in (result.measured, result.predicted):
        assert within(side.parameters.threshold, junction.threshold_voltage)
        assert within(side.parameters.conductance_antiparallel, 1 / junction.resistance_antiparallel)
        assert within(side.parameters.rotation_voltage, junction.rotation_voltage)


def test_what_all_readings_share_widens_what_is_measured(make_run):
    found = analyse(make_run()).measured.parameters
    assert found.conductance_antiparallel.uncertainty == pytest.approx(2e-4 * 5e-4, rel=0.05)
    assert 1e-4 < found.threshold.uncertainty < 2e-4  # the gate's offset, and a stray field that is not seen


def test_the_belief_makes_the_prediction_uncertain(make_run, belief):
    found = analyse(make_run()).predicted.parameters
    relative = belief.uncertainty["resistance_antiparallel"] / belief.junction.resistance_antiparallel
    assert found.conductance_antiparallel.uncertainty == pytest.approx(relative * 5e-4, rel=0.05)


def test_rows_are_texts_of_three_columns(make_run):
    rows = analyse(make_run()).rows()
    assert [row[0] for row in rows][:3] == ["G_AP", "threshold V_th", "slope at V_th"]
    assert all(isinstance(text, str) and text for row in rows for text in row)
    assert "ν = 162" in rows[-1][1]


def test_the_verdict_reached_beside_the_run_is_taken_over(make_run):
    run = make_run()
    computed = analyse(run).verdict
    fields = computed.to_dict() | {"sentence": "agrees: as noted."}
    with Journal(run.folder / EXPECTATION) as journal:
        journal.note("verdict", final=True, **fields)
    assert analyse(run).sentence == "agrees: as noted."


def test_a_running_verdict_is_not_taken_for_the_last_one(make_run):
    run = make_run()
    with Journal(run.folder / EXPECTATION) as journal:
        journal.note("verdict", final=False, **analyse(run).verdict.to_dict(brief=True))
    assert analyse(run).verdict.dof == 162


def test_a_verdict_on_a_part_of_the_readings_says_of_how_many_it_is(make_run):
    sentence = analyse(make_run(expected=100)).sentence
    assert "ν = 100" in sentence
    assert sentence.endswith("Of 100 of 162 readings: the model has not answered the others.")


def test_a_coarse_sweep_has_no_linear_window_and_says_so(make_run, belief):
    result = analyse(make_run(sweep(belief.junction, points=21)))
    assert result.measured.window is None
    assert any("finer grid" in note for note in result.measured.notes)
