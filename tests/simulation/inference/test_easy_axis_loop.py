"""Which way a loop is read."""

from dataclasses import replace

import pytest

from smtjlab.simulation.inference.easy_axis_loop import _as_good
from smtjlab.simulation.inference.extraction import nothing


def explained(chi_square, dof):
    return replace(nothing({}, dof), chi_square=chi_square, dof=dof)


@pytest.mark.parametrize(
    ("turning", "plateaus", "as_good"),
    [(1.5, 1.0, True), (4.0, 1.0, False), (4.0, 4.0, True), (16.0, 4.0, False), (1.5, 0.3, True)],
)
def test_a_layer_that_turns_must_explain_a_loop_as_well_as_its_plateaus_are_within_chance(turning, plateaus, as_good):
    """Chi-squares over 36 and 30 degrees of freedom: by Fisher's distribution 3.1 is the one in a thousand."""
    assert _as_good(explained(36 * turning, 36), explained(30 * plateaus, 30)) is as_good


def test_few_plateau_readings_leave_more_to_chance():
    assert _as_good(explained(36 * 4.0, 36), explained(5.0, 5))
