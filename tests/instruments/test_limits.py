import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.errors import LimitError
from smtjlab.instruments.limits import Limits, check_setpoint
from smtjlab.instruments.reading import Setpoint

GATE = Limits(voltage=(0.0, 0.6), slew=0.5, current=1e-7, leakage=2e-8)
JUNCTION = Limits(voltage=(-0.3, 0.3), current=2e-4)


def test_a_wish_outside_is_refused_with_what_must_be():
    with pytest.raises(
        LimitError, match=r"`gate` must stay within 0 V and 600 mV, but 700 mV was asked of it \(here\)."
    ):
        GATE.check(0.7, instrument="gate", where="here")


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_wish_is_within_or_refused(volts):
    inside = -1e-9 <= volts <= 0.6 + 1e-9
    try:
        GATE.check(volts, instrument="gate")
        assert inside
    except LimitError:
        assert not 0 <= volts <= 0.6


def test_the_rounding_of_a_sweep_is_no_excess():
    for volts in np.arange(0, 0.6 + 0.05, 0.1):
        GATE.check(float(volts), instrument="gate")


@pytest.mark.parametrize(
    ("setpoint", "sentence"),
    [
        (Setpoint(gate=-0.1), "`gate` must stay within"),
        (Setpoint(bias=0.31), "`junction` must stay within -300 mV and 300 mV, but 310 mV"),
        (Setpoint(dwell=-1.0), "`dwell` must be at least 0 s"),
        (Setpoint(dwell=float("nan")), "`dwell` must be at least 0 s"),
    ],
)
def test_every_quantity_of_a_setpoint_is_checked(setpoint, sentence):
    with pytest.raises(LimitError, match=sentence):
        check_setpoint({"gate": GATE, "junction": JUNCTION}, setpoint)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"voltage": (0.1, 0.6), "current": 1e-7}, "with 0 V between them"),
        ({"voltage": (0.6, 0.0), "current": 1e-7}, "a lower and a higher voltage"),
        ({"voltage": (0.0, float("inf")), "current": 1e-7}, "a lower and a higher voltage"),
        ({"voltage": (0.0, 1.0), "current": 0.0}, "`current` limit must be above 0"),
        ({"voltage": (0.0, 1.0), "current": 1e-7, "slew": -1.0}, "`slew` limit must be above 0"),
        ({"voltage": (0.0, 1.0), "current": 1e-7, "leakage": 1e-6}, "`leakage` must not exceed `current`"),
    ],
)
def test_limits_that_limit_nothing_are_refused(fields, sentence):
    with pytest.raises(LimitError, match=sentence):
        Limits(**fields)
