"""Drift of a multiplier with temperature: slopes of thermal averages, and what a null at one temperature leaves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.multiplier_drift import DriftingMultiplier
from smtjlab.simulation.predict import predict

FIG5 = Junction.preset("fig5")
KELVIN = np.array([300.0, 340.0])
GATES = np.linspace(0.273, 0.297, 9)
PAIR = DriftingMultiplier(
    series=50.0, inputs=np.linspace(-0.1, 0.1, 5), gates=GATES, multiplicand=GATES - 0.285, temperatures=KELVIN,
    middle=0.285, reach=(0.185, 0.385),
)  # fmt: skip


def share(junction: Junction, gates: np.ndarray, kelvin: float) -> np.ndarray:
    siemens = predict(junction.changed(temperature=kelvin), "boltzmann", gates).conductance
    return np.asarray(50 * siemens / (1 + 50 * siemens))


def test_the_scale_factor_drifts_as_the_slope_of_the_thermal_average() -> None:
    slopes = [np.polyfit(GATES, share(FIG5, GATES, kelvin), 1)[0] for kelvin in KELVIN]
    expected = (slopes[1] - slopes[0]) / 40 / np.mean(slopes)
    found = PAIR.drift(FIG5, FIG5)
    assert found is not None
    assert found[0] == pytest.approx(expected, rel=1e-6)
    assert np.abs(found[[1, 3]]).max() < 1e-15


def test_the_y_offset_of_unequal_junctions_drifts_by_their_difference() -> None:
    other = FIG5.changed(dipole_field=0.97 * FIG5.dipole_field)
    found = PAIR.drift(FIG5, other)
    assert found is not None
    grid = np.linspace(0.185, 0.385, 20001)
    held = grid[np.argmin(np.abs(share(other, grid, 300.0) - share(FIG5, np.array([0.285]), 300.0)))]
    zeros = []
    for kelvin in KELVIN:
        slope, level = np.polyfit(GATES - 0.285, share(FIG5, GATES, kelvin), 1)
        zeros.append((share(other, np.array([held]), kelvin)[0] - level) / slope)
    assert found[2] == pytest.approx((zeros[1] - zeros[0]) / 40, rel=0.02)


def test_a_null_that_is_out_of_reach_has_no_drift() -> None:
    assert replace(PAIR, reach=(0.29, 0.30)).drift(FIG5, FIG5) is None


def test_the_spread_is_about_a_value_and_leaves_such_pairs_out() -> None:
    about = np.zeros(4)
    found = PAIR.drift(FIG5, FIG5)
    assert found is not None
    assert PAIR.spread([(FIG5, FIG5)], about) == pytest.approx(np.abs(found))
    assert np.isnan(replace(PAIR, reach=(0.29, 0.30)).spread([(FIG5, FIG5)], about)).all()


def test_without_a_reference_the_scale_factor_drifts_alike() -> None:
    alone, pair = replace(PAIR, reach=None, fixed=0.0).drift(FIG5, FIG5), PAIR.drift(FIG5, FIG5)
    assert alone is not None
    assert pair is not None
    assert alone[0] == pytest.approx(pair[0], rel=1e-9)
