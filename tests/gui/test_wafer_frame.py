"""What of a wafer is in view."""

import pytest

from smtjlab.gui.models.wafer_frame import CLOSEST, WaferFrame


@pytest.fixture
def frame():
    return WaferFrame(diameter=0.2, wide=800, high=600)


def test_the_whole_wafer_fits_and_its_middle_is_in_the_middle(frame):
    assert frame.pixel(0.0, 0.0) == (400, 300)
    left, right, low, high = frame.box
    assert high - low == pytest.approx(0.2 * 1.06)
    assert right - left == pytest.approx(0.2 * 1.06 * 800 / 600)


def test_pixels_and_metres_are_each_others_inverse(frame):
    frame.zoom_by(7.0, 100, 500)
    frame.drag(30, -20)
    assert frame.pixel(*frame.metres(123.0, 456.0)) == pytest.approx((123.0, 456.0))


def test_zooming_leaves_the_place_under_the_pointer_where_it_is(frame):
    before = frame.metres(650, 120)
    frame.zoom_by(3.0, 650, 120)
    assert frame.metres(650, 120) == pytest.approx(before)
    frame.zoom_by(1e9, 650, 120)
    assert frame.zoom == CLOSEST


def test_a_die_fills_the_view_with_a_little_room_around_it(frame):
    frame.fit((0.010, 0.017, -0.007, 0.0))
    left, right, low, high = frame.box
    assert (left, low) < (0.010, -0.007) < (0.017, 0.0) < (right, high)
    assert high - low == pytest.approx(0.007 * 1.06)


def test_a_place_out_of_view_is_brought_into_it(frame):
    frame.fit((0.0, 0.007, 0.0, 0.007))
    before = frame.x, frame.y
    frame.show(0.003, 0.003)
    assert (frame.x, frame.y) == before
    frame.show(-0.05, 0.02)
    assert (frame.x, frame.y) == (-0.05, 0.02)
