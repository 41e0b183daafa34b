"""The scatter of all repeats of a run against the specification, and from how much it is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import f

from smtjlab.simulation.pooled_scatter import AS_SPECIFIED, PooledScatter, RepeatedReading, law_of, pooled


def repeated(meter: str, raw: np.ndarray, specified: float) -> list[RepeatedReading]:
    return [RepeatedReading(meter, len(row), float(np.std(row, ddof=1)), specified) for row in raw]


def test_the_ratio_is_that_of_the_pooled_variances() -> None:
    raw = np.random.default_rng(1).standard_normal((7, 4))
    within = raw - raw.mean(axis=1, keepdims=True)
    found = pooled(repeated("output", raw, 2.0))["output"]
    assert found.freedom == 7 * 3
    assert found.ratio == pytest.approx(math.sqrt(float(np.sum(within**2)) / 21) / 2.0)


def test_each_meter_has_its_own_ratio() -> None:
    rng = np.random.default_rng(2)
    quiet, loud = repeated("a", rng.standard_normal((200, 4)), 2.0), repeated("b", rng.standard_normal((200, 4)), 0.5)
    found = pooled([*quiet, *loud])
    assert found["a"].ratio == pytest.approx(0.5, rel=0.1)  # standard deviation 3 %
    assert found["b"].ratio == pytest.approx(2.0, rel=0.1)
    assert found["a"].notable
    assert found["b"].notable


def test_too_few_repeats_leave_the_specification() -> None:
    raw = np.random.default_rng(3).standard_normal((2, 4))
    assert pooled(repeated("output", raw, 9.0)) == {"output": AS_SPECIFIED}
    assert pooled([RepeatedReading("output", 1, None, 1.0)] * 30) == {"output": AS_SPECIFIED}
    assert pooled([RepeatedReading("output", 4, 0.0, 1.0)] * 30) == {"output": AS_SPECIFIED}


def test_chance_alone_is_seldom_worth_a_word() -> None:
    """2000 runs at a rate of 0.1 %: more than 9 of them are a false alarm of 5e-5, and the seed is fixed."""
    rng = np.random.default_rng(4)
    ratios = np.sqrt(rng.chisquare(75, 2000) / 75)
    assert sum(PooledScatter(float(one), 75).notable for one in ratios) <= 9


def test_one_meter_has_the_law_of_fisher_with_degrees_of_freedom_as_welch_and_satterthwaite_have_them() -> None:
    law = law_of(["a"] * 8, np.full(8, 0.5), {"a": PooledScatter(1.3, 30)})
    assert law.parts == ((8, pytest.approx(30 / 0.5**2)),)
    assert law.p_value(20.0, 8) == pytest.approx(f.sf(20.0 / 8, 8, 120))


def test_scatter_that_is_known_for_sure_leaves_chi_square() -> None:
    law = law_of(["a", "b"], np.ones(2), {"a": AS_SPECIFIED, "b": AS_SPECIFIED})
    assert law.p_value(9.0, 2) == pytest.approx(math.exp(-4.5))


@pytest.mark.parametrize("meters", [1, 2, 4, 16])
def test_false_alarms_are_as_rare_with_many_meters_as_with_one(meters: int) -> None:
    """Of 200 000 runs 100 ± 10 are below 5e-4, and the draws of p add 5 %: 60 or 150 of them are 1e-4 of chances."""
    rng, each = np.random.default_rng(meters), 48 // meters
    chi_square = np.zeros(200_000)
    for _ in range(meters):
        chi_square += rng.chisquare(each, len(chi_square)) / (rng.chisquare(3 * each, len(chi_square)) / (3 * each))
    names = [f"row{number % meters}" for number in range(48)]
    law = law_of(names, np.ones(48), {name: PooledScatter(1.0, 3 * each) for name in names})
    often, seldom = np.quantile(chi_square, [1 - 7.5e-4, 1 - 3e-4])
    assert law.p_value(often, 48) > 5e-4 > law.p_value(seldom, 48)
