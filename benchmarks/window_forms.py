"""How long Qt's thread is busy where somebody chooses, types and searches, and where much comes at once.

    python benchmarks/window_forms.py

In the window, offscreen: every procedure is chosen, a field is typed into, the log takes 5000 lines, Results shows 5000
runs and is searched. The worst of each is printed, of the call and of the events that follow it, as processor time of
Qt's thread beside the goal of 16 ms.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QSettings
from window_events import FRAME, Timed

from smtjlab.gui.models import results
from smtjlab.gui.models.lab import Lab
from smtjlab.gui.models.log_line import Line, Severity
from smtjlab.gui.views.garbage import search_seldom
from smtjlab.gui.views.main_window import MainWindow

MANY = 5000
AFTER = 0.4
"""Seconds in which what follows an act is waited for."""
TYPED = ("4", "40", "400", "400 mV", "4000 mV", "x", "0.3")
SOUGHT = ("t", "tr", "tr 0001", "")


def spin(application: Timed, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        application.processEvents()
        time.sleep(0.002)


def tell(application: Timed, name: str, acts: list[Callable[[], object]]) -> None:
    """Do them one after the other, and print the longest of calls and of events."""
    calls = []
    application.taken.clear()
    for act in acts:
        begun = time.thread_time()
        act()
        calls.append(time.thread_time() - begun)
        spin(application, AFTER)
    call, event = max(calls), max(application.taken)
    print(
        f"{name:>22}: call {1e3 * call:5.1f} ms, event {1e3 * event[0]:5.1f} ms ({event[2]}); "
        f"{max(call, event[0]) / FRAME:.2f} of the goal",
        flush=True,
    )


def made_up(number: int) -> results.Result:
    """Return a run as the catalogue tells of one."""
    return results.Result.of({
        "id": f"{number:08x}", "procedure": "transfer-curve", "status": "done", "points_taken": 22,
        "points_planned": 22, "start": "2026-11-27T14:57:40", "end": None, "verdict": "agrees: so", "simulated": True,
        "folder": f"/nowhere/{number}", "tags": ["a"],
    })  # fmt: skip


def watch(window: MainWindow, application: Timed) -> None:
    """Do what somebody does, and print."""
    panel, names = window.measurement, list(window._lab.measurement.procedures)
    tell(application, "a procedure chosen", [lambda name=name: panel.procedure.setCurrentText(name) for name in names])
    panel.procedure.setCurrentText("transfer-curve")
    spin(application, 1.0)
    field = panel.form.fields["stop"]
    tell(
        application,
        "a letter typed",
        [lambda text=text: (field.setText(text), field.textEdited.emit(text)) for text in TYPED],
    )
    lines = [Line(1e9 + k, Severity(k % 3), f"Line {k}: device {k} of the wafer is done.") for k in range(MANY)]
    tell(application, f"{MANY} lines of log", [lambda: window.log.add(lines)])
    rows = [made_up(number) for number in range(MANY)]
    results._read = lambda *_: (rows, "")
    window.tabs.setCurrentWidget(window.results)
    tell(application, f"{MANY} runs", [window._lab.results.refresh] * 2)
    tell(application, "searched", [lambda text=text: window.results.search.setText(text) for text in SOUGHT])


def main() -> None:
    """Open, watch, close."""
    place = Path(tempfile.mkdtemp())
    application = Timed()
    window = MainWindow(Lab("virtual", place), QSettings(str(place / "s.ini"), QSettings.Format.IniFormat))
    window.show()
    search_seldom(window)
    try:
        spin(application, 3.0)
        watch(window, application)
    finally:
        window.close()
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
