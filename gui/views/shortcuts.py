"""Keys that press a button or do something, wherever in the window the keyboard is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QShortcut, QWidget


def hear_keys(
    heard_in: QWidget,
    acts: Mapping[str, Callable[[], object]],
    context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
) -> None:
    """Let keys do something while the keyboard is in the window of a widget, or in the widget itself.

    `click` of a button does nothing while it is grey. On a keypad Return is another key, and means the same.
    """
    for key, act in acts.items():
        for written in (key, key.replace("Return", "Enter"))[: 1 + ("Return" in key)]:
            QShortcut(QKeySequence(written), heard_in, activated=act, context=context)
