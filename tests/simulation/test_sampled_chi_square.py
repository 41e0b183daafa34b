"""Chi-square of readings whose common unknowns are known by copies only."""

from __future__ import annotations

import numpy as np
import pytest

from smtjlab.simulation.sampled_chi_square import effects_of, nothing_used, sampled_minimum, verdict_of

COPIES = 20_000


def drawn(rng: np.random.Generator, slopes: np.ndarray) -> np.ndarray:
    return 1.0 + slopes[:, None] * rng.standard_normal(COPIES)


def test_it_is_the_chi_square_of_the_whole_covariance() -> None:
    rng = np.random.default_rng(1)
    slopes, own, effect = np.linspace(0.5, 2, 6), np.full(6, 0.3), np.linspace(1, -1, 6)
    values = 1.0 + rng.standard_normal(6)
    found = sampled_minimum(values, own, drawn(rng, slopes), {"gain": effect})
    covariance = np.outer(slopes, slopes) + np.outer(effect, effect) + np.diag(own**2)
    wanted = float((values - 1) @ np.linalg.solve(covariance, values - 1))
    assert found.chi_square == pytest.approx(wanted, rel=0.05)


def test_an_error_of_the_instrument_is_found() -> None:
    rng = np.random.default_rng(2)
    effect = np.linspace(1, -1, 8)
    found = sampled_minimum(1 + 2 * effect, np.full(8, 0.05), drawn(rng, np.zeros(8)), {"gain": effect})
    assert found.z["gain"] == pytest.approx(2.0, rel=0.01)


def test_chi_square_averages_to_the_number_of_readings() -> None:
    """400 runs of 8 readings: the mean has a standard deviation of 0.2; four of them are 6e-5 of false alarms."""
    rng = np.random.default_rng(3)
    slopes, own = np.linspace(0.5, 2, 8), np.full(8, 0.2)
    copies = drawn(rng, slopes)
    runs = [1 + slopes * rng.standard_normal() + own * rng.standard_normal(8) for _ in range(400)]
    assert np.mean([sampled_minimum(one, own, copies, {}).chi_square for one in runs]) == pytest.approx(8, abs=0.8)


def test_effects_of_readings_that_lack_an_error_are_none() -> None:
    assert effects_of([{"a": 1.0}, {"b": 2.0}])["a"].tolist() == [1.0, 0.0]


def test_a_verdict_names_the_worst_reading() -> None:
    found = sampled_minimum(np.array([1.0, 1.0, 9.0]), np.ones(3), np.ones((3, 10)), {})
    verdict = verdict_of(found, np.arange(3), [0.1, 0.2, 0.3], 0.001)
    assert verdict.agrees is False
    assert verdict.largest is not None
    assert verdict.largest.gate == 0.3
    assert "no verdict" in nothing_used(0, 0.001).sentence
