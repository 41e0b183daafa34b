"""What `smtjlab runs` has room for."""

import pytest

from smtjlab.cli.runs import brief
from smtjlab.procedures.run import of_part

BELIEF = ", beliefs and specifications off by more than chance, p = 2e-09, threshold +6.1 σ from what was believed"


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ("agrees: χ²/ν = 1.04 (ν = 77), p = 0.31, largest residual 2.7 σ at 281 mV.", "agrees, p = 0.31"),
        (f"differs: χ²/ν = 0.97 (ν = 98), p = 0.57, largest residual 2.4 σ at 0 V{BELIEF}.", "differs, p = 2e-09"),
        ("differs: χ²/ν = 61.3 (ν = 79), p < 1e-300, largest residual 25.6 σ at 270 mV.", "differs, p < 1e-300"),
        (f"agrees: χ²/ν = 1 (ν = 261), p = 0.4 (rate 0.1 %).{of_part(261, 402)}", "agrees, p = 0.4 (261 of 402)"),
        ("no verdict: there is no reading.", "no verdict"),
        ("", ""),
    ],
)
def test_a_list_tells_the_word_of_a_verdict_with_the_chance_that_decides(verdict: str, told: str) -> None:
    assert brief(verdict) == told


def test_a_chance_that_contradicts_the_word_of_an_older_journal_is_not_shown() -> None:
    assert brief("differs: chi-square/nu = 0.97 (nu = 98), p = 0.57, threshold +6.1 sigma from what was believed") == (
        "differs"
    )
