"""Several wafer runs over each other: which there are in the folder, and what a stack of those chosen tells."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.gui import wafer_texts as texts
from smtjlab.procedures.wafer.wafer_walk import WAFER

from .inquiry import Inquiry
from .shown_wafer import StackedMap, WafersStacked
from .wafer_sites import WaferSites

if TYPE_CHECKING:
    from smtjlab.reports.wafer_stack import Stacked, WaferStack

WALK = "wafer-walk"
"""Procedure of the runs that may be stacked."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WaferRun:
    """A wafer run of the folder."""

    folder: Path
    words: str


class Pile:
    """The wafer runs of a folder, and those over each other that somebody chooses. Nothing here waits."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._list: Inquiry[Sequence[WaferRun]] = Inquiry()
        self._stack: Inquiry[WafersStacked | str] = Inquiry()

    def ask_runs(self) -> None:
        """Ask which wafer runs there are."""
        self._list.ask(lambda: _wafer_runs(self._runs))

    def take_runs(self) -> Sequence[WaferRun] | None:
        """Return the wafer runs, newest first, once they are known; else None."""
        return self._list.take()

    def ask(self, folders: Sequence[Path]) -> None:
        """Ask for these over each other; they are taken into the results of the lab."""
        self._stack.ask(lambda: _stacked(self._runs, folders))

    def take(self) -> WafersStacked | str | None:
        """Return the stack that was asked for last, once, or why there is none in a sentence; None while it comes."""
        return self._stack.take()

    def close(self) -> None:
        """End what still reads."""
        self._list.close()
        self._stack.close()


def maps_of(found: WaferStack) -> WafersStacked:
    """Return what a stack of wafers has at each place: yields, and mean and median of each parameter of each kind."""
    from smtjlab.reports.wafer_stack_page import sentence

    sites = list(found.site_failures)
    places = WaferSites(found.wafer, sites)
    by_site = [100 * (1 - failed / of) for failed, of in found.site_failures.values()]
    by_die = {die: 100 * (1 - failed / of) for die, (failed, of) in found.failures.items()}
    shares = ((texts.YIELD_OF_DIES, [by_die[site.die] for site in sites]), (texts.YIELD_OF_SITES, by_site))
    maps = [StackedMap(name, np.array(values), "%", _ends_of_shares(values)) for name, values in shares]
    for one in found.stacks:
        maps += _averages(one, places)
    return WafersStacked(places, tuple(maps), sentence(found))


def _averages(one: Stacked, places: WaferSites) -> list[StackedMap]:
    from smtjlab.reports.map_scale import limits
    from smtjlab.reports.wafer_parameters import scale_of, symbol_of

    numbers = [places.number(site) for site in one.sites]
    found = []
    for words, average in ((texts.MEAN_OF, np.nanmean), (texts.MEDIAN_OF, np.nanmedian)):
        values = np.full(len(places.sites), np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # places of which no two wafers tell stay without a number
            values[numbers] = average(one.values, axis=0)
        factor, unit = scale_of(one.parameter, values)
        name = words.format(what=symbol_of(one.parameter), device=one.device)
        found.append(StackedMap(name, factor * values, unit, limits(factor * values)))
    return found


def _ends_of_shares(values: Sequence[float]) -> tuple[float, float]:
    low = min(values)
    return (low if low < 100 else 0.0), 100.0


def _stacked(runs: Path, folders: Sequence[Path]) -> WafersStacked | str:
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.wafer.results import results_url
    from smtjlab.reports.wafer_stack import layers_of, stack_of

    try:
        return maps_of(stack_of(layers_of([Run(folder) for folder in folders], results_url(runs))))
    except Exception as error:  # noqa: BLE001 - whatever it is, it stands where the stack would
        return str(error) or type(error).__name__


def _wafer_runs(runs: Path) -> list[WaferRun]:
    from smtjlab.procedures.catalogue import Catalogue

    try:
        rows = [row for row in Catalogue(runs).rows() if row["procedure"] == WALK]
    except OSError:  # Results tells of a folder that cannot be read
        return []
    return [
        WaferRun(Path(row["folder"]), _words(row["folder"], str(row["id"]), str(row["start"]))) for row in rows[::-1]
    ]


def _words(folder: str, run: str, start: str) -> str:
    try:
        name = str(tomllib.loads((Path(folder) / WAFER).read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError):
        name = texts.NAMELESS
    return texts.WAFER_RUN.format(name=name, run=run, day=start[:10])
