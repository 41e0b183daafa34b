"""The keys of the window, as Qt writes them. docs/user/window.md has them as a table."""

from __future__ import annotations

PROCEDURE = "Ctrl+L"
RUN, ADD = "Ctrl+Return", "Ctrl+Shift+Return"
PAUSE, STOP = "Ctrl+P", "Ctrl+."
TAB = "Ctrl+{place}"
"""Of the tab at a place, from 1."""
FIT = "Ctrl+0"
SEARCH = "Ctrl+F"
CHECK, INSTRUMENT = "F5", "F6"
DARK = "Ctrl+D"
SVG, PICTURE = "F11", "F12"
OPEN_PLAN, SAVE_PLAN, START_PLAN = "Ctrl+O", "Ctrl+S", "Ctrl+Shift+P"

UP, DOWN, REMOVE = "Alt+Up", "Alt+Down", "Del"
UNDO, REDO = "Ctrl+Z", "Ctrl+Shift+Z"
"""These five where the plan has the keyboard."""


def with_key(tip: str, key: str) -> str:
    """Return the tool tip of what a key does as well."""
    return f"{tip} ({key})" if tip else key
