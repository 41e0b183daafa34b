"""Words beneath a form that may be long: they take a few lines, and are scrolled beyond."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QFrame, QLabel, QScrollArea

LINES = 6
"""At the most."""


class ShortWords(QScrollArea):
    """Shows a label in as few lines as it needs, LINES at the most; `fit` after its words have changed."""

    def __init__(self, label: QLabel) -> None:
        super().__init__(widgetResizable=True)
        self._label = label
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # all of it is in its tool tip, too
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setWidget(label)

    def fit(self) -> None:
        """Take the room that the words need now."""
        lines = self._label.fontMetrics().lineSpacing() * LINES
        needed = max(0, self._label.heightForWidth(self.width()))  # -1 for no words at all
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOn if needed > lines else policy.ScrollBarAlwaysOff)
        self.setFixedHeight(min(needed, lines))
        self._label.setToolTip(self._label.text() if needed > lines else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words break elsewhere at another width."""
        super().resizeEvent(event)
        self.fit()
