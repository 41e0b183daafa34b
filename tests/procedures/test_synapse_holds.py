"""Holds of a synapse: what is read of each time, and what the believed device makes of the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.reading import Flag, Reading, Uncertainty
from smtjlab.procedures.synapse import Synapse
from smtjlab.procedures.synapse_holds import ExpectedChange, expected_changes, held_changes
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.stimulus import Stimulus

DIE = Belief.load("fig5-die")
WALL = Synapse(device="domain-wall", cycles=1, hold=16.0, hold_points=3)
NOISE = 1e-8


def readings(procedure: Synapse, value: Callable[[str, float], float] = lambda branch, dwell: 5e-4) -> list[Reading]:
    """Return readings a second apart, and later by their dwell, of a conductance in S by branch, dwell."""
    found, time = [], 0.0
    for setpoint in procedure.setpoints():
        time += 1.0 * (setpoint.dwell == 0) + setpoint.dwell
        found.append(
            Reading(
                setpoint=setpoint, value=value(setpoint.branch, setpoint.dwell), time=time, gate=setpoint.gate,
                uncertainty=Uncertainty(independent=NOISE, common={}, gate={}), gate_current=0.0, bias=0.1,
                current=None,
                stimuli=(Stimulus(duration=1.0 + setpoint.dwell, gate=setpoint.gate, read=True),),
            )
        )  # fmt: skip
    return found


def test_each_hold_time_has_its_own_change() -> None:
    made = readings(WALL, lambda branch, dwell: 5e-4 + 1e-7 * dwell)
    found = held_changes(WALL, made, 1e-5)
    assert [one.time for one in found] == pytest.approx([1.0, 4.0, 16.0])
    assert [one.mean.value for one in found] == pytest.approx([0.01, 0.04, 0.16])


def test_a_hold_with_a_flag_at_either_end_is_left_out() -> None:
    made = readings(WALL)
    first = next(k for k, one in enumerate(made) if one.setpoint.branch == "hold 2")
    made[first] = replace(made[first], value=1.0, flags=frozenset({Flag.OVERFLOW}))
    assert held_changes(WALL, made, 1e-5)[1].mean.value == 0
    assert len(held_changes(WALL, made[: first - 1], 1e-5)) == 1  # a run that was stopped


def creeping(barrier: float) -> Sequence[ExpectedChange]:
    """Return what a wall is believed to do in holds of 1, 4 and 16 s."""
    procedure = replace(WALL, believed=f"barrier={barrier} states=257", steps=256)
    return expected_changes(procedure, readings(procedure), DIE, 5e-4)


def test_a_wall_hops_as_far_as_its_barrier_lets_it() -> None:
    """rms (2 f_0 exp(-Delta) t)^(1/2) grooves, far from the ends; 1536 copies in all: 4 sigma are 8 %."""
    for one in creeping(21.0):
        hops = 2 * 1e9 * math.exp(-21.0) * one.time
        assert one.drift == pytest.approx(math.sqrt(hops) / 256, rel=0.08)
        assert abs(one.mean) < 4 * one.drift / math.sqrt(1536)


def test_the_band_is_that_of_the_mean_of_the_repeats() -> None:
    """95 % lie within 1.96 standard deviations, of a mean of three; percentiles of 512 copies, 4 sigma."""
    last = creeping(21.0)[-1]
    assert last.high - last.low == pytest.approx(2 * 1.96 * last.drift / math.sqrt(3), rel=0.25)


def test_a_memristor_and_a_wall_at_a_high_barrier_stay() -> None:
    for device in ("memristor", "domain-wall"):
        procedure = Synapse(device=device, cycles=1)
        expected = expected_changes(procedure, readings(procedure), DIE, 1e-5)
        assert [(one.low, one.mean, one.high, one.drift) for one in expected] == [(0.0, 0.0, 0.0, 0.0)] * 3


def test_a_creeping_piezo_moves_a_held_weight_by_its_logarithm() -> None:
    """From rest at 0 V the strain of 0.36 V grows by g a decade; what lasted seconds before is nothing to hours."""
    creep, changes = Belief(DIE.junction.changed(temperature=1.0, piezo_creep=0.02)), []
    for hold in (1e3, 1e4):
        procedure = Synapse(cycles=1, steps=2, hold=hold, hold_points=1, hold_repeats=1)
        changes += expected_changes(procedure, readings(procedure), creep, 1.0)
    grown = np.log10([1e3, 1e4]) + 1 - math.log10(math.e)  # over 0.1 s, in the mean of all times up to then
    shifted = 0.36 * (1 + 0.02 * grown) - 1.2767e-3
    expected = float(np.diff(shifted / (shifted + 0.2623457 / 3) / 1500)[0])
    assert changes[1].mean - changes[0].mean == pytest.approx(expected, rel=0.03, abs=0)
