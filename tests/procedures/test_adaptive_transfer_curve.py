"""A transfer curve that chooses its gates: what it may be asked for, where it goes, and when it ends."""

import os
import re
import signal
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.open_bench import open_bench
from smtjlab.procedures.adaptive_transfer_curve import UNITS, AdaptiveTransferCurve
from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.find import packaged_procedures
from smtjlab.procedures.start import resume, submit
from smtjlab.procedures.status import State
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.next_point import UNITS as UNITS_OF_TARGETS

BELIEF = Belief.preset("fig5-die")
LOOP = {"piezo_hysteresis": 0.05, "piezo_hysteresis_voltage": 0.4}
KNOWING = Belief(BELIEF.junction.changed(**LOOP), {**BELIEF.uncertainty, "piezo_hysteresis": 1e-3})


def measured(procedure, *, most=60, bench="virtual@smtj", belief=BELIEF):
    """Return the readings of a procedure on a bench in this process, and its last words."""
    readings = []
    with open_bench(bench) as opened:
        opened.device.check(procedure.setpoints())
        procedure.prepare(opened.device)
        while (proposal := procedure.propose(readings, belief)).setpoint is not None and len(readings) < most:
            readings.append(procedure.measure(opened.device, proposal.setpoint))
    return readings, proposal


@pytest.fixture(scope="module")
def threshold():
    return measured(AdaptiveTransferCurve(wanted="0.1 mV"))


def gates(readings):
    return [reading.setpoint.gate for reading in readings]


