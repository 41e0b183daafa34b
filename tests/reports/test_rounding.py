import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.reports.rounding import interval, plain, prefix_of, rounded, with_p

POWERS = {"n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "p": 1e-12, "f": 1e-15, "a": 1e-18, "M": 1e6, "G": 1e9}


@pytest.mark.parametrize(
    ("value", "uncertainty", "unit", "text"),
    [
        (0.263424, 0.000121, "V", "(263.42 ± 0.12) mV"),
        (4.76e-4, 2.8e-5, "S/V", "(476 ± 28) µS/V"),
        (850000.0, 25500.0, "A/m", "(8.50 ± 0.26) × 10⁵ A/m"),
        (6e-4, 1.8e-5, "", "0.000600 ± 0.000018"),
        (-0.2, 0.00996, "V", "(−200 ± 10) mV"),
        (0.0, 0.0021, "V", "(0.0 ± 2.1) mV"),
        (5e-4, None, "S", "500 µS"),
        (5e-4, math.nan, "S", "500 µS"),
        (None, 1.0, "S", "–"),
        (math.nan, 1.0, "S", "–"),
    ],
)
def test_a_value_is_rounded_by_its_uncertainty(value, uncertainty, unit, text):
    assert rounded(value, uncertainty, unit) == text


@given(st.floats(-1e3, 1e3), st.floats(1e-9, 1e2))
def test_rounding_moves_nothing_by_more_than_a_twentieth_of_the_uncertainty(value, uncertainty):
    text = rounded(value, uncertainty, "V").replace("−", "-")
    found = re.fullmatch(r"\((\S+) ± (\S+)\) (.?)V", text)
    if found is None:  # beyond what a prefix can show
        return
    scale = POWERS[found[3]]
    assert abs(float(found[1]) * scale - value) <= 0.0501 * uncertainty + 1e-12 * abs(value)
    assert float(found[2]) * scale == pytest.approx(uncertainty, rel=0.0501)
    assert len(re.sub(r"^[0.]+|\.", "", found[2])) in (2, 3)


def test_a_plain_number_has_a_prefix_and_no_exponent_of_e():
    assert (plain(79577.47, "A/m"), plain(1.5e-9, "m/V")) == ("79577 A/m", "1.5 × 10⁻⁹ m/V")
    assert plain(-0.3, "V") == "−300 mV"


def test_nothing_has_no_sign():
    assert plain(-0.0, "%") == "0 %"


def test_an_axis_takes_the_unit_of_its_largest_number():
    factor, unit = prefix_of(0.4, "V")
    assert (round(factor), unit) == (1000, "mV")
    assert prefix_of(60.0, "V") == (1.0, "V")


@pytest.mark.parametrize(
    ("low", "high", "uncertainty", "unit", "text"),
    [
        (0.26218, 0.26266, 0.00012, "V", "262.18 to 262.66 mV"),
        (-3.94e-4, 5.5e-5, 1.14e-4, "V", "(−3.9 to 0.6) × 10⁻⁴ V"),
        (4.2238e-10, 4.2439e-10, 5.1e-13, "Ω m²", "(4.2238 to 4.2439) × 10⁻¹⁰ Ω m²"),
        (math.nan, 1.0, 0.1, "V", "–"),
    ],
)
def test_both_ends_of_an_interval_have_the_places_of_its_uncertainty(low, high, uncertainty, unit, text):
    assert interval(low, high, uncertainty, unit) == text


def test_a_chance_is_never_nothing():
    assert (with_p(0.312), with_p(5.84e-218), with_p(0.0)) == ("p = 0.31", "p = 5.8 × 10⁻²¹⁸", "p < 10⁻³⁰⁰")
