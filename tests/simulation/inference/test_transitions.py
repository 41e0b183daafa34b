"""Where a resistance goes from one level to the other, and how."""

import numpy as np
import pytest

from smtjlab.simulation.inference.loop_readings import LoopReadings
from smtjlab.simulation.inference.transitions import rotates, transitions

FIELD = np.linspace(-20.0, 20.0, 41)


def there_and_back(down, up):
    """Return the readings of resistances at fields that fall, then rise."""
    field, resistance = np.concatenate([FIELD[::-1], FIELD]), np.concatenate([down[::-1], up])
    branch, ones = ("down",) * len(FIELD) + ("up",) * len(FIELD), np.ones(82)
    return LoopReadings(field, 0 * ones, 1 / resistance, 1e-8 * ones, np.cumsum(ones), branch, {})


def step(at):
    return np.where(at < FIELD, 2000.0, 1000.0)


def test_a_jump_lies_between_the_readings_on_both_sides():
    down, up = transitions(there_and_back(step(-2.5), step(3.5)))
    assert (down.field, down.width, down.rises, down.jumps) == pytest.approx((-2.5, 1.0, False, 1))
    assert (up.field, up.branch, up.rises) == (3.5, "up", True)


def test_a_reading_on_the_way_widens_the_bracket():
    resistance = step(3.5)
    resistance[24] = 1500.0
    (_, up) = transitions(there_and_back(step(3.5), resistance))
    assert (up.between, up.width, up.jumps) == (1, 2.0, 2)


@pytest.mark.parametrize(("width", "shift", "is_ramp"), [(10, 0, True), (1, 0, False), (10, 4, False)])
def test_a_rotation_takes_many_readings_and_comes_back_as_it_went(width, shift, is_ramp):
    up, down = (1500 + 500 * np.clip((FIELD - side * shift) / width, -1, 1) for side in (1, -1))
    readings = there_and_back(down, up)
    assert rotates(readings, transitions(readings)) is is_ramp
