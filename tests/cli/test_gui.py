"""`smtjlab gui` where there is nothing to show a window with or on: one sentence, code 1."""

import sys

import pytest

from smtjlab.cli.main import execute


def test_without_qt_it_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "smtjlab.gui.window", raising=False)
    monkeypatch.setitem(sys.modules, "qtpy.QtCore", None)
    assert execute(["gui"]) == 1
    assert "pip install 'smtjlab[gui]'" in capsys.readouterr().err


def test_without_a_screen_it_says_so(monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert execute(["gui"]) == 1
    assert "DISPLAY" in capsys.readouterr().err


def test_a_bench_that_is_none_is_told_before_a_window_opens(monkeypatch, capsys):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert execute(["gui", "--bench", "nowhere.toml"]) == 2
    assert "nowhere.toml" in capsys.readouterr().err


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.delitem(sys.modules, "smtjlab.gui.window", raising=False)
