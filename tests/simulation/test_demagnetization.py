import numpy as np
import pytest
from scipy.integrate import quad

from smtjlab.simulation.demagnetization import (
    Demagnetization,
    cylinder_factors,
    demagnetization_factors,
    osborn_factors,
    series_factors,
)
from smtjlab.simulation.errors import JunctionError

FIG5 = (800e-9, 700e-9, 2.2e-9)


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        (series_factors, (2.086022e-3, 2.541614e-3, 0.9953724)),
        (osborn_factors, (2.077871e-3, 2.538133e-3, 0.9953840)),
        (cylinder_factors, (5.703274e-3, 6.899365e-3, 0.9873974)),
    ],
)
def test_the_three_models_of_the_fig5_ellipse(factors, expected):
    assert factors(*FIG5) == pytest.approx(expected, rel=3e-7)


def test_a_sphere_has_a_third_each_way():
    assert osborn_factors(1e-9, 1e-9, 1e-9) == pytest.approx([1 / 3] * 3, rel=1e-12)


def test_osborn_agrees_with_the_integral_that_defines_it():
    a, b, c = 4.0, 3.0, 1.0
    value, _ = quad(lambda s: a * b * c / 2 / ((s + a * a) * np.sqrt((s + a**2) * (s + b**2) * (s + c**2))), 0, np.inf)
    assert osborn_factors(2 * a, 2 * b, 2 * c)[0] == pytest.approx(value, rel=1e-8)


def test_a_round_cylinder_as_high_as_wide():
    assert cylinder_factors(1e-9, 1e-9, 1e-9)[2] == pytest.approx(0.31158, abs=1e-5)


def test_a_long_elliptic_cylinder_tends_to_b_over_a_plus_b():
    major, minor, _ = cylinder_factors(8e-9, 6e-9, 1e-5)
    assert (major, minor) == pytest.approx((6 / 14, 8 / 14), rel=1e-3)


@pytest.mark.parametrize("thickness", [20e-9, 100e-9])
def test_the_series_is_refused_where_a_layer_is_too_thick_for_it(fig5, thickness):
    thick = fig5.changed(major_axis=50e-9, minor_axis=40e-9, thickness=thickness)
    told = "`thickness` must be small .* model `series`, but is .* nm in 50 nm x 40 nm .* take `osborn` or `cylinder`"
    with pytest.raises(JunctionError, match=told):
        _ = thick.shape_field
    for model in ("osborn", "cylinder"):
        assert thick.changed(demagnetization=model).shape_field > 0


def test_the_series_has_factors_between_0_and_1_wherever_it_has_any():
    sizes = np.random.default_rng(1).uniform(0.01, 1, (2000, 3))
    found = []
    for a, b, c in sizes:
        try:
            found.append(demagnetization_factors(Demagnetization.SERIES, max(a, b), min(a, b), c))
        except JunctionError:
            continue
    assert 300 < len(found) < 1500
    assert 0 < np.min(found) < np.max(found) < 1
