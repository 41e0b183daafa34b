"""A wafer, site by site: the run above the runs of all sites. Its rows are outcomes, one for each visit."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from smtjlab.instruments.prober_driver import ProberDriver
from smtjlab.instruments.wafer.wafer import Wafer
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.errors import JournalFault, ProcedureMistake
from smtjlab.procedures.own_loop import OwnLoop, Recorder
from smtjlab.procedures.parameter import parameter
from smtjlab.procedures.run import Run
from smtjlab.procedures.synced import replace_text

from .itinerary import Itinerary, sites_named, wish_of
from .named import recipe_path, wafer_path
from .outcome import COLUMNS, Outcome, SiteState
from .plans import plans, prober_of, write_kinds
from .recipe import Notice, Recipe
from .recipe_file import read_recipe
from .site_runs import SiteRuns
from .visit import Visitor

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.open_bench import OpenBench

WAFER, RECIPE = "wafer.toml", "recipe.toml"
"""Copies of both files in the run's folder."""
WISH, HEEDED = "wish", "heeded"
"""Kinds of events: what somebody asks for, and what the walk has made of it."""
PATIENCE = 10.0
"""Seconds that a notice may take."""


@dataclass(frozen=True, kw_only=True)
class WaferWalk(OwnLoop):
    """Every site of a wafer that a recipe names, in its order."""

    wafer: str = parameter("200mm", doc="wafer file, or a packaged wafer")
    recipe: str = parameter("quick", doc="recipe file, or a packaged recipe")
    model: str = parameter("boltzmann", doc="model that is held beside the runs of sites")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, found in (("wafer", wafer_path(self.wafer)), ("recipe", recipe_path(self.recipe))):
            object.__setattr__(self, name, str(found))  # the engine may stand in another folder

    @classmethod
    def columns(cls) -> dict[str, str]:
        """Return the columns of an outcome."""
        return dict(COLUMNS)

    def planned_rows(self) -> int:
        """Return the number of sites."""
        return sum(1 for _ in self.described()[1].sites(self.described()[0]))

    def described(self) -> tuple[Wafer, Recipe]:
        """Return wafer and recipe. Raises WaferFileError and RecipeError."""
        return read_wafer(self.wafer), read_recipe(self.recipe)

    def check_bench(self, bench: Bench) -> None:
        """Raise the mistake of a step that cannot be on this bench, of limits, of a prober that is not there."""
        wafer, recipe = self.described()
        prober_of(bench)
        plans(recipe, wafer, _name_of(bench), model=self.model)

    def run(self, bench: OpenBench, recorder: Recorder) -> None:
        """Visit every site that has no outcome, and end where the recipe's rules or the recorder say so."""
        wafer, recipe = self.described()
        _keep(recorder.folder / WAFER, Path(self.wafer))
        _keep(recorder.folder / RECIPE, Path(self.recipe))
        found = plans(recipe, wafer, _name_of(bench.bench), model=self.model)
        write_kinds(recorder.folder, found)
        prober: ProberDriver = bench.drivers[name := prober_of(bench.bench)]
        prober.configure(bench.bench.limits[name])  # type: ignore[attr-defined]
        outcomes = [Outcome.of(row.values) for row in Run(recorder.folder).rows()]
        walk = _Walk(wafer, recipe, recorder, outcomes)
        visitor = Visitor(wafer, recipe, prober, SiteRuns(bench, recorder, wafer, found), bench.clock, recorder)
        visitor.know(outcomes)
        reason = walk.through(visitor)
        prober.separate()
        walk.tell("stop" if reason else "end", reason or f"Wafer {wafer.name} is measured.")


@dataclass
class _Count:
    """What rules that end a wafer look at."""

    good: int = 0
    measured: int = 0
    missed: int = 0
    """Sites in a row without contact."""
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        missed = outcome.state is SiteState.NO_CONTACT
        self.good += outcome.good
        self.measured += outcome.state in (SiteState.DONE, SiteState.FAILED)
        self.missed = self.missed + 1 if missed else 0
        self.seconds += outcome.seconds


class _Walk:
    """The way through the sites, from where it stands."""

    def __init__(self, wafer: Wafer, recipe: Recipe, recorder: Recorder, outcomes: list[Outcome]) -> None:
        self._recipe = recipe
        self._recorder = recorder
        self._run = Run(recorder.folder)
        self._seen = 0
        self._itinerary = Itinerary(recipe.sites(wafer))
        self._sites = set(self._itinerary.left)
        self._planned = max(1, len(self._sites))
        self._count = _Count()
        self._go_again(outcomes)

    def through(self, visitor: Visitor) -> str | None:
        """Visit the sites that are left; return why it ends before the last, or None."""
        self._heed()
        while (site := self._itinerary.next()) is not None:
            self._recorder.hold()
            if self._recorder.stopping:
                return None
            self._took(visitor.visit(site))
            self._heed()
            if reason := self._reason():
                self._recorder.note("warning", text=f"{reason[0].upper()}{reason[1:]}.", stop=True)
                return reason
        return None

    def tell(self, event: str, sentence: str) -> None:
        """Tell whoever the recipe names."""
        for notice in self._recipe.notices:
            if event in notice.on:
                self._send(notice, sentence)

    def _took(self, outcome: Outcome) -> None:
        self._recorder.add(outcome.values())
        self._count.add(outcome)
        self._itinerary.done(outcome.site)
        self._recorder.progress(100 * (1 - len(self._itinerary) / self._planned))

    def _heed(self) -> None:
        """Do what somebody has asked for since the last look."""
        for event in self._run.events(after=self._seen):
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
        heeded = [event for event in self._run.events() if event.kind == HEEDED]
        for count in range(len(outcomes) + 1):
            for event in (one for one in heeded if one.payload["count"] == count):
                wish, words = wish_of(event.payload)
                self._itinerary.heed(wish, sites_named(words, self._sites)[0])
            if count < len(outcomes):
                self._itinerary.done(outcomes[count].site)
        answered = len(heeded)
        for event in self._run.events():  # wishes are heeded in their order: the first so many are
            if event.kind == WISH and answered > 0:
                answered -= 1
                self._seen = event.number
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


def _keep(copy: Path, file: Path) -> None:
    """Keep a file in the run's folder; ProcedureMistake where a run that goes on began with another one."""
    text = file.read_text(encoding="utf-8")
    if not copy.exists():
        try:
            replace_text(copy, text)
        except OSError as error:
            raise JournalFault(f"{copy} cannot be written: {error.strerror}.") from error
    elif copy.read_text(encoding="utf-8") != text:
        raise ProcedureMistake(f"A wafer run must go on with the file it began with, but {file} has changed since.")


def _name_of(bench: Bench) -> str:
    return f"{bench.path}@smtj" if bench.in_process else str(bench.path)
