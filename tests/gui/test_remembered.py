"""A window is laid out as the last one was; what cannot be read of that is as if it had not been kept."""

from qtpy.QtCore import QSettings

from smtjlab.gui.views.theme import DARK


def test_the_next_window_is_laid_out_as_this_one(open_windows):
    first = open_windows()
    first.resize(1400, 900)
    first.splitters["across"].setSizes([400, 600, 400])
    first.splitters["right"].setSizes([200, 500])
    first.results.table.setColumnWidth(0, 222)
    first.log.filter.setCurrentIndex(2)
    first.log.notify.setChecked(True)
    first.dark.setChecked(True)
    sizes = {name: splitter.sizes() for name, splitter in first.splitters.items()}
    first.close()
    again = open_windows()
    assert (again.width(), again.height()) == (1400, 900)
    assert {name: splitter.sizes() for name, splitter in again.splitters.items()} == sizes
    assert again.results.table.columnWidth(0) == 222
    assert (again.log.filter.currentIndex(), again.log.notify.isChecked(), again.dark.isChecked()) == (2, True, True)
    assert again.log._theme is DARK


def test_a_window_opens_whatever_stands_in_what_was_kept(open_windows, tmp_path):
    kept = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    for name in ("geometry", "left", "across", "columns", "log", "dark", "notify"):
        kept.setValue(name, "-7 nonsense")
    kept.sync()
    window = open_windows()
    assert window.isVisible()
    assert (window.log.filter.currentIndex(), window.dark.isChecked()) == (0, False)


def test_what_was_last_done_to_the_plan_is_taken_back_and_done_again(qtbot, window):
    window.measurement.model.setCurrentText("static")
    qtbot.waitUntil(window.measurement.add.isEnabled, timeout=60_000)
    plan, buttons = window.plan, window.plan.buttons
    assert not buttons["Undo"].isEnabled()
    for _ in range(3):
        window.measurement.add.click()
    plan.list.setCurrentRow(1)
    buttons["Remove"].click()
    assert (plan.list.count(), plan.list.currentRow()) == (2, 1)
    buttons["Undo"].click()
    assert plan.list.count() == 3
    buttons["Redo"].click()
    assert plan.list.count() == 2
    for _ in range(4):
        buttons["Undo"].click()
    assert (plan.list.count(), buttons["Undo"].isEnabled(), buttons["Redo"].isEnabled()) == (0, False, True)
