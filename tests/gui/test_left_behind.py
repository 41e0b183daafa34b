"""What looks after every test of the window can see what it looks for."""

import threading

from qtpy.QtCore import qWarning
from qtpy.QtWidgets import QLabel

from smtjlab.gui.models.inquiry import Inquiry

from .left_behind import circles_found, complaints_heard, foreign_threads_watched, threads_left, windows_of


def test_a_widget_that_nobody_deletes_is_found(qapp):
    before = windows_of(qapp)
    label = QLabel("left behind")
    assert windows_of(qapp) - before == {label}
    label.deleteLater()
    del label
    assert windows_of(qapp) == before


def test_a_thread_that_does_not_end_is_found(monkeypatch):
    monkeypatch.setattr("tests.gui.left_behind.PATIENCE", 0.0, raising=False)
    before, inquiry = set(threading.enumerate()), Inquiry()
    assert [one.name for one in threads_left(before)] == ["inquiry"]
    inquiry.close()


def test_a_widget_that_only_a_collector_would_delete_is_found(qapp):
    with circles_found() as circles:
        label = QLabel("in a circle with itself")
        label.itself = label
        del label
    assert circles == ["QLabel"]


def test_a_complaint_of_qt_is_heard():
    with complaints_heard() as told:
        qWarning("QObject::startTimer: Timers cannot be started from another thread")
        qWarning("This plugin does not support propagateSizeHints()")
    assert told == ["QObject::startTimer: Timers cannot be started from another thread"]


def test_a_thread_that_touches_qt_or_a_view_is_seen(qapp):
    from smtjlab.gui.views.theme import DARK, put_on

    label = QLabel("of Qt's own thread")
    with foreign_threads_watched() as touched:
        label.setText("of Qt's own thread")
        for act in (label.text, lambda: put_on(None, DARK)):
            thread = threading.Thread(target=_tried, args=(act,), name="stranger")
            thread.start()
            thread.join()
    assert "stranger: QLabel.text" in touched
    assert "stranger: put_on" in touched
    label.deleteLater()


def _tried(act):
    try:
        act()
    except AttributeError:  # there is no application to put the theme on
        return
