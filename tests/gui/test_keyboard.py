"""Everything can be done from the keyboard: where it is at first, where Tab takes it, and which keys there are."""

import re
from pathlib import Path

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QShortcut,
    QTabBar,
)

from smtjlab.gui import keys
from smtjlab.gui.views.tab_order import in_reading_order

PAGE = Path(__file__).parents[2] / "docs" / "user" / "window.md"
KEYS = [one for name, one in vars(keys).items() if name.isupper()]
TAKES = (QAbstractButton, QComboBox, QLineEdit, QAbstractItemView, QTabBar)
PARTS_OF = (QComboBox, QTabBar, QLineEdit, QAbstractItemView)


@pytest.fixture
def ready(qtbot, window):
    """Return a window whose plan could be run, with the keyboard in it."""
    window.activateWindow()
    qtbot.waitUntil(lambda: window.measurement.run.isEnabled() and window.isActiveWindow(), timeout=60_000)
    return window


def walked(count):
    """Return where Tab takes the keyboard, one after the other, from where it is."""
    found = [QApplication.focusWidget()]
    while len(found) < count:
        QTest.keyClick(found[-1], Qt.Key.Key_Tab)
        found.append(QApplication.focusWidget())
    return found


@pytest.mark.parametrize("name", ["transfer-curve", "wafer-walk"])
def test_tab_begins_at_the_procedure_and_goes_by_its_fields_to_run_and_to_what_ends_it(ready, name):
    panel, bar = ready.measurement, ready.run_bar
    assert QApplication.focusWidget() is panel.procedure
    panel.procedure.setCurrentText(name)
    for button in (panel.run, panel.add, bar.pause, bar.stop):
        button.setEnabled(True)
    belief = [panel.junction, panel.model] if name == "transfer-curve" else []
    expected = [panel.procedure, *panel.form.fields.values(), *belief, panel.run, panel.add]
    expected += [bar.pause, bar.stop, bar.safe, ready.tabs.tabBar()]
    assert walked(len(expected)) == expected


def test_tab_comes_back_to_where_it_began_from_every_page(ready):
    for place in range(ready.tabs.count()):
        ready.tabs.setCurrentIndex(place)
        ready.measurement.procedure.setFocus()
        assert ready.measurement.procedure in walked(60)[1:]


def test_whatever_can_be_pressed_or_filled_in_is_on_the_way_of_tab(ready):
    shown = ready.measurement.form.currentWidget()
    on_the_way = set(in_reading_order(ready.centralWidget()))
    for found in (one for kind in TAKES for one in ready.centralWidget().findChildren(kind)):
        part = isinstance(found.parent(), PARTS_OF) or found.window() is not ready  # as menus of plots are
        assert part or ready.measurement.form.isAncestorOf(found) or found in on_the_way, found
    assert {*shown.fields.values()} <= on_the_way


def test_no_key_means_two_things(ready):
    heard = [one.key().toString() for one in ready.findChildren(QShortcut) if one.parent() is ready]
    assert len(heard) == len(set(heard)) > 15
    in_plan = [one.key().toString() for one in ready.plan.findChildren(QShortcut)]
    assert not {*heard} & {*in_plan}
    assert [button.text() for button in ready.findChildren(QPushButton) if "&" in button.text()] == []


def test_every_key_is_heard_told_by_a_tool_tip_and_in_the_table_of_the_page(ready):
    table = re.findall(r"^\| (.*?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    in_table = {key for row in table for key in re.findall(r"`(.*?)`", row)}
    heard = {one.key().toString() for one in ready.findChildren(QShortcut)}
    tips = [one.toolTip() for one in ready.findChildren(QAbstractButton) + ready.findChildren(QComboBox)]
    tips += [ready.tabs.tabToolTip(0), ready.results.search.toolTip()]
    for key in KEYS:
        written = key.format(place=1)
        assert written in heard
        assert written in in_table or key.format(place="1…4") in in_table
        assert key in (keys.SVG, keys.PICTURE) or any(written in tip for tip in tips), key


def test_keys_press_what_their_tool_tips_say(qtbot, ready):
    pressed = []
    ready.measurement.run_wanted.disconnect()
    ready.measurement.run_wanted.connect(lambda: pressed.append(keys.RUN))
    ready.run_bar.pause.setEnabled(True)
    ready.run_bar.pause_wanted.connect(lambda: pressed.append(keys.PAUSE))
    ready.run_bar.stop_wanted.connect(lambda: pressed.append(keys.STOP))
    control = Qt.KeyboardModifier.ControlModifier
    for key in (Qt.Key.Key_Return, Qt.Key.Key_P, Qt.Key.Key_Period):
        qtbot.keyClick(ready, key, control)
    assert pressed == [keys.RUN, keys.PAUSE]  # nothing runs that could be stopped: its button is grey
    qtbot.keyClick(ready, Qt.Key.Key_2, control)
    assert ready.tabs.currentWidget() is ready.wafer
    qtbot.keyClick(ready, Qt.Key.Key_F, control)
    assert QApplication.focusWidget() is ready.results.search
    qtbot.keyClick(ready, Qt.Key.Key_F6)
    assert QApplication.focusWidget() is ready.bench._cards["gate"].use
    qtbot.keyClick(ready, Qt.Key.Key_F6)
    assert QApplication.focusWidget() is ready.bench._cards["junction"].use
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "out of use" in ready.bench._cards["junction"]._state.text())


def test_the_plan_is_changed_and_taken_back_from_the_keyboard(qtbot, ready):
    ready.measurement.model.setCurrentText("static")
    qtbot.waitUntil(ready.measurement.add.isEnabled, timeout=60_000)
    for _ in range(2):
        qtbot.keyClick(
            ready, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
    rows = ready.plan.list
    rows.setFocus()
    rows.setCurrentRow(0)
    qtbot.keyClick(rows, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert rows.currentRow() == 1
    qtbot.keyClick(rows, Qt.Key.Key_Delete)
    assert rows.count() == 1
    for _ in range(2):
        qtbot.keyClick(rows, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert rows.count() == 2
    assert not ready.plan.buttons["Up"].isEnabled()


def test_whatever_can_be_pressed_or_filled_in_has_a_name_for_who_cannot_see_it(ready):
    for found in (one for kind in TAKES for one in ready.centralWidget().findChildren(kind)):
        if found.window() is ready and not isinstance(found.parent(), PARTS_OF) and not isinstance(found, QTabBar):
            assert found.accessibleName() or getattr(found, "text", str)() or found.isHidden(), found
