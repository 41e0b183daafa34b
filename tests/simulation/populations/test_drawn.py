"""Another ellipse of the same stack."""

import pytest

from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.populations.drawn import drawn

FIG5 = Junction.preset("fig5")


def test_half_the_axes_are_four_times_the_resistance() -> None:
    small = drawn(FIG5, 400e-9, 350e-9)
    assert (small.resistance_parallel, small.resistance_antiparallel) == pytest.approx((4000, 8000), rel=1e-14)
    assert small.rotation_voltage == FIG5.rotation_voltage
    assert drawn(small, FIG5.major_axis, FIG5.minor_axis) == FIG5


def test_axes_that_cannot_be_are_refused() -> None:
    with pytest.raises(JunctionError, match="`minor_axis` must be at most"):
        drawn(FIG5, 300e-9, 400e-9)
