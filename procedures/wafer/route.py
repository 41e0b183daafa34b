"""In which order a wafer is walked: line by line, by the shortest way, a sample of it, or as somebody lists it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

import numpy as np

from smtjlab.instruments.wafer.reticle import Die
from smtjlab.instruments.wafer.wafer import Wafer

from .errors import RecipeError


class Order(StrEnum):
    """Orders of dies."""

    SERPENTINE = "serpentine"
    """Line by line, every other one backwards."""
    SHORTEST = "shortest"
    """A short way through all of them."""
    SAMPLED = "sampled"
    """Some of them, spread evenly, by a short way."""
    LISTED = "listed"
    """As they are listed."""


class Corner(StrEnum):
    """Where a serpentine begins."""

    UPPER_LEFT = "upper left"
    UPPER_RIGHT = "upper right"
    LOWER_LEFT = "lower left"
    LOWER_RIGHT = "lower right"


def serpentine(dies: Sequence[Die], corner: Corner = Corner.UPPER_LEFT) -> list[Die]:
    """Return dies row by row from a corner, every other row backwards."""
    upwards, rightwards = corner.startswith("lower"), corner.endswith("left")
    rows: dict[int, list[Die]] = {}
    for die in dies:
        rows.setdefault(die[1], []).append(die)
    ordered: list[Die] = []
    for number, row in enumerate(sorted(rows, reverse=not upwards)):
        ordered += sorted(rows[row], reverse=rightwards == bool(number % 2))
    return ordered


def shortest(wafer: Wafer, dies: Sequence[Die], corner: Corner = Corner.UPPER_LEFT) -> list[Die]:
    """Return dies by a short way: the serpentine of a corner, made shorter by turning parts of it round (2-opt).

    Never longer than the serpentine; the shortest way of all is not promised.
    """
    ordered = serpentine(dies, corner)
    places = np.array([wafer.position(die) for die in ordered])
    order = _two_opt(places)
    return [ordered[k] for k in order]


def sampled(wafer: Wafer, dies: Sequence[Die], count: int, seed: int) -> list[Die]:
    """Return `count` dies spread evenly: the wafer is cut into as many parts of equal area, one die is drawn of each.

    Every die is as likely as another, but for parts that differ by a die: the rim weighs what it weighs on the wafer.
    """
    if not 1 <= count <= len(dies):
        raise RecipeError(f"A sample must be of 1 to {len(dies)} dies, but is of {count}.")
    places = np.array([wafer.position(die) for die in dies])
    rng = np.random.default_rng(seed)
    return [dies[k] for k in sorted(int(rng.choice(part)) for part in _cut(places, np.arange(len(dies)), count, rng))]


def way(wafer: Wafer, dies: Sequence[Die]) -> float:
    """Return the length in m of the way through dies in this order."""
    places = [wafer.position(die) for die in dies]
    return sum(math.dist(one, other) for one, other in pairwise(places))


def _cut(places: np.ndarray, these: np.ndarray, count: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return dies cut into `count` parts of equal number, each time across the longer side of what is to be cut.

    What does not come out even is rounded by chance.
    """
    if count == 1:
        return [these]
    few, here = count // 2, places[these]
    longer = int(np.ptp(here[:, 1]) > np.ptp(here[:, 0]))
    ordered = these[np.lexsort((here[:, 1 - longer], here[:, longer]))]
    at = int(len(these) * few / count + rng.random())
    at = min(max(at, few), len(these) - (count - few))
    return [*_cut(places, ordered[:at], few, rng), *_cut(places, ordered[at:], count - few, rng)]


def _two_opt(places: np.ndarray) -> list[int]:
    """Return an order of places whose way no turning round of a part makes shorter; it begins where they begin.

    Each pass looks at every pair of steps, all pairs of one step at once.
    """
    order = np.arange(len(places))
    improved = True
    while improved:
        improved = False
        for i in range(len(order) - 2):
            here, after = places[order[i]], places[order[i + 1]]
            ends = places[order[i + 2 :]]
            old = math.dist(here, after) + np.append(np.hypot(*(ends[1:] - ends[:-1]).T), 0.0)
            beyond = np.vstack([ends[1:], after[None]])  # the way ends at its last place: nothing is beyond
            new = np.hypot(*(ends - here).T) + np.append(np.hypot(*(beyond[:-1] - after).T), 0.0)
            gain = old - new
            best = int(gain.argmax())
            if gain[best] > 1e-12:
                order[i + 1 : i + 3 + best] = order[i + 1 : i + 3 + best][::-1]
                improved = True
    return [int(k) for k in order]
