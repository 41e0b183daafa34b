import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.procedures import TransferCurve
from smtjlab.procedures.errors import ParameterError


def test_up_and_down_visit_the_same_gates_in_opposite_order():
    setpoints = TransferCurve(stop=0.4, points=5).setpoints()
    gates = [setpoint.gate for setpoint in setpoints]
    assert gates == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.3, 0.2, 0.1, 0])
    assert [setpoint.branch for setpoint in setpoints] == ["up"] * 5 + ["down"] * 5


@given(points=st.integers(2, 200), direction=st.sampled_from(["up", "down", "both"]))
def test_every_branch_has_the_declared_number_of_points(points, direction):
    branches = 2 if direction == "both" else 1
    assert len(TransferCurve(points=points, direction=direction).setpoints()) == branches * points


def test_a_bipolar_sweep_is_refused_and_the_reason_is_the_coercive_field():
    with pytest.raises(ParameterError, match="coercive field"):
        TransferCurve(start=-0.4, stop=0.4)


def test_a_sweep_against_the_poling_direction_is_refused():
    with pytest.raises(ParameterError, match="must stay positive"):
        TransferCurve(start=0, stop=-0.4)
    TransferCurve(start=0, stop=-0.4, polarity="negative")


def test_a_bipolar_sweep_is_done_when_it_is_meant():
    assert TransferCurve(start=-0.1, stop=0.1, allow_bipolar=True).setpoints()[0].gate == -0.1


def test_zero_bias_cannot_measure_a_conductance():
    with pytest.raises(ParameterError, match="`bias` must not be 0 V"):
        TransferCurve(bias=0.0)


def test_a_sweep_needs_two_ends():
    with pytest.raises(ParameterError, match="`stop` must differ from `start`"):
        TransferCurve(start=0.2, stop=0.2)


def test_parameters_from_texts_and_from_values_make_the_same_procedure():
    assert TransferCurve.from_values({"stop": "400mV", "points": "21"}) == TransferCurve(stop=0.4, points=21)
