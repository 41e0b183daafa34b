"""Opens the window, and ends with it. Whoever imports this needs Qt."""

from __future__ import annotations

import signal
from pathlib import Path

from qtpy.QtCore import QSettings, Qt, QTimer
from qtpy.QtWidgets import QApplication

from .models.lab import Lab
from .views.garbage import search_seldom
from .views.main_window import MainWindow


def open_window(bench: str, runs: Path) -> int:
    """Show the window for a bench and a runs folder until it is closed; return the exit code.

    Raises a mistake where the bench cannot be read, before anything is shown.
    """
    lab = Lab(bench, runs)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    application = QApplication.instance() or QApplication(["smtjlab"])
    window = MainWindow(lab, QSettings("smtjlab", "window"))
    window.show()
    search_seldom(window)
    signal.signal(signal.SIGINT, lambda *_: window.close())
    wakes = QTimer(window, interval=200)  # Python hears a signal only when it has a line to execute
    wakes.timeout.connect(lambda: None)
    wakes.start()
    return int(application.exec_())
