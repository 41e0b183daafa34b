"""Marks of a key, in the colour and the way of what they stand for."""

from __future__ import annotations

from qtpy.QtCore import Qt

BREAK = "\u200b"
"""A place where a line may end."""
SIGNS = {
    Qt.PenStyle.SolidLine: "━",
    Qt.PenStyle.DashLine: "╍",
    Qt.PenStyle.DotLine: "┈",
    Qt.PenStyle.DashDotLine: "╌·",
}
"""What stands for the way of a line in a key."""


def sign(colour: str, mark: str) -> str:
    """Return a coloured mark of a key."""
    return f'<span style="color:{colour}">{mark}</span>'
