"""Bad input in every field of the window: the sentence stands at the field, whole, and Run says why it is grey."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QLineEdit

from smtjlab.gui import texts
from smtjlab.gui.models.form import label
from smtjlab.gui.models.offered import offered_procedures
from smtjlab.gui.models.told import Told

PATIENCE = 60_000
"""ms"""
TAKES_ALL = ("poling", "process")
"""Fields for words of one's own, and for a file that is read with the bench."""


def is_whole(label):
    """Return whether all lines of a label are in sight."""
    return label.isVisible() and label.visibleRegion().boundingRect().height() >= label.heightForWidth(label.width())


def typed(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


def test_every_field_of_every_procedure_says_that_it_is_wrong_until_it_has_its_own_text_again(qtbot, window):
    window.activateWindow()
    panel = window.measurement
    for procedure in offered_procedures():
        panel.procedure.setCurrentText(procedure)
        for name, field in panel.form.fields.items():
            if isinstance(field, QLineEdit) and name not in TAKES_ALL:
                is_told_at(qtbot, panel, name, field)


def is_told_at(qtbot, panel, name, field):
    fault = panel.form.faults[name]
    typed(qtbot, field, "x")
    assert fault.sentence.endswith("."), name
    qtbot.waitUntil(lambda: is_whole(fault) and is_whole(panel.told), timeout=5000)
    assert not panel.run.isEnabled()
    assert not panel.add.isEnabled()
    assert panel.told.text() == texts.CANNOT_RUN.format(why=texts.FIELD_WRONG.format(fields=label(name)))
    assert panel.run.toolTip() == f"{panel.told.text()}\n\n{fault.sentence}"
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (fault.sentence, fault.isVisible()) == ("", False)


def test_what_this_bench_cannot_do_is_told_at_the_field_until_it_is_mended(qtbot, window):
    window.activateWindow()
    panel = window.measurement
    field, fault = panel.form.fields["stop"], panel.form.faults["stop"]
    typed(qtbot, field, "900 mV")
    qtbot.waitUntil(lambda: "0 V and 600 mV" in fault.sentence and is_whole(fault), timeout=PATIENCE)
    assert texts.FIELD_WRONG.format(fields="Stop") in panel.told.text()
    assert not panel.run.isEnabled()
    typed(qtbot, field, "300 mV")
    qtbot.waitUntil(panel.run.isEnabled, timeout=PATIENCE)
    assert fault.sentence == ""


def test_a_belief_that_is_none_is_told_at_its_field(qtbot, window):
    window.activateWindow()
    panel = window.measurement
    typed(qtbot, panel.junction.lineEdit(), "nonsense")
    qtbot.waitUntil(lambda: "`nonsense` was asked for" in panel.junction_fault.sentence, timeout=PATIENCE)
    qtbot.waitUntil(lambda: is_whole(panel.junction_fault), timeout=PATIENCE)
    assert texts.FIELD_WRONG.format(fields=texts.JUNCTION) in panel.told.text()
    assert not panel.run.isEnabled()
    offered = panel.junction.count()
    qtbot.keyClick(panel.junction.lineEdit(), Qt.Key.Key_Return)
    assert panel.junction.count() == offered
    typed(qtbot, panel.junction.lineEdit(), "fig5")
    qtbot.waitUntil(panel.run.isEnabled, timeout=PATIENCE)
    assert panel.junction_fault.sentence == ""


def test_fields_that_can_only_be_chosen_take_no_other_text(window):
    boxes = window.findChildren(QComboBox)
    assert len(boxes) > 10
    assert [box for box in boxes if box.isEditable()] == [window.measurement.junction]


def test_a_word_that_is_no_tag_is_told_at_its_field_and_put_on_no_run(qtbot, window):
    results = window.results
    window.tabs.setCurrentWidget(results)
    results.tags.setEnabled(True)  # as it is once a run is chosen
    with qtbot.assertNotEmitted(results.tags_wanted):
        results.tags.setText("good two/parts")
        results.tags.returnPressed.emit()
    assert "'two/parts'" in results.tags_fault.sentence
    assert is_whole(results.tags_fault)
    results.tags.setText("good")
    assert results.tags_fault.sentence == ""


def test_what_a_bench_refuses_that_is_not_in_use_is_told_beneath_the_button(qtbot, window):
    drawer = window.drawer
    window.tabs.setCurrentWidget(drawer)
    asks = {"fail": drawer.fail, "pace": drawer.set_pace, "truth": drawer.reveal}
    for errand, button in asks.items():
        button.click()
        qtbot.waitUntil(lambda errand=errand: "start a run first" in drawer.faults[errand].sentence, timeout=PATIENCE)
        assert is_whole(drawer.faults[errand])
    drawer.take(Told("truth", truth="# device"))
    assert (drawer.faults["truth"].sentence, drawer.truth.toPlainText()) == ("", "# device")


def test_a_file_that_is_no_plan_is_told_beneath_the_plan(window, tmp_path):
    (path := tmp_path / "no-plan.json").write_text("[]")
    window.plan.read(path)
    assert "must be a file that this window has written" in window.plan.file_fault.sentence
    assert "must be a file that this window has written" in window.log.shown()
    window.plan.refresh()
    assert window.plan.file_fault.sentence == ""
