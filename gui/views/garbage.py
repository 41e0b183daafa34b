"""The search for garbage: seldom a full one, in Qt's thread, and never among modules.

A full search looks through all objects there are: with the modules of a window some 50 ms of a processor, in whichever
thread comes first, while all others wait; objects of Qt that it ended in a thread of the models would end there.
Young garbage is looked for as ever.
"""

from __future__ import annotations

import gc
import sys

from qtpy.QtCore import QObject, QTimer

LOOK = 10_000
"""Milliseconds between two looks at what was imported."""
FULL = 60
"""So many looks between two full searches."""
NEVER = 1_000_000_000
"""Searches among the young ones before a full one begins by itself."""


def search_seldom(parent: QObject) -> QTimer:
    """Search through old objects every ten minutes only, while `parent` lives, and spare what lives as modules come.

    What is spared beside modules is what lived at the moments when some had come: a little, and not again and again.
    """
    timer, known, looks = QTimer(parent, interval=LOOK), 0, 0
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)

    def look() -> None:
        nonlocal known, looks
        looks += 1
        if len(sys.modules) != known:
            known = len(sys.modules)
            gc.freeze()
        if looks % FULL == 0:
            gc.collect()

    timer.timeout.connect(look)
    timer.start()
    look()
    return timer
