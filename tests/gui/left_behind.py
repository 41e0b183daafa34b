"""What a window must not leave behind or do: widgets, threads, complaints of Qt, and Qt touched from other threads."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from qtpy.QtCore import QEvent, QObject, qInstallMessageHandler
from qtpy.QtWidgets import QApplication, QGraphicsItem, QWidget

import smtjlab.gui.views

VIEWS = str(Path(smtjlab.gui.views.__file__).parent)
PATIENCE = 30.0
"""Longest wait in s for a thread that has been told to end."""
HARMLESS = ("XDG_RUNTIME_DIR", "propagateSizeHints")
"""What Qt says of a computer without a screen; pyproject.toml has the same words."""


@contextmanager
def foreign_threads_watched() -> Iterator[list[str]]:
    """Yield a list of what threads that begin from now on do with Qt or with views: nothing, if all is well."""
    touched: list[str] = []

    def look(frame: FrameType, event: str, called: Any) -> None:
        if event == "call":
            if frame.f_code.co_filename.startswith(VIEWS):
                touched.append(f"{threading.current_thread().name}: {frame.f_code.co_qualname}")
        elif event == "c_call" and _is_of_qt(owner := type(getattr(called, "__self__", None))):
            touched.append(f"{threading.current_thread().name}: {owner.__name__}.{called.__name__}")

    threading.setprofile(look)
    try:
        yield touched
    finally:
        threading.setprofile(None)


@cache
def _is_of_qt(kind: type) -> bool:
    return any(one.__module__.startswith("PyQt5") for one in kind.__mro__)


@contextmanager
def circles_found() -> Iterator[list[str]]:
    """Yield a list of what of Qt has come into circles: a collector deletes them, in whichever thread it runs."""
    found: list[str] = []
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += [type(one).__name__ for one in gc.garbage if isinstance(one, (QObject, QGraphicsItem))]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        gc.unfreeze()


@contextmanager
def complaints_heard() -> Iterator[list[str]]:
    """Yield a list of what Qt has to say from now on."""
    told: list[str] = []
    before = qInstallMessageHandler(lambda _kind, _context, text: told.append(text))
    try:
        yield told
    finally:
        qInstallMessageHandler(before)
        told[:] = [text for text in told if not any(words in text for words in HARMLESS)]


def windows_of(application: QApplication) -> set[QWidget]:
    """Return all widgets that have no parent, once those that were to be deleted are."""
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    application.processEvents()
    gc.collect()
    return set(application.topLevelWidgets())


def threads_left(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return what threads have begun since and have not ended when they were given time to."""
    deadline = time.monotonic() + PATIENCE
    while (left := [one for one in threading.enumerate() if one not in before]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left
