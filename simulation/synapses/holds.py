"""How a conductance changes while a weight is left alone: mean and root mean square change by the time of the hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.inference.extraction import Estimate

from .checks import check_within, checked_array
from .metrics import hold_drift

SURE = math.erf(1 / math.sqrt(2))
"""Chance that a value lies within one standard deviation."""


@dataclass(frozen=True)
class HeldChange:
    """What repeated holds of one time have changed, as fractions of the span."""

    time: float
    """s."""
    mean: Estimate
    """Mean change, plus where the conductance rises: what creeps or droops in one direction."""
    drift: Estimate
    """Root mean square change, the scatter of reading taken off (see `hold_drift`)."""


def held_change(
    time: float, start: ArrayLike, end: ArrayLike, span: float, start_standard: ArrayLike, end_standard: ArrayLike
) -> HeldChange:
    """Return the changes of `r` holds of a time in s from conductances `start` to `end` in S, (r,) each.

    The uncertainty of the mean is the larger of what readings claim and what holds scatter, widened by Student's law.
    Raises ModelError.
    """
    check_within("time", time, 0, math.inf, "s", above=True)
    drift = hold_drift(start, end, span, start_standard=start_standard, end_standard=end_standard)
    change = np.atleast_1d(checked_array("end", end) - checked_array("start", start)) / span
    noise = np.hypot(np.asarray(start_standard, np.float64), np.asarray(end_standard, np.float64)) / span
    count = len(change)
    claimed = math.sqrt(float(np.mean(np.broadcast_to(noise, change.shape) ** 2)) / count)
    if count == 1:
        return HeldChange(time, Estimate(float(change[0]), claimed), drift)
    widened = float(student.ppf((1 + SURE) / 2, count - 1))
    seen = widened * float(change.std(ddof=1)) / math.sqrt(count)
    return HeldChange(time, Estimate(float(change.mean()), max(claimed, seen)), drift)


def creep_per_decade(holds: Sequence[HeldChange]) -> Estimate:
    """Return the slope of the mean change over log10 of the time by weighted least squares, per decade of time.

    Raises ModelError where there are not two times, or a mean without an uncertainty.
    """
    decades = np.log10([one.time for one in holds])
    weights = np.array([one.mean.uncertainty for one in holds])
    if len(holds) < 2 or np.ptp(decades) == 0 or not (weights > 0).all():
        raise ModelError("Creep must be told by holds of two times or more, each with its uncertainty, but is not.")
    weights = weights**-2.0
    centred = decades - float(np.average(decades, weights=weights))
    square = float((weights * centred**2).sum())
    values = np.array([one.mean.value for one in holds])
    return Estimate(float((weights * centred * values).sum()) / square, square**-0.5)
