"""What the procedure `transfer-curve` tells of a junction that has lived through it."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.reading import Flag, Reading, Uncertainty
from smtjlab.procedures.transfer_curve import TransferCurve
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus

BELIEF = Belief.preset("fig5-die")
CURVE = TransferCurve(stop=0.5, points=61)
NOISE = 2e-8


def lived(junction, seed=1, stimuli=True):
    """Readings of a sweep up and down, of the Boltzmann model as the junction lives through it."""
    replicas, rng, out = Replicas([junction], model="boltzmann", seed=seed), np.random.default_rng(seed), []
    for number, point in enumerate(CURVE.setpoints()):
        lengths = ((0.02, False), (0.24, True))
        seen = tuple(Stimulus(duration=t, gate=point.gate, bias=0.1, read=read) for t, read in lengths)
        mean = float(replicas.respond(list(seen)).mean[0])
        shared = Uncertainty(independent=NOISE, common={"gain": 2e-4 * mean}, gate={"offset": 1e-5})
        out.append(
            Reading(
                setpoint=point, value=mean + NOISE * rng.standard_normal(), uncertainty=shared, gate=point.gate,
                stimuli=seen if stimuli else (), time=float(number), gate_current=0.0, bias=0.1, current=None,
            )
        )  # fmt: skip
    return out


def pull(found, name, true):
    return abs(found.estimate(name).value - true) / found.estimate(name).uncertainty


def test_both_branches_of_a_hysteretic_die_tell_its_parameters_and_the_loop_of_its_piezo():
    die = BELIEF.draw(1, 3)[0].changed(piezo_hysteresis=0.03, transverse_field=1500.0)
    found = CURVE.extraction(lived(die), BELIEF)
    assert pull(found, "threshold", die.threshold_voltage) < 4
    assert pull(found, "rotation_voltage", die.rotation_voltage) < 4
    assert pull(found, "transverse_ratio", die.transverse_field / die.dipole_field) < 4
    assert pull(found, "piezo_hysteresis", 0.03) < 4
    assert found.estimate("hysteresis_voltage").value == pytest.approx(-0.0166, abs=5e-4)
    assert found.chi_square < found.dof + 5 * (2 * found.dof) ** 0.5
    assert "at 0.1 V across the junction" in found.remarks[-1]


def test_the_believed_creep_is_taken_out():
    die = BELIEF.junction.changed(piezo_creep=0.01)
    creeping = Belief(die, dict(BELIEF.uncertainty))
    assert pull(CURVE.extraction(lived(die), creeping), "threshold", die.threshold_voltage) < 4
    assert pull(CURVE.extraction(lived(die), BELIEF), "threshold", die.threshold_voltage) > 10


def test_without_stimuli_the_branches_differ_by_a_shift():
    found = CURVE.extraction(lived(BELIEF.junction, stimuli=False), BELIEF)
    assert pull(found, "hysteresis_voltage", 0.0) < 4
    assert "piezo_hysteresis" not in found


def test_a_flagged_reading_has_no_place_in_the_fit():
    readings = lived(BELIEF.junction)
    readings[5] = replace(readings[5], flags=frozenset([Flag.UNSETTLED]))
    found = CURVE.extraction(readings, BELIEF)
    assert found.points == len(readings) - 1
    assert np.flatnonzero(np.isnan(found.pulls)).tolist() == [5]


def test_readings_that_speak_against_the_believed_sign_are_fitted_with_the_other_one():
    wrong = Belief(BELIEF.junction.changed(gate_sign=-1), dict(BELIEF.uncertainty))
    found = CURVE.extraction(lived(BELIEF.junction), wrong)
    assert found.estimate("threshold").value == pytest.approx(BELIEF.junction.threshold_voltage, rel=1e-3)
    assert any("against the believed `gate_sign`" in remark for remark in found.remarks)


def test_a_run_without_a_valid_reading_tells_nothing_in_one_sentence():
    with pytest.raises(InferenceError, match="at least 8 valid readings, but there are 0"):
        CURVE.extraction([], BELIEF)
