"""What the live view shows, and what it says of what it does not show."""

import time
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.gui.models import columns as columns_module
from smtjlab.gui.models import run_feed
from smtjlab.gui.models.closer_look import Kind, closer_look
from smtjlab.gui.models.points import Axis, Points
from smtjlab.gui.models.run_feed import RunFeed
from smtjlab.gui.views.theme import DARK
from smtjlab.procedures.field_loop import FieldLoop
from smtjlab.procedures.gated_field_loops import GatedFieldLoops
from smtjlab.procedures.multiplier import Multiplier
from smtjlab.procedures.noise_spectrum import NoiseSpectrum
from smtjlab.procedures.row import Row
from smtjlab.procedures.start import measure

FEW = {"input_points": 3, "gate_points": 5, "averaging": 1, "nplc": 0.1}


@pytest.fixture
def live(qtbot):
    from smtjlab.gui.views.live_plot import LivePlot

    plot = LivePlot()
    qtbot.addWidget(plot)
    plot.resize(700, 500)
    plot.show()
    return plot


def looked(run):
    feed = RunFeed(run.folder)
    glance = feed.look()
    while glance.behind or glance.closer is None or glance.verdict is None:
        glance = feed.look()
        time.sleep(0.02)
    return feed, glance


def made_up(count, *, unit="S", value=5e-4):
    points = Points()
    points.branches, points.value = [""], Axis("value", "Conductance" if unit == "S" else "Resistance", unit)
    gate = np.linspace(0, 0.4, count)
    points.take({"time": gate, "gate": gate, "value": value + gate, "sigma": 0 * gate, "branch": 0 * gate})
    points.columns.fill(np.arange(count), {"flagged": np.zeros(count)})
    return points


def shown(live, finished, points):
    live.update_run(replace(RunFeed(finished.folder).look(), taken=points.count, answered=0, closer=None), points)


def test_chi_square_stands_beside_the_key_and_says_what_it_is(live, finished):
    feed = RunFeed(finished.folder)
    live.update_run(feed.look(), feed.points)
    verdict = finished.verdict()
    assert live.chi_square.text() == f"χ²/ν = {verdict['chi_square'] / 10:.3g}, ν = 10"
    assert verdict["sentence"] in live.chi_square.toolTip()


def test_chi_square_that_is_red_is_red_in_the_dark_as_well(live, finished):
    feed = RunFeed(finished.folder)
    glance = feed.look()
    live.update_run(replace(glance, verdict=glance.verdict | {"agrees": False}), feed.points)
    live.set_theme(DARK)
    assert DARK.alarm in live.chi_square.styleSheet()


def test_rows_of_a_loop_of_its_own_have_all_their_columns_and_no_model(live, finished):
    points = Points()
    rows = [Row(values={"gate_voltage": 0.1, "thd": 0.02 * n, "word": "a"}, time=0.1 * n) for n in range(4)]
    points.add_rows(rows, {"gate_voltage": "V", "thd": "", "word": ""})
    shown(live, finished, points)
    assert [axis.words for axis in points.heights()] == ["Thd", "Gate voltage"]
    assert "model" not in live._key.text()
    assert not live.canvas.strip.isVisible()


def test_runs_beneath_have_a_key_and_stay_when_the_axis_changes(live, finished):
    feed = RunFeed(finished.folder)
    live.update_run(feed.look(), feed.points)
    assert live.add_overlay("2026-11-27-5a1e0001", feed.points) == ""
    assert "5a1e0001" in live._key.text()
    live._x.setCurrentIndex(live._x.findData("time"))
    live._x.activated.emit(live._x.currentIndex())
    assert (live.axes[0].column, len(live.canvas.overlays.items)) == ("time", 2)


def test_an_axis_is_kept_for_the_runs_of_its_procedure_alone(live, finished):
    glance = RunFeed(finished.folder).look()
    live.update_run(replace(glance, answered=0), made_up(10))
    live._x.setCurrentIndex(live._x.findData("time"))
    live._x.activated.emit(live._x.currentIndex())
    live.update_run(replace(glance, answered=0, procedure="bias-curve"), made_up(10))
    assert live.axes[0].column == "gate"
    live.update_run(replace(glance, answered=0), made_up(10))
    assert live.axes[0].column == "time"


def test_a_run_of_another_quantity_is_refused_with_both(live, finished):
    feed = RunFeed(finished.folder)
    live.update_run(feed.look(), feed.points)
    why = live.add_overlay("other", made_up(10, unit="Ω"))
    assert "the axis is Conductance (S)" in why
    assert "Resistance (Ω)" in why
    assert "other" not in live._key.text()


