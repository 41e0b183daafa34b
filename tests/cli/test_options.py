import pytest

from smtjlab.cli.options import gate_voltages, parameter_values
from smtjlab.instruments.errors import QuantityError
from smtjlab.procedures.errors import ParameterError


def test_parameters_are_names_and_texts() -> None:
    assert parameter_values(["stop=400mV", " points = 5 "]) == {"stop": "400mV", "points": "5"}


@pytest.mark.parametrize("text", ["stop", "=3", "stop=", "="])
def test_a_parameter_without_name_or_value_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match=r"must be written `-p name=value`, but is"):
        parameter_values([text])


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(ParameterError, match="`stop` is '1' and '2'"):
        parameter_values(["stop=1", "stop=2"])


def test_gate_voltages_take_units_and_hold_both_ends_exactly() -> None:
    assert gate_voltages("0:400mV:5") == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert gate_voltages("-0.4:0.7:12")[-1] == 0.7


def test_one_gate_voltage_is_a_list_too() -> None:
    assert gate_voltages("300mV:0.3:1") == [0.3]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0:1", "must be START:STOP:POINTS"),
        ("0:1:0", "whole number from 1"),
        ("0:1:2.5", "whole number from 1"),
        ("0:1:1", "start and stop at the same voltage"),
    ],
)
def test_gate_voltages_that_cannot_be_read_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        gate_voltages(text)


def test_gate_voltages_of_another_unit_are_refused() -> None:
    with pytest.raises(QuantityError, match="of the kind of V"):
        gate_voltages("0:3 kg:5")
