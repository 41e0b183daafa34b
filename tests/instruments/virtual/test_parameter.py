from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.virtual.parameter import Boolean, Choice, Integer, Number, Text, keyword_forms
from smtjlab.instruments.virtual.scpi import Argument, Form, ScpiError

VOLTS = Number(-210, 210, 0, "V")
KINDS = [VOLTS, Number(0, 1e4, 0, "S"), Integer(1, 300_000, 1), Boolean(), Choice(("VOLTage", "CURRent")), Text()]


def code_of(kind, text, form=Form.PLAIN):
    with pytest.raises(ScpiError) as problem:
        kind.read(Argument(text, form))
    return problem.value.code


@given(st.floats(-210, 210))
def test_a_number_is_read_as_it_is_written(value):
    assert VOLTS.read(Argument(repr(value))) == value


@given(st.sampled_from(KINDS), st.text(max_size=40), st.sampled_from(Form))
def test_any_argument_is_a_value_or_an_error(kind, text, form):
    code = -100
    try:
        kind.read(Argument(text, form))
    except ScpiError as problem:
        code = problem.code
    assert -299 <= code <= -100


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 mV", 1e-3), ("1MV", 1e-3), (".5", 0.5), ("1.", 1), ("-1E+2", -100),
     ("MIN", -210), ("maximum", 210), ("DEF", 0), ("#HA", 10), ("#B101", 5)],
)  # fmt: skip
def test_numbers_have_suffixes_words_and_other_bases(text, value):
    assert VOLTS.read(Argument(text)) == pytest.approx(value)


def test_the_prefix_m_is_mega_before_ohm_and_milli_elsewhere():
    assert Number(0, 1e9, 0, "OHM").read(Argument("2 MOHM")) == 2e6
    assert Number(0, 1e9, 0, "A").read(Argument("2 MA")) == 2e-3


@pytest.mark.parametrize(
    ("text", "code"),
    [("211", -222), ("2kv", -222), ("INF", -222), ("abc", -104), ("1.2.3", -121), ("1e999", -123), ("", -109),
     ("1 A", -131), ("1 xV", -131), ("1" * 300, -124), ("#HZ", -121)],
)  # fmt: skip
def test_wrong_numbers_have_their_codes(text, code):
    assert code_of(VOLTS, text) == code


def test_a_string_is_no_number():
    assert code_of(VOLTS, "1", Form.STRING) == -158


def test_a_bare_number_takes_no_unit():
    assert code_of(Number(0, 10, 1), "1 V") == -138


@pytest.mark.parametrize(("text", "value"), [("ON", True), ("off", False), ("1", True), ("0", False)])
def test_switches_are_on_off_1_0(text, value):
    assert Boolean().read(Argument(text)) is value


def test_a_switch_has_two_positions():
    assert code_of(Boolean(), "2") == -224


@pytest.mark.parametrize("text", ["volt", "VOLTAGE", "Volt"])
def test_choices_have_a_short_and_a_long_form(text):
    assert Choice(("VOLTage", "CURRent")).read(Argument(text)) == "VOLT"


@pytest.mark.parametrize("text", ["VOLTA", "VOL", "RES"])
def test_nothing_between_the_two_forms_is_a_choice(text):
    assert code_of(Choice(("VOLTage", "CURRent")), text) == -224


def test_forms_of_a_keyword():
    assert keyword_forms("NPLCycles") == ("NPLC", "NPLCYCLES")