def test_readings_that_are_not_kept_any_more_are_told(live, finished, monkeypatch):
    monkeypatch.setattr(columns_module.Columns.__init__, "__defaults__", ((), 2048))
    points = Points()
    for _ in range(5):
        part = made_up(2000)
        names = ("time", "gate", "value", "sigma", "branch", "flagged")
        points.branches = [""]
        points.take({name: part.columns[name] for name in names})
    shown(live, finished, points)
    assert f"{points.columns.first} earlier readings are not drawn" in live._note.text()


def test_a_field_loop_is_drawn_over_the_field_with_its_switching_fields(live, tmp_path):
    loop = FieldLoop(points=25, averaging=1, nplc=0.1)
    feed, glance = looked(measure(loop, bench="two_axis@smtj", model="static", out=tmp_path))
    live.update_run(glance, feed.points)
    assert live.axes[0].column == "field"
    assert [curve.branch for curve in live.canvas.curves.branches] == ["down", "up"]
    assert len(live.canvas.switching.items) == len(glance.closer.switching) > 0


def test_field_loops_at_several_gates_are_told_apart_by_colour_and_their_ways_by_marks(live, tmp_path):
    loops = GatedFieldLoops(gates=2, points=9, averaging=1, nplc=0.1)
    feed, glance = looked(measure(loops, bench="two_axis@smtj", model="static", out=tmp_path))
    live.update_run(glance, feed.points)
    branches = live.canvas.curves.branches
    visits = [("300 mV", 0), ("100 mV", 1), ("300 mV", 0)]
    expected = [((way, level), family, 9) for level, family in visits for way in ("field down", "field up")]
    assert [(curve.told, curve.family, curve.count) for curve in branches] == expected
    key = live._key.text()
    assert all(key.count(one) == 1 for one in ("300 mV", "100 mV", "field up", "field down"))
    assert not live.canvas.switching.items


def test_a_multiplier_is_shown_as_a_map_once_its_trim_stands(live, finished, tmp_path, monkeypatch):
    monkeypatch.setattr(run_feed, "PORTION", 3)  # so that it grows under the window
    feed = RunFeed(measure(Multiplier(**FEW), bench="multiplier@smtj", model="static", out=tmp_path).folder)
    live.update_run(feed.look(), feed.points)
    assert (live._drawn.currentWidget(), live.map_button.isHidden()) == (live.canvas, True)
    while (glance := feed.look()).behind:
        live.update_run(glance, feed.points)
    live.update_run(glance, feed.points)
    assert 0 < feed.points.beforehand < glance.taken - 8
    assert (live._drawn.currentWidget(), live._key.text(), glance.closer) == (live.product, "", None)
    assert len(live.product.marks[0].data) == glance.taken - feed.points.beforehand
    live.map_button.click()
    assert live.axes[0].column == glance.swept == "level of gate"
    live.map_button.click()
    other = RunFeed(finished.folder)
    live.update_run(other.look(), other.points)
    assert (live._drawn.currentWidget(), live.axes[0].column) == (live.canvas, "gate")


def test_a_noise_spectrum_has_its_own_view(live, tmp_path):
    noise = NoiseSpectrum(readings=256, segments=4)
    feed, glance = looked(measure(noise, bench="virtual@smtj", model="static", out=tmp_path))
    live.update_run(glance, feed.points)
    assert live._drawn.currentWidget() is live.spectrum
    assert len(live.spectrum.lines["measured"].xData) == len(glance.closer.spectrum.frequency)
    live.closer_button.click()
    assert live._drawn.currentWidget() is live.canvas
    assert live.axes[0].column == "time"


def test_a_telegraph_trace_has_levels_and_dwells(live, finished):
    rng = np.random.default_rng(2)
    level = np.cumsum(rng.random(1000) < 0.03) % 2
    points = made_up(1000)
    points.columns.fill(np.arange(1000), {"value": 5e-4 + 2e-6 * level + 1e-7 * rng.normal(size=1000)})
    found = closer_look(Kind.TELEGRAPH, points, {"parameters": {"nplc": {"value": 0.001}}}, None, None)
    glance = RunFeed(finished.folder).look()
    live.update_run(replace(glance, taken=1000, answered=0, closer=found), points)
    assert live._drawn.currentWidget() is live.telegraph
    assert all("τ = " in plot.titleLabel.text for plot in live.telegraph.dwells)
    assert live.add_overlay("2026-11-27-5a1e0001", made_up(10)) == ""
    assert live._drawn.currentWidget() is live.canvas
    assert "5a1e0001" in live._key.text()
