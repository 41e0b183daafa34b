"""A characterisation: planned within the limits, carried out step by step, gone on with where it was broken off."""

from dataclasses import replace
from pathlib import Path

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.procedures import characterise
from smtjlab.procedures.characterisation import Characterisation, StepRecord, StepState, characterisation_folders
from smtjlab.procedures.characterise import Wish, begin_characterisation, left_out, planned_steps, take_step
from smtjlab.procedures.characterise_steps import STEPS, Step, StepImpossible
from smtjlab.procedures.errors import JournalFault, ProcedureMistake, UnknownRun
from smtjlab.procedures.start import RunFailed, measure
from smtjlab.procedures.status import State
from smtjlab.procedures.transfer_curve import TransferCurve
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import JunctionError

WISH = Wish(model="static")
FIELDS = {name for name in STEPS if name.endswith(("loop", "loops"))}


def tiny(belief, site):
    return TransferCurve(start=0.2, stop=0.34, points=2, direction="up", averaging=1)


@pytest.fixture
def begun(tmp_path):
    return begin_characterisation(replace(WISH, out=tmp_path))


def test_every_step_fits_into_a_bench_with_fields_along_both_axes():
    planned = planned_steps(WISH)
    assert [one.record.name for one in planned] == list(STEPS)
    assert all(one.seconds > 0 for one in planned)


def test_a_bench_without_fields_leaves_their_steps_out_and_says_why():
    planned = planned_steps(replace(WISH, bench="virtual"))
    left = {one.record.name: one.record.reason for one in planned if one.plan is None}
    assert set(left) == FIELDS
    assert left["transverse-loop"] == "the bench has no field along the minor axis"


@pytest.mark.parametrize("sign", [1, -1])
def test_ranges_follow_the_sign_and_the_threshold_that_are_believed(sign):
    belief = Belief.preset("fig5-die")
    turned = replace(belief, junction=belief.junction.changed(gate_sign=sign))
    site = dict(Bench.load("two_axis").device_limits)
    low, high = site["gate"].voltage
    site["gate"] = replace(site["gate"], voltage=(sign * low, sign * high) if sign > 0 else (-high, -low))
    curve = STEPS["transfer-curve"].make(turned, site)
    assert sign * curve.start < 0.22 < 0.35 < sign * curve.stop <= 0.6


def test_a_gate_that_cannot_reach_the_threshold_leaves_the_curve_out():
    site = dict(Bench.load("two_axis").device_limits)
    site["gate"] = replace(site["gate"], voltage=(0.0, 0.2))
    with pytest.raises(StepImpossible, match=r"the gate must reach 0.3.* V, but its limit leaves 0.19 V"):
        STEPS["transfer-curve"].make(Belief.preset("fig5-die"), site)


def test_a_bias_curve_keeps_to_the_smaller_limit_of_both_signs():
    site = dict(Bench.load("two_axis").device_limits)
    made = STEPS["bias-curve"].make
    site["junction"] = replace(site["junction"], voltage=(-0.1, 0.3))
    assert made(Belief.preset("fig5-die"), site).bias == pytest.approx(0.095)
    site["junction"] = replace(site["junction"], voltage=(0.0, 0.3))
    with pytest.raises(StepImpossible, match="the bias must reach both signs, but its limits leave one"):
        made(Belief.preset("fig5-die"), site)


def test_a_range_outside_the_limits_leaves_its_step_out_and_keeps_the_others(begun, monkeypatch):
    astray = Step("", lambda *_: replace(tiny(*_), stop=5.0))
    monkeypatch.setitem(STEPS, "bias-curve", astray)
    [left] = [one.record for one in planned_steps(WISH) if one.plan is None]
    assert left.name == "bias-curve"
    assert left.reason.startswith("`gate` must stay within 0 V and 600 mV, but")
    later = take_step(begun, "bias-curve")  # its turn comes in the midst of a characterisation
    assert left in later.plan.steps


def test_a_better_belief_narrows_the_minor_loop():
    die, site = Belief.preset("fig5-die"), Bench.load("two_axis").device_limits
    sure = replace(die, uncertainty={"dipole_field": 100.0})
    vague, close = (STEPS["minor-loop"].make(one, site) for one in (die, sure))
    assert close.start - close.stop < 0.3 * (vague.start - vague.stop)


