"""What the bar below says of a run."""

from dataclasses import replace

import pytest

from smtjlab.gui.models.run_feed import RunFeed
from smtjlab.gui.views.run_bar import RunBar
from smtjlab.procedures.status import State


@pytest.fixture
def bar(qtbot):
    found = RunBar()
    qtbot.addWidget(found)
    return found


def test_a_verdict_of_fewer_readings_than_there_are_says_of_how_many(bar, finished):
    glance = RunFeed(finished.folder).look()
    verdict = {"sentence": "agrees: χ²/ν = 0.9.", "readings": 4, "dof": 4}
    bar.show_glance(replace(glance, verdict=verdict))
    assert "10 of 10 points · Model, of the first 4 readings, agrees" in bar.detail.text()
    bar.show_glance(replace(glance, verdict=verdict | {"readings": 10}))
    assert "10 of 10 points · Model agrees" in bar.detail.text()


def test_a_run_that_was_stopped_has_its_verdict_and_one_that_failed_has_why(bar, finished):
    glance = replace(RunFeed(finished.folder).look(), verdict={"sentence": "agrees."})
    bar.show_glance(replace(glance, state=State.STOPPED, reason="The run was stopped."))
    assert "The run was stopped. · Model agrees." in bar.detail.text()
    bar.show_glance(replace(glance, state=State.FAILED, reason="`gate` must answer, but did not."))
    assert "Model" not in bar.detail.text()


def test_what_is_unsafe_is_in_the_colour_of_alarms_and_safe_is_only_what_was_read_back(bar, finished):
    glance = RunFeed(finished.folder).look()
    told = {State.UNSAFE: "alarm", State.FAILED: "warning", State.DONE: ""}
    for state, how in told.items():
        bar.show_glance(replace(glance, state=state, reason="", safe=state is State.DONE))
        assert {bar.state.property("how"), bar.progress.property("how")} == {how}
        assert ("bench safe" in bar.state.text()) is (state is State.DONE)
