import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from smtjlab.simulation.inference.coverage import coverage_factor, expanded, expanded_uncertainty
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Extraction

ROOT_3 = math.sqrt(3)
SIZE = st.floats(1e-3, 1e3)
SOURCES = [{"name": "gain", "distribution": "rectangular"}, {"name": "field", "distribution": "normal"}]


def test_a_normal_error_needs_1_96():
    assert coverage_factor(2.5) == pytest.approx(1.959964, rel=1e-6)


def test_one_rectangle_needs_0_95_of_its_half_width():
    assert coverage_factor(0.0, [7.0]) == pytest.approx(0.95 * ROOT_3, rel=1e-6)


def test_two_equal_rectangles_are_a_triangle():
    """P(|S| > q) = (1 - q/2a)^2."""
    assert expanded_uncertainty(0.0, [1.0, 1.0]) == pytest.approx(2 * (1 - math.sqrt(0.05)), rel=1e-5)


def test_two_unequal_rectangles_are_a_trapezium():
    """Half widths 2 and 1: the flank from 1 to 3 has the density (3 - x)/8, so P(|S| > q) = (3 - q)^2/8."""
    assert expanded_uncertainty(0.0, [2.0, 1.0]) == pytest.approx(3 - math.sqrt(0.4), rel=1e-5)


@pytest.mark.parametrize("dof", [1, 2, 5, 30])
def test_few_degrees_of_freedom_are_students(dof):
    assert coverage_factor(1.0, dof=dof) == pytest.approx(t.ppf(0.975, dof), rel=1e-9)


@pytest.mark.parametrize("p", [0.5, 0.6827, 0.95, 0.99])
def test_a_normal_and_a_rectangle_hold_what_they_say(p):
    """Drawn 400 000 times: the share is within 0.004 of p, five standard deviations."""
    rng = np.random.default_rng(5)
    drawn = rng.normal(0, 0.7, 400_000) + rng.uniform(-1.5, 1.5, 400_000) + rng.uniform(-0.4, 0.4, 400_000)
    reach = expanded_uncertainty(0.7, [1.5, 0.4], p)
    assert np.mean(np.abs(drawn) < reach) == pytest.approx(p, abs=0.004)


def test_student_and_a_rectangle_hold_what_they_say():
    """Drawn 400 000 times: within 0.002 of 95 %, six standard deviations."""
    rng = np.random.default_rng(6)
    drawn = 0.5 * rng.standard_t(4, 400_000) + rng.uniform(-1, 1, 400_000)
    assert np.mean(np.abs(drawn) < expanded_uncertainty(0.5, [1.0], dof=4)) == pytest.approx(0.95, abs=0.002)


def test_many_rectangles_are_normal():
    assert coverage_factor(0.0, [1.0] * 30) == pytest.approx(1.96, rel=0.01)


def test_no_error_at_all_needs_no_room():
    assert expanded_uncertainty(0.0, [0.0, 0.0]) == 0.0
    assert coverage_factor(0.0) == pytest.approx(1.96, rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(SIZE, st.lists(SIZE, max_size=4), st.floats(1e-6, 1e6))
def test_the_factor_knows_no_unit_and_lies_between_a_rectangles_and_a_normals(normal, widths, scale):
    """A little noise on a rectangle widens its standard uncertainty before it widens its 95 %: 1.64 and not 1.645."""
    factor = coverage_factor(normal, widths)
    assert 1.64 <= factor <= 1.96 + 1e-4
    assert coverage_factor(scale * normal, [scale * width for width in widths]) == pytest.approx(factor, rel=1e-5)


@settings(max_examples=40, deadline=None)
@given(SIZE, st.lists(SIZE, min_size=1, max_size=4), st.floats(0.3, 0.99))
def test_more_errors_need_more_room(normal, widths, p):
    reach = expanded_uncertainty(normal, widths, p)
    assert reach >= expanded_uncertainty(normal, widths[1:], p) * (1 - 1e-5)
    assert reach <= expanded_uncertainty(normal, widths, min(p * 1.01, 0.999))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [((-1.0, []), "at least 0"), ((1.0, [math.nan]), "finite"), ((1.0, [], 1.0), "between 0 and 1"),
     ((1.0, [], 0.95, 0), "above 0")],
)  # fmt: skip
def test_sizes_that_are_none_are_refused(arguments, sentence):
    with pytest.raises(InferenceError, match=sentence):
        expanded_uncertainty(*arguments)


def extraction(**contributions) -> Extraction:
    variance = 0.01 + math.fsum(effect**2 for effect in contributions.values())
    return Extraction(
        ("threshold",), np.array([0.3]), np.array([[variance]]), np.array([[0.01]]),
        contributions={"threshold": contributions},
    )  # fmt: skip


def test_a_parameter_that_one_gain_governs_reaches_to_its_limit_and_no_farther():
    found = expanded(extraction(gain=10.0), "threshold", SOURCES)
    assert found.high - 0.3 == pytest.approx(0.95 * ROOT_3 * 10, rel=1e-3)
    assert found.low + found.high == pytest.approx(0.6)


def test_what_nobody_calls_rectangular_is_normal():
    found = expanded(extraction(field=10.0, unheard=10.0), "threshold", SOURCES)
    assert found.high - 0.3 == pytest.approx(1.96 * math.sqrt(200.01), rel=1e-4)


def test_a_parameter_that_was_not_found_has_no_interval():
    assert expanded(extraction(), "slope", SOURCES) is None
