"""The way through the sites of a wafer: where it stands, what people ask for, and the rules that end it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field

from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.procedures.control import StopNow
from smtjlab.procedures.journal_reader import JournalReader
from smtjlab.procedures.own_loop import Recorder
from smtjlab.procedures.run import JOURNAL

from .itinerary import HEEDED, WISH, Itinerary, replay, sites_named, wish_of
from .needles import KEPT
from .outcome import Outcome, SiteState
from .recipe import Notice, Recipe
from .visit import Visitor

PATIENCE = 10.0
"""Seconds that a notice may take."""


@dataclass
class _Count:
    """What rules that end a wafer look at."""

    good: int = 0
    measured: int = 0
    missed: int = 0
    """Sites in a row without contact, or without a current."""
    seconds: float = 0.0
    _last: dict[Site, tuple[bool, bool]] = field(default_factory=dict)
    """Whether each site counts as measured, and as good: of several visits the last."""

    def add(self, outcome: Outcome) -> None:
        measured, good = self._last.get(outcome.site, (False, False))
        self._last[outcome.site] = now = outcome.state is not SiteState.NO_CONTACT, outcome.good
        self.measured += now[0] - measured
        self.good += now[1] - good
        self.missed = self.missed + 1 if outcome.is_missed else 0
        self.seconds += outcome.seconds


class Way:
    """The way through the sites, from where it stands."""

    def __init__(self, wafer: Wafer, recipe: Recipe, recorder: Recorder, outcomes: list[Outcome]) -> None:
        self._recipe = recipe
        self._recorder = recorder
        self._journal = JournalReader(recorder.folder / JOURNAL)
        self._seen = 0
        self._itinerary = Itinerary(recipe.sites(wafer))
        self._sites = set(self._itinerary.left)
        self._planned = max(1, len(self._sites))
        self._count = _Count()
        self._reason_told = ""
        self._go_again(outcomes)

    def through(self, visitor: Visitor) -> None:
        """Visit the sites that are left. Where a rule of the recipe ends the wafer, the run ends as stopped."""
        self._heed()
        while (site := self._itinerary.next()) is not None:
            self._recorder.hold()
            if self._recorder.stopping:
                return
            following = self._itinerary.after(site)
            try:
                outcome = visitor.visit(site, following)
            except StopNow:
                if self._recorder.control.stopping_now:
                    raise
                return  # a stop that waits: whoever is to be told is told
            self._took(outcome, following if visitor.is_down else None)
            self._heed()
            if reason := self._reason():
                self._reason_told = f"{reason[0].upper()}{reason[1:]}."
                self._recorder.note("warning", text=self._reason_told, stop=True)
                self._recorder.control.stop()
                return

    def farewell(self, wafer: str) -> None:
        """Tell whoever the recipe names how it ended: by a rule, by hand, or with its last site."""
        if self._reason_told:
            self.tell("stop", self._reason_told)
        elif len(self._itinerary):
            self.tell("stop", f"Wafer {wafer} was stopped with {len(self._itinerary)} sites left.")
        else:
            self.tell("end", f"Wafer {wafer} is measured.")

    def tell(self, event: str, sentence: str) -> None:
        """Tell whoever the recipe names."""
        for notice in self._recipe.notices:
            if event in notice.on:
                self._send(notice, sentence)

    def _took(self, outcome: Outcome, kept: Site | None) -> None:
        place = None if kept is None else (KEPT, {"column": kept.column, "row": kept.row, "site": kept.name})
        self._recorder.add(outcome.values(), place)
        self._count.add(outcome)
        self._itinerary.done(outcome.site)
        self._recorder.progress(100 * (1 - len(self._itinerary) / self._planned))

    def _heed(self) -> None:
        """Do what somebody has asked for since the last look."""
        for event in self._journal.events(after=self._seen):  # not by a run, which keeps all that it has read
            self._seen = event.number
            if event.kind == WISH:
                self._do(event.payload)

    def _do(self, payload: dict[str, object]) -> None:
        try:
            wish, words = wish_of(payload)
        except ValueError:
            self._recorder.note("warning", text=f"A wish that is none was left aside: {payload}.")
            return
        named, unknown = sites_named(words, self._sites)
        meant = self._itinerary.heed(wish, named)
        self._recorder.note(
            HEEDED, wish=str(wish), sites=[str(site) for site in meant], unknown=unknown, count=self._recorder.count
        )

    def _go_again(self, outcomes: list[Outcome]) -> None:
        """Bring the itinerary to where an earlier execution left it: outcomes and wishes in the order they came."""
        self._seen = replay(self._itinerary, self._sites, self._journal.events(), [one.site for one in outcomes])
        for one in outcomes:
            self._count.add(one)

    def _reason(self) -> str | None:
        count = self._count
        return self._recipe.stops.reason(
            good=count.good, measured=count.measured, missed=count.missed, elapsed=count.seconds
        )

    def _send(self, notice: Notice, sentence: str) -> None:
        try:
            subprocess.run([*notice.command, sentence], timeout=PATIENCE, check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError) as error:
            self._recorder.note("warning", text=f"A notice could not be sent: {error}.")
