"""The map of a wafer: every site where it was drawn, coloured by what is known of it."""

import numpy as np
import pytest

from smtjlab.gui.models.wafer_colours import ON_LIGHT, coloured, rgb, told
from smtjlab.gui.models.wafer_sites import BIN, MISFIT, NOWHERE, STATE, UNASKED, Standing, WaferSites
from smtjlab.instruments.wafer.wafer import Site
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.wafer.named import wafer_path
from smtjlab.procedures.wafer.outcome import Outcome, SiteState
from smtjlab.reports.map_scale import limits

RAMP = np.arange(768, dtype=np.uint8).reshape(256, 3)


@pytest.fixture
def sites():
    wafer = read_wafer(wafer_path("200mm"))
    return WaferSites(wafer, [site for site in wafer.all_sites if site.name == next(wafer.sites(site.die)).name])


def outcome(site, **told):
    return Outcome(site=site, die_type="A", device="d", state=SiteState.DONE, **told)


def test_every_site_is_found_where_its_die_lies(sites):
    wafer = sites.wafer
    for number in range(0, len(sites.sites), 37):
        x, y = (
            wafer.position(sites.sites[number].die)[k] + wafer.size[k] * np.linspace(-0.49, 0.49, 199) for k in (0, 1)
        )
        found = sites.at(x, y)
        assert set(np.unique(found)) <= {number, UNASKED}
        assert (found == number).mean() == pytest.approx(1 / 20, abs=0.01)  # one of twenty devices a die


def test_between_dies_and_beyond_the_wafer_is_nothing(sites):
    wafer = sites.wafer
    street = wafer.position((0, 0))[0] + wafer.pitch[0] / 2
    assert sites.at(np.array([street, 1.0]), np.array([0.0, -1.0])).tolist() == [[NOWHERE] * 2] * 2


def test_an_outcome_ends_what_a_touch_began(sites):
    site = sites.sites[5]
    sites.touched(site)
    assert sites.standings()[5] == Standing.RUNNING
    sites.take(outcome(site, bin=1, bin_name="good", figures={"tmr": 1.2}))
    assert (sites.standings()[5], sites.bin_names, sites.columns["tmr"][5]) == (Standing.DONE, ["good"], 1.2)
    assert told(sites, 5)[0] == f"{site}  done, good"


def test_what_is_skipped_shows_unless_it_was_measured(sites):
    sites.take(outcome(sites.sites[0]))
    sites.skipped(sites.sites[:2])
    assert sites.standings()[:3].tolist() == [Standing.DONE, Standing.SKIPPED, Standing.PLANNED]


def test_a_fit_belongs_to_the_site_of_its_visit(sites):
    for number in (7, 3):
        sites.take(outcome(sites.sites[number]))
    sites.fitted(1, {"misfit": 4.5})
    assert sites.columns[MISFIT][3] == 4.5
    assert np.isfinite(sites.columns[MISFIT]).sum() == 1


def test_a_site_that_the_recipe_leaves_out_changes_nothing(sites):
    before = sites.standings()
    sites.take(outcome(Site(99, 99, "a1")))
    sites.fitted(0, {"misfit": 1.0})
    assert (sites.standings() == before).all()


@pytest.mark.parametrize("by", [STATE, BIN, "tmr", MISFIT])
def test_what_is_not_known_is_grey(sites, by):
    sites.take(outcome(sites.sites[0], bin_name="good", figures={"tmr": 1.0}))
    sites.fitted(0, {"misfit": 1.0})
    colours = coloured(sites, by, (RAMP, RAMP)).colours
    assert tuple(colours[1]) == rgb(ON_LIGHT.grey)
    assert tuple(colours[0]) != rgb(ON_LIGHT.grey)


def test_a_short_does_not_flatten_the_scale_and_sigmas_are_symmetric():
    values = np.append(np.linspace(1, 2, 99), 1e9)
    assert limits(values, signed=False)[1] < 2
    assert limits(np.array([-1.0, 5.0]), signed=True) == (-4.88, 4.88)
    assert limits(np.array([np.nan]), signed=False) == (0.0, 1.0)
