import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.linear_window import LinearWindowError, inl, linear_window

GAMMA, NU, R_P, R_AP = 0.2623457, 0.0012767, 1000.0, 2000.0
"""Fig. 5 of the paper; the curve below is its closed form, independent of the package."""
GRID = np.arange(401) * 1e-3


def hyperbola(v, r_p=R_P, r_ap=R_AP):
    u = np.maximum(v - NU, GAMMA)
    return 2 / (r_p + r_ap) * u / (u + GAMMA * (r_ap - r_p) / (r_ap + r_p))


@pytest.mark.parametrize(
    ("line", "ends", "change"),
    [("least_squares", (0.264, 0.286), 9.84e-6), ("endpoint", (0.264, 0.278), 6.40e-6)],
)
def test_windows_of_the_static_curve_on_a_grid_of_1_mv(line, ends, change):
    found = linear_window(GRID, hyperbola(GRID), line=line)
    assert (found.start, found.stop) == pytest.approx(ends)
    assert found.change == pytest.approx(change, rel=1e-3)
    assert found.inl <= 0.01


@pytest.mark.parametrize("scale", [1, 2, 5])
def test_the_minimax_window_is_that_of_the_closed_form_and_scaling_both_resistances_leaves_it(scale):
    v = np.arange(0.24, 0.34, 2e-4)
    found = linear_window(v, hyperbola(v, scale * R_P, scale * R_AP), line="minimax")
    s_1 = GAMMA + GAMMA / 3
    width = s_1 * ((1.02 / 0.98) ** 2 - 1)
    assert found.stop - found.start == pytest.approx(width, abs=8e-4)  # the foot may lend a point or two


def test_the_window_on_the_span_is_that_of_the_closed_form():
    found = linear_window(GRID, hyperbola(GRID), line="minimax", normaliser="span", span=1 / 1500 - 1 / 2000)
    assert found.stop == pytest.approx(0.38835, abs=2e-3)
    assert found.change == pytest.approx(43.8e-6, rel=2e-3)


@given(
    st.floats(-5, 5),
    st.floats(0.1, 5).map(lambda x: x * 1e-4),
    st.sampled_from(["least_squares", "minimax", "endpoint"]),
)
def test_a_straight_line_is_its_own_window(offset, slope, line):
    v = np.linspace(0, 1, 12)
    found = linear_window(v, offset + slope * v, line=line)
    assert (found.start, found.stop, found.points) == (0, 1, 12)
    assert found.slope == pytest.approx(slope, rel=1e-6)


def test_minimax_is_never_worse_than_least_squares():
    rng = np.random.default_rng(3)
    v = np.sort(rng.uniform(0, 1, 30))
    g = v + 0.02 * rng.standard_normal(30)
    inl = {
        line: linear_window(v, g, line=line, tolerance=1.0, minimum_points=30).inl
        for line in ("minimax", "least_squares")
    }
    assert inl["minimax"] <= inl["least_squares"]


@given(st.integers(0, 1000))
def test_the_minimax_line_is_as_far_below_as_above_and_touches_three_points(seed):
    rng = np.random.default_rng(seed)
    v, g = np.sort(rng.uniform(0, 1, 20)), rng.standard_normal(20)
    found = inl(v, g, (v[0], v[-1]), line="minimax", normaliser="span", span=1.0)
    left = g - found.intercept - found.slope * v
    assert left.max() == pytest.approx(-left.min())
    assert np.sum(np.abs(np.abs(left) - found.inl) < 1e-9) >= 3


def test_order_and_repeated_gates_do_not_matter():
    g = hyperbola(GRID)
    twice = linear_window(np.concatenate([GRID, GRID[::-1]]), np.concatenate([g, g[::-1]]))
    assert twice == linear_window(GRID, g)


def test_weights_draw_the_line():
    v = np.linspace(0, 1, 10)
    g = v + np.where(v > 0.9, 0.05, 0.0)
    weights = np.where(v > 0.9, 1e-12, 1.0)
    assert linear_window(v, g, tolerance=0.1, minimum_points=10, weights=weights).slope == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: linear_window(GRID[:7], hyperbola(GRID[:7])),
            "at least 8 different gate voltages, but the sweep has 7",
        ),
        (lambda: linear_window(GRID[::10], hyperbola(GRID[::10])), "finer grid or less noise"),
        (lambda: linear_window(GRID, np.ones(401)), "none of this sweep does"),
        (lambda: linear_window(GRID, np.full(401, np.nan)), "must be finite"),
        (lambda: linear_window(GRID, GRID[:-1]), "same length"),
        (lambda: linear_window(GRID, GRID, line="spline"), "`line` must be one of .*`minimax`.* but is `spline`"),
        (lambda: linear_window(GRID, GRID, line="minimax", weights=GRID), "Weights must go with"),
        (lambda: linear_window(GRID, GRID, tolerance=0), "`tolerance` must be above 0"),
    ],
)
def test_what_has_no_window_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(LinearWindowError, match=sentence):
        call()


@pytest.mark.parametrize(
    ("line", "ratio"),
    [("minimax", (1 + 2 * 0.01) / (1 - 2 * 0.01)), ("endpoint", (1 + 0.01) / (1 - 0.01))],
)
def test_on_the_window_of_the_closed_form_the_inl_is_1_percent(line, ratio):
    s_1 = GAMMA + GAMMA / 3
    start, stop = GAMMA + NU, GAMMA + NU + s_1 * (ratio**2 - 1)
    v = np.linspace(start, stop, 2001)
    found = inl(v, hyperbola(v), (start, stop), line=line)
    assert found.inl == pytest.approx(0.01, rel=1e-4)
    assert inl(v, hyperbola(v), (stop, start), line=line) == found


def test_on_the_span_the_inl_is_that_of_the_closed_form():
    s_1, s_2, span = GAMMA * 4 / 3, 0.38835 - NU + GAMMA / 3, 1 / 1500 - 1 / 2000
    v = np.linspace(GAMMA + NU, 0.38835, 2001)
    expected = GAMMA / 3 / 1500 * (s_1**-0.5 - s_2**-0.5) ** 2 / 2 / span
    found = inl(v, hyperbola(v), (v[0], v[-1]), line="minimax", normaliser="span", span=span)
    assert found.inl == pytest.approx(expected, rel=1e-4)
    assert found.inl == pytest.approx(0.01, rel=1e-3)


def test_the_thermal_curve_has_the_windows_of_the_table():
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve

    g = static_curve(GRID, curve_parameters(Belief.preset("fig5").junction))
    for options, ends, change in (
        ({}, (0.286, 0.309), 9.14e-6),
        ({"line": "minimax"}, (0.283, 0.313), 11.9e-6),
        ({"normaliser": "span", "span": 1 / 1500 - 1 / 2000}, (0.258, 0.371), 39.0e-6),
    ):
        found = linear_window(GRID, g, **options)
        assert (found.start, found.stop) == pytest.approx(ends, abs=1e-3)
        assert found.change == pytest.approx(change, rel=1e-2)
        assert inl(GRID, g, ends, **options).inl == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize(
    ("window", "sentence"),
    [((0.3, 0.304), "between 0.3 V and 0.304 V there are 5"), ((0.1, 0.2), "must change between 0.1 V and 0.2 V")],
)
def test_a_window_with_nothing_to_judge_is_refused(window, sentence):
    with pytest.raises(LinearWindowError, match=sentence):
        inl(GRID, hyperbola(GRID), window)
