"""What stands on the card of an instrument."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smtjlab.gui import texts
from smtjlab.gui.models.bench_facts import CALIBRATION, facts_of
from smtjlab.gui.views.bench_panel import BenchPanel
from smtjlab.instruments.bench import Bench

TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(("days", "late"), [(None, False), (CALIBRATION - 1, False), (CALIBRATION + 1, True)])
def test_the_day_is_told_by_which_an_instrument_must_be_calibrated(qtbot, days, late):
    panel = BenchPanel()
    qtbot.addWidget(panel)
    ago = None if days is None else TODAY - timedelta(days=days)
    panel.show_facts([replace(facts_of(Bench.load("virtual"))[0], calibrated=ago)])
    told = {name.text(): value.text() for name, value in panel._cards["gate"]._rows}[texts.CALIBRATED]
    day = None if ago is None else (ago + timedelta(days=CALIBRATION)).isoformat()
    assert told == (texts.NOT_STATED if day is None else texts.OVERDUE.format(day=day) if late else day)
