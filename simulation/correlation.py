"""How uncertain fields of a junction depend on each other: pairs of names, a matrix, and its square root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .errors import JunctionError

Floats = NDArray[np.float64]
Pair = tuple[str, str]

NEGATIVE = -1e-9
"""Least eigenvalue of a correlation matrix that rounding may leave below 0."""


def correlation_matrix(names: Sequence[str], pairs: Mapping[Pair, float]) -> Floats:
    """Return the symmetric matrix (k, k) of some names; 1 on the diagonal, 0 for pairs that are not given."""
    matrix = np.eye(len(names))
    place = {name: number for number, name in enumerate(names)}
    for (one, other), rho in pairs.items():
        if one in place and other in place:
            matrix[place[one], place[other]] = matrix[place[other], place[one]] = rho
    return matrix


def square_root(matrix: Floats) -> Floats:
    """Return the symmetric root B (k, k) of a correlation matrix: B B = matrix.

    With z independent and standard normal, B z has these correlations, and of all ways to write it so this one leaves
    every z closest to the field whose place it has: its name may be that field's. B is the unit matrix where nothing
    is correlated.
    """
    if not np.any(matrix - np.eye(len(matrix))):
        return np.eye(len(matrix))
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T, float)


def checked_pairs(pairs: Mapping[Pair, float], uncertain: Iterable[str]) -> dict[Pair, float]:
    """Return the pairs that are not 0. Raises JunctionError, which names the pair, where they cannot be."""
    known = set(uncertain)
    kept: dict[Pair, float] = {}
    for pair, rho in pairs.items():
        _check_pair(pair, rho, known, kept)
        if rho:
            kept[pair] = float(rho)
    _check_together(kept)
    return kept


def matrix_pairs(names: Sequence[str], matrix: Floats, digits: int = 6) -> dict[Pair, float]:
    """Return the pairs of a correlation matrix (k, k), rounded to some digits; what rounds to 0 is left out."""
    upper = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    rounded = {(names[i], names[j]): round(float(np.clip(matrix[i, j], -1, 1)), digits) for i, j in upper}
    return {pair: rho for pair, rho in rounded.items() if rho}


def named(pair: Pair) -> str:
    """Return a pair as files and sentences write it: `one, other`."""
    return ", ".join(pair)


def pair_of(text: str) -> Pair:
    """Return the pair that a file names. Raises JunctionError."""
    parts = tuple(part.strip() for part in text.split(","))
    if len(parts) != 2:
        raise JunctionError(
            f'A correlation must be of a pair such as "dipole_field, thickness", but is of "{text[:80]}".'
        )
    return parts[0], parts[1]


def _check_pair(pair: Pair, rho: float, known: set[str], kept: Mapping[Pair, float]) -> None:
    for name in pair:
        if name not in known:
            raise JunctionError(f"A correlation must be of uncertain fields, but `{name}` of `{named(pair)}` is none.")
    if pair[0] == pair[1]:
        raise JunctionError(f"A correlation must be of two fields, but `{named(pair)}` is one.")
    if pair in kept or pair[::-1] in kept:
        raise JunctionError(f"A correlation must be given once, but `{named(pair)}` is given twice.")
    if isinstance(rho, bool) or not isinstance(rho, int | float) or not -1 <= rho <= 1:
        raise JunctionError(f"The correlation of `{named(pair)}` must be from -1 to 1, but is {rho!r}.")


def _check_together(pairs: Mapping[Pair, float]) -> None:
    """Raise JunctionError where no quantities can be correlated so, with the pair that is most at odds."""
    names = sorted({name for pair in pairs for name in pair})
    values, vectors = np.linalg.eigh(correlation_matrix(names, pairs))
    if not names or values[0] >= NEGATIVE:
        return
    worst = dict(zip(names, vectors[:, 0], strict=True))
    pair = min(pairs, key=lambda one: pairs[one] * worst[one[0]] * worst[one[1]])
    raise JunctionError(
        f"The correlation of `{named(pair)}` must be possible together with the others, but {pairs[pair]:g} is not: "
        "the matrix is not positive semi-definite."
    )
