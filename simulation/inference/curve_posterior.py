"""What some readings tell of a junction's G(V_G), from the first few on: the modes of a posterior.

Few readings leave several thresholds possible: each is a mode of its own, with its Gaussian (Laplace's approximation).
The belief gives the sign of the gate, Delta0 as well as it is known, and vague priors for slope, bend and rounding,
without which a handful of readings would leave them open; they are too wide to speak once the readings do, and `told`,
the covariance by which measuring ends, has none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .curve_model import UNKNOWNS, CurveModel

Floats = NDArray[np.float64]

FEWEST = 4
"""Readings from which on there is a posterior: a foot, a kink, a slope, and one more."""
SEEN = 25.0
"""Least gain in chi-square over a flat line: five standard deviations."""

_LOG_SLOPE_SIGMA = 1.5
_RATIO_SIGMA = 0.3
_TRANSVERSE_SIGMA = 0.03
_STARTS = 48
"""Thresholds that are tried, evenly over the candidates."""
_MOST_MODES = 3
_LADDER = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 40.0)
"""Transverse fields that are tried, in units of the one that rounds the kink as much as temperature."""
_FIELDS = 9
"""Fields of a family once it is fine enough."""
_REFINEMENTS = 4
_FAR = 8.0
"""Logarithm of a weight, from the best one, below which a field is left out."""
_LONGEST = 0.2
"""Longest step of Newton's, as a fraction of each unknown."""
_LIKELY = 1e-3
"""Weight below which a mode is left out."""


@dataclass(frozen=True)
class Mode:
    """One way in which the readings can be understood."""

    theta: Floats
    """UNKNOWNS, shape (6,)."""
    covariance: Floats
    """Shape (6, 6), with the vague priors."""
    told: Floats
    """Shape (6, 6), from the readings and the believed temperature; inf on the diagonal where they do not tell."""
    weight: float
    """Its share of the posterior; modes with one transverse field after another are apart."""
    chi_square: float
    widening: float
    """Chi-square over its degrees of freedom in the best mode, at least 1: what the variances are widened by."""


@dataclass(frozen=True)
class Read:
    """Readings as arrays of shape (n,): gate in V, conductance and scatter in S."""

    gate: Floats
    conductance: Floats
    scatter: Floats

    def __len__(self) -> int:
        return len(self.gate)


def modes(model: CurveModel, read: Read, span: tuple[float, float]) -> list[Mode]:
    """Return the modes, the likeliest first; none where the readings are too few or cannot be told from a flat line.

    `span` is the range of gates in V, as they are, in which a threshold is looked for.
    """
    if len(read) < FEWEST:
        return []
    flat = read.conductance - np.average(read.conductance, weights=read.scatter**-2)
    ceiling = float(np.sum((flat / read.scatter) ** 2)) - SEEN
    tried = [_fitted(model, read, start) for start in _starts(model, read, span)]
    fits = [fit for fit in tried if fit is not None and fit[1] < ceiling]
    if not fits:
        return []
    return _weighed(model, read, sorted(fits, key=lambda fit: fit[2]))


def _starts(model: CurveModel, read: Read, span: tuple[float, float]) -> list[Floats]:
    """Return where fits begin: the best thresholds of a grid, foot and slope by linear least squares at each."""
    low, high = sorted(model.sign * edge for edge in span)
    w = 1 / read.scatter
    found = []
    for threshold in np.linspace(low, high, _STARTS, endpoint=False):
        theta = model.believed.copy()
        theta[1], theta[4] = threshold, model.least_ratio
        shape = model.curve(theta, read.gate) - theta[0]
        basis = np.stack([w, w * shape], axis=1)
        (foot, gain), *_ = np.linalg.lstsq(basis, read.conductance * w, rcond=None)
        chi = float(np.sum((basis @ (foot, gain) - read.conductance * w) ** 2))
        if gain > 0 and foot > 0:
            theta[0], theta[2] = foot, theta[2] + np.log(gain)
            found.append((chi, theta))
    least = [
        k for k, (chi, _) in enumerate(found)
        if chi <= min(one for one, _ in found[max(0, k - 2): k + 3])
    ]  # fmt: skip
    return [found[k][1] for k in sorted(least, key=lambda k: found[k][0])[:_MOST_MODES]]


def _fitted(model: CurveModel, read: Read, start: Floats) -> tuple[Floats, float, float] | None:
    """Return the minimum near a start: UNKNOWNS, chi-square, and chi-square with the priors."""
    from scipy.optimize import least_squares

    scale = np.array([start[0] * 1e-2, 0.05 * abs(start[1]) + 1e-3, 0.3, 0.2, 0.01, 0.1])
    roots = _prior_roots(model)
    low = np.array([0.1 * start[0], -np.inf, start[2] - 6, 0.01, -0.2, start[5] - 2])
    high = np.array([10 * start[0], np.inf, start[2] + 6, 0.99, 0.5, start[5] + 2])

    def residuals(theta: Floats) -> Floats:
        own = (model.curve(theta, read.gate) - read.conductance) / read.scatter
        return np.concatenate([own, ((theta - model.believed) * roots)[2:]])

    def jacobian(theta: Floats) -> Floats:
        own = model.derivatives(theta, read.gate)[1] / read.scatter[:, None]
        return np.concatenate([own, np.diag(roots)[2:]])

    found = least_squares(
        residuals, start, jac=jacobian, bounds=(low, high), x_scale=scale, max_nfev=40, ftol=1e-6, xtol=1e-6
    )
    theta = np.asarray(found.x, float)
    left = residuals(theta)[: len(read)]
    return (theta, float(left @ left), 2 * float(found.cost)) if np.isfinite(found.cost) else None


