"""Earlier runs come before the first reading of a later one."""

import pytest

from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.procedures.gate_history import condensed, with_history
from smtjlab.simulation.stimulus import Stimulus


def reading(time, *gates):
    """Return a reading that ends at a time, with stimuli of 1 s at these gates, the last one read."""
    stimuli = [Stimulus(duration=1.0, gate=gate) for gate in gates]
    stimuli[-1] = Stimulus(duration=1.0, gate=gates[-1], read=True)
    return Reading(
        setpoint=Setpoint(gate=gates[-1]),
        value=5e-4,
        uncertainty=Uncertainty(independent=1e-9),
        stimuli=tuple(stimuli),
        time=time,
        gate=gates[-1],
        gate_current=None,
        bias=0.1,
        current=5e-5,
    )


def test_a_run_remembers_the_runs_before_and_the_rest_between_them():
    first = [reading(2.0, 0.1, 0.2), reading(3.0, 0.4)]
    later = [reading(20.0, 0.0, 0.3), reading(21.0, 0.35)]
    lived = with_history(later, [first])
    assert [(one.gate, one.duration) for one in lived[0].stimuli] == [
        (0.1, 1.0), (0.2, 1.0), (0.4, 1.0), (0.0, 15.0), (0.0, 1.0), (0.3, 1.0),
    ]  # fmt: skip
    assert [one.read for one in lived[0].stimuli] == [False] * 5 + [True]
    assert lived[1] is later[1]


def test_the_gate_of_a_run_before_goes_to_rest_at_its_slew_limit():
    first, later = [reading(1.0, 0.4)], [reading(20.0, 0.0)]
    lived = with_history(later, [first], slew=0.2)[0].stimuli
    ramp = [one for one in lived[1:-1] if one.gate != 0]
    assert sum(one.duration for one in ramp) == pytest.approx(2.0)
    assert sum(one.gate * one.duration for one in ramp) == pytest.approx(0.4)  # V s below the ramp
    assert sum(one.duration for one in lived) == pytest.approx(20.0)


def test_a_clock_that_was_started_anew_ends_what_is_remembered():
    lived = with_history([reading(5.0, 0.3)], [[reading(900.0, 0.5)]])
    assert [one.gate for one in lived[0].stimuli] == [0.3]


def test_runs_without_readings_are_passed_over():
    later = [reading(5.0, 0.3)]
    assert with_history(later, [[]]) == later
    assert with_history([], [later]) == []


def test_neighbours_at_one_gate_are_one_interval_and_nothing_is_lost():
    stimuli = [Stimulus(duration=d, gate=g) for d, g in [(1, 0.1), (2, 0.1), (0, 0.2), (0, 0.2), (3, 0.1)]]
    short = condensed(stimuli)
    assert [(one.gate, one.duration) for one in short] == [(pytest.approx(0.1), 3), (0.2, 0), (0.1, 3)]
