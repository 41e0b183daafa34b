"""What the keys of the window do, wherever in it the keyboard is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from smtjlab.gui import keys

from .shortcuts import hear_keys

if TYPE_CHECKING:
    from .main_window import MainWindow


def hear_window_keys(window: MainWindow) -> None:
    """Let the keys of a window be heard, and let its tabs tell theirs."""
    acts: dict[str, Callable[[], object]] = {
        keys.PROCEDURE: window.measurement.procedure.setFocus,
        keys.RUN: window.measurement.run.click,
        keys.ADD: window.measurement.add.click,
        keys.OPEN_PLAN: window.plan.open.click,
        keys.SAVE_PLAN: window.plan.save.click,
        keys.START_PLAN: window.plan.start.click,
        keys.PAUSE: window.run_bar.pause.click,
        keys.STOP: window.run_bar.stop.click,
        keys.CHECK: window.bench.check.click,
        keys.INSTRUMENT: window.bench.focus_next,
        keys.FIT: window.live.fit_view,
        keys.SEARCH: partial(_search, window),
        keys.DARK: window.dark.click,
        keys.SVG: window.write_svg,
        keys.PICTURE: window.take_picture,
    }
    for place in range(window.tabs.count()):
        key = keys.TAB.format(place=place + 1)
        acts[key] = partial(window.tabs.setCurrentIndex, place)
        window.tabs.setTabToolTip(place, key)
    hear_keys(window, acts)


def _search(window: MainWindow) -> None:
    window.tabs.setCurrentWidget(window.results)
    window.results.search.setFocus()
    window.results.search.selectAll()
