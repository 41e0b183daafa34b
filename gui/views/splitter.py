"""Panels beside or above each other, with a line between them that can be dragged."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSplitter, QWidget


def split(orientation: Qt.Orientation, *parts: tuple[QWidget, int]) -> QSplitter:
    """Return panels side by side or above each other; each takes its share of what room there is to give."""
    splitter = QSplitter(orientation, childrenCollapsible=False, handleWidth=1)
    for place, (widget, stretch) in enumerate(parts):
        splitter.addWidget(widget)
        splitter.setStretchFactor(place, stretch)
    return splitter
