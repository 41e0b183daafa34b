"""A wafer's run as a map follows it: drawing, outcomes, touches, wishes, fits; each is read once."""

from __future__ import annotations

from pathlib import Path

from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal import Event
from smtjlab.procedures.row import Row
from smtjlab.procedures.run import Run
from smtjlab.procedures.wafer.follower import FIT
from smtjlab.procedures.wafer.itinerary import HEEDED, Wish, sites_named
from smtjlab.procedures.wafer.needles import KEPT, TOUCHED, site_of
from smtjlab.procedures.wafer.outcome import Outcome
from smtjlab.procedures.wafer.recipe_file import read_recipe
from smtjlab.procedures.wafer.travel import BY_HAND
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER

from .wafer_sites import WaferSites


class WaferFeed:
    """Keeps the sites of one wafer run as its journals tell them."""

    def __init__(self, folder: Path) -> None:
        """Raises InstrumentMistake or ProcedureMistake where drawing or recipe cannot be read."""
        wafer = read_wafer(folder / WAFER)
        self.sites = WaferSites(wafer, list(read_recipe(folder / RECIPE, look=False).sites(wafer)))
        self._folder = folder
        self._fitted = -1

    def take(self, row: Row) -> None:
        """Take in one row of the run. Raises JournalFault."""
        self.sites.take(Outcome.of(row.values))

    def heed(self, event: Event) -> None:
        """Take in one event of the run."""
        told = event.payload
        if event.kind == TOUCHED and told.get("by") != BY_HAND:
            x, y = told.get("x"), told.get("y")  # journals of 0.1 tell none
            self.sites.touched(site_of(event), None if x is None or y is None else (float(x), float(y)))
        elif event.kind == KEPT:
            self.sites.touched(site_of(event))
        elif event.kind == "safety" and told.get("safe"):
            self.sites.lifted()
        elif event.kind == HEEDED and told["wish"] == Wish.SKIP:
            self.sites.skipped(sites_named(told["sites"], self.sites.sites)[0])

    def read_fits(self, run: Run) -> int:
        """Take in what the model has made of visits, and return of how many it has."""
        reader = run.expectation_journal
        for record in [] if reader is None else reader.records(self._fitted):
            fit = record.payload.get(FIT)
            if not isinstance(fit, dict):
                raise JournalFault(
                    f"Record {record.number} of the model in {self._folder} must tell of a fit, but does not."
                )
            self.sites.fitted(record.number, fit)
            self._fitted = record.number
        return self._fitted + 1
