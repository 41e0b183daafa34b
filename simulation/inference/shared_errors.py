"""The whole uncertainty of what a loop tells: its scatter, the errors its readings share, and what was not measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.correlation import Pair, matrix_pairs, square_root
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction

from .common_errors import CommonErrors, Values, common_errors, effects_of
from .errors import InferenceError
from .extraction import Estimate, Extraction
from .loop_readings import LoopReadings
from .transport import PREDICTED, PRODUCTS, STRESS, field_slopes

Floats = NDArray[np.float64]
Core = Callable[[LoopReadings, Junction, Extraction | None], Extraction]
"""An extraction with its scatter alone; the third argument is one whose choice of parameters is to be kept."""

DIGITS = 15
"""Of a correlation that goes with what was taken."""
ROUNDING = 1e-6
"""Part of a standard uncertainty that may be left of a field that follows from others."""


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
    held = [*held, *_products(belief, held)]
    free = [name for name in held if name not in found.names]
    basis = _basis(belief, free)
    believed = _of_belief(lambda junction: _values(core(readings, junction, found)), _values(found), belief, basis)
    taken = {
        name: Estimate(float(getattr(belief.junction, name)), basis.sigma.get(name, belief.uncertainty.get(name, 0.0)))
        for name in free
    }
    whole = believed.added_to(common.added_to(found))
    return replace(whole, taken={**found.taken, **taken}, taken_correlation=basis.pairs)


@dataclass(frozen=True)
class _Basis:
    """Independent unknowns behind what is held: first those of what other runs may measure, then what is left."""

    names: tuple[str, ...]
    """What is uncertain: fields, and H_s per volt and H_k, which are made of fields; an unknown for each."""
    sigma: Mapping[str, float]
    root: Floats
    """Shape (k, k): effect of +1 sigma of each unknown (columns) on everything (rows), in standard uncertainties."""
    pairs: Mapping[Pair, float]
    """Correlations of those that other runs may measure."""


def _products(belief: Belief, held: Sequence[str]) -> list[str]:
    """Return which of H_s per volt and H_k are uncertain by the fields that are held, and are held with them."""
    uncertain = [name for name in held if name in belief.uncertain]
    slopes = field_slopes(belief.junction, uncertain)
    return [name for name, place in PRODUCTS.items() if np.any(slopes[:, place])]


def _basis(belief: Belief, free: Sequence[str]) -> _Basis:
    names = [name for name in free if name in belief.uncertain or name in PRODUCTS]
    names.sort(key=lambda name: name not in PREDICTED)
    # Rows of all names by the uncertain fields of the belief: 1 for a field, the derivatives for a product.
    fields = belief.uncertain
    slopes = field_slopes(belief.junction, fields)
    rows = np.array(
        [slopes[:, PRODUCTS[n]] if n in PRODUCTS else [float(n == f) for f in fields] for n in names]
    ).reshape(len(names), len(fields))
    covariance = rows @ belief.covariance(fields) @ rows.T
    seen = np.flatnonzero(np.diag(covariance) > 0)
    names, covariance = [names[k] for k in seen], covariance[np.ix_(seen, seen)]
    sigma = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sigma, sigma)
    count = sum(name in PREDICTED for name in names)
    pairs = matrix_pairs(names[:count], correlation[:count, :count], DIGITS)
    sizes = dict(zip(names, map(float, sigma), strict=True))
    return _Basis(tuple(names), sizes, root_in_turn(correlation, count), pairs)


def _of_belief(again: Callable[[Junction], Values], nominal: Values, belief: Belief, basis: _Basis) -> CommonErrors:
    """Return what the uncertainty of believed fields, with their correlations, does to parameters.

    What other runs may measure comes first: an error of its name goes with it alone, that of another field is what is
    unknown of it when all of these are known. Thickness and magnetization act through H_k and H_s, which others tell.
    """

    def at(number: int, sign: int) -> Values:
        moved = {
            name: getattr(belief.junction, name) + sign * basis.sigma[name] * float(basis.root[k, number])
            for k, name in enumerate(basis.names)
            if name not in PRODUCTS
        }
        try:
            return again(belief.junction.changed(**moved))
        except JunctionError as problem:
            raise InferenceError(str(problem)) from problem

    unknown = np.any(basis.root != 0, axis=0)
    return effects_of(nominal, {name: partial(at, k) for k, name in enumerate(basis.names) if unknown[k]})


def root_in_turn(correlation: Floats, first: int) -> Floats:
    """Return R (k, k), R R^T = `correlation`: the first unknowns move all fields, the others not the first fields.

    Within the first, and within the others, it is the symmetric root.
    """
    root = np.zeros_like(correlation)
    root[:first, :first] = square_root(correlation[:first, :first])
    root[first:, :first] = correlation[first:, :first] @ np.linalg.pinv(root[:first, :first], hermitian=True)
    rest = correlation[first:, first:] - root[first:, :first] @ root[first:, :first].T
    size = np.sqrt(np.clip(np.diag(rest), 0.0, None))
    size[size < ROUNDING] = 0.0
    scale = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    root[first:, first:] = size[:, None] * square_root(rest * np.outer(scale, scale))
    return root


def _values(extraction: Extraction) -> Values:
    return dict(zip(extraction.names, map(float, extraction.values), strict=True))
