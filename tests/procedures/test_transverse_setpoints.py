"""A field along the minor axis is a drive like any other: remembered, planned, and timed."""

from dataclasses import replace
from pathlib import Path

import pytest

from smtjlab.instruments.reading import Setpoint
from smtjlab.procedures.history import remembered
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.transverse_loop import TransverseLoop


def test_turning_points_of_a_field_across_are_remembered() -> None:
    taken = [Setpoint(transverse_field=level) for level in (0.0, 0.03, 0.01, 0.0, -0.02, -0.01)]
    assert [one.transverse_field for one in remembered(taken)] == [0.03, -0.02, -0.01]


def test_a_field_across_that_was_left_as_it_was_is_filled_in() -> None:
    taken = [Setpoint(transverse_field=0.02), Setpoint(gate=0.3), Setpoint(gate=0.1)]
    assert all(one.transverse_field == 0.02 for one in remembered(taken))


def test_ramps_of_a_field_across_count_for_the_time_of_a_run() -> None:
    small = TransverseLoop(start=-0.01, stop=0.01)
    request = Request.of(small, bench="two_axis", junction="fig5-die", model="static", runs=Path("runs"))
    large = replace(request, parameters={**request.parameters, "start": -0.06, "stop": 0.06})
    # From 0 to the start, there and back, and to 0: six times the reach, at 0.5 T/s.
    more = Plan.of(large).estimated_time() - Plan.of(request).estimated_time()
    assert more == pytest.approx(6 * 0.05 / 0.5)
