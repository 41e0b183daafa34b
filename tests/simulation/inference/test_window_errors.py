from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve
from smtjlab.simulation.inference.window_errors import window_extraction
from smtjlab.simulation.linear_window import LinearWindowError, inl

GATE = np.linspace(0.2, 0.4, 101)
CURVE = static_curve(GATE, curve_parameters(Belief.preset("fig5").junction))
WINDOW = (0.286, 0.31)


def readings(scatter=1e-8, seed=1, **shared):
    noise = scatter * np.random.default_rng(seed).standard_normal(len(GATE))
    return Observations(
        GATE, CURVE + noise, np.full(len(GATE), scatter), **({"common": {}, "gate_effects": {}} | shared)
    )


def test_the_ends_jump_by_points_and_the_inl_on_the_window_does_not():
    found = window_extraction(readings(), seed=1, draws=30, centre=CURVE)
    assert 1e-3 < found.estimate("window_start").uncertainty < 2e-2
    assert found.estimate("inl").uncertainty < 5e-3
    assert found.estimate("inl").value <= 0.01
    assert "bootstrap of 30 draws" in found.remarks[0]


def test_the_error_of_the_inl_is_that_of_repeated_measurements():
    """60 curves and 60 draws: the ratio of two such deviations is within 1/1.45 to 1.45 but once in 200 (F test)."""
    options = {"line": "minimax"}
    seen = [inl(GATE, readings(seed=k).conductance, WINDOW, **options).inl for k in range(60)]
    once = replace(readings(), gate=GATE[43:56], conductance=CURVE[43:56], scatter=readings().scatter[43:56])
    found = window_extraction(once, seed=3, draws=60, tolerance=0.05, **options)
    assert found.estimate("inl").uncertainty == pytest.approx(np.std(seen, ddof=1), rel=0.45)


def test_a_gain_changes_the_change_and_not_the_inl():
    data = readings(common={"gain": 0.01 * CURVE})
    alone, shared = (window_extraction(one, seed=1, draws=40, centre=CURVE) for one in (replace(data, common={}), data))
    assert shared.estimate("inl").uncertainty == pytest.approx(alone.estimate("inl").uncertainty, rel=0.5)
    assert np.allclose(shared.statistical[2, 2] ** 0.5, alone.statistical[2, 2] ** 0.5, rtol=0.5)


def test_one_seed_gives_one_answer():
    twice = [window_extraction(readings(), seed=5, draws=10).covariance for _ in range(2)]
    assert np.array_equal(*twice)


def test_noise_leaves_the_ends_unknown_and_says_so():
    straight = Observations(GATE[:13], GATE[:13].copy(), np.full(13, 1e-3), {}, {})  # every draw bends it by 2 %
    found = window_extraction(straight, seed=1, draws=20, tolerance=1e-3, minimum_points=13)
    assert found.names == ("inl",)
    assert "scatter too much" in found.reasons["window_start"]


def test_too_few_draws_or_points_are_refused():
    with pytest.raises(InferenceError, match="at least 10 draws, but 3"):
        window_extraction(readings(), seed=1, draws=3)
    few = Observations(GATE[:7], CURVE[:7], np.full(7, 1e-8), {}, {})
    with pytest.raises(LinearWindowError, match="at least 8 different gate voltages"):
        window_extraction(few, seed=1)
