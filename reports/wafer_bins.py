"""The devices of a wafer run and the bins of its dies: what maps and exports are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

from smtjlab.instruments.wafer.bin_map import Bin, BinMap
from smtjlab.instruments.wafer.reticle import Die
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.run import Run
from smtjlab.procedures.wafer.outcome import Outcome
from smtjlab.procedures.wafer.reading_back import outcomes_of
from smtjlab.procedures.wafer.recipe import Recipe
from smtjlab.procedures.wafer.recipe_file import LARGEST_BIN, read_recipe
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER

from .errors import ReportMistake

UNTESTED, UNSORTED = "untested", "unsorted"


@dataclass(frozen=True)
class WaferBins:
    """One wafer run, read back."""

    run: str
    created: datetime
    simulated: bool
    bench: str
    wafer: Wafer
    recipe: Recipe
    outcomes: tuple[Outcome, ...]
    """The last one of each site that was visited, in the order of the visits."""
    visits: Mapping[Site, int]
    """How often each of these was visited."""

    @classmethod
    def of(cls, run: Run) -> Self:
        """Return what a run tells. Raises ProcedureMistake for a run of another kind, WaferFileError, RecipeError."""
        told = outcomes_of(run)
        last: dict[Site, Outcome] = {}
        for one in told:
            last.pop(one.site, None)
            last[one.site] = one
        return cls(
            run=run.id,
            created=datetime.fromisoformat(str(run.meta["created"])),
            simulated=bool(run.meta.get("simulated")),
            bench=str(run.meta.get("bench", "")),
            wafer=read_wafer(run.folder / WAFER),
            recipe=read_recipe(run.folder / RECIPE, look=False),
            outcomes=tuple(last.values()),
            visits=Counter(one.site for one in told),
        )

    @cached_property
    def unsorted(self) -> int:
        """The number that stands for what no bin took: the smallest that no bin has. ReportMistake for none left."""
        taken = {one.number for one in self.recipe.bins} | {one.bin for one in self.outcomes}
        for number in range(LARGEST_BIN + 1):
            if number not in taken:
                return number
        raise ReportMistake(f"A recipe must leave one number of 0 to {LARGEST_BIN} for what no bin takes, but has all.")

    @property
    def dies(self) -> dict[Die, int]:
        """The bin of each die of which a device has one: the worst of its devices'.

        A bin that is not good is worse than one that is; of equally good ones that which the recipe asks for first.
        Devices that no bin took (no contact) do not count.
        """
        found: dict[Die, list[Outcome]] = {}
        for one in self.outcomes:
            if one.bin is not None:
                found.setdefault(one.site.die, []).append(one)
        return {die: self._worst(devices) for die, devices in found.items()}

    def _worst(self, devices: Iterable[Outcome]) -> int:
        order = {one.number: (one.good, place) for place, one in enumerate(self.recipe.bins)}
        numbers = [one.bin for one in devices if one.bin is not None]
        return min(numbers, key=lambda number: order.get(number, (False, len(order))))

    @property
    def map(self) -> BinMap:
        """The bins of the dies as a printed map; dies without one are `untested`."""
        rest = self.unsorted
        bins = [Bin(one.number, one.name, one.good) for one in self.recipe.bins]
        return BinMap.of(self.wafer, self.dies, [*bins, Bin(rest, UNTESTED)], untested=rest)
