"""What a measured wafer says: yield, parts of each parameter, outliers, correlations, what to look at once more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.populations.population import Population
from smtjlab.simulation.populations.wafer_statistics import Composition, composition, rank_correlation
from smtjlab.simulation.wilson import wilson_interval

from .wafer_expected import Expected, against_population
from .wafer_parameters import column_of, symbol_of

if TYPE_CHECKING:
    import pandas as pd

MAPPED = ("resistance_parallel", "tmr", "threshold")
"""Parameters that are drawn as maps and taken apart where nobody asks for others."""
CORRELATED = ("resistance_parallel", "resistance_antiparallel", "threshold", "slope")
"""Parameters that are held against each other. TMR is none: it follows from R_P and R_AP, and goes with R_P by that."""
FAR = 5.0
"""Standard deviations of misfit beyond which a device wants another look: one in 3.5 million."""
SOUND = ("done",)
"""States of a visit whose figures count."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BinCount:
    """A bin with its share of the devices that were visited."""

    number: int | None
    name: str
    good: bool
    count: int
    share: float
    low: float
    """End of the interval of 95 % (Wilson)."""
    high: float


@dataclass(frozen=True)
class Parted:
    """A parameter of one kind of device, taken apart."""

    parameter: str
    device: str
    count: int
    parts: Composition
    outliers: Sequence[str]
    """Sites."""


@dataclass(frozen=True)
class Digest:
    """Everything that the page of a wafer tells."""

    wafer: Wafer
    frame: pd.DataFrame
    bins: Sequence[BinCount]
    good: BinCount
    """All bins that are good, as one."""
    parted: Sequence[Parted]
    untold: Sequence[str]
    """Why a parameter of a kind could not be taken apart, a sentence each."""
    correlations: Sequence[tuple[str, str, str, float, float, int]]
    """Kind of device, two parameters, Spearman's coefficient of what is left of both, its uncertainty, pairs."""
    again: Sequence[tuple[str, str]]
    """Sites to look at once more, and why."""
    mapped: Sequence[str] = MAPPED
    """Parameters that are drawn as maps and taken apart."""
    expected: Sequence[Expected] | None = None
    """Figures against what was predicted; None where no process was named."""


def digest(
    wafer: Wafer,
    frame: pd.DataFrame,
    *,
    more: Sequence[str] = (),
    populations: Mapping[str, Population] | None = None,
    unforetold: str = "",
) -> Digest:
    """Return what a table of results says of a wafer that was drawn so; lines are devices, see `Results.table`.

    `more` are parameters beside MAPPED that are mapped too. `populations` are what was predicted, by kind of device;
    where they should be known and are not, `unforetold` says why.
    """
    mapped = tuple(dict.fromkeys((*MAPPED, *more)))
    parted, untold, left = _taken_apart(wafer, frame, mapped)
    expected: list[Expected] | None = None
    if populations is not None:
        expected, reasons = against_population(frame, list(map(str, sites_of(frame))), populations)
        untold += reasons
    return Digest(
        wafer=wafer,
        frame=frame,
        bins=_bins(frame),
        good=count_of(None, "good", True, int(frame["good"].sum()), len(frame)),
        parted=parted,
        untold=[*untold, unforetold] if unforetold else untold,
        correlations=_correlations(left),
        again=_again(frame, parted, expected or []),
        mapped=mapped,
        expected=expected,
    )


def sites_of(frame: pd.DataFrame) -> list[Site]:
    """Return the sites of a table."""
    return [Site(int(c), int(r), str(s)) for c, r, s in zip(frame["column"], frame["row"], frame["site"], strict=True)]