def test_steps_can_be_chosen_and_unknown_ones_are_refused():
    wanted = [
        one.record.name for one in planned_steps(replace(WISH, only=frozenset(["bias-curve"]))) if one.plan is not None
    ]
    assert wanted == ["bias-curve"]
    assert not any(one.plan for one in planned_steps(replace(WISH, without=frozenset(STEPS))))
    with pytest.raises(ProcedureMistake, match=r"A step must be one of field-loop, .* but is 'magic'"):
        planned_steps(replace(WISH, without=frozenset(["magic"])))


def test_a_characterisation_without_steps_is_refused(tmp_path):
    with pytest.raises(
        ProcedureMistake, match=r"must have at least one step, but all are left out: it is not wanted\."
    ):
        begin_characterisation(replace(WISH, out=tmp_path, without=frozenset(STEPS)))
    with pytest.raises(JunctionError, match="`nobody` was asked for"):
        begin_characterisation(replace(WISH, out=tmp_path, junction="nobody"))
    assert list(tmp_path.iterdir()) == []


def test_each_reason_why_steps_are_left_out_is_told_once():
    reasons = {"field-loop": "no field", "gate-step": "no gate", "minor-loop": "no field"}
    steps = [StepRecord(name, StepState.LEFT_OUT, reason) for name, reason in reasons.items()]
    assert left_out([*steps, StepRecord("bias-curve")]) == {
        "no field": ["field-loop", "minor-loop"],
        "no gate": ["gate-step"],
    }


def test_what_is_begun_stands_in_a_folder_of_its_own_and_is_found_again(begun, tmp_path):
    assert characterisation_folders(tmp_path) == [begun.folder]
    for key in ("last", begun.plan.id, begun.plan.id[:5], str(begun.folder)):
        assert Characterisation.find(tmp_path, key) == begun
    with pytest.raises(UnknownRun, match="must answer to 'zz', but none does"):
        Characterisation.find(tmp_path, "zz")


def test_a_file_that_is_no_plan_is_told_in_a_sentence(begun):
    for text in ("{", "[]", '{"steps": 3}', '{"id": "x", "steps": [{"name": "a", "state": "done"}]}'):
        (begun.folder / "plan.json").write_text(text)
        with pytest.raises(JournalFault, match="must be the plan of a characterisation, but cannot be read as one"):
            Characterisation.load(begun.folder)


def test_a_plan_that_cannot_be_read_keeps_nobody_from_another_one(begun, tmp_path):
    other = begin_characterisation(replace(WISH, out=tmp_path))
    (other.folder / "plan.json").write_text("{")
    assert Characterisation.find(tmp_path, begun.plan.id) == begun
    assert set(characterisation_folders(tmp_path)) == {begun.folder, other.folder}


def test_a_run_of_a_plan_cannot_lead_out_of_the_runs_folder(begun):
    text = (begun.folder / "plan.json").read_text().replace('"run": ""', '"run": "../elsewhere"')
    (begun.folder / "plan.json").write_text(text)
    with pytest.raises(JournalFault, match="a step is unknown"):
        Characterisation.load(begun.folder)


def test_before_anything_is_measured_everything_is_as_believed_before(begun):
    assert begun.estimate.measured == ()
    assert begun.after.provenance["dipole_field"] == "as believed before: preset fig5-die"
    assert begun.before.junction.piezo_hysteresis_voltage == 0.6  # the largest gate that the bench allows


@pytest.fixture
def bench(tmp_path):
    """Return the name of a packaged bench whose instruments live in the engine's process."""
    return "virtual@smtj"


