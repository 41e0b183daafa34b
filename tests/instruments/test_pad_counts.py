"""Touchdowns by pads: places that are read back a little beside each other are the same pads."""

from __future__ import annotations

from smtjlab.instruments.pad_counts import PadCounts


def test_places_within_ten_micrometres_are_the_same_pads():
    pads = PadCounts()
    pads.add((14.9e-6, 0.0))
    pads.add((15.1e-6, -0.1e-6))  # in another square of any grid of 10 um
    assert pads[15e-6, 0.0] == 2
    assert pads[26e-6, 0.0] == 0


def test_the_nearest_pads_are_meant():
    pads = PadCounts()
    pads.add((0.0, 0.0), 3)
    pads.add((12e-6, 0.0), 5)
    assert pads[7e-6, 0.0] == 5
    assert pads[5e-6, 0.0] == 3


def test_pads_far_from_home_are_told_apart():
    pads = PadCounts()
    for row in range(100):
        pads.add((-0.1, row * 50e-6), row)
    assert [pads[-0.1 + 1e-6, row * 50e-6] for row in range(100)] == list(range(100))
