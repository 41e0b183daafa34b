"""What a recipe will do with a wafer, before anything moves: sites, touchdowns, way, time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.driver_class import driver_class
from smtjlab.instruments.prober_specification import ProberSpecification
from smtjlab.instruments.wafer.wafer import Site, Wafer

from .plans import prober_of
from .reach import touchdowns
from .recipe import Recipe, Step
from .route import way
from .site_runs import PlansByStep

LIFTED = 0.3e-3
"""Way in m that the chuck goes up and down at each touchdown: separation and overtravel of most probers."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What is to be expected where every device passes and every contact is made."""

    sites: Sequence[Site]
    """In the order of visiting."""
    dies: int
    touchdowns: int
    way: float
    """m."""
    measuring: float
    """s on the instruments' clock."""
    moving: float
    """s, by the speeds of the prober's specification."""

    @property
    def seconds(self) -> float:
        """Time of the whole."""
        return self.measuring + self.moving


def forecast(recipe: Recipe, wafer: Wafer, bench: Bench, plans: PlansByStep) -> Forecast:
    """Return what a recipe will do with a wafer on a bench whose plans have been checked."""
    sites = list(recipe.sites(wafer))
    dies = list(dict.fromkeys(site.die for site in sites))
    model: ProberSpecification = driver_class(bench, bench.instruments[prober_of(bench)]).specification
    length = way(wafer, dies) + sum(_within(wafer, sites))
    touching = 2 * (model.settling + LIFTED / model.z_speed)
    times = {name: plan.estimated_time() for name, plan in plans.items()}
    measuring = sum(
        times[step.name, wafer.sub_site(site).device.name] for site in sites for step in _steps(recipe, wafer, site)
    )
    touches = touchdowns(wafer, sites)
    moving = length / model.xy_speed + touches * (model.settling + touching)
    return Forecast(sites=sites, dies=len(dies), touchdowns=touches, way=length, measuring=measuring, moving=moving)


def _steps(recipe: Recipe, wafer: Wafer, site: Site) -> list[Step]:
    return [step for step in recipe.all_steps if step.is_on(wafer, site)]


def _within(wafer: Wafer, sites: Sequence[Site]) -> list[float]:
    """Return the ways in m between the sub-sites of dies."""
    found = []
    for one, other in pairwise(sites):
        if one.die == other.die:
            (x, y), (u, v) = wafer.place(one), wafer.place(other)
            found.append(((u - x) ** 2 + (v - y) ** 2) ** 0.5)
    return found