def test_steps_are_ordinary_runs_done_once_and_gone_on_with_after_a_kill(tmp_path, bench, monkeypatch):
    """The second step is broken off right after its run has begun: it is waited for, and not measured twice."""
    monkeypatch.setitem(STEPS, "transfer-curve", Step("", tiny))
    monkeypatch.setitem(STEPS, "bias-curve", Step("", tiny))
    both = frozenset(["transfer-curve", "bias-curve"])
    of = begin_characterisation(replace(WISH, bench=bench, out=tmp_path, only=both))
    assert [one.name for one in of.open_steps] == ["transfer-curve", "bias-curve"]
    of = take_step(of, "transfer-curve")

    class Killed(BaseException):
        pass

    def kill(run, state):
        raise Killed

    with pytest.raises(Killed):
        take_step(of, "bias-curve", kill)
    again = Characterisation.load(of.folder)
    [left] = again.open_steps
    assert (left.name, left.state) == ("bias-curve", StepState.RUNNING)
    done = take_step(again, "bias-curve")
    assert done.open_steps == []
    assert [run.status for run in done.runs.values()] == [State.DONE] * 2
    assert len(list(tmp_path.glob("*/journal.sqlite"))) == 2
    assert done.runs["bias-curve"].meta["junction"].endswith(f"belief-{done.number('bias-curve')}.toml")
    assert Belief.load(done.folder / "junction.toml") == done.after


def test_a_run_that_goes_on_without_its_command_is_ended_safe_by_the_next_one(tmp_path, bench, monkeypatch, make_once):
    """The command of the step was killed; whoever goes on with it watches the same run, and Ctrl+C ends it."""
    monkeypatch.setitem(STEPS, "bias-curve", Step("", lambda *_: replace(tiny(*_), points=2000)))
    of = begin_characterisation(replace(WISH, bench=bench, out=tmp_path, only=frozenset(["bias-curve"])))
    with pytest.raises(EOFError):
        take_step(of, "bias-curve", make_once(EOFError))
    stopped = take_step(Characterisation.load(of.folder), "bias-curve", make_once(KeyboardInterrupt))
    [left] = stopped.open_steps
    assert (left.state, left.reason) == (StepState.STOPPED, "it was stopped")
    assert len(list(tmp_path.glob("*/journal.sqlite"))) == 1


@pytest.fixture
def make_once():
    """Return a function that makes a watcher; it raises an error once its run is under way, and only then."""

    def made(error):
        raised = []

        def watch(run, state):
            if state is State.RUNNING and not raised:
                raised.append(state)
                raise error

        return watch

    return made


def test_what_is_accepted_is_told_to_the_run_that_was_broken_off(begun, make_run, monkeypatch):
    run = make_run("0a0a0a0a", "running", "stopped", readings=2)
    run.folder.rename(begun.folder.parent / run.folder.name)
    stopped = begun.with_step("bias-curve", state=StepState.STOPPED, run=run.folder.name)
    told = []
    monkeypatch.setattr(characterise, "resume", lambda run, accept, watch: told.append(accept) or run)
    take_step(stopped, "bias-curve", accept=["code"])
    assert told == [["code"]]


def test_a_run_that_fails_leaves_its_step_open_with_the_reason(begun, monkeypatch, tmp_path):
    def fails(*_, watch, **__):
        raise RunFailed(characterise.Run(tmp_path / "2026-11-26-aaaa0001"), "The gate draws too much.")

    monkeypatch.setattr(characterise, "measure", fails)
    with pytest.raises(RunFailed, match="draws too much"):
        take_step(begun, "bias-curve")
    record = next(one for one in Characterisation.load(begun.folder).plan.steps if one.name == "bias-curve")
    assert record == StepRecord("bias-curve", StepState.FAILED, "The gate draws too much.", "2026-11-26-aaaa0001")
    assert not record.state.settled


def test_a_step_that_has_become_impossible_is_left_out_when_its_turn_comes(begun, monkeypatch):
    def impossible(belief, site):
        raise StepImpossible("the threshold lies beyond the limit")

    monkeypatch.setitem(STEPS, "transfer-curve", Step("", impossible))
    left = take_step(begun, "transfer-curve")
    record = next(one for one in left.plan.steps if one.name == "transfer-curve")
    assert (record.state, record.reason) == (StepState.LEFT_OUT, "the threshold lies beyond the limit")
    assert measure is characterise.measure
    assert not list(Path(begun.folder.parent).glob("*/journal.sqlite"))
