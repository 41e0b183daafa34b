"""Chi-square of readings whose common unknowns are known by example: by what copies of the thing would have read.

    chi^2 = r' (U U' + W)^-1 r,     U = [D/(n-1)^1/2, E],  W the own variances

with D the deviations of n copies and E the effects of the instruments' common errors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from .agreement import Largest, Verdict, spread_out, verdict_sentence
from .chi_square import Minimum
from .landscape import FloatArray
from .pooled_scatter import CHI_SQUARE, ChiSquareLaw
from .readings_so_far import Indices


def sampled_minimum(
    values: FloatArray, own: FloatArray, drawn: FloatArray, effects: Mapping[str, FloatArray]
) -> Minimum:
    """Return the minimum for readings (r,) with own scatters, copies (r, n) and effects (r,) of common errors.

    Its unknowns are the errors of `effects`; those of the copies have no names.
    """
    means, copies = drawn.mean(axis=1), drawn.shape[1]
    shared = np.stack(list(effects.values()), axis=1) if effects else np.zeros((len(values), 0))
    directions = np.concatenate([(drawn - means[:, None]) / math.sqrt(max(copies - 1, 1)), shared], axis=1)
    best = _best((values - means) / own, directions / own[:, None])
    residuals = values - means - directions @ best
    pulls = residuals / own
    z = dict(zip(effects, best[copies:].tolist(), strict=True))
    return Minimum(float(pulls @ pulls + best @ best), z, residuals, pulls)


def effects_of(rows: Sequence[Mapping[str, float]]) -> dict[str, FloatArray]:
    """Return the effect of each common error on each reading, (r,)."""
    names = sorted({name for row in rows for name in row})
    return {name: np.array([row.get(name, 0.0) for row in rows]) for name in names}


def nothing_used(count: int, rate: float) -> Verdict:
    """Return the verdict where none of `count` readings can be used."""
    sentence = "no verdict: there is no reading."
    if count:
        sentence = f"no verdict: none of the {count} readings can be used (flagged, or without a number)."
    return Verdict(0.0, 0, None, None, sentence, false_alarm_rate=rate)


def verdict_of(
    minimum: Minimum, used: Indices, gates: Sequence[float], rate: float, *, law: ChiSquareLaw = CHI_SQUARE
) -> Verdict:
    """Return the verdict of a minimum over the readings `used`, of all that were taken at `gates` in V.

    `law` is that of chi-square where the readings' own scatter is known from repeats.
    """
    from scipy.special import chdtrc

    chi_square, dof = minimum.chi_square, len(used)
    p_value = law.p_value(chi_square, dof)
    pulled = np.array(list(minimum.z.values()))
    belief_p = float(chdtrc(len(pulled), pulled @ pulled)) if len(pulled) else None
    agrees = min(p_value, 1.0 if belief_p is None else belief_p) >= rate / 2
    worst = int(np.argmax(np.abs(minimum.pulls)))
    largest = Largest(abs(float(minimum.pulls[worst])), gates[used[worst]], int(used[worst]))
    sentence = verdict_sentence(chi_square, dof, p_value, belief_p, largest, minimum.z, rate, agrees=agrees)
    return Verdict(
        chi_square=chi_square,
        dof=dof,
        p_value=p_value,
        agrees=agrees,
        sentence=sentence,
        largest=largest,
        nuisance=minimum.z,
        pulls=spread_out(minimum.pulls, used, len(gates)),
        residuals=spread_out(minimum.residuals, used, len(gates)),
        belief_p_value=belief_p,
        false_alarm_rate=rate,
    )


def _best(residuals: FloatArray, directions: FloatArray) -> FloatArray:
    """Return the unknowns (u,) that minimise |r - U z|^2 + |z|^2, from the smaller of the two normal equations."""
    rows, columns = directions.shape
    if rows <= columns:
        inner = np.eye(rows) + directions @ directions.T
        return np.asarray(directions.T @ np.linalg.solve(inner, residuals))
    inner = np.eye(columns) + directions.T @ directions
    return np.asarray(np.linalg.solve(inner, directions.T @ residuals))
