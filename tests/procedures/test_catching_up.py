"""The model may be far behind when a run ends: what is waited for, and what is said of a verdict on a part."""

import dataclasses
from types import SimpleNamespace

import pytest

from smtjlab.procedures import start
from smtjlab.procedures.catching_up import wait_for_model
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import EXPECTATION, JOURNAL, of_part
from smtjlab.procedures.status import State, this_process
from smtjlab.simulation.expectation import Expectation

READINGS = 4


@pytest.fixture
def run(make_run):
    return make_run("0123abcd", "checking", "running", "done", readings=READINGS)


@pytest.fixture
def model(run):
    with Journal.create(run.folder / EXPECTATION, {"id": run.id, "process": this_process()}) as journal:
        yield journal


def answer(journal, number):
    journal.append(number, dataclasses.asdict(Expectation(5e-4, 4e-4, 6e-4, 3e-4, 7e-4, effective_gate=0.0)))


def test_a_model_is_waited_for_as_long_as_it_answers(run, model):
    looks = []

    def watch(shown, state):
        looks.append((shown.points_answered, state))
        number = run.points_answered
        if number < READINGS:
            answer(model, number)
        else:
            model.note("end", readings=READINGS)

    assert wait_for_model(run, watch=watch, patience=30)
    assert looks == [(number, State.DONE) for number in range(READINGS + 1)]


def test_a_model_that_gives_no_sign_is_not_waited_for(run, model):
    assert not wait_for_model(run, patience=0.2)


def test_a_model_whose_process_has_ended_is_not_waited_for(run):
    gone = this_process() | {"started": 1.0}
    with Journal.create(run.folder / EXPECTATION, {"id": run.id, "process": gone}):
        assert not wait_for_model(run, patience=60)


def test_nobody_answers_the_rows_of_a_loop(run, model):
    with Journal(run.folder / JOURNAL) as journal:
        journal.add_facts(columns={"a": "V"})
    assert wait_for_model(run, patience=60, watch=lambda *_: pytest.fail("there is nothing to wait for"))


@pytest.mark.parametrize(("state", "waits"), [(State.STOPPED, False), (State.DONE, True)])
def test_whoever_stops_a_run_does_not_wait_for_its_model(run, monkeypatch, state, waits):
    """Unless the run was whole by then."""

    def follow(started, watch):
        started.stop()
        return state, ""

    waited = []
    monkeypatch.setattr(start, "follow", follow)
    monkeypatch.setattr(start, "wait_for_model", lambda run, **_: waited.append(run))
    client = SimpleNamespace(ask=lambda *_, **__: {}, close=lambda: None)
    start._watched(start.Started(run, None, client), None)
    assert waited == ([run] if waits else [])


def test_a_verdict_on_the_first_readings_says_so_until_there_is_one_on_all(run, model):
    model.note("verdict", final=False, readings=3, sentence="agrees: so far.")
    assert run.verdict_sentence() == "agrees: so far. Of 3 of 4 readings: the model has not answered the others."
    model.note("verdict", final=True, readings=4, sentence="agrees: all.")
    assert run.summary()["verdict"] == "agrees: all."


def test_a_verdict_of_an_older_journal_stands_as_it_is(run, model):
    model.note("verdict", final=True, sentence="agrees: as ever.")
    assert run.verdict_sentence() == "agrees: as ever."
    assert of_part(4, 4) == ""
