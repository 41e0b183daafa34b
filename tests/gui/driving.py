"""A window driven as a person would: fields filled in, Run pressed, waited until what was asked for is seen."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from smtjlab.gui.models.run_feed import Glance
from smtjlab.gui.views.main_window import MainWindow

PATIENCE = 60_000
"""ms"""


def fill(window: MainWindow, **fields: str) -> None:
    """Type into fields; the model is the fastest one."""
    for name, text in fields.items():
        field = window.measurement.form.fields[name]
        field.setText(text)
        field.textEdited.emit(text)
    window.measurement.model.setCurrentText("static")


def pressed_run(qtbot: QtBot, window: MainWindow, **fields: str) -> None:
    """Fill in fields and press Run once it may be pressed."""
    fill(window, **fields)
    qtbot.waitUntil(window.measurement.run.isEnabled, timeout=PATIENCE)
    window.measurement.run.click()


def waited(qtbot: QtBot, window: MainWindow, *states: str, after: str = "") -> Glance:
    """Return the glance at the run that is shown, another than `after`, once it stands so."""

    def reached() -> bool:
        glance = window._lab.glance
        return glance is not None and glance.run != after and glance.state in states

    qtbot.waitUntil(reached, timeout=PATIENCE)
    found = window._lab.glance
    assert found is not None
    return found


def told_safe(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until the process with sessions of its own has read everything back."""
    qtbot.waitUntil(lambda: "everything was read back" in window.run_bar.safety.text(), timeout=PATIENCE)
    assert "`virtual bench` is safe." in window.log.shown()
