"""The wafer in the window: keys, zoom, and the chuck that is sent by hand through the real command."""

import shutil

import psutil
import pytest
from qtpy.QtCore import Qt

from smtjlab.gui import wafer_texts as texts
from smtjlab.gui.models.prober import Stage
from smtjlab.gui.models.wafer_feed import WaferFeed
from smtjlab.gui.models.wafer_sites import NOWHERE, WaferSites
from smtjlab.gui.views.wafer_map import WaferMap
from smtjlab.instruments.virtual.pace import Pace
from smtjlab.instruments.wafer.wafer import Site
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.journal import Event, Journal
from smtjlab.procedures.run import JOURNAL, REQUEST, Run
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.figures import FIGURES
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.outcome import COLUMNS, Outcome, SiteState
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER

from .driving import control_of

WAFER_200 = read_wafer(wafer_path("200mm"))
PATIENCE = 60_000
"""ms"""


@pytest.fixture
def shown(qtbot):
    found = WaferMap()
    qtbot.addWidget(found)
    found.resize(600, 600)
    found.show()
    found.show_sites(WaferSites(WAFER_200, list(WAFER_200.all_sites)))
    return found


def name(shown):
    return str(shown._sites.sites[shown.chosen[-1]])


def test_arrows_move_the_choice_from_device_to_device_and_with_ctrl_from_die_to_die(qtbot, shown):
    shown.choose([shown._sites.number(Site(0, 0, "a1"))])
    qtbot.keyClick(shown, Qt.Key.Key_Right)
    assert name(shown) == "0,0/a2"
    qtbot.keyClick(shown, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert (name(shown), len(shown.chosen)) == ("0,1/a2", 1)
    qtbot.keyClick(shown, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert (name(shown), len(shown.chosen)) == ("0,1/a1", 2)


def test_keys_zoom_and_home_shows_the_whole_wafer(qtbot, shown):
    for key, zoom in ((Qt.Key.Key_Plus, 1.5), (Qt.Key.Key_Plus, 2.25), (Qt.Key.Key_Minus, 1.5), (Qt.Key.Key_Home, 1.0)):
        qtbot.keyClick(shown, key)
        assert shown.frame.zoom == pytest.approx(zoom)


def test_return_asks_and_focus_is_seen(qtbot, shown):
    with qtbot.waitSignal(shown.asked):
        qtbot.keyClick(shown, Qt.Key.Key_Return)
    shown.setFocus()
    qtbot.waitUntil(shown.hasFocus)
    focused = shown.grab().toImage().pixelColor(0, 300).name()
    shown.clearFocus()
    assert shown.grab().toImage().pixelColor(0, 300).name() != focused


def test_a_die_that_is_zoomed_to_fills_the_map_with_its_devices(shown):
    shown.choose([shown._sites.number(Site(3, -2, "a1"))])
    shown.show_die()
    inside = set(shown._sites.cells.within(shown.frame.box))
    assert {shown._sites.number(site) for site in WAFER_200.sites((3, -2))} <= inside
    assert shown.site_at(shown.place_of(shown.chosen[0])) == shown.chosen[0]
    die = shown.frame.zoom
    shown.show_die(reticle=True)
    assert 1 < shown.frame.zoom < die
    assert not shown.grab().isNull()


def made(folder, bench="wafer"):
    """Write a wafer run that has ended."""
    folder.mkdir()
    for file, source in ((WAFER, wafer_path("200mm")), (RECIPE, recipe_path("quick"))):
        shutil.copy(source, folder / file)
    request = f'{{"procedure": "", "parameters": {{}}, "bench": "{bench}", "junction": "", "model": "", "runs": ""}}'
    (folder / REQUEST).write_text(request, encoding="utf-8")
    facts = {"id": folder.name[-8:], "created": "2026-11-27T10:00:00.000+00:00", "procedure_name": "wafer-walk"}
    facts |= {"planned": 160, "columns": COLUMNS, "engine": this_process(), "bench": "b", "simulated": True}
    with Journal.create(folder / JOURNAL, facts) as journal:
        journal.note("state", state="stopped")
    return folder


def test_the_journal_tells_where_the_needles_are_while_a_run_goes_on(tmp_path):
    feed = WaferFeed(made(tmp_path / "2026-11-27-0123abcd"))
    sites, site = feed.sites, feed.sites.sites[4]

    def heed(kind, **payload):
        place = {"column": site.column, "row": site.row, "site": site.name}
        feed.heed(Event(1, 0.0, kind, payload if kind == "safety" else place | payload))

    heed("touched", x=1e-3, y=2e-3, since_cleaning=1)
    assert (sites.running, sites.chuck) == (4, pytest.approx((1e-3, 2e-3)))
    sites.take(Outcome(site=site, die_type="A", device="d", state=SiteState.DONE))
    assert sites.running == NOWHERE
    heed("kept")
    assert sites.running == 4
    heed("safety", safe=True)
    assert sites.running == NOWHERE
    heed("touched", x=5e-3, y=0.0, since_cleaning=2, by="hand")
    assert (sites.running, sites.chuck) == (NOWHERE, pytest.approx((1e-3, 2e-3)))


def test_a_chuck_is_sent_by_hand_once_somebody_has_said_yes(qtbot, window):
    folder = made(window._lab.runs / "2026-11-27-0123abcd")
    window.show_run(folder, by_hand=True)
    view, prober = window.wafer, window._lab.prober
    qtbot.waitUntil(lambda: view._sites is not None, timeout=PATIENCE)
    assert not view.goes.isEnabled()
    view.map.choose([view._sites.number(view._sites.sites[0])])
    site = view._names()[0]
    qtbot.waitUntil(view.goes.isEnabled, timeout=PATIENCE)
    qtbot.keyClick(view.map, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: prober.state.stage is Stage.QUESTION or prober.state.failed, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not view.bar.go.isHidden(), timeout=PATIENCE)
    assert prober.state.chuck.needles == "up"
    assert f"to {site} of virtual wafer?" in view.bar.sentence.text()
    view.bar.go.click()
    qtbot.waitUntil(lambda: f"The chuck is at {site}, needles up" in window.log.shown(), timeout=PATIENCE)
    x, y = view._sites.wafer.place(view._sites.sites[0])
    qtbot.waitUntil(lambda: view.map.marks.chuck == pytest.approx((x, y)), timeout=PATIENCE)
    assert (view.map.marks.word, view.map.marks.down) == ("needles up", False)


def test_safe_now_ends_a_chuck_on_its_way_and_reads_its_bench_back(qtbot, window):
    folder = made(window._lab.runs / "2026-11-27-0123abcd")
    window.show_run(folder, by_hand=True)
    view, prober = window.wafer, window._lab.prober
    qtbot.waitUntil(lambda: view._sites is not None, timeout=PATIENCE)
    view.map.choose([0])
    qtbot.waitUntil(view.goes.isEnabled, timeout=PATIENCE)
    view.goes.click()
    qtbot.waitUntil(lambda: prober.state.stage is Stage.QUESTION, timeout=PATIENCE)
    with control_of(window) as control:
        control.set_pace(Pace(speed=1))
    view.bar.contact.setChecked(True)
    view.bar.go.click()
    qtbot.waitUntil(lambda: sessions_of(prober._process) >= 3, timeout=PATIENCE)
    window.run_bar.safe.click()
    qtbot.waitUntil(lambda: "`virtual probe station` is safe." in window.log.shown(), timeout=PATIENCE)
    assert "everything was read back" in window.run_bar.safety.text()
    assert view.bar.sentence.text() == texts.TRAVEL_ENDED
    window.bench.check.click()
    qtbot.waitUntil(lambda: prober.state.chuck is not None, timeout=PATIENCE)
    assert prober.state.chuck.needles == "up"
    assert "touched" not in [event.kind for event in Run(folder).events()]


def sessions_of(process):
    """Return with how many instruments a process speaks."""
    found = [] if process is None else psutil.Process(process.pid).net_connections("tcp4")
    return len([one for one in found if one.status == psutil.CONN_ESTABLISHED])


def test_what_is_told_of_a_device_is_seen_whole_and_is_gone_when_another_wafer_is_shown(qtbot, window):
    window.show_run(made(window._lab.runs / "2026-11-27-0123abcd"), by_hand=True)
    view = window.wafer
    qtbot.waitUntil(lambda: view._sites is not None, timeout=PATIENCE)
    window.tabs.setCurrentWidget(view)
    assert (view.hover.text(), view._chosen.text()) == (texts.CHOOSE_SITES, texts.NONE_CHOSEN)
    figures = dict.fromkeys(FIGURES, 1234.5)
    view._sites.take(
        Outcome(site=view._sites.sites[4], die_type="A", device="d", state=SiteState.DONE, figures=figures)
    )
    view.map.hovered.emit(4)
    words = view.hover
    qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()), timeout=PATIENCE)
    assert words.text().count("\n") == len(FIGURES)
    window.show_run(made(window._lab.runs / "2026-11-27-0123abce"), by_hand=True)
    assert words.text() == texts.CHOOSE_SITES