def _taken_apart(
    wafer: Wafer, frame: pd.DataFrame, mapped: Sequence[str]
) -> tuple[list[Parted], list[str], dict[tuple[str, str], Floats]]:
    """Return each parameter of each kind taken apart, why one could not be, and what is left over of each."""
    parted: list[Parted] = []
    untold: list[str] = []
    left: dict[tuple[str, str], Floats] = {}
    sound = frame[frame["state"].isin(SOUND) & frame["good"]]
    for device, group in sound.groupby("device"):
        for name in dict.fromkeys((*mapped, *CORRELATED)):
            column = column_of(group, name)
            if column not in group or group[column].notna().sum() == 0:
                continue
            try:
                found = _parted(wafer, name, str(device), group.assign(**{name: group[column]}))
            except ModelError as problem:
                untold.append(f"{symbol_of(name)} of {device}: {problem}")
                continue
            left[str(device), name] = found.parts.residual
            parted += [found] if name in mapped else []
    return parted, untold, left


def _parted(wafer: Wafer, name: str, device: str, group: pd.DataFrame) -> Parted:
    radius = wafer.diameter / 2
    places = np.array([wafer.reticle.place((c, r)) for c, r in zip(group["column"], group["row"], strict=True)])
    x, y = (group[axis].to_numpy(float) / radius for axis in ("x", "y"))
    found = composition(x, y, places, wafer.reticle.size, group[name].to_numpy(float))
    names = list(map(str, sites_of(group)))
    return Parted(
        name, device, int(group[name].notna().sum()), found, [names[k] for k in np.flatnonzero(found.outliers)]
    )


def _bins(frame: pd.DataFrame) -> list[BinCount]:
    counted: dict[tuple[Any, str, bool], int] = {}
    for number, name, good, state in zip(frame["bin"], frame["bin_name"], frame["good"], frame["state"], strict=True):
        known = number is not None and not (isinstance(number, float) and math.isnan(number))
        key = (int(number), str(name), bool(good)) if known else (None, str(state), False)
        counted[key] = counted.get(key, 0) + 1
    ordered = sorted(counted, key=lambda key: (not key[2], key[0] is None, key[0] or 0, key[1]))
    return [count_of(number, name, good, counted[number, name, good], len(frame)) for number, name, good in ordered]


def count_of(number: int | None, name: str, good: bool, count: int, of: int) -> BinCount:
    """Return a bin with so many of the devices, its share and the interval of that."""
    low, high = wilson_interval(count, of) if of else (math.nan, math.nan)
    return BinCount(number, name, good, count, count / of if of else math.nan, float(low), float(high))


def _correlations(left: dict[tuple[str, str], Floats]) -> list[tuple[str, str, str, float, float, int]]:
    found = []
    for device in dict.fromkeys(device for device, _ in left):
        names = [name for name in CORRELATED if (device, name) in left]
        for k, one in enumerate(names):
            for other in names[k + 1 :]:
                both = np.isfinite(left[device, one]) & np.isfinite(left[device, other])
                rho, sigma = rank_correlation(left[device, one], left[device, other])
                if not math.isnan(rho):
                    found.append((device, one, other, rho, sigma, int(both.sum())))
    return found


def _again(frame: pd.DataFrame, parted: Sequence[Parted], expected: Sequence[Expected]) -> list[tuple[str, str]]:
    """Return sites without contact or that tripped, outliers, misfits, odd ones, each once with all that is odd."""
    why: dict[str, list[str]] = {}
    for name, state in zip(map(str, sites_of(frame)), frame["state"], strict=True):
        if state not in SOUND:
            why.setdefault(name, []).append(str(state))
    for one in parted:
        for name in one.outliers:
            why.setdefault(name, []).append(f"{symbol_of(one.parameter)} is an outlier")
    for other in expected:
        for name, sigma in () if other.is_another_kind else other.odd.items():
            why.setdefault(name, []).append(f"{symbol_of(other.parameter)} is {sigma:+.1f} σ from what was predicted")
    if "misfit" in frame:
        for name, sigma in zip(map(str, sites_of(frame)), frame["misfit"], strict=True):
            if sigma > FAR:
                why.setdefault(name, []).append(f"the model misses its readings by {sigma:.1f} σ")
    return [(name, ", ".join(reasons)) for name, reasons in why.items()]
