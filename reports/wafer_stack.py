"""Several wafers over each other: what all have in common, how they differ, what fails on each, what to probe again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.wafer.reticle import Die
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.run import Run
from smtjlab.procedures.wafer.device_table import with_fits
from smtjlab.procedures.wafer.wafer_walk import WAFER
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.populations.wafer_stack import Stack, chance_of_failures, stacked
from smtjlab.simulation.populations.wafer_statistics import Composition, composition

from .errors import ReportMistake
from .wafer_digest import MAPPED, SOUND, BinCount, count_of, sites_of
from .wafer_parameters import column_of, symbol_of

if TYPE_CHECKING:
    import pandas as pd

CHANCE = 0.01
"""Chance that any die or site of stacked wafers is taken for one that fails again and again, where none does."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """One wafer of a stack."""

    run: str
    started: str
    wafer: Wafer
    frame: pd.DataFrame
    """Its devices, see `with_fits`."""

    @property
    def good(self) -> BinCount:
        """Its good devices."""
        return count_of(None, "good", True, int(self.frame["good"].sum()), len(self.frame))


@dataclass(frozen=True)
class Stacked:
    """A parameter of one kind of device over all wafers."""

    parameter: str
    device: str
    sites: Sequence[Site]
    """Places, (s,)."""
    stack: Stack
    parts: Composition | None
    """Of what is common; None where it could not be taken apart."""

    @property
    def outliers(self) -> list[tuple[int, Site, float]]:
        """Wafer, site and distance of devices that are unlike those of other wafers at their place."""
        distances = self.stack.distances
        return [(int(w), self.sites[s], float(distances[w, s])) for w, s in np.argwhere(self.stack.outliers)]

    @property
    def values(self) -> Floats:
        """Values of each wafer at each place that two wafers or more tell of, (w, s); nan elsewhere."""
        return self.stack.level[:, None] + self.stack.common + self.stack.own


@dataclass(frozen=True)
class Failing:
    """A die or a site that fails more often than chance lets it."""

    name: str
    failed: int
    of: int
    chance: float


@dataclass(frozen=True)
class WaferStack:
    """Everything that the page of stacked wafers tells."""

    layers: Sequence[Layer]
    stacks: Sequence[Stacked]
    untold: Sequence[str]
    """Why a parameter of a kind could not be stacked, a sentence each."""
    alike: float
    """Chance of yields that differ as much, were they one; nan where all or none are good."""
    failures: Mapping[Die, tuple[int, int]]
    """Devices of each die that are not good, and all that were visited, over all wafers."""
    site_failures: Mapping[Site, tuple[int, int]]
    """The same of each site."""
    failing: Sequence[Failing]
    """Dies, then sites that fail again and again."""
    again: Sequence[tuple[str, str, str]]
    """Wafer, site, and why it should be probed once more."""

    @property
    def wafer(self) -> Wafer:
        """The drawing that all have."""
        return self.layers[0].wafer


def layers_of(runs: Sequence[Run], url: str) -> list[Layer]:
    """Take wafer runs into the results of the lab at a URL, and return them with their devices."""
    from smtjlab.procedures.wafer.results import Results

    layers = []
    with Results.open(url) as known:
        for run in runs:
            known.index(run)
            wafer = read_wafer(run.folder / WAFER)
            layers.append(Layer(run.id, str(run.meta["created"]), wafer, with_fits(known, run.id)))
    return layers


def names_of(layers: Sequence[Layer]) -> list[str]:
    """Return what wafers are called: by name, with their lots where two have the same, or else with their runs."""
    names = [one.wafer.name for one in layers]
    for more in ([one.wafer.lot for one in layers], [one.run for one in layers]):
        if len(set(names)) < len(names):
            names = [f"{one.wafer.name} ({word})" for one, word in zip(layers, more, strict=True)]
    return names


def stack_of(layers: Sequence[Layer], more: Sequence[str] = ()) -> WaferStack:
    """Return what wafers have in common. `more` are parameters beside those of a digest.

    Raises ReportMistake for fewer than two, for one run twice, or for wafers that are drawn otherwise.
    """
    _check(layers)
    stacks, untold = [], []
    for device in sorted({str(one) for layer in layers for one in layer.frame["device"]}):
        for name in dict.fromkeys((*MAPPED, *more)):
            try:
                found = _stacked(layers, name, device)
            except ModelError as problem:
                untold.append(f"{symbol_of(name)} of {device}: {problem}")
                continue
            stacks += [found] if found is not None else []
    failures, site_failures, failing = _failures(layers)
    return WaferStack(
        layers=layers,
        stacks=stacks,
        untold=untold,
        alike=_alike(layers),
        failures=failures,
        site_failures=site_failures,
        failing=failing,
        again=_again(layers, stacks),
    )


def _check(layers: Sequence[Layer]) -> None:
    if len(layers) < 2:
        raise ReportMistake(f"A stack must be of two wafers or more, but is of {len(layers)}.")
    runs = [one.run for one in layers]
    if twice := [run for k, run in enumerate(runs) if run in runs[:k]]:
        raise ReportMistake(f"A run must be stacked once, but {twice[0]} is named again.")
    first = layers[0].wafer
    for one in layers[1:]:
        if replace(one.wafer, name=first.name, lot=first.lot) != first:
            raise ReportMistake(
                f"Wafers of a stack must be drawn alike, but {one.wafer.name!r} (run {one.run}) is drawn otherwise "
                f"than {first.name!r} (run {layers[0].run})."
            )


def _stacked(layers: Sequence[Layer], name: str, device: str) -> Stacked | None:
    """Return a parameter of a kind over all wafers; None where no two of them have it. Raises ModelError."""
    groups = [one.frame[one.frame["device"] == device] for one in layers]
    fitted = all(len(group) and column_of(group, name) != name for group in groups)
    series = []
    for group in groups:
        column = column_of(group, name) if fitted else name
        sound = group["good"] & group["state"].isin(SOUND)
        values = group[column].where(sound).to_numpy(float) if column in group else np.full(len(group), math.nan)
        series.append(dict(zip(sites_of(group), values, strict=True)))
    if sum(bool(np.isfinite(list(one.values())).any()) for one in series if one) < 2:
        return None
    sites = list(dict.fromkeys(site for one in series for site in one))
    found = stacked(np.array([[one.get(site, math.nan) for site in sites] for one in series]))
    return Stacked(name, device, sites, found, _parts(layers[0].wafer, sites, found))


def _parts(wafer: Wafer, sites: Sequence[Site], found: Stack) -> Composition | None:
    x, y = np.array([wafer.place(site) for site in sites]).T / (wafer.diameter / 2)
    places = np.array([wafer.reticle.place(site.die) for site in sites])
    try:
        return composition(x, y, places, wafer.reticle.size, found.common)
    except ModelError:
        return None


def _failures(
    layers: Sequence[Layer],
) -> tuple[dict[Die, tuple[int, int]], dict[Site, tuple[int, int]], list[Failing]]:
    """Return failures of each die and site, and those that fail more often than all of their kind do by chance."""
    sites: dict[Site, tuple[int, int]] = {}
    for layer in layers:
        for site, good in zip(sites_of(layer.frame), layer.frame["good"], strict=True):
            failed, of = sites.get(site, (0, 0))
            sites[site] = failed + (not good), of + 1
    dies: dict[Die, tuple[int, int]] = {}
    for site, (failed, of) in sites.items():
        before = dies.get(site.die, (0, 0))
        dies[site.die] = before[0] + failed, before[1] + of
    failing = [
        *_beyond_chance({f"die {column},{row}": told for (column, row), told in dies.items()}),
        *_beyond_chance({str(site): told for site, told in sites.items()}),
    ]
    return dies, sites, failing


def _beyond_chance(told: Mapping[str, tuple[int, int]]) -> list[Failing]:
    """Return those that fail more often than the rate of all lets any of them, with a chance of CHANCE at the most."""
    failed, of = np.array(list(told.values())).T
    chances = chance_of_failures(failed, of, float(failed.sum() / of.sum()))
    found = [Failing(name, int(f), int(n), float(p)) for name, f, n, p in zip(told, failed, of, chances, strict=True)]
    return sorted((one for one in found if one.chance * len(told) < CHANCE), key=lambda one: one.chance)


def _alike(layers: Sequence[Layer]) -> float:
    from scipy.stats import chi2_contingency

    good = np.array([one.good.count for one in layers])
    bad = np.array([len(one.frame) for one in layers]) - good
    return float(chi2_contingency([good, bad]).pvalue) if good.sum() and bad.sum() else math.nan


def _again(layers: Sequence[Layer], stacks: Sequence[Stacked]) -> list[tuple[str, str, str]]:
    """Return visits that came to no end, and devices unlike those of other wafers at their place."""
    why: dict[tuple[int, str], list[str]] = {}
    for number, layer in enumerate(layers):
        for site, state in zip(map(str, sites_of(layer.frame)), layer.frame["state"], strict=True):
            if state not in SOUND:
                why.setdefault((number, site), []).append(str(state))
    for one in stacks:
        for number, place, distance in one.outliers:
            told = f"{symbol_of(one.parameter)} is {distance:+.1f} σ from the other wafers'"
            why.setdefault((number, str(place)), []).append(told)
    names = names_of(layers)
    return [(names[number], site, ", ".join(reasons)) for (number, site), reasons in sorted(why.items())]
