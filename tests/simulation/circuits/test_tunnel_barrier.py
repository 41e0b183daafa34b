"""The barrier that circuits see is the one of the junction's own models."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import JunctionArrays

BENT = Junction.preset("fig5").changed(bias_half_tmr=0.4)


@pytest.mark.parametrize("bias", [0.0, 0.1, -0.4, 2.0])
def test_it_falls_with_bias_as_the_junction_does(bias):
    antiparallel = TunnelBarrier.at_angle(BENT, -1.0)
    assert antiparallel.resistance(bias) == pytest.approx(BENT.antiparallel_at(bias), rel=1e-15)


def test_it_agrees_with_the_landscape_at_every_angle():
    angle = np.linspace(0, np.pi, 7)
    landscape = JunctionArrays([BENT]).landscape(0.0, bias=0.3)
    barrier = TunnelBarrier.at_angle(BENT, -np.cos(angle))
    np.testing.assert_allclose(
        1 / barrier.resistance(0.3), landscape.conductance(np.cos(angle), np.sin(angle)), rtol=1e-14
    )


def test_a_conductance_at_small_bias_is_the_angle():
    by_angle = TunnelBarrier.at_angle(BENT, -0.3)
    by_conductance = TunnelBarrier.of(BENT, 1 / by_angle.resistance(0.0))
    assert by_conductance.current(0.5) == pytest.approx(by_angle.current(0.5), rel=1e-14)


@given(st.floats(-3, 3), st.floats(0.05, 5.0), st.floats(0.0, 20.0))
def test_the_slope_is_the_derivative_of_the_current(bias, half, tmr):
    barrier = TunnelBarrier(np.array(1e3), np.array(tmr * 1e3), np.array(half))
    step = 1e-5 * half
    by_difference = (barrier.current(bias + step) - barrier.current(bias - step)) / (2 * step)
    assert barrier.slope(bias) == pytest.approx(by_difference, rel=1e-6)


@given(st.floats(0.05, 1.0), st.floats(4e-4, 9e-4))
def test_the_current_changes_with_the_conductance_as_its_difference_says(bias, siemens):
    step = 1e-5
    more, less = (TunnelBarrier.of(BENT, siemens * (1 + sign * step)).current(bias) for sign in (1, -1))
    found = TunnelBarrier.of(BENT, siemens).current_by_conductance(bias)
    assert found == pytest.approx((more - less) / (2 * step), rel=1e-6)


def test_many_junctions_answer_at_once():
    many = [BENT, BENT.changed(resistance_parallel=900.0)]
    barrier = TunnelBarrier.of(many, [5e-4, 6e-4])
    assert barrier.shape == (2,)
    np.testing.assert_allclose(barrier.current(0.0), 0.0)
    assert TunnelBarrier.ohmic(1e-3).current(2.0) == 2e-3


@pytest.mark.parametrize("wrong", [0.0, -1e-3, np.nan, np.inf])
def test_no_barrier_conducts_nothing_or_backwards(wrong):
    with pytest.raises(ModelError, match="`conductance` must be finite and above 0 S, but is"):
        TunnelBarrier.ohmic([1e-3, wrong])


def test_what_is_not_a_barrier_is_refused():
    with pytest.raises(ModelError, match="`cos_theta` must be within -1 and 1, but is 2"):
        TunnelBarrier.at_angle(BENT, 2.0)
    with pytest.raises(ModelError, match="`half_bias` of a barrier must be above 0, but is 0"):
        TunnelBarrier(1e3, 1e3, 0.0)
    with pytest.raises(ModelError, match="`resistance_parallel` of a barrier must be above 0, but is nan"):
        TunnelBarrier(np.nan, 1e3, 1.0)
