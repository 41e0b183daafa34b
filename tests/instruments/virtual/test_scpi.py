from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.virtual.scpi import Argument, Form, ScpiError, units

KEYWORD = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,11}", fullmatch=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
BLANK = st.text(alphabet=" \t", max_size=3)


def texts(message):
    return [argument.text for unit in units(message) for argument in unit.arguments]


def refused(message):
    with pytest.raises(ScpiError) as problem:
        list(units(message))
    return problem.value.code


@given(st.lists(st.lists(KEYWORD, min_size=1, max_size=4), min_size=1, max_size=6), BLANK)
def test_units_and_keywords_come_back_as_they_were_joined(headers, blank):
    message = f"{blank};{blank}".join(":" + ":".join(header) for header in headers)
    assert [unit.keywords for unit in units(message)] == [tuple(k.upper() for k in header) for header in headers]


@given(KEYWORD, st.lists(NUMBERS, min_size=1, max_size=8), BLANK)
def test_numbers_come_back_as_they_were_written(keyword, numbers, blank):
    assert texts(f"{keyword} " + f"{blank},{blank}".join(numbers)) == numbers


@given(KEYWORD, st.text(st.characters(codec="latin-1", exclude_characters="\n"), max_size=60), st.sampled_from("\"'"))
def test_a_string_keeps_every_character_inside_its_quotes(keyword, text, quote):
    doubled = text.replace(quote, quote * 2)
    assert [unit.arguments for unit in units(f"{keyword} {quote}{doubled}{quote}")] == [(Argument(text, Form.STRING),)]


@given(st.text(st.characters(codec="latin-1"), max_size=200))
def test_any_text_is_parsed_or_refused_with_a_command_error(message):
    code = -100
    try:
        list(units(message))
    except ScpiError as problem:
        code = problem.code
    assert -199 <= code <= -100


@pytest.mark.parametrize("message", ["", ";", " ; ;; ", "\r", "\t;\r"])
def test_empty_units_are_passed_over(message):
    assert list(units(message)) == []


def test_an_empty_parameter_at_the_end_is_no_parameter():
    assert texts(":TRACe:MAKE 'b1', 100, ") == ["b1", "100"]


def test_a_colon_before_a_common_command_is_allowed():
    [unit] = units(":*RST")
    assert unit.keywords == ("*RST",)
    assert unit.common


def test_a_semicolon_in_quotes_separates_nothing():
    assert texts("A 'x;y', (@1;2)") == ["x;y", "(@1;2)"]


def test_a_block_is_taken_by_its_length():
    [unit] = units("A #15he;lo, 2")
    assert unit.arguments == (Argument("he;lo", Form.BLOCK), Argument("2"))


@pytest.mark.parametrize(
    ("message", "code"),
    [("\x80", -101), ("A\xffB", -101), ("?", -102), ("A=1", -102), ("A 'x' 'y'", -103), ("A 'x", -151),
     ("A #19ab", -161), ("A #3x", -161), ("A (1", -171), ("A 1\x7f2", -101)],
)  # fmt: skip
def test_broken_grammar_has_its_code(message, code):
    assert refused(message) == code


def test_units_before_a_broken_one_are_there_already():
    found = units("A 1; 'x'")
    assert next(found).keywords == ("A",)
    with pytest.raises(ScpiError):
        next(found)
