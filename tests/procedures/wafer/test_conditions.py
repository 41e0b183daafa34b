"""Conditions: what they compare, what they make of what is not known, and how a mistake in one is told."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.procedures.wafer.conditions import Condition
from smtjlab.procedures.wafer.errors import RecipeError

DEVICE = {"tmr": 0.8, "resistance_parallel": 2000.0, "threshold": 0.27, "leakage": None}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("tmr > 50 %", True),
        ("TMR > 0.9", False),
        ("r_p < 3 kohm and v_th >= 270 mV", True),
        ("1 kohm < r_p < 1.5 kohm", False),
        ("1 kohm < r_p <= 2 kohm", True),
        ("3 kohm > r_p", True),
        ("not tmr < 0.5", True),
        ("not (tmr < 0.5 or r_p > 1 kohm)", False),
        ("tmr < 0.5 or r_p > 1 kohm and v_th > 1 V", False),
        ("(tmr > 0.5 or r_p > 1 kohm) and v_th > 0.1 V", True),
        ("leakage < 1 nA", None),
        ("not leakage < 1 nA", None),
        ("leakage < 1 nA or tmr > 0.5", True),
        ("leakage < 1 nA and tmr < 0.5", False),
        ("leakage < 1 nA and tmr > 0.5", None),
        ("slope > 0 S/V", None),
    ],
)
def test_a_condition_compares_figures_with_quantities(text: str, holds: bool | None) -> None:
    assert Condition(text).holds(DEVICE) is holds


def test_a_condition_names_what_it_asks_for() -> None:
    assert Condition("ra < 10 ohm um^2 or not i_gate > 1 nA").names == {"resistance_area", "leakage"}


def test_units_are_turned_into_those_of_the_figure() -> None:
    assert Condition("ra < 10 ohm um^2").holds({"resistance_area": 9.9e-12})
    assert not Condition("ra < 10 ohm*um^2").holds({"resistance_area": 10.1e-12})


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_comparison_is_that_of_numbers(value: float, bound: float) -> None:
    figures = {"tmr": value}
    for sign, holds in (("<", value < bound), ("<=", value <= bound), (">", value > bound), (">=", value >= bound)):
        assert Condition(f"tmr {sign} {bound!r}").holds(figures) is holds
        turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}[sign]
        assert Condition(f"{bound!r} {turned} tmr").holds(figures) is holds


@given(st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_and_and_or_are_those_of_kleene(one: bool | None, other: bool | None) -> None:
    def known(holds: bool | None) -> float | None:
        return None if holds is None else float(holds)

    figures = {"tmr": known(one), "resistance": known(other)}
    ranks = {False: 0, None: 1, True: 2}
    both, either = Condition("tmr > 0.5 and r > 0.5 ohm"), Condition("tmr > 0.5 or r > 0.5 ohm")
    assert ranks[both.holds(figures)] == min(ranks[one], ranks[other])
    assert ranks[either.holds(figures)] == max(ranks[one], ranks[other])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a quantity or a figure must stand where 'its end' stands"),
        ("tmr", "<, <=, > or >= must stand where 'its end' stands"),
        ("tmr > ", "a quantity must stand where 'its end' stands"),
        ("tmr > r_p", "a quantity must stand where 'r_p' stands"),
        ("tmrr > 1", "'tmrr' is no figure, such as 'tmr'"),
        ("tmr > 1 kohm", "'tmr' is in plain numbers, and A unit must be of the kind of a plain number"),
        ("r_p > 1 V", "'resistance_parallel' is in ohm"),
        ("tmr > 1 and", "must stand where 'its end' stands"),
        ("(tmr > 1", "a bracket is not closed"),
        ("tmr > 1)", "'\\)' is left over"),
        ("tmr == 1", "has '='"),
        ("__import__('os')", 'has "\'"'),
        ("not " * 30 + "tmr > 1", "nested more than 20 deep"),
        ("tmr > 1 or " * 200, "at most 1000 characters"),
    ],
)
def test_what_is_no_condition_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        Condition(text)


@given(st.text("tmrand or<>=()123 %.", max_size=40))
def test_whatever_is_written_is_a_condition_or_a_mistake(text: str) -> None:
    with suppress(RecipeError):
        assert Condition(text).holds(DEVICE) in (True, False, None)


@pytest.mark.parametrize(
    "text",
    ["tmr > 5 % and tmr < 1 %", "not (r_p < 1 kohm or r_p >= 1 kohm)", "tmr < 1 % and (2 < flags < 1 or tmr > 1 %)"],
)
def test_a_condition_that_never_holds_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match=r"must be one that can hold, but .* never does"):
        Condition(text)


@pytest.mark.parametrize("text", ["tmr >= 5 % and tmr <= 5 %", "1 < flags < 2", "not tmr > 5 %", "tmr < -1000"])
def test_a_condition_that_may_hold_is_taken(text: str) -> None:
    assert Condition(text).text == text
