"""A window as a process of its own: it presses Run, or is opened again and says how the run ended that it found.

`window_face.py BENCH RUNS POINTS` presses Run, `window_face.py BENCH RUNS` is opened again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from qtpy.QtCore import QSettings, QTimer
from qtpy.QtWidgets import QApplication

from smtjlab.gui.models.lab import Lab
from smtjlab.gui.views.main_window import MainWindow

LOOK = 20
"""Milliseconds between two looks of whoever sits before it."""


def begin(window: MainWindow, points: str) -> None:
    """Fill in the measurement of every row, and press Run once that may be done."""
    panel, timer = window.measurement, QTimer(window, interval=LOOK)
    for name, text in {"points": points, "averaging": "1"}.items():
        panel.form.fields[name].setText(text)
        panel.form.fields[name].textEdited.emit(text)
    panel.form.fields["direction"].setCurrentText("up")
    panel.junction.setCurrentText("fig5")
    panel.model.setCurrentText("static")

    def press() -> None:
        if panel.run.isEnabled():
            timer.stop()
            panel.run.click()

    timer.timeout.connect(press)
    timer.start()


def tell(window: MainWindow) -> None:
    """Say what stands below once the run has ended, and close."""
    timer = QTimer(window, interval=LOOK)

    def look() -> None:
        if window.run_bar.report.isVisible():
            timer.stop()
            print(window.run_bar.state.text())
            window.close()

    timer.timeout.connect(look)
    timer.start()


def main(bench: str, runs: str, *points: str) -> None:
    """Show the window until it is closed, or dies."""
    Path(runs).mkdir(exist_ok=True)
    application = QApplication([])
    window = MainWindow(Lab(bench, Path(runs)), QSettings(f"{runs}/window.ini", QSettings.Format.IniFormat))
    window.show()
    begin(window, *points) if points else tell(window)
    application.exec_()


if __name__ == "__main__":
    main(*sys.argv[1:])
