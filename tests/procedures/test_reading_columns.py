"""Columns straight from a journal are those of its readings."""

import math

import pytest

from smtjlab.instruments.reading import Flag, Reading, Setpoint, Uncertainty
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal import Record
from smtjlab.procedures.reading_columns import reading_columns
from smtjlab.simulation.stimulus import Stimulus

PATH = "journal.sqlite"


def reading(number, **further):
    seen = (
        Stimulus(duration=1.0, field=5e4),
        Stimulus(duration=0.1, field=1e3, transverse_field=-2e3, read=True),
        Stimulus(duration=0.3, field=3e3, transverse_field=2e3, temperature=290.0 + number, read=True),
    )
    told = {
        "setpoint": Setpoint(gate=0.1, branch="up" if number < 2 else "down"),
        "value": 1e-3 * number,
        "uncertainty": Uncertainty(independent=3e-6, common={"gain": 4e-6}),
        "stimuli": seen,
        "time": 0.5 * number,
        "gate": 0.1,
        "gate_current": None,
        "bias": 0.1,
        "current": 1e-4,
    }
    return Reading(**(told | further))


def columns(*readings):
    return reading_columns([Record(n, 0.0, one.to_dict()) for n, one in enumerate(readings)], PATH)


def test_every_column_is_what_the_readings_say():
    readings = [reading(number) for number in range(4)]
    found = columns(*readings)
    for name in ("time", "value", "gate", "bias", "current", "field", "transverse_field", "temperature"):
        assert found.columns[name] == pytest.approx([getattr(one, name) for one in readings], rel=1e-12), name
    assert found.columns["sigma"] == pytest.approx([5e-6] * 4)
    assert all(math.isnan(one) for one in found.columns["gate_current"])
    assert found.branches == ("up", "up", "down", "down")
    assert (found.quantity, found.unit) == ("conductance", "S")


def test_a_reading_without_stimuli_has_no_field_and_no_temperature():
    found = columns(reading(0, stimuli=()))
    assert found.columns["field"].tolist() == [0.0]
    assert math.isnan(found.columns["temperature"][0])


def test_flags_are_words_and_an_overflow_is_no_number():
    found = columns(reading(0), reading(1, value=None, flags=frozenset({Flag.OVERFLOW, Flag.COMPLIANCE})))
    assert found.flags == ("", "compliance, overflow")
    assert math.isnan(found.columns["value"][1])


def test_what_is_no_reading_is_refused_with_its_number():
    spoilt = reading(1).to_dict() | {"value": "much"}
    records = [Record(0, 0.0, reading(0).to_dict()), Record(1, 0.0, spoilt)]
    with pytest.raises(JournalFault, match=r"Record 1 of journal.sqlite must be a reading, but"):
        reading_columns(records, PATH)


def test_of_no_readings_there_are_empty_columns():
    assert len(columns()) == 0
