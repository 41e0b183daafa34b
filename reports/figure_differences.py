"""What the figures of two runs differ by: an error that both runs share counts by the difference of its effects."""

from __future__ import annotations

import numpy as np

from smtjlab.simulation.inference.extraction import Estimate, Extraction

ROUNDING = 1e-9
"""An uncertainty below this part of a figure is rounding, and none."""


def differences(first: Extraction, other: Extraction, shared: frozenset[str]) -> dict[str, Estimate]:
    """Return the other's figures less the first's, by name, where both have them.

    `shared` names the common errors that are one unknown in both.
    """
    return {name: _difference(first, other, name, shared) for name in first.names if name in other}


def _difference(first: Extraction, other: Extraction, name: str, shared: frozenset[str]) -> Estimate:
    mine, theirs = first.contributions.get(name, {}), other.contributions.get(name, {})
    variance = sum(_own_variance(one, name) for one in (first, other))
    for error in {*mine, *theirs}:
        ours, others = mine.get(error, 0.0), theirs.get(error, 0.0)
        variance += (others - ours) ** 2 if error in shared else ours**2 + others**2
    values = [float(one.values[one.names.index(name)]) for one in (first, other)]
    uncertainty = float(np.sqrt(variance))
    known = uncertainty > ROUNDING * max(abs(one) for one in values)
    return Estimate(values[1] - values[0], uncertainty if known else 0.0)


def _own_variance(one: Extraction, name: str) -> float:
    """Return the variance of a figure that no named error accounts for: its scatter, and what else there is."""
    place = one.names.index(name)
    told = sum(effect**2 for effect in one.contributions.get(name, {}).values())
    return float(max(one.covariance[place, place] - told, one.statistical[place, place], 0.0))


def sigma_of(found: Estimate) -> float:
    """Return a difference in standard uncertainties of its own; 0 where it has none."""
    return found.value / found.uncertainty if found.uncertainty > 0 else 0.0
