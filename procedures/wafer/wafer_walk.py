"""A wafer, site by site: the run above the runs of all sites. Its rows are outcomes, one for each visit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from smtjlab.instruments.prober_driver import ProberDriver
from smtjlab.instruments.wafer.process_file import read_process
from smtjlab.instruments.wafer.wafer import Wafer
from smtjlab.instruments.wafer.wafer_file import kept_wafer, read_wafer
from smtjlab.procedures.control import StopNow
from smtjlab.procedures.errors import JournalFault, ProcedureMistake
from smtjlab.procedures.own_loop import OwnLoop, Recorder
from smtjlab.procedures.parameter import parameter
from smtjlab.procedures.run import Run
from smtjlab.procedures.synced import replace_text
from smtjlab.simulation.models import Model

from .forecast import Forecast, forecast
from .named import recipe_path, wafer_path
from .needles import since_cleaning
from .outcome import COLUMNS, Outcome
from .plans import check_devices, plans, prober_of, write_kinds
from .reach import check_notices, check_reach
from .recipe import Recipe
from .recipe_file import kept_recipe, read_recipe
from .routes import check_routes
from .site_runs import SiteRuns
from .visit import Visitor
from .way import Way

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.open_bench import OpenBench

WAFER, RECIPE, PROCESS = "wafer.toml", "recipe.toml", "process.toml"
"""Copies of these files in the run's folder; of a process where one is named."""


@dataclass(frozen=True, kw_only=True)
class WaferWalk(OwnLoop):
    """Every site of a wafer that a recipe names, in its order."""

    virtual_bench = "wafer"

    wafer: str = parameter("200mm", doc="wafer file, or a packaged wafer")
    recipe: str = parameter("quick", doc="recipe file, or a packaged recipe")
    model: str = parameter(
        str(Model.BOLTZMANN), choices=tuple(map(str, Model)), doc="model that is held beside the runs of sites"
    )
    process: str = parameter("", doc="process file: how devices are expected to differ; empty where nobody knows")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, found in (("wafer", wafer_path(self.wafer)), ("recipe", recipe_path(self.recipe))):
            object.__setattr__(self, name, str(found))  # the engine may stand in another folder
        object.__setattr__(self, "process", str(Path(self.process).resolve()) if self.process else "")

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
        kept_wafer(self.wafer), kept_recipe(self.recipe)
        if self.process:
            read_process(self.process)
        prober = prober_of(bench)
        check_devices(wafer, self.wafer)
        check_routes(wafer, self.wafer, bench)
        check_reach(recipe, wafer, prober, bench.limits[prober])  # type: ignore[arg-type]
        plans(recipe, wafer, _name_of(bench), model=self.model)

    def forecast(self, bench: Bench) -> Forecast:
        """Return what will be done on a bench that has been checked, where every device passes.

        Raises RecipeError where a program that is to tell people is not on this computer.
        """
        wafer, recipe = self.described()
        check_notices(recipe)
        return forecast(recipe, wafer, bench, plans(recipe, wafer, _name_of(bench), model=self.model))

    def run(self, bench: OpenBench, recorder: Recorder) -> None:
        """Visit every site that has no outcome, and end where the recipe's rules or the recorder say so."""
        wafer, recipe = self.described()
        _keep(recorder.folder / WAFER, self.wafer, kept_wafer(self.wafer))
        _keep(recorder.folder / RECIPE, self.recipe, kept_recipe(self.recipe))
        if self.process:
            _keep(recorder.folder / PROCESS, self.process, Path(self.process).read_text(encoding="utf-8"))
        found = plans(recipe, wafer, _name_of(bench.bench), model=self.model)
        write_kinds(recorder.folder, found)
        prober: ProberDriver = bench.drivers[name := prober_of(bench.bench)]
        prober.configure(bench.bench.limits[name])  # type: ignore[attr-defined]
        outcomes = [Outcome.of(row.values) for row in Run(recorder.folder).rows()]
        if (matrix := bench.bench.matrix) is not None:
            matrix.make_ready(bench.drivers[matrix.switch])
        walk = Way(wafer, recipe, recorder, outcomes)
        runs = SiteRuns(bench, recorder, wafer, found)
        visitor = Visitor(
            wafer, recipe, prober, runs, bench.clock, recorder, lambda sentence: walk.tell("attention", sentence)
        )
        visitor.know(outcomes, Run(recorder.folder).events())
        prober.since_cleaning = since_cleaning(Run(recorder.folder), name)
        try:
            walk.through(visitor)
            visitor.lift()
        except StopNow:
            raise
        except Exception as problem:
            walk.tell("attention", f"Wafer {wafer.name} has failed: {problem}")
            raise
        walk.farewell(wafer.name)


def _keep(copy: Path, file: str, text: str) -> None:
    """Keep the text of a file in the run's folder; ProcedureMistake where a run that goes on began with another one."""
    if not copy.exists():
        try:
            replace_text(copy, text)
        except OSError as error:
            raise JournalFault(f"{copy} cannot be written: {error.strerror}.") from error
    elif copy.read_text(encoding="utf-8") != text:
        raise ProcedureMistake(f"A wafer run must go on with the file it began with, but {file} has changed since.")


def _name_of(bench: Bench) -> str:
    return f"{bench.path}@smtj" if bench.in_process else str(bench.path)