def _prior_roots(model: CurveModel) -> Floats:
    """Return one over the standard deviation of each prior; 0 for none."""
    return np.array([0.0, 0.0, 1 / _LOG_SLOPE_SIGMA, 1 / _RATIO_SIGMA, 1 / _TRANSVERSE_SIGMA, 1 / model.energy_sigma])


def _weighed(model: CurveModel, read: Read, fits: list[tuple[Floats, float, float]]) -> list[Mode]:
    """Return the fits, the best first, as modes: each a family of curves with one transverse field after another.

    Where the best one is poor, everything is widened as if the scatter were larger.
    """
    dof = len(read) - len(UNKNOWNS) + 1  # the temperature is taken, not fitted
    widening = max(1.0, fits[0][1] / dof) if dof > 0 else 1.0
    found: list[Mode] = []
    for theta, _, _ in [fit for fit in fits if fit[2] - fits[0][2] < 4 * _FAR * widening]:
        thresholds = [mode.theta[1] for mode in found]
        margin = 1e-3 * abs(theta[1])
        if not found or not min(thresholds) - margin < theta[1] < max(thresholds) + margin:
            found += _family(model, read, theta, widening)
    best = max(mode.weight for mode in found)
    shares = np.exp([mode.weight - best for mode in found])
    kept = [(share, mode) for share, mode in zip(shares, found, strict=True) if share > _LIKELY * shares.max()]
    whole = sum(share for share, _ in kept)
    return [replace(mode, weight=float(share / whole)) for share, mode in sorted(kept, key=lambda one: -one[0])]


def _family(model: CurveModel, read: Read, theta: Floats, widening: float) -> list[Mode]:
    """Return the best curve at each of some transverse fields; the weights are logarithms, not yet normalised.

    Chi-square is no parabola in the field: it rounds the kink by its square where temperature rounds it more, and
    shifts what lies above much as the threshold does. So it is averaged over, each value as likely as any other.
    """
    steps = model.least_ratio * np.array(_LADDER)
    ratios = np.unique(np.concatenate([-steps, steps, theta[4:5]]))
    for _ in range(_REFINEMENTS):
        family = _walked(model, read, theta, ratios, widening)
        theta = max(family, key=lambda mode: mode.weight).theta
        heights = np.array([mode.weight for mode in family])
        near = np.flatnonzero(heights > heights.max() - _FAR)
        if len(near) >= _FIELDS // 2:
            break
        ratios = np.linspace(ratios[max(near[0] - 1, 0)], ratios[min(near[-1] + 1, len(ratios) - 1)], _FIELDS)
    widths = np.gradient(ratios)
    return [
        replace(mode, weight=float(mode.weight + np.log(width)))
        for mode, width in zip(family, widths, strict=True)
        if mode.weight > heights.max() - _FAR
    ]


def _walked(model: CurveModel, read: Read, theta: Floats, ratios: Floats, widening: float) -> list[Mode]:
    """Return the best curve at each field, in their order: each is found from its neighbour nearer to `theta`."""
    middle = int(np.argmin(np.abs(ratios - theta[4])))
    found: dict[int, Mode] = {}
    for way in (range(middle, len(ratios)), range(middle - 1, -1, -1)):
        at = theta if middle not in found else found[middle].theta
        for k in way:
            found[k] = _at_field(model, read, at, float(ratios[k]), widening)
            at = found[k].theta
    return [found[k] for k in range(len(ratios))]


def _at_field(model: CurveModel, read: Read, theta: Floats, ratio: float, widening: float) -> Mode:
    """Return the best curve with one transverse field, by a few of Newton's steps from another one."""
    roots = _prior_roots(model)
    free = np.array([0, 1, 2, 3, 5])
    at = np.array([*theta[:4], ratio, theta[5]])
    for _ in range(3):
        conductance, by = model.derivatives(at, read.gate)
        rows = by[:, free] / read.scatter[:, None]
        left = (read.conductance - conductance) / read.scatter
        pulled = (at - model.believed) * roots
        cost = float(left @ left) / widening + float(pulled @ pulled)
        information = rows.T @ rows / widening
        covariance = _inverse(information + np.diag(roots[free] ** 2))
        here = at
        step = covariance @ (rows.T @ left / widening - roots[free] * pulled[free])
        at = at.copy()
        at[free] += np.clip(step, -_LONGEST * abs(at[free]), _LONGEST * abs(at[free]))
        at[3] = min(max(at[3], 0.01), 0.99)
    thermal = np.diag([0.0, 0.0, 0.0, 0.0, roots[5] ** 2])
    height = -0.5 * cost + 0.5 * float(np.linalg.slogdet(covariance)[1])
    whole = np.ix_(free, free)
    wide, told = np.zeros((6, 6)), np.zeros((6, 6))
    wide[whole], told[whole] = covariance, _inverse(information + thermal)
    if len(read) < len(UNKNOWNS):  # the priors would have to tell the rest
        told = np.diag(np.full(len(UNKNOWNS), np.inf))
    return Mode(here, wide, told, height, float(left @ left), widening)


def _inverse(information: Floats) -> Floats:
    """Return a covariance; inf on the diagonal where the readings leave a combination of the unknowns open."""
    sizes = np.sqrt(np.diag(information))
    if not (sizes > 0).all():
        return np.diag(np.full(len(sizes), np.inf))
    correlated = information / np.outer(sizes, sizes)
    if np.linalg.cond(correlated) > 1e13:
        return np.diag(np.full(len(sizes), np.inf))
    return np.asarray(np.linalg.inv(correlated) / np.outer(sizes, sizes), float)
