"""A plan is saved and opened while a run goes on, by a question that stands beside the window."""

from qtpy.QtWidgets import QApplication, QFileDialog

from .driving import PATIENCE, pressed_run, waited


def answered(qtbot, window, file):
    """Type a file into the question that stands, and press its button as a person would."""
    (dialog,) = [one for one in window.plan.findChildren(QFileDialog) if one.isVisible()]
    assert QApplication.activeModalWidget() is None
    dialog.selectFile(str(file))
    dialog.accept()
    qtbot.waitUntil(lambda: not window.plan.findChildren(QFileDialog), timeout=PATIENCE)


def test_a_plan_is_saved_and_opened_while_a_run_goes_on_and_safe_now_stays_within_reach(qtbot, window, tmp_path):
    pressed_run(qtbot, window, points="4000")
    waited(qtbot, window, "running")
    window.measurement.add.click()
    window.plan.save.click()
    window.plan.save.click()
    answered(qtbot, window, tmp_path / "evening")
    assert (tmp_path / "evening.json").is_file()
    window.plan.list.setCurrentRow(0)
    window.plan.buttons["Remove"].click()
    window.plan.open.click()
    answered(qtbot, window, tmp_path / "evening.json")
    assert window.plan.list.count() == 1
    window.plan.open.click()
    window.run_bar.safe.click()
    assert waited(qtbot, window, "stopped").safe is True
