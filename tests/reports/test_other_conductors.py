"""The table of other conductors: all that the paper names, and what a ladder costs by itself."""

import numpy as np
import pytest

from smtjlab.reports.other_conductors import ladder_rmse, other_conductors


def test_every_conductor_that_the_paper_names_has_a_row():
    names = " ".join(row[0] for row in other_conductors().rows)
    for word in ("antiferromagnet", "granular", "skyrmions", "CMOS", "memristor", "domain wall", "s-MTJ"):
        assert word in names


def test_a_ladder_costs_what_rounding_costs():
    # Rounded weights of 2400 entries, 200 products: the ratio of two rms values is known to about 3 %.
    rng = np.random.default_rng(3)
    weights, inputs = rng.uniform(-1, 1, (60, 40)), rng.uniform(-1, 1, (40, 60))
    plus, minus = ((1 + sign * weights) / 2 for sign in (1, -1))
    dither = rng.uniform(-0.5, 0.5, (2, *weights.shape)) / 16  # of 17 levels; pairs round independently
    off = (np.round((plus + dither[0]) * 16) / 16 - plus - dither[0]) - (
        np.round((minus + dither[1]) * 16) / 16 - minus - dither[1]
    )
    ratio = np.sqrt(np.mean((off @ inputs) ** 2) / np.mean((weights @ inputs) ** 2))
    assert ladder_rmse(17) == pytest.approx(ratio, rel=0.15)
