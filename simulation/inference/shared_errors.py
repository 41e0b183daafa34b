"""The whole uncertainty of what a loop tells: its scatter, the errors its readings share, and what was not measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.correlation import correlation_matrix, square_root
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction

from .common_errors import CommonErrors, Values, common_errors, effects_of
from .errors import InferenceError
from .extraction import Estimate, Extraction
from .loop_readings import LoopReadings
from .transport import PREDICTED, STRESS

Floats = NDArray[np.float64]
Core = Callable[[LoopReadings, Junction, Extraction | None], Extraction]
"""An extraction with its scatter alone; the third argument is one whose choice of parameters is to be kept."""


def with_shared_errors(core: Core, readings: LoopReadings, belief: Belief, held: Sequence[str]) -> Extraction:
    """Return `core` of the readings with common errors and the uncertainty of believed values in its covariance.

    `held` are the fields of the junction that `core` takes from the belief; the stress is, where magnetostriction is.
    Raises InferenceError.
    """
    if "magnetostriction" in held:
        held = [*held, *(name for name in STRESS if name in belief.uncertain)]
    found = core(readings, belief.junction, None)
    common = common_errors(
        lambda moved: _values(core(readings.shifted(moved), belief.junction, found)),
        readings.quantities,
        readings.effects,
        _values(found),
    )
    believed = _of_belief(lambda junction: _values(core(readings, junction, found)), _values(found), belief, held)
    taken = {
        name: Estimate(float(getattr(belief.junction, name)), belief.uncertainty.get(name, 0.0))
        for name in held
        if name not in found.names
    }
    pairs = {pair: rho for pair, rho in belief.correlation.items() if all(n in taken and n in PREDICTED for n in pair)}
    whole = believed.added_to(common.added_to(found))
    return replace(whole, taken={**found.taken, **taken}, taken_correlation=pairs)


def _of_belief(
    again: Callable[[Junction], Values], nominal: Values, belief: Belief, held: Sequence[str]
) -> CommonErrors:
    """Return what the uncertainty of believed fields, with their correlations, does to parameters.

    Fields that other runs may measure come first: an error of their name is one of these fields alone, that of another
    field what is unknown of it when all of these are known.
    """
    names = [name for name in held if name in belief.uncertain and name not in nominal]
    names.sort(key=lambda name: name not in PREDICTED)
    sigma = np.array([belief.uncertainty[name] for name in names])
    count = sum(name in PREDICTED for name in names)
    root = sigma[:, None] * root_in_turn(correlation_matrix(names, belief.correlation), count)

    def at(number: int, sign: int) -> Values:
        moved = {name: getattr(belief.junction, name) + sign * float(root[k, number]) for k, name in enumerate(names)}
        try:
            return again(belief.junction.changed(**moved))
        except JunctionError as problem:
            raise InferenceError(str(problem)) from problem

    return effects_of(nominal, {name: partial(at, number) for number, name in enumerate(names)})


def root_in_turn(correlation: Floats, first: int) -> Floats:
    """Return R (k, k), R R^T = `correlation`: the first unknowns move all fields, the others not the first fields.

    Within the first, and within the others, it is the symmetric root.
    """
    root = np.zeros_like(correlation)
    root[:first, :first] = square_root(correlation[:first, :first])
    root[first:, :first] = correlation[first:, :first] @ np.linalg.pinv(root[:first, :first], hermitian=True)
    rest = correlation[first:, first:] - root[first:, :first] @ root[first:, :first].T
    size = np.sqrt(np.clip(np.diag(rest), 0.0, None))
    scale = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    root[first:, first:] = size[:, None] * square_root(rest * np.outer(scale, scale))
    return root


def _values(extraction: Extraction) -> Values:
    return dict(zip(extraction.names, map(float, extraction.values), strict=True))
