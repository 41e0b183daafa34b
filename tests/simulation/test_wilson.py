"""Wilson's interval: textbook values, and that it covers."""

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.wilson import wilson_interval


@pytest.mark.parametrize(("successes", "low", "high"), [(0, 0.0, 0.2775), (5, 0.2366, 0.7634), (10, 0.7225, 1.0)])
def test_the_interval_has_its_textbook_values(successes: int, low: float, high: float) -> None:
    assert wilson_interval(successes, 10) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("probability", [0.01, 0.3, 0.9])
def test_the_interval_covers_as_often_as_it_says(probability: float) -> None:
    counts = np.random.default_rng(1).binomial(200, probability, size=20_000)
    low, high = wilson_interval(counts, 200)
    # Coverage of a discrete interval wanders around its nominal value; seed fixed.
    assert np.mean((low <= probability) & (probability <= high)) == pytest.approx(0.95, abs=0.03)


def test_more_confidence_is_a_wider_interval() -> None:
    narrow, wide = wilson_interval(3, 100, 0.68), wilson_interval(3, 100, 0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_no_trials_and_impossible_confidences_are_refused() -> None:
    with pytest.raises(ModelError, match="`trials` must be at least 1, but is 0"):
        wilson_interval(0, 0)
    with pytest.raises(ModelError, match="`confidence` must be between 0 and 1, but is 1"):
        wilson_interval(0, 1, 1.0)
    with pytest.raises(ModelError, match="`trials` must be at least 1, but is nan"):
        wilson_interval(0, float("nan"))  # type: ignore[arg-type]


@pytest.mark.parametrize(("successes", "told"), [(7, "7"), (-1, "-1"), (float("nan"), "nan"), ([2, 6], "6")])
def test_impossible_successes_are_refused(successes: float | list[int], told: str) -> None:
    with pytest.raises(ModelError, match=f"`successes` must be from 0 to the 5 trials, but are {told}"):
        wilson_interval(successes, 5)
