"""What the search for garbage need not look through: modules live as long as the window."""

from __future__ import annotations

import gc
import sys

from qtpy.QtCore import QObject, QTimer

LOOK = 10_000
"""Milliseconds between two looks at what was imported."""


def spare_imports(parent: QObject) -> QTimer:
    """Leave what lives out of the search for garbage, now and whenever modules have come, while `parent` lives.

    A full search looks through all objects there are, in whichever thread comes first: with the modules of a window
    that takes some 50 ms. Of what is not a module's a little is spared with them, and as often only as modules come.
    """
    timer, known = QTimer(parent, interval=LOOK), 0

    def look() -> None:
        nonlocal known
        if len(sys.modules) != known:
            known = len(sys.modules)
            gc.freeze()

    timer.timeout.connect(look)
    timer.start()
    look()
    return timer
