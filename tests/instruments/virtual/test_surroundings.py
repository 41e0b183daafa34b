"""Magnets, the stage, the chuck: closed solutions, and what they do to a junction."""

from __future__ import annotations

import math

import pytest

from smtjlab.instruments.virtual.chuck import OVERTRAVEL, Chuck
from smtjlab.instruments.virtual.magnet import Magnet
from smtjlab.instruments.virtual.stage import Stage


def test_a_coil_ramps_at_its_rate_and_shows_its_inductance():
    magnet = Magnet("main", coil_constant=0.05, resistance=2.0, inductance=0.1, remanence=1e-3)
    magnet.drive_current(2.0, 0.5, 1.0)
    assert magnet.current(3.0) == pytest.approx(1.0)
    assert magnet.field(3.0) == pytest.approx(0.051)
    assert magnet.voltage(3.0) == pytest.approx(2.0 * 1.0 + 0.1 * 0.5)
    assert magnet.voltage(6.0) == pytest.approx(4.0)
    assert magnet.settled_at == pytest.approx(5.0)


def test_a_closed_loop_takes_the_remanence_out():
    magnet = Magnet("main", remanence=2e-3)
    magnet.drive_field(0.01, 0.01, 0.0)
    assert magnet.field(10.0) == pytest.approx(0.01)


def test_a_ramp_turned_around_begins_where_it_is():
    magnet = Magnet("main")
    magnet.drive_current(1.0, 1.0, 0.0)
    magnet.drive_current(0.0, 1.0, 0.5)
    assert magnet.current(0.75) == pytest.approx(0.25)


def test_a_stage_warms_exponentially():
    stage = Stage(surroundings=300.0, thermal_resistance=2.0, time_constant=30.0)
    stage.heat(10.0, 0.0)
    assert stage.temperature(30.0) == pytest.approx(320.0 - 20.0 * math.exp(-1))
    assert stage.temperature(1e4) == pytest.approx(320.0)
    stage.heat(0.0, 1e4)
    assert stage.temperature(1e4 + 30.0) == pytest.approx(300.0 + 20.0 * math.exp(-1))


def test_needles_touch_where_the_pads_are():
    chuck = Chuck("device")
    chuck.touch(made=True)
    assert chuck.made
    chuck.move(100e-6, 0.0)
    assert not chuck.made
    chuck.move(10e-6, 0.0)
    assert chuck.made
    chuck.lose_contact()
    assert not chuck.made


def test_contacts_wear_and_little_overtravel_makes_them_bad():
    chuck = Chuck("device")
    for _ in range(11):
        chuck.touch(made=False)
        chuck.touch(made=True)
    assert chuck.touchdowns == 11
    assert chuck.resistance_factor == pytest.approx(1.02)
    chuck.touch(made=True, overtravel=OVERTRAVEL / 2)
    assert chuck.resistance_factor == pytest.approx(3.0 * 1.02)
