"""By the pointer in the real window: zoom that stays, cross-hair, sites that are chosen; and who is told of alarms."""

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from smtjlab.gui import wafer_texts

from .driving import PATIENCE, measuring, pressed_run, until, waited


def wheeled(view, place, degrees):
    """Turn the wheel over a place of a view."""
    none = (Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    at = QPointF(place), QPointF(view.mapToGlobal(place))
    QApplication.sendEvent(view, QWheelEvent(*at, QPoint(), QPoint(0, degrees), *none))


def test_a_zoom_stays_while_points_come_until_somebody_wants_all_of_them(qtbot, window):
    pressed_run(qtbot, window, points="4000")
    glance = measuring(qtbot, window)
    canvas, follow = window.live.canvas, window.live._follow
    wheeled(canvas.viewport(), canvas.viewport().rect().center(), 240)
    assert not follow.isChecked()
    zoomed = canvas.plot.viewRange()
    until(qtbot, window, lambda: window._lab.glance.taken > glance.taken + 200)
    assert canvas.plot.viewRange() == zoomed
    follow.click()
    until(qtbot, window, lambda: canvas.plot.viewRange()[0][1] >= canvas.curves.branches[0].points()[0].max())
    window.run_bar.stop.click()
    waited(qtbot, window, "stopped")


def test_the_cross_hair_tells_both_axes_with_their_units(qtbot, window):
    pressed_run(qtbot, window, points="5")
    waited(qtbot, window, "done")
    canvas = window.live.canvas
    qtbot.waitUntil(lambda: bool(canvas.items), timeout=PATIENCE)
    at = canvas.plot.vb.mapViewToScene(QPointF(0.2, 5e-4))
    canvas.scene().sigMouseMoved.emit(at)
    gate, conductance = canvas._cross.text.split("   ")
    assert gate == "200 mV"
    assert conductance == "500 uS"
    canvas.scene().sigMouseMoved.emit(QPointF(1, 1))
    assert canvas._cross.text == ""


def test_a_wafer_is_measured_in_the_window_and_asked_for_further_sites_by_the_pointer(qtbot, window):
    window.measurement.procedure.setCurrentText("wafer-walk")
    qtbot.waitUntil(window.measurement.run.isEnabled, timeout=PATIENCE)
    window.measurement.run.click()
    waited(qtbot, window, "running")
    until(qtbot, window, lambda: window._lab.glance.taken > 1)
    assert window.tabs.currentWidget() is window.wafer
    view, found = window.wafer, window.wafer.map
    sites = window._lab.glance.wafer
    planned = [int(one) for one in np.flatnonzero(sites.standing == 0)[-3:]]
    for number, key in zip(planned, ("NoModifier", "ShiftModifier", "ShiftModifier"), strict=True):
        QTest.mouseClick(found, Qt.MouseButton.LeftButton, getattr(Qt.KeyboardModifier, key), spot(found, number))
    assert found.chosen == planned
    assert not view.goes.isEnabled()
    assert view.goes.toolTip() == wafer_texts.NO_GOING
    view.buttons["skip"].click()
    names = [str(sites.sites[number]) for number in planned]
    until(qtbot, window, lambda: all(sites.standings()[planned] == 5))
    assert f"is asked: skip {', '.join(names)}." in window.log.shown()
    done = int(np.flatnonzero(sites.standing == 2)[0])
    QTest.mouseMove(found, spot(found, done))
    qtbot.waitUntil(lambda: str(sites.sites[done]) in view.hover.text(), timeout=PATIENCE)
    assert "ohm" in view.hover.text()
    window.run_bar.stop.click()
    waited(qtbot, window, "stopped")


def spot(found, number):
    """Return the pixel in the middle of a site."""
    return found.place_of(number).toPoint()


@pytest.mark.parametrize("wants", [False, True])
def test_an_alarm_is_told_to_the_desktop_with_a_sound_where_somebody_wants_that(qtbot, window, monkeypatch, wants):
    told = []
    monkeypatch.setattr(QApplication, "beep", lambda: told.append("sound"))
    monkeypatch.setattr(QApplication, "alert", lambda *_: told.append("desktop"))
    window.log.notify.setChecked(wants)
    pressed_run(qtbot, window, points="4000")
    measuring(qtbot, window)
    window._lab.desk.let_fail(window._lab.bench, "gate:wrong_identity@#0,count=1000000")
    until(qtbot, window, lambda: "A fault is awaited" in window.log.shown())
    window.run_bar.stop.click()
    waited(qtbot, window, "unsafe")
    assert told[:2] == (["sound", "desktop"] if wants else [])
