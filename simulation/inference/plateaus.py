"""The two resistances between which a junction switches, from the readings on the plateaus of a loop."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .loop_readings import Floats, LoopReadings, Mask
from .rotation import rotated_conductance
from .transitions import Transition
from .weighted_fit import WeightedFit, weighted_fit

ASKED = 25.0
"""Gain in chi-square from which on a stray transverse field is part of the model: five standard deviations, squared.

One parameter gains as much by chance once in two million loops; but drift on a plateau looks like a field too.
"""
_FEWEST = 3
"""Least number of readings of a plateau from which those beside a transition are left out."""

_FAR = 0.4
"""Share of the largest field along the soft layer from which on a reading is far from the transitions.

A compromise between readings used, 1 - 0.4 of an even grid, and the correction for canting that they need: it falls as
1/field^2, so that its mean from a share on to 1 is the inverse share, 2.5 times that at the end.
"""


@dataclass(frozen=True)
class Plateaus:
    """The fit of the plateaus."""

    fit: WeightedFit
    """`resistance_parallel`, `resistance_antiparallel` and, where the readings ask for it, `transverse_field`."""
    used: Mask
    """Readings taken as plateaus, shape (n,)."""
    fitted: Floats
    """Fitted conductance in S, shape (n,); nan where a reading is on no plateau."""
    pulls: Floats
    """Reading minus fitted over its scatter, shape (n,); nan there too."""


def fit_plateaus(
    readings: LoopReadings,
    found: list[Transition],
    along: Floats,
    *,
    energy_scale: float,
    shape_field: float,
    canted: bool | None = None,
) -> Plateaus:
    """Return the plateaus, each corrected for canting and for thermal motion by the static model.

    `along`, shape (n,), is the field in A/m along the direction that the soft layer has at each reading: against a
    transverse field its stiffness is this and `shape_field` together. `canted` says whether a transverse field is in
    the model, where the readings are not to say so. Raises InferenceError.
    """
    low, high = readings.levels()
    raised = readings.resistance > (low + high) / 2
    used = _used(readings, found, along, raised)
    stiffness = np.maximum(along, 0.0) + shape_field
    start = {"resistance_parallel": low, "resistance_antiparallel": high}
    scale = [low, high]
    residuals = partial(_residuals, readings, raised, used, stiffness, energy_scale)
    shared = readings.shared[:, used]
    fit = weighted_fit(residuals, start, scale, shared)
    if canted is not False:
        field = 0.02 * float(np.max(stiffness[used]))
        asked = weighted_fit(residuals, {**start, "transverse_field": field}, [*scale, field], shared)
        k = asked.names.index("transverse_field")
        told = (
            asked.chi_square < fit.chi_square - ASKED * asked.widening
            and asked.values[k] ** 2 > 4 * asked.covariance[k, k]
        )
        fit = asked if canted or told else fit
    fitted, pulls = np.full(len(readings), np.nan), np.full(len(readings), np.nan)
    fitted[used] = _conductance(raised[used], stiffness[used], energy_scale, fit.values)
    pulls[used] = fit.residuals
    return Plateaus(fit, used, fitted, pulls)


def _used(readings: LoopReadings, found: list[Transition], along: Floats, raised: Mask) -> Mask:
    """Return the readings on the plateaus: far from the transitions, or else at least not in one nor beside one.

    Nearby, where the soft layer is soft, it would matter where exactly the centre of the loop is.
    """
    inside = np.zeros(len(readings), bool)
    beside = np.zeros(len(readings), bool)
    for one in found:
        inside[one.before + 1 : one.after] = True
        beside[[one.before, one.after]] = True
    far = along > _FAR * max(float(np.max(along)), 0.0)
    for used in (~inside & ~beside & far, ~inside & ~beside, ~inside):
        if min(np.sum(used & raised), np.sum(used & ~raised)) >= _FEWEST:
            return used
    raise InferenceError(
        f"A loop needs at least {_FEWEST} readings on each of its plateaus, but there are "
        f"{np.sum(~inside & raised)} on the upper and {np.sum(~inside & ~raised)} on the lower one."
    )


def _conductance(raised: Mask, stiffness: Floats, energy_scale: float, values: Floats) -> Floats:
    return rotated_conductance(
        np.zeros(len(stiffness)),
        np.where(raised, stiffness, -stiffness),
        np.full(len(stiffness), values[2] if len(values) > 2 else 0.0),
        energy_scale=energy_scale,
        parallel=float(values[0]),
        antiparallel=float(values[1]),
    )


def _residuals(
    readings: LoopReadings, raised: Mask, used: Mask, stiffness: Floats, energy_scale: float, values: Floats
) -> NDArray[np.float64]:
    model = _conductance(raised[used], stiffness[used], energy_scale, values)
    return np.asarray((readings.conductance[used] - model) / readings.scatter[used], float)
