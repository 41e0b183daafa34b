from dataclasses import dataclass

import pytest

from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.parameter import parameter, parameters_of, with_values


@dataclass(frozen=True, kw_only=True)
class Thing:
    gate: float = parameter(0.1, unit="V", limits=(-1, 1), doc="gate voltage")
    points: int = parameter(11, limits=(2, 100))
    wires: bool = parameter(True)
    way: str = parameter("up", choices=("up", "down"))


def test_a_bare_number_means_the_declared_unit():
    assert with_values(Thing, {"gate": "0.4"}) == {"gate": 0.4}


def test_a_unit_is_converted():
    assert with_values(Thing, {"gate": "400mV"}) == {"gate": pytest.approx(0.4)}


def test_a_whole_number_stays_whole():
    assert with_values(Thing, {"points": "61"}) == {"points": 61}


@pytest.mark.parametrize(("word", "value"), [("yes", True), ("no", False), ("TRUE", True), ("0", False)])
def test_yes_and_no_have_several_spellings(word, value):
    assert with_values(Thing, {"wires": word}) == {"wires": value}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("gte", "1", "has no parameter `gte`. Did you mean `gate`"),
        ("gate", "3 s", "gate.*V.*3 s"),
        ("points", "nan", "`points` must be a whole number, but is 'nan'"),
        ("gate", "warm", "gate.*warm"),
        ("wires", "perhaps", "`wires` must be yes or no, but is 'perhaps'"),
    ],
)
def test_a_wrong_text_is_refused_in_one_sentence(name, value, sentence):
    with pytest.raises(ParameterError, match=sentence):
        with_values(Thing, {name: value})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("gate", 2.0, "`gate` must be -1 V to 1 V, but is 2 V"),
        ("gate", float("nan"), "`gate` must be finite"),
        ("gate", "x", "`gate` must be a number in V, but is 'x'"),
        ("points", 2.5, "`points` must be a whole number, but is 2.5"),
        ("points", True, "`points` must be a whole number, but is True"),
        ("points", 10**300, r"`points` must be 2 to 100, but is 1e\+300"),
        ("way", "left", "`way` must be up or down, but is 'left'"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(name, value, sentence):
    with pytest.raises(ParameterError, match=sentence):
        parameters_of(Thing)[name].check(value)


def test_an_int_is_good_enough_for_a_float():
    assert parameters_of(Thing)["gate"].check(1) == 1.0
