from dataclasses import replace

import pytest

from smtjlab.instruments.reading import Flag, Reading, Setpoint, Uncertainty
from smtjlab.procedures.journal import Journal, JournalReader
from smtjlab.procedures.suspicion import IN_A_ROW, Suspicion


def reading(number, **fields):
    usual = Reading(
        setpoint=Setpoint(gate=0.01 * number, bias=0.1),
        value=5e-4,
        uncertainty=Uncertainty(independent=1e-8, common={"offset": 1e-8}),
        stimuli=(),
        time=0.0,
        gate=0.01 * number,
        gate_current=1e-12,
        bias=0.1,
        current=5e-5 + 1e-9 * number,
    )
    return replace(usual, **fields)


@pytest.fixture
def told(tmp_path):
    """Return the warnings that a row of readings brings about."""

    def tell(readings):
        suspicion = Suspicion()
        with Journal.create(tmp_path / "journal.sqlite", {"id": "0123abcd"}) as journal:
            for number, one in enumerate(readings):
                suspicion.look(number, one, journal)
        return [event.payload["text"] for event in JournalReader(tmp_path / "journal.sqlite").events()]

    return tell


def test_readings_that_differ_are_not_suspicious(told):
    assert told([reading(n) for n in range(3 * IN_A_ROW)]) == []


def test_a_row_of_equal_readings_is_told_once_with_the_first_of_them(told):
    readings = [reading(n) for n in range(10)] + [reading(n, current=5e-5) for n in range(10, 40)]
    assert told(readings) == ["From reading 11 on `junction` reads the same to the last digit: it may be stuck."]


def test_equal_readings_at_one_gate_voltage_are_not_suspicious(told):
    assert told([reading(0) for _ in range(20)]) == []


def test_readings_without_a_current_say_that_contact_may_be_lost(told):
    [text] = told([reading(n, value=1e-8, current=1e-9) for n in range(20)])
    assert text == "From reading 0 on `junction` reads no current: needles or wires may have lost contact."


def test_an_output_of_a_circuit_may_be_zero_again_and_again(told):
    """As of a multiplier that is nulled, all along the column of products with zero."""
    assert told([reading(n, value=1e-8, current=None, quantity="voltage", unit="V") for n in range(20)]) == []


@pytest.mark.parametrize(("bias", "name"), [(0.004, "junction"), (0.1, "gate")])
def test_a_row_in_compliance_names_the_source_that_is(told, bias, name):
    [text] = told([reading(n, bias=bias, flags=frozenset({Flag.COMPLIANCE})) for n in range(20)])
    assert f"`{name}` is in compliance" in text


ZERO = {"value": 1e-9, "current": None, "quantity": "voltage", "levels": {"gate": 0.28, "junction": 0.0}, "unit": "V"}


def test_of_the_many_sources_of_a_circuit_none_is_named_by_guess(told):
    [text] = told([reading(n, **ZERO, flags=frozenset({Flag.COMPLIANCE})) for n in range(20)])
    assert text.startswith("From reading 0 on a source of the circuit is in compliance")


def test_a_row_that_is_broken_in_time_is_not_told(told):
    flags = [frozenset({Flag.COMPLIANCE}) if n % IN_A_ROW else frozenset() for n in range(40)]
    assert told([reading(n, flags=one) for n, one in enumerate(flags)]) == []


@pytest.mark.parametrize(("jump", "way"), [(-3600.0, "back"), (90.0, "forward")])
def test_a_clock_that_is_set_is_told_with_its_way_and_the_reading(told, monkeypatch, jump, way):
    moments = iter([1000.0, *[1000.0] * 3, *[1000.0 + jump] * 10])
    monkeypatch.setattr("smtjlab.procedures.suspicion._ahead", lambda: next(moments))
    [text] = told([reading(n) for n in range(6)])
    assert f"clock was set {way} by {abs(jump):.0f} s before reading 3" in text
