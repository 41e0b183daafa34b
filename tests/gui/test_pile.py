"""Several wafers over each other in the window."""

import shutil

import numpy as np
import pandas as pd
import pytest
from qtpy.QtCore import Qt

from smtjlab.gui import wafer_texts as texts
from smtjlab.gui.models.pile import maps_of
from smtjlab.gui.models.wafer_colours import ON_LIGHT, rgb
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.row import Row
from smtjlab.procedures.run import JOURNAL
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.outcome import COLUMNS, Outcome, SiteState
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER
from smtjlab.reports.wafer_stack import Layer, stack_of

DRAWN = read_wafer(wafer_path("200mm"))
SITES = [site for site in DRAWN.all_sites if site.name in ("a1", "a2")]
RAMP = np.zeros((256, 3), np.uint8)
PATIENCE = 60_000
"""ms"""


def layer(number, values, good):
    frame = pd.DataFrame(
        {"column": [one.column for one in SITES], "row": [one.row for one in SITES], "site": [s.name for s in SITES],
         "device": "d800", "state": "done", "good": good, "resistance_parallel": values}
    )  # fmt: skip
    return Layer(f"run{number}", "2026-11-27T20:00:00.000+00:00", DRAWN, frame)


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(1)
    return 3000 + 100 * rng.standard_normal(len(SITES)) + 10 * rng.standard_normal((3, len(SITES)))


@pytest.fixture(scope="module")
def good():
    found = np.ones((3, len(SITES)), bool)
    found[0, 5] = found[:2, 7] = found[:, 9] = False
    return found


@pytest.fixture(scope="module")
def stacked(values, good):
    return maps_of(stack_of([layer(k, values[k], good[k]) for k in range(3)]))


def column(stacked, name):
    [found] = [one for one in stacked.maps if one.name == name]
    numbers = [stacked.sites.number(site) for site in SITES]
    return found, found.values[numbers]


@pytest.mark.parametrize(("name", "average"), [("mean", np.nanmean), ("median", np.nanmedian)])
def test_each_place_has_mean_and_median_of_what_wafers_read_there(stacked, values, good, name, average):
    one, found = column(stacked, f"R_P of d800, {name}")
    read = np.where(good, values, np.nan)
    told = good.sum(axis=0) >= 2
    assert one.unit == "kΩ"
    assert found[told] == pytest.approx(average(read[:, told], axis=0) / 1e3)
    assert np.isnan(found[~told]).all()


def test_each_site_and_each_die_have_their_yields(stacked, good):
    assert column(stacked, "Yield of sites")[1] == pytest.approx(100 * good.mean(axis=0))
    _, dies = column(stacked, "Yield of dies")
    of_die = [k for k, site in enumerate(SITES) if site.die == SITES[7].die]
    assert dies[7] == pytest.approx(100 * good[:, of_die].mean())


def test_a_place_that_no_two_wafers_tell_of_is_grey_and_a_scale_has_its_unit(stacked):
    found = stacked.colouring("R_P of d800, mean", (RAMP, RAMP))
    number = stacked.sites.number(SITES[9])
    assert tuple(found.colours[number]) == rgb(ON_LIGHT.grey)
    assert found.legend.low.endswith(" kΩ")
    assert stacked.told(number)[:3] == [str(SITES[9]), f"Yield of dies: {column(stacked, 'Yield of dies')[1][9]:.4g} %",
                                        "Yield of sites: 0 %"]  # fmt: skip


def written(runs, run, bad):
    (folder := runs / f"2026-11-27-{run}").mkdir()
    for file, source in ((WAFER, wafer_path("200mm")), (RECIPE, recipe_path("quick"))):
        shutil.copy(source, folder / file)
    facts = {"id": run, "created": "2026-11-27T10:00:00.000+00:00", "procedure_name": "wafer-walk", "parameters": {}}
    facts |= {"planned": 160, "columns": COLUMNS, "engine": this_process(), "bench": "b", "simulated": True}
    with Journal.create(folder / JOURNAL, facts) as journal:
        for number, site in enumerate(list(DRAWN.all_sites)[:3]):
            outcome = Outcome(site=site, die_type="A", device="d800", state=SiteState.DONE, good=number != bad)
            journal.append(number, Row(values=outcome.values(), time=float(number)).to_dict())
        journal.note("state", state="done")


def test_runs_that_are_ticked_are_laid_over_each_other_in_the_window(qtbot, window):
    for run, bad in (("0123abcd", 0), ("0123abce", 1)):
        written(window._lab.runs, run, bad)
    view = window.wafer
    view.stack.click()
    qtbot.waitUntil(lambda: view.pile.list.count() == 2, timeout=PATIENCE)
    for row in range(2):
        view.pile.list.item(row).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: view._stacked is not None, timeout=PATIENCE)
    assert "4 of 6 devices on 2 wafers are good: 66.7 %." in view.pile.told.text()
    assert [view.by.itemText(place) for place in range(2)] == ["Yield of dies", "Yield of sites"]
    assert view._stacked.maps[1].values.tolist() == [50.0, 50.0, 100.0]
    assert not view.goes.isEnabled()
    view.stack.click()
    assert view._shown is None


def test_wafers_that_cannot_be_stacked_say_why(qtbot, window):
    written(window._lab.runs, "0123abcd", 0)
    written(window._lab.runs, "0123abce", 0)
    path = window._lab.runs / "2026-11-27-0123abce" / WAFER
    path.write_text(path.read_text(encoding="utf-8").replace('"200 mm"', '"199 mm"'), encoding="utf-8")
    view = window.wafer
    view.stack.click()
    qtbot.waitUntil(lambda: view.pile.list.count() == 2, timeout=PATIENCE)
    for row in range(2):
        view.pile.list.item(row).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: view.pile.told.text() not in (texts.STACKING, texts.STACK_HINT), timeout=PATIENCE)
    assert "must be drawn as it is in the results" in view.pile.told.text()