def test_it_has_a_name_and_targets_with_units():
    assert packaged_procedures()["adaptive-transfer-curve"] is AdaptiveTransferCurve
    assert {str(target): unit for target, unit in UNITS_OF_TARGETS.items()} == UNITS


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"wanted": "0.1 S"}, "`wanted`: A unit must be of the kind of V"),
        ({"wanted": "-1 %"}, "`wanted` must be above 0"),
        ({"target": "kappa"}, "`target` must be threshold"),
        ({"resolution": "10 uV"}, "at most 10000 gate voltages to choose from, but leaves 40001"),
        ({"first": 30, "at_most": 20}, "`first` must be at most `at_most`"),
        ({"start": -0.1}, "must stay positive"),
        ({"bias": 0.0}, "`bias` must not be 0 V"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(values, sentence):
    with pytest.raises(ParameterError, match=re.escape(sentence)):
        AdaptiveTransferCurve.from_values(values)


def test_a_coarse_pass_comes_first_and_then_the_gates_that_tell(threshold):
    readings, _ = threshold
    assert gates(readings)[:9] == pytest.approx(np.linspace(0, 0.4, 9))
    chosen = np.array(gates(readings)[9:])
    near = np.abs(chosen - BELIEF.junction.threshold_voltage) < 0.04
    assert np.sum(near) >= 2


def test_it_ends_with_what_was_wanted_and_fewer_readings_than_a_sweep(threshold):
    readings, last = threshold
    assert last.setpoint is None
    told = re.fullmatch(r"threshold (\S+) mV ± (\S+) uV, ± 100 uV wanted, on this branch alone: .*", last.standing)
    assert float(told[2]) <= 100
    assert len(readings) < 40


def test_it_ends_on_the_uncertainty_that_the_fit_of_the_transfer_curve_has_from_the_scatter(threshold):
    readings, last = threshold
    found = AdaptiveTransferCurve().extraction(readings, BELIEF)
    place = found.names.index("threshold")
    stated = 1e-6 * float(last.standing.split(" ± ")[1].split(" uV")[0])
    assert stated == pytest.approx(found.statistical[place, place] ** 0.5, rel=0.3)


def test_every_proposal_is_a_candidate_and_goes_back_by_the_start_only(threshold):
    readings, _ = threshold
    candidates = {one.gate for one in AdaptiveTransferCurve().candidates()}
    assert set(gates(readings)) <= candidates
    for before, after in zip(gates(readings), gates(readings)[1:], strict=False):
        assert after >= before or after == 0.0


def test_the_same_readings_give_the_same_proposal(threshold):
    readings, _ = threshold
    procedure = AdaptiveTransferCurve(wanted="0.1 mV")
    for count in range(len(readings)):
        assert procedure.propose(readings[:count], BELIEF).setpoint == readings[count].setpoint


def test_a_sweep_that_does_not_reach_the_threshold_ends_after_its_coarse_pass():
    readings, last = measured(AdaptiveTransferCurve(stop=0.2))
    assert len(readings) == 9
    assert "does not cross the threshold" in last.standing


def test_readings_without_a_number_choose_no_gate(threshold):
    flagged = [one.__class__.from_dict(one.to_dict() | {"flags": ["compliance"]}) for one in threshold[0]]
    with pytest.raises(InferenceError, match="at least 4 valid readings, but of"):
        AdaptiveTransferCurve().propose(flagged, BELIEF)


def test_a_curve_that_misses_the_readings_is_told_while_they_are_taken(threshold):
    readings, last = threshold
    assert "misses" not in last.standing
    off = [
        replace(one, value=one.value + (-1) ** k * 20 * one.uncertainty.independent) for k, one in enumerate(readings)
    ]
    told = AdaptiveTransferCurve(wanted="1 nV").propose(off, BELIEF).standing
    assert re.search(r"wanted; the curve misses the readings \(χ²/ν = \d{3}\)", told)


def test_a_killed_run_goes_on_to_where_it_would_have_gone(out, wait_until):
    procedure = AdaptiveTransferCurve(wanted="1 uV", averaging=1, at_most=30)
    with submit(procedure, bench="virtual", junction="fig5-die", model="static", out=out) as started:
        run = started.run
        wait_until(lambda: run.points_taken >= 10)
        os.kill(run.meta["engine"]["pid"], signal.SIGKILL)
    wait_until(lambda: any(event.kind == "safety" for event in run.events()))
    done = resume(run, accept=["code"])
    assert (done.status, done.points_planned, done.points_taken) == (State.DONE, 30, 30)
    readings = done.readings()
    assert len(done.setpoints()) == 30
    for count in range(9, 20):
        assert procedure.propose(readings[:count], BELIEF).setpoint == readings[count].setpoint


@pytest.fixture(scope="module")
def looped(tmp_path_factory):
    """Return the readings on a junction with a loop of 5 %, for one who knows of it, and the last words."""
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    fields = "\n".join(f"{name} = {value}" for name, value in LOOP.items())
    path = tmp_path_factory.mktemp("looped") / "looped.toml"
    path.write_text(text.replace("spread = 0.03 ", f"{fields}\nspread = 0.0 "), encoding="utf-8")
    return measured(AdaptiveTransferCurve(wanted="0.1 mV"), bench=f"{path}@smtj", belief=KNOWING)


def test_a_loop_that_is_known_does_not_shift_the_threshold(looped):
    """Within 4 of scatter and the errors of the gate together: false alarm below 1e-4; the loop shifts it by 3 mV."""
    told = re.fullmatch(r"threshold (\S+) mV ± (\S+) uV, ± 100 uV wanted", looped[1].standing)
    assert 1e-3 * float(told[1]) == pytest.approx(BELIEF.junction.threshold_voltage, abs=4 * 0.2e-3)
    found = AdaptiveTransferCurve().extraction(looped[0], KNOWING)
    assert not any("nothing is believed of the piezo's loop" in remark for remark in found.remarks)


def test_a_loop_that_nobody_knows_of_shifts_it_and_is_reckoned_with_in_words(looped):
    last = AdaptiveTransferCurve(wanted="1 mV").propose(looped[0], BELIEF)
    told = re.fullmatch(r"threshold (\S+) mV ± .* wanted, on this branch alone: nothing is .*", last.standing)
    assert 1e-3 * float(told[1]) > BELIEF.junction.threshold_voltage + 2e-3
    found = AdaptiveTransferCurve().extraction(looped[0], BELIEF)
    assert any("which no uncertainty here holds" in remark for remark in found.remarks)
