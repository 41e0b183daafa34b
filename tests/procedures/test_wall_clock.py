import time

import pytest

from smtjlab.cli.show import notes
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.status import State, this_process
from smtjlab.procedures.wall_clock import elapsed, set_back
from smtjlab.reports.facts import events


@pytest.fixture
def jumped(tmp_path, monkeypatch, reading_at):
    """A run in whose midst the computer's clock was set back by an hour."""
    facts = {"id": "0a0a0a0a", "created": "2026-11-23T10:00:00+00:00", "procedure_name": "x", "planned": 3}
    now = [1_795_428_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    with Journal.create(tmp_path / JOURNAL, facts | {"engine": this_process()}) as journal:
        for number, (state, step) in enumerate((("running", 0), ("making_safe", -3600), ("done", 5))):
            now[0] += step
            journal.note("state", state=state)
            journal.append(number, reading_at(0.1 * number).to_dict())
        assert journal.finish()
    return Run(tmp_path)


def test_a_clock_set_back_changes_neither_order_nor_status(jumped):
    assert [round(reading.gate, 1) for reading in jumped.readings()] == [0.0, 0.1, 0.2]
    assert [event.payload.get("state") for event in jumped.events()] == ["running", "making_safe", "done", None]
    assert jumped.status is State.DONE


def test_the_end_is_what_the_clock_said_at_the_end(jumped):
    assert jumped.summary()["end"] == "2026-11-23T09:00:05+00:00"


def test_no_negative_time_is_shown_and_the_setting_is_told(jumped):
    assert [seconds for seconds, _ in events(jumped)] == ["0.0 s", "0.0 s", "5.0 s"]
    assert notes(jumped) == ["The computer's clock was set back by 3600 s during the run."]


def test_time_that_passed_is_the_sum_of_the_steps_forward():
    assert elapsed([10.0, 12.0, 2.0, 3.0]) == [0.0, 2.0, 2.0, 3.0]
    assert elapsed([]) == []
    assert set_back([10.0, 12.0, 2.0, 3.0, 2.999]) == 10.0
