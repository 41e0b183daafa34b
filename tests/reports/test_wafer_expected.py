"""Measured devices against a population that was predicted of their kind."""

import math

import numpy as np
import pandas as pd
import pytest

from smtjlab.reports.wafer_expected import Expected, against_population
from smtjlab.simulation.populations.population import Population

NUMBER = 4000
NAMES = [f"{k},0/a1" for k in range(NUMBER)]


def population(**read: np.ndarray) -> Population:
    return Population(figures={}, read=read, gate=np.zeros(1), conductance=np.zeros((1, 1)), window=None)


def measured(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"device": "d800", "good": True, "tmr": values})


def told(values: np.ndarray, sample: np.ndarray) -> Expected:
    found, untold = against_population(measured(values), NAMES, {"d800": population(tmr=sample)})
    assert not untold
    return found[0]


def test_devices_of_the_population_are_not_odd_and_one_that_is_far_off_is() -> None:
    """Quantiles of 20 000 draws are known to 0.9 % of a standard deviation, distances of 6 to 1.1 % more."""
    rng = np.random.default_rng(1)
    values = 1 + 0.01 * rng.standard_normal(NUMBER)
    values[7] = 1.06
    found = told(values, 1 + 0.01 * rng.standard_normal(20_000))
    assert list(found.odd) == ["7,0/a1"]
    assert found.odd["7,0/a1"] == pytest.approx(6, abs=0.35)
    assert found.whole[0] == pytest.approx(0, abs=5 * math.hypot(found.whole[1], 0.009))
    assert found.spread[0] == pytest.approx(1, abs=5 * math.hypot(found.spread[1], 0.012))
    assert not found.is_another_kind


def test_a_kind_that_is_another_is_told_as_a_whole() -> None:
    """Six standard deviations off, twice as wide."""
    rng = np.random.default_rng(2)
    found = told(1.06 + 0.02 * rng.standard_normal(NUMBER), 1 + 0.01 * rng.standard_normal(20_000))
    assert found.is_another_kind
    assert found.whole[0] == pytest.approx(6, abs=0.35)
    assert found.whole[1] == pytest.approx(2 * math.sqrt(math.pi / 2 / NUMBER), rel=0.1)
    assert found.spread[0] == pytest.approx(2, abs=0.2)


def test_devices_that_are_not_good_do_not_count() -> None:
    rng = np.random.default_rng(3)
    frame = measured(rng.standard_normal(NUMBER)).assign(good=np.arange(NUMBER) % 2 == 0)
    [found], _ = against_population(frame, NAMES, {"d800": population(tmr=rng.standard_normal(NUMBER))})
    assert found.count == NUMBER // 2
    assert np.isnan(found.off[1::2]).all()


def test_what_cannot_be_told_is_a_sentence() -> None:
    frame = measured(np.ones(NUMBER))
    assert against_population(frame, NAMES, {})[1] == [
        "Nothing was predicted of d800, whose gate the recipe does not sweep."
    ]
    alike = {"d800": population(tmr=np.full(30, 0.9))}
    assert "must let it vary" in against_population(frame, NAMES, alike)[1][0]
    few = {"d800": population(tmr=np.arange(10.0))}
    assert "at least 20 devices" in against_population(frame, NAMES, few)[1][0]
