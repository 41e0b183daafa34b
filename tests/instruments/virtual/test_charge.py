"""How a gate charges, against closed solutions."""

from __future__ import annotations

import math

import pytest

from smtjlab.instruments.virtual.charge import Charge, Course
from smtjlab.instruments.virtual.circuit import SLEW


def test_a_source_at_its_limit_charges_at_a_constant_rate():
    charge = Charge(1e-9).turned(2.0, target=0.5, current=1e-7, limited=True)
    assert charge.course is Course.LIMITED
    assert charge.voltage(2.0 + 1e-3) == pytest.approx(0.1)
    assert charge.settled_at == pytest.approx(2.0 + 5e-3)
    assert charge.voltage(3.0) == 0.5


def test_a_resistance_charges_exponentially():
    """1 nF through 1 Mohm: 1 ms."""
    charge = Charge(1e-9).turned(0.0, target=1.0, current=1e-6, limited=False)
    assert charge.voltage(1e-3) == pytest.approx(1 - math.exp(-1))
    assert charge.mean(0.0, 1e-3) == pytest.approx(math.exp(-1))


def test_no_output_moves_faster_than_it_slews():
    charge = Charge(20e-15).turned(0.0, target=1.0, current=0.1, limited=True)
    assert charge.course is Course.SLEWING
    assert charge.settled_at == pytest.approx(1.0 / SLEW)


def test_the_mean_current_is_the_charge_over_the_time():
    charge = Charge(1e-9).turned(0.0, target=0.5, current=1e-7, limited=True)
    assert charge.current(0.0, 10e-3) == pytest.approx(1e-9 * 0.5 / 10e-3)


def test_turning_back_on_the_way_begins_where_it_is():
    half = Charge(1e-9).turned(0.0, target=1.0, current=1e-7, limited=True).turned(5e-3, 0.0, -1e-7, limited=True)
    assert half.start == pytest.approx(0.5)
    assert half.voltage(5e-3 + 2.5e-3) == pytest.approx(0.25)


def test_a_gate_that_is_where_it_wants_to_be_rests():
    assert Charge(1e-9).turned(1.0, target=0.0, current=0.0, limited=False).course is Course.REST
