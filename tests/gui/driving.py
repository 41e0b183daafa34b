"""A window driven as a person would: fields filled in, Run pressed, waited until what was asked for is seen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from smtjlab.gui.models.run_feed import Glance
from smtjlab.gui.texts import INSTRUMENT_STATES
from smtjlab.gui.views.main_window import MainWindow
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import find_served, stop_served
from smtjlab.procedures.run import Run
from smtjlab.procedures.station import Station

PATIENCE = 60_000
"""ms"""


def fill(window: MainWindow, **fields: str) -> None:
    """Type into fields; the model is the fastest one."""
    for name, text in fields.items():
        field = window.measurement.form.fields[name]
        field.setText(text)
        field.textEdited.emit(text)
    window.measurement.model.setCurrentText("static")


def pressed_run(qtbot: QtBot, window: MainWindow, **fields: str) -> None:
    """Fill in fields and press Run once it may be pressed."""
    fill(window, **fields)
    qtbot.waitUntil(window.measurement.run.isEnabled, timeout=PATIENCE)
    window.measurement.run.click()


def until(qtbot: QtBot, window: MainWindow, holds: Callable[[], bool]) -> None:
    """Wait until something holds; the log is told where it does not."""
    try:
        qtbot.waitUntil(holds, timeout=PATIENCE)
    except qtbot.TimeoutError:
        pytest.fail(f"{window.run_bar.state.text()} {window.run_bar.detail.text()}\n{window.log.shown()}")


def waited(qtbot: QtBot, window: MainWindow, *states: str, after: str = "") -> Glance:
    """Return the glance at the run that is shown, another than `after`, once it stands so."""

    def reached() -> bool:
        glance = window._lab.glance
        return glance is not None and glance.run != after and glance.state in states

    until(qtbot, window, reached)
    found = window._lab.glance
    assert found is not None
    return found


def measuring(qtbot: QtBot, window: MainWindow) -> Glance:
    """Return the glance at the run that is shown once it has taken some points."""
    waited(qtbot, window, "running")
    until(qtbot, window, lambda: window._lab.glance is not None and window._lab.glance.taken > 5)
    return waited(qtbot, window, "running")


def told_safe(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until the process with sessions of its own has read everything back."""
    until(qtbot, window, lambda: "everything was read back" in window.run_bar.safety.text())
    assert "`virtual bench` is safe." in window.log.shown()


def engine_of(glance: Glance) -> psutil.Process:
    """Return the engine that measures a run."""
    return psutil.Process(Run(glance.folder).meta["engine"]["pid"])


def guardian_of(glance: Glance) -> psutil.Process:
    """Return the guardian of a run."""
    children = engine_of(glance).children()
    return next(one for one in children if "procedures.guardian" in " ".join(one.cmdline()))


def control_of(window: MainWindow) -> ControlChannel:
    """Return the control channel of the only virtual bench that is served: no driver has a say in what it tells."""
    [station] = window._lab.runs.glob(".stations/*/")
    served = find_served(station)
    assert served is not None
    return ControlChannel(*served.control)


def outputs_of(window: MainWindow) -> dict[str, bool]:
    """Return which outputs are on as the virtual bench itself tells."""
    with control_of(window) as channel:
        return channel.outputs()


def told_off(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until the bench panel says of every instrument that it is off."""
    cards = window.bench._cards.values()
    qtbot.waitUntil(lambda: {card._state.text() for card in cards} == {INSTRUMENT_STATES["off"]}, timeout=PATIENCE)


def seen_in_log(qtbot: QtBot, window: MainWindow, words: str) -> None:
    """Wait until the log says something."""
    until(qtbot, window, lambda: words in window.log.shown())


def ended(station: Path) -> None:
    """End the engine of a station, safe, and the bench that is served for it."""
    record = Station(station).engine()
    with suppress(psutil.NoSuchProcess):
        if record is not None:
            psutil.Process(record["process"]["pid"]).terminate()
    stop_served(station)


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch, *processes: psutil.Process) -> Iterator[None]:
    """Let no file of these processes grow, of this one and of those that it begins where none is named."""
    import resource  # POSIX has it, Windows has not

    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))
        for pid in [one.pid for one in processes] or [0]:
            _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))
        try:
            yield
        finally:
            for one in [one for one in processes if one.is_running()] or [psutil.Process()]:
                resource.prlimit(one.pid, resource.RLIMIT_FSIZE, (most, most))
