"""The table of other conductors: all that the paper names, and what a ladder costs by itself."""

import numpy as np
import pytest

from smtjlab.reports.other_conductors import ladder_rmse, other_conductors


def test_every_conductor_that_the_paper_names_has_a_row():
    names = " ".join(row[0] for row in other_conductors().rows)
    for word in ("antiferromagnet", "granular", "skyrmions", "CMOS", "memristor", "domain wall", "s-MTJ"):
        assert word in names


@pytest.mark.parametrize("levels", [5, 17, 64])
def test_a_ladder_costs_what_rounding_costs(levels):
    """Weights of 2400 entries, 60 products each: the ratio of two rms values is known to 2.5 %; 4 of these."""
    rng = np.random.default_rng(3)
    weights, inputs = rng.uniform(-1, 1, (60, 40)), rng.uniform(-1, 1, (40, 60))
    steps = levels - 1
    plus, minus = (np.round((1 + sign * weights) / 2 * steps) / steps for sign in (1, -1))
    ratio = np.sqrt(np.mean(((plus - minus - weights) @ inputs) ** 2) / np.mean((weights @ inputs) ** 2))
    assert ladder_rmse(levels) == pytest.approx(ratio, rel=0.1)
    assert ladder_rmse(levels) == pytest.approx(1 / steps)
