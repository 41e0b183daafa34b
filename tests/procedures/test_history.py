import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.reading import Setpoint
from smtjlab.procedures.history import remembered

LEVELS = st.lists(st.integers(-8, 8), min_size=1, max_size=30)


def gates(*levels):
    return [Setpoint(gate=float(level)) for level in levels]


def levels(setpoints):
    return [setpoint.gate for setpoint in setpoints]


class Preisach:
    """Relays on a grid of thresholds, each up above one level and down below another: the textbook's own device."""

    def __init__(self):
        edges = np.arange(-9, 9) + 0.5
        self.up, self.down = np.meshgrid(edges, edges)
        self.state = np.sign(self.up + self.down + 0.25)
        self.go(0)  # it rests there before a run as well

    def go(self, level):
        self.state = np.where(level > self.up, 1, np.where(level < self.down, -1, self.state))
        return self

    def through(self, levels):
        for level in levels:
            self.go(level)
        return self

    @property
    def physical(self):
        return np.where(self.up >= self.down, self.state, 0)


@pytest.mark.parametrize(
    ("taken", "kept"),
    [
        ([0, 1, 2], [0, 2]),
        ([0, 1, 2, 1], [0, 2, 1]),
        ([0, 2, 0], [0, 2, 0]),
        ([0, 2, 0, 2, 0, 2, 1], [0, 2, 1]),
        ([0, 1, -1, 2], [-1, 2]),
        ([3], [3]),
        ([2, 2, 2], [2]),
    ],
)
def test_what_matters_of_a_path_is_its_outermost_turns_and_what_lies_within(taken, kept):
    assert levels(remembered(gates(*taken))) == kept


@given(LEVELS, st.just(0))
def test_the_remembered_turns_bring_a_preisach_device_back_after_it_has_rested_at_zero(path, rest):
    left = Preisach().through(path)
    back = Preisach().through([*path, rest, *levels(remembered(gates(*path)))])
    assert np.array_equal(left.physical, back.physical)


def test_what_a_setpoint_leaves_as_it_was_is_told_from_those_before_it():
    taken = [Setpoint(gate=0.3, bias=0.1, temperature=77), Setpoint(field=0.2), Setpoint(field=-0.2), Setpoint(field=0)]
    back = remembered(taken)
    assert {(one.gate, one.bias, one.temperature) for one in back} == {(0.3, 0.1, 77)}
    assert [one.field for one in back][-3:] == [0.2, -0.2, 0]


def test_where_gate_and_field_were_driven_every_turn_of_either_is_kept():
    taken = [Setpoint(gate=g, field=b) for g, b in [(0, 0), (0.5, 0), (1, 0), (1, 0.1), (1, 0.2), (0.5, 0.2)]]
    assert remembered(taken) == [taken[0], taken[2], taken[4], taken[5]]


def test_of_a_circuit_every_source_counts_and_what_was_left_as_it_was_is_filled_in() -> None:
    taken = [
        Setpoint(levels={"gate": 0.1, "input": 0.05}, meter="output"),
        Setpoint(levels={"gate": 0.4}, meter="output"),
        Setpoint(levels={"gate": 0.2}, meter="output"),
    ]
    way = remembered(taken)
    assert [one.levels for one in way] == [
        {"gate": 0.1, "input": 0.05},
        {"gate": 0.4, "input": 0.05},
        {"gate": 0.2, "input": 0.05},
    ]


def test_a_source_that_nothing_remembers_has_no_turning_points() -> None:
    taken = [Setpoint(levels={"gate": 0.1 * n, "input": volts}) for n in range(4) for volts in (0.05, -0.05)]
    assert len(remembered(taken)) == len(taken)
    assert [one.levels["gate"] for one in remembered(taken, without=["input"])] == pytest.approx([0.0, 0.3, 0.3])
