"""The cells of sites: where each is drawn, which are in view, which is the next in a direction."""

import numpy as np
import pytest

from smtjlab.gui.models.wafer_cells import box_of_die, box_of_reticle, die_beside, dies_within
from smtjlab.gui.models.wafer_sites import NOWHERE, WaferSites
from smtjlab.instruments.wafer.wafer import Site
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.wafer.named import wafer_path

WAFER = read_wafer(wafer_path("200mm"))


@pytest.fixture(scope="module")
def sites():
    return WaferSites(WAFER, list(WAFER.all_sites))


def test_the_middle_of_a_cell_is_where_its_number_is_found(sites):
    for number in range(0, len(sites.sites), 997):
        x, y = sites.cells.middle[number]
        assert sites.at(np.array([x]), np.array([y]))[0, 0] == number
        assert sites.cells.nearest(x, y) == number


def test_those_in_view_lie_within_it(sites):
    inside = sites.cells.within(box_of_die(WAFER, (2, -3)))
    assert {sites.sites[number].die for number in inside} == {(2, -3)}
    assert len(inside) == len(list(WAFER.sites((2, -3))))


def test_neighbours_are_found_in_each_direction_across_dies_and_not_beyond_the_wafer(sites):
    """Sub-sites a1 to a5 lie from the left; after the last comes the next die."""
    a1, a2 = sites.number(Site(0, 0, "a1")), sites.number(Site(0, 0, "a2"))
    assert sites.cells.beside(a1, 1, 0) == a2
    assert sites.cells.beside(a2, -1, 0) == a1
    assert sites.sites[sites.cells.beside(sites.number(Site(0, 0, "a5")), 1, 0)] == Site(1, 0, "a1")
    assert sites.sites[die_beside(sites.sites, a1, 0, -1)] == Site(0, -1, "a1")
    last = int(np.argmax(sites.cells.middle[:, 0]))
    assert sites.cells.beside(last, 1, 0) == last


def test_where_a_row_has_a_gap_the_nearest_beyond_it_is_the_next():
    few = WaferSites(WAFER, [Site(0, 0, "a1"), Site(5, 1, "a1"), Site(9, 0, "a1"), Site(0, 5, "a1")])
    assert few.cells.beside(0, 1, 0) == 1
    assert few.cells.beside(0, 0, 1) == 3
    assert few.cells.beside(3, 0, 1) == 3


def test_an_exposure_holds_its_dies(sites):
    left, right, low, high = box_of_reticle(WAFER, (1, 1))
    columns, rows = WAFER.reticle.size
    assert right - left == pytest.approx((columns - 1) * WAFER.pitch[0] + WAFER.size[0])
    assert high - low == pytest.approx((rows - 1) * WAFER.pitch[1] + WAFER.size[1])
    assert len({WAFER.reticle.exposure(die) for die in dies_within(WAFER, (left, right, low, high))}) == 1


def test_all_dies_are_in_view_of_the_whole_wafer_and_none_beside_it():
    assert sorted(dies_within(WAFER, (-0.1, 0.1, -0.1, 0.1))) == sorted(WAFER.printed)
    assert dies_within(WAFER, (0.5, 0.6, 0.5, 0.6)) == []


def test_a_chuck_is_at_a_site_where_its_pads_are(sites):
    x, y = WAFER.place(Site(3, -2, "c4"))
    assert sites.sites[sites.site_under(x + 2e-6, y)] == Site(3, -2, "c4")
    assert sites.site_under(x + 50e-6, y) == NOWHERE
