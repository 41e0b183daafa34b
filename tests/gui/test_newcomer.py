"""A newcomer's path: from the window, as it opens, to a report that is saved. He presses what can be pressed."""

from smtjlab.gui import texts

PATIENCE = 60_000
"""ms"""


def test_run_results_and_open_report_leave_a_report(qtbot, window, monkeypatch):
    opened = []
    monkeypatch.setattr("smtjlab.gui.views.main_window.QDesktopServices.openUrl", opened.append)
    qtbot.waitUntil(window.measurement.run.isEnabled, timeout=PATIENCE)
    window.measurement.run.click()
    qtbot.waitUntil(lambda: texts.STATES["done"] in window.run_bar.state.text(), timeout=PATIENCE)
    window.tabs.setCurrentWidget(window.results)
    qtbot.waitUntil(window.results.report.isEnabled, timeout=PATIENCE)  # the newest run has been chosen for him
    window.results.report.click()
    qtbot.waitUntil(lambda: bool(opened), timeout=PATIENCE)
    [run] = window._lab.runs.glob("*/journal.sqlite")
    report = run.parent / "report.html"
    assert opened[0].toLocalFile() == str(report)
    assert window.log.shown().count(str(report)) == 1
    text = report.read_text(encoding="utf-8")
    assert run.parent.name[-8:] in text
    assert "82 of 82 points were taken" in text
    assert "Conductance against gate voltage" in text


def test_the_report_is_offered_below_once_there_is_one_to_write(qtbot, window, finished):
    assert not window.run_bar.report.isVisible()
    window.show_run(finished.folder)
    qtbot.waitUntil(window.run_bar.report.isVisible, timeout=PATIENCE)
    asked = []
    window._lab.desk.report = asked.extend
    window.run_bar.report.click()
    assert asked == [finished.folder]
    window.show_run(window._lab.runs)
    assert not window.run_bar.report.isVisible()
