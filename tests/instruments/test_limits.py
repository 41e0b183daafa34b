import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.errors import LimitError
from smtjlab.instruments.limits import FieldLimits, Limits, TemperatureLimits, check_setpoint
from smtjlab.instruments.reading import Setpoint

GATE = Limits(voltage=(0.0, 0.6), slew=0.5, current=1e-7, leakage=2e-8)
JUNCTION = Limits(voltage=(-0.3, 0.3), current=2e-4)
ALL = {
    "gate": GATE,
    "junction": JUNCTION,
    "field": FieldLimits(field=(-0.1, 0.1), slew=0.05),
    "temperature": TemperatureLimits(temperature=(280, 400)),
}


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
        (Setpoint(field=0.11), "`field` must stay within -100 mT and 100 mT, but 110 mT"),
        (Setpoint(temperature=270.0), "`temperature` must stay within 280 K and 400 K, but 270 K"),
        (Setpoint(dwell=-1.0), "`dwell` must be at least 0 s"),
        (Setpoint(dwell=float("nan")), "`dwell` must be at least 0 s"),
    ],
)
def test_every_quantity_of_a_setpoint_is_checked(setpoint, sentence):
    with pytest.raises(LimitError, match=sentence):
        check_setpoint(ALL, setpoint)


@pytest.mark.parametrize("name", ["gate", "bias", "field", "temperature", "dwell"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_within_no_limit(name, value):
    with pytest.raises(LimitError, match=r"must .*, but .* \(point 3\)"):
        check_setpoint(ALL, Setpoint(**{name: value}), where="point 3")


@pytest.mark.parametrize(
    ("setpoint", "sentence"),
    [
        (
            Setpoint(field=0.0),
            r"leave the field alone, because the bench has no field source .*0 \(first\)",
        ),
        (Setpoint(temperature=300.0), "the bench has no thermometer with limits, but asks for 300"),
    ],
)
def test_what_the_bench_has_not_is_not_asked_for(setpoint, sentence):
    with pytest.raises(LimitError, match=sentence):
        check_setpoint({"gate": GATE, "junction": JUNCTION}, setpoint, where="first")


def test_a_power_lowers_the_compliance_so_far_that_the_instrument_holds_it():
    limits = Limits(voltage=(-0.3, 0.3), current=2e-4, power=1e-5)
    assert limits.compliance(0.1) == pytest.approx(1e-4)
    assert limits.compliance(-0.01) == 2e-4
    assert JUNCTION.compliance(0.3) == 2e-4
    limits.check_power(-0.1, 1e-4, instrument="junction")
    with pytest.raises(LimitError, match="within 100 mV, where its compliance of 100 uA holds its power within 10 uW"):
        limits.check_power(0.15, 1e-4, instrument="junction")


def test_old_setpoints_leave_field_and_temperature_as_they_are():
    old = {"gate": 0.1, "bias": 0.1, "dwell": 0.0, "branch": "up"}
    assert Setpoint.from_dict(old) == Setpoint(gate=0.1, bias=0.1, branch="up")
    assert Setpoint.from_dict(Setpoint(field=0.1).to_dict()) == Setpoint(field=0.1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"voltage": (0.1, 0.6), "current": 1e-7}, "with 0 V between them"),
        ({"voltage": (0.6, 0.0), "current": 1e-7}, "a lower and a higher voltage"),
        ({"voltage": (0.0, float("inf")), "current": 1e-7}, "a lower and a higher voltage"),
        ({"voltage": (0.0, 1.0), "current": 0.0}, "`current` limit must be above 0"),
        ({"voltage": (0.0, 1.0), "current": 1e-7, "slew": -1.0}, "`slew` limit must be above 0"),
        ({"voltage": (0.0, 1.0), "current": 1e-7, "leakage": 1e-6}, "`leakage` must not exceed `current`"),
        ({"voltage": (0.0, 1.0), "current": 1e-7, "power": float("nan")}, "`power` limit must be above 0"),
        ({"voltage": (0.0, 1.0), "current": 1e-7, "lead_resistance": 0.0}, "`lead_resistance` limit must be above 0"),
        (
            {"voltage": (0.0, 2.0), "current": 1e-7, "leakage": 5e-8, "power": 4e-8},
            "`power` must leave a compliance of at least 50 nA, the `leakage`, but leaves 20 nA",
        ),
    ],
)
def test_limits_that_limit_nothing_are_refused(fields, sentence):
    with pytest.raises(LimitError, match=sentence):
        Limits(**fields)
