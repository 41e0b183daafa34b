"""The fields of a junction file from the nine numbers: what the numbers tell of the fields that they are made of.

H_s per volt and H_k are products of fields, M_s among them, that are known only so well. With P the covariance of both
as believed, C after the runs, h the other uncertain fields and S their covariance, all taken as normal,

    B = Cov(h, x) P^-1,   h moves by B (x - x0),   Cov(h, x) = B C,   Cov(h) = S - B (P - C) B^T

(conditioning h on x, then x on the runs). `stress_per_volt` and `thickness` are those with which the moved junction has
H_s per volt and H_k as the runs tell them, with their covariance: what is made of the file has it too.

Only the product of magnetostriction and stress is ever seen. Where both are uncertain the stress carries what is
unknown of the product, and magnetostriction is held: two that vary against each other would, drawn as normal, blur the
product by the square of how little they are known, though it is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction

from .transport import (
    FIELD_OF,
    PRODUCTS,
    STRESS,
    field_slopes,
    filled,
    stress_over_field,
    thickness_slopes,
    transport_prior,
)  # fmt: skip
from .transport_estimate import TransportEstimate, contradicts

Floats = NDArray[np.float64]

VAGUE = 3.0
"""Standard uncertainties by which a product must be above 0 to be dealt with by its logarithm."""
CERTAIN = 1e-8
"""Part of the terms of a standard uncertainty that may be left of it by rounding where they cancel."""


@dataclass(frozen=True)
class FileFields:
    """The uncertain fields of a file after some runs; what is not among them stays as it was."""

    names: tuple[str, ...]
    values: Mapping[str, float]
    covariance: Floats
    """Shape (k, k), SI units."""
    moved: tuple[str, ...] = ()
    """Those of which no run tells, but which go with what runs tell."""
    factors: tuple[str, ...] = ()
    """Those of them that H_s per volt or H_k is made of; the others were correlated with what runs tell."""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Beside:
    """The uncertain fields that no number stands for, after the runs."""

    names: tuple[str, ...]
    junction: Junction
    """The believed one with these fields moved."""
    covariance: Floats
    """Shape (k, k)."""
    gain: Floats
    """B for all numbers that runs bear on, shape (k, m); 0 where a number is no product."""
    moved: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def file_fields(numbers: TransportEstimate, before: Belief) -> FileFields:
    """Return the fields that say what the numbers say, and how all uncertain fields depend on each other.

    A shape field that no ellipse of about this thickness has is left out, and the thickness stays as believed.
    """
    beside = _beside(numbers, before)
    junction = beside.junction
    fields = filled(junction, dict(zip(numbers.names, map(float, numbers.values), strict=True)))
    if "shape_field" in numbers.names and "thickness" not in fields:
        return file_fields(_without(numbers, "shape_field"), before)
    names = (*(FIELD_OF.get(name, name) for name in numbers.names), *beside.names)
    slopes = _slopes(junction.changed(**{n: v for n, v in fields.items() if n == "thickness"}), numbers, beside.names)
    cross = beside.gain @ numbers.covariance
    whole = np.block([[numbers.covariance, cross.T], [cross, beside.covariance]])
    covariance = slopes @ whole @ slopes.T
    # A product whose factors take all that is unknown of it leaves nothing unknown here but what rounding does.
    terms = np.einsum("ij,jj->i", slopes**2, whole)
    certain = np.diag(covariance) < CERTAIN * terms
    covariance[certain, :] = covariance[:, certain] = 0.0
    if "stress_per_volt" in fields and certain[names.index("stress_per_volt")]:
        fields["stress_per_volt"] = before.junction.stress_coefficient
    values = {**fields, **{name: float(getattr(junction, name)) for name in beside.moved}}
    made_of = field_slopes(before.junction, beside.moved)[:, list(PRODUCTS.values())]
    factors = tuple(name for name, slopes_of in zip(beside.moved, made_of, strict=True) if np.any(slopes_of))
    return FileFields(names, values, covariance, beside.moved, factors, beside.remarks)


def gone_with_stress(before: Belief) -> tuple[str, ...]:
    """Return the fields that are no more uncertain on their own where a belief gets a measured stress per volt."""
    uncertain = any(name in before.uncertain for name in STRESS)
    return (*STRESS, *(["magnetostriction"] if uncertain else []))


def _without(numbers: TransportEstimate, name: str) -> TransportEstimate:
    kept = [k for k, one in enumerate(numbers.names) if one != name]
    names = tuple(numbers.names[k] for k in kept)
    return replace(numbers, names=names, values=numbers.values[kept], covariance=numbers.covariance[np.ix_(kept, kept)])


def _beside(numbers: TransportEstimate, before: Belief) -> _Beside:
    stand = {FIELD_OF.get(name, name) for name in numbers.names}
    gone = {*stand, *gone_with_stress(before)} if "stress_per_volt" in stand else stand
    names = tuple(name for name in before.uncertain if name not in gone)
    own = before.covariance(names)
    centre, prior = transport_prior(before)
    products = [name for name in PRODUCTS if name in numbers.names]
    places = [numbers.names.index(name) for name in products]
    of = [PRODUCTS[name] for name in products]
    gain = np.zeros((len(names), len(numbers.names)))
    still = _Beside(names, before.junction, own, gain, ())
    if not products or not names or not np.any(prior[of, of] > 0):
        return still
    x, believed, spread = numbers.values[places], centre[of], prior[np.ix_(of, of)]
    after = numbers.covariance[np.ix_(places, places)]
    if contradicts(x, after, believed, spread):
        return replace(still, remarks=(_contradiction(products),))
    # Factors multiply: all is done with logarithms where there are any, else a move would leave them inconsistent.
    # A product that may as well be 0 (H_k of a layer that is nearly round) is a difference, and has none.
    positive = (x > 0) & (believed > VAGUE * np.sqrt(np.diag(spread)))
    old, new = np.where(positive, believed, 1.0), np.where(positive, x, 1.0)
    step = np.where(positive, np.log(np.where(positive, x, 1.0) / old), x - believed)
    spread, after = spread / np.outer(old, old), after / np.outer(new, new)
    size = _sizes(before.junction, names)
    share = _share(before, names, of, spread * np.outer(old, old)) * old / size[:, None]
    moved = tuple(name for name, row in zip(names, share * np.sqrt(np.diag(spread)), strict=True) if np.any(row))
    try:
        junction = _moved(before.junction, dict(zip(names, share @ step, strict=True)), moved)
    except JunctionError as problem:
        return replace(still, remarks=(f"What runs tell would move fields too far, which stay as believed: {problem}",))
    now = _sizes(junction, names)
    gain[:, places] = share * now[:, None] / new
    left = own / np.outer(size, size) - share @ (spread - after) @ share.T
    return _Beside(names, junction, left * np.outer(now, now), gain, moved)


def _share(before: Belief, names: Sequence[str], of: Sequence[int], spread: Floats) -> Floats:
    """Return Cov(h, x) P^-1 in SI units, 0 where the belief ties a field to no product."""
    rows = field_slopes(before.junction, before.uncertain)[:, of]
    told = before.covariance(before.uncertain)[[before.uncertain.index(name) for name in names]] @ rows
    return np.asarray(told @ _inverse(spread), float)


def _sizes(junction: Junction, names: Sequence[str]) -> Floats:
    """Return the values of fields that are above 0, 1 for the others: what a step of them is measured in."""
    values = np.array([float(getattr(junction, name)) for name in names])
    return np.where(values > 0, values, 1.0)


def _contradiction(products: Sequence[str]) -> str:
    told = " and ".join(name.replace("_", " ") for name in products)
    return (
        f"The {told} that runs tell cannot well be that of the belief (chance below 0.1 %): the fields that it is "
        "made of stay as believed."
    )


def _inverse(covariance: Floats) -> Floats:
    """Return the inverse of a covariance, with 0 for what is certain or follows from the rest."""
    sigma = np.sqrt(np.diag(covariance))
    scale = np.divide(1.0, sigma, out=np.zeros_like(sigma), where=sigma > 0)
    return np.asarray(
        np.outer(scale, scale) * np.linalg.pinv(covariance * np.outer(scale, scale), rcond=1e-9, hermitian=True), float
    )


def _moved(junction: Junction, steps: Mapping[str, float], which: Sequence[str]) -> Junction:
    changed = {}
    for name in which:
        value = getattr(junction, name)
        changed[name] = float(value * np.exp(steps[name]) if value > 0 else value + steps[name])
    return junction.changed(**changed)


def _slopes(junction: Junction, numbers: TransportEstimate, beside: Sequence[str]) -> Floats:
    """Return the derivatives of the fields of the file by the numbers and the fields beside them, shape (k, k)."""
    slopes = np.eye(len(numbers.names) + len(beside))
    for row, name in enumerate(numbers.names):
        if name == "stress_field_per_volt":
            per_field = stress_over_field(junction)
            stress = per_field * float(numbers.values[row])
            by = {
                "saturation_magnetization": stress / junction.saturation_magnetization,
                "magnetostriction": -stress / junction.magnetostriction,
            }
        elif name == "shape_field":
            per_field, by = thickness_slopes(junction)
        else:
            continue
        slopes[row, row] = per_field
        slopes[row, len(numbers.names) :] = [by.get(other, 0.0) for other in beside]
    return slopes


def possible(correlation: Floats, digits: int) -> Floats:
    """Return a correlation matrix whose pairs can be rounded to so many digits and are still possible together."""
    values = np.linalg.eigvalsh(correlation)
    shift = 4 * len(correlation) * 10.0**-digits + max(-float(values[0]), 0.0)
    return np.asarray((correlation + shift * np.eye(len(correlation))) / (1 + shift), float)
