"""What a wafer is expected to show a recipe: a population of each kind of device that it sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from smtjlab.instruments.wafer.reticle import DeviceKind
from smtjlab.instruments.wafer.wafer import Wafer
from smtjlab.procedures.adaptive import AdaptiveProcedure
from smtjlab.procedures.observed import Floats
from smtjlab.simulation.populations.population import Population, population
from smtjlab.simulation.populations.process_spread import ProcessSpread

from .errors import RecipeError
from .plans import belief_of
from .recipe import Recipe, Step

FINE = 121
"""Gates of a curve from end to end of the sweep, beside those of the recipe itself."""
SAME = 1e-6
"""Share of the sweep below which two gates are one."""
FEWEST = 3
"""Gates of a step that make it a sweep."""


@dataclass(frozen=True)
class Sweep:
    """How a recipe sweeps the gate of one kind of device."""

    kind: DeviceKind
    step: str
    gate: Floats
    """Gates in V of the first branch, in the order of reading."""
    bias: float
    """V."""
    places: Floats
    """Sites of that kind that the recipe visits in units of the wafer's radius, (m, 2)."""

    @property
    def curve(self) -> tuple[Floats, list[int]]:
        """Gates of the curve that is foretold, rising, and the numbers of those that the recipe reads, in its order."""
        own = np.unique(self.gate)
        even = np.linspace(own[0], own[-1], FINE)
        apart = np.abs(even[:, None] - own).min(axis=1) > SAME * (own[-1] - own[0])
        gates = np.sort([*own, *even[apart]])
        return gates, [int(one) for one in np.searchsorted(gates, self.gate)]


def sweeps(recipe: Recipe, wafer: Wafer) -> list[Sweep]:
    """Return the last sweep of the gate that each kind of device goes through. RecipeError where there is none."""
    recipe.check(wafer)
    places: dict[str, list[tuple[float, float]]] = {}
    swept: dict[str, tuple[DeviceKind, Step, Floats, float]] = {}
    visited = list(recipe.sites(wafer))
    for step in recipe.all_steps:
        found = _swept(step)
        on = [] if found is None else [site for site in visited if step.is_on(wafer, site)]
        fresh: set[str] = set()
        for site in on:
            kind = wafer.sub_site(site).device
            if kind.name not in fresh:
                fresh.add(kind.name)
                places[kind.name] = []
                assert found is not None
                swept[kind.name] = kind, step, *found
            places[kind.name].append(wafer.place(site))
    if not swept:
        raise RecipeError(
            f"A recipe must sweep the gate over {FEWEST} voltages at the least to be foretold, but {recipe.name!r} "
            "does not."
        )
    radius = wafer.diameter / 2
    return [
        Sweep(kind, step.name, gate, bias, np.array(places[name]) / radius)
        for name, (kind, step, gate, bias) in swept.items()
    ]


def foretold(
    recipe: Recipe, wafer: Wafer, process: ProcessSpread, n: int, **how: Any
) -> Mapping[str, tuple[Sweep, Population]]:
    """Return sweep and population of `n` devices of each kind, by its name.

    `how` are options of `population`: seed, model, threads, scheduler, cache. Raises the mistake of the room that
    found it.
    """
    told = {}
    for sweep in sweeps(recipe, wafer):
        gates, read = sweep.curve
        told[sweep.kind.name] = (
            sweep,
            population(
                belief_of(sweep.kind),
                process,
                n,
                gates,
                read=read,
                condition=sweep.kind.name,
                places=sweep.places,
                bias=sweep.bias,
                **how,
            ),
        )
    return told


def _swept(step: Step) -> tuple[Floats, float] | None:
    """Return gates and bias in V of a step's first branch; None for a step that sweeps no gate."""
    if step.procedure is None or isinstance(step.procedure, AdaptiveProcedure):
        return None
    wanted = step.procedure.setpoints()
    gates = [one.gate for one in wanted if one.gate is not None and one.branch == wanted[0].branch]
    if len(set(gates)) < FEWEST:
        return None
    return np.array(gates), float(wanted[0].bias or 0.0)
