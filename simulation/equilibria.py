"""Every equilibrium on the sphere, stable or not, without time stepping.

Where e(m) = 1/2 m.S m - h.m is stationary on the sphere, (S - lambda) m = h with a multiplier lambda. In the basis
of the eigenvectors of S, with eigenvalues mu_i and components b_i of h, |m| = 1 is the secular equation

    sum_i b_i^2/(mu_i - lambda)^2 = 1

a sextic for lambda. Its left side is convex between neighbouring mu_i: one root lies below all of them (the deepest
well), one above all (the highest summit), and none or two in each gap, on either side of the convex function's
minimum. Bisection from the nearest mu_i therefore misses none and cancels nothing, as the polynomial's coefficients
would. A component b_j = 0 (the hard case) adds the pair lambda = mu_j, m_j = +-sqrt(1 - rest). No more than two of
the at most six points are minima (Martinez, SIAM J. Optim. 4, 159 (1994)); energies rise with lambda.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .landscape import FloatArray
from .magnetic_energy import MagneticEnergy, tangents

SLOTS = 6
"""Most stationary points of one member."""
_BISECTIONS = 64
_ZERO = 1e-14
"""Components of the field and gaps of the anisotropies below this part of the strength are taken for zero."""
_FLAT = 1e-12
"""Stiffness below this part of the strength makes a point degenerate."""


class Kind(StrEnum):
    """What a stationary point is."""

    MINIMUM = "minimum"
    SADDLE = "saddle"
    MAXIMUM = "maximum"
    DEGENERATE = "degenerate"
    """A stiffness vanishes: at a bifurcation, or one point of a whole circle (or sphere) of them."""


@dataclass(frozen=True)
class StationaryPoint:
    """One direction in which a member can rest, stably or not."""

    magnetization: tuple[float, float, float]
    energy: float
    """e in A/m."""
    stiffness: tuple[float, float]
    """Eigenvalues H_1 <= H_2 of the Hessian in A/m."""
    kind: Kind


@dataclass(frozen=True)
class StationaryPoints:
    """All stationary points of `n` members in six slots each, by rising energy; nan where a slot is empty."""

    magnetization: FloatArray
    """Shape (3, 6, n)."""
    energy: FloatArray
    """e in A/m, shape (6, n)."""
    low: FloatArray
    """Lower eigenvalue of the Hessian in A/m, shape (6, n)."""
    high: FloatArray
    """Higher eigenvalue of the Hessian in A/m, shape (6, n)."""
    flat: FloatArray
    """Stiffness in A/m that counts as none, shape (n,)."""

    def __len__(self) -> int:
        return len(self.flat)

    def are(self, kind: Kind) -> NDArray[np.bool_]:
        """Return which slots hold points of a kind, shape (6, n)."""
        masks = {
            Kind.MINIMUM: self.low > self.flat,
            Kind.SADDLE: (self.low < -self.flat) & (self.high > self.flat),
            Kind.MAXIMUM: self.high < -self.flat,
            Kind.DEGENERATE: (np.abs(self.low) <= self.flat) | (np.abs(self.high) <= self.flat),
        }
        return np.asarray(masks[kind])

    def of(self, member: int) -> list[StationaryPoint]:
        """Return the stationary points of one member by rising energy."""
        kinds = {kind: self.are(kind)[:, member] for kind in Kind}
        points = []
        for i in np.flatnonzero(np.isfinite(self.energy[:, member])):
            x, y, z, energy, low, high = (
                float(values[i, member]) for values in (*self.magnetization, self.energy, self.low, self.high)
            )
            kind = next(kind for kind in Kind if kinds[kind][i])
            points.append(StationaryPoint((x, y, z), energy, (low, high), kind))
        return points


def stationary_points(energy: MagneticEnergy) -> StationaryPoints:
    """Return all stationary points of every member, polished by Newton's method to the rounding of m.

    Where they fill a circle or the sphere (equal anisotropies and no field across), its points along the axes
    stand for it, as `Kind.DEGENERATE`.
    """
    strength = energy.strength()
    mu, axes, b = _diagonal(energy, _ZERO * strength)
    active = np.abs(b) > _ZERO * strength
    components = np.full((3, SLOTS, len(energy)), np.nan)
    pattern = active.T @ np.array([1, 2, 4])
    for code in np.unique(pattern):
        where = np.flatnonzero(pattern == code)
        components[:, :, where] = _components(mu[:, where], b[:, where], active[:, where[0]])
    m = np.einsum("ijn,jsn->isn", axes, components)
    m = _polished(energy, m / np.sqrt(np.sum(m * m, axis=0)), strength)
    values = energy.energy(m)
    order = np.argsort(values, axis=0, kind="stable")  # nan comes last
    m = np.take_along_axis(m, order[None], axis=1)
    low, high = energy.stiffnesses(m)
    return StationaryPoints(m, np.take_along_axis(values, order, axis=0), low, high, _FLAT * strength)


def ground_state(energy: MagneticEnergy) -> FloatArray:
    """Return the deepest well of every member, shape (3, n); any of them where several are equally deep."""
    return np.asarray(stationary_points(energy).magnetization[:, 0])


def _diagonal(energy: MagneticEnergy, zero: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return eigenvalues (3, n), axes (3, 3, n) in columns and field components (3, n).

    Among equal eigenvalues the axes are turned so that the field has a component along the first only.
    """
    values, vectors = np.linalg.eigh(np.moveaxis(energy.tensor, -1, 0))
    mu, axes = values.T.copy(), np.moveaxis(vectors, 0, -1).copy()
    b = np.einsum("ijn,in->jn", axes, energy.field)
    lower, upper = mu[1] - mu[0] <= zero, mu[2] - mu[1] <= zero
    for i, j, equal in ((0, 1, lower), (1, 2, upper & ~lower), (0, 2, upper & lower)):
        if not equal.any():
            continue
        length = np.hypot(b[i], b[j])
        turned = equal & (length > 0)
        c, s = (np.divide(x, length, out=np.zeros_like(x), where=turned) for x in (b[i], b[j]))
        first, second = c * axes[:, i] + s * axes[:, j], c * axes[:, j] - s * axes[:, i]
        axes[:, i], axes[:, j] = np.where(turned, first, axes[:, i]), np.where(turned, second, axes[:, j])
        b[i], b[j] = np.where(turned, length, b[i]), np.where(turned, 0.0, b[j])
        mu[j] = np.where(equal, mu[i], mu[j])
    return mu, axes, b


def _components(mu: FloatArray, b: FloatArray, active: NDArray[np.bool_]) -> FloatArray:
    """Return m in the eigenbasis, shape (3, 6, n), for members whose field has components along `active` axes."""
    found: list[FloatArray] = []
    if active.any():
        roots = _secular_roots(mu[active], b[active])
        whole = np.zeros((3, *roots.shape[1:]))
        whole[active] = roots
        found.extend(whole[:, i] for i in range(whole.shape[1]))
    for j in np.flatnonzero(~active):
        found.extend(_pair(mu, b, active, j))
    out = np.full((3, SLOTS, mu.shape[1]), np.nan)
    out[:, : len(found)] = np.stack(found, axis=1)
    return out


def _pair(mu: FloatArray, b: FloatArray, active: NDArray[np.bool_], j: np.intp) -> list[FloatArray]:
    """Return the two points with lambda = mu_j that a field without component along axis j allows; nan if none."""
    m = np.zeros_like(mu)
    with np.errstate(divide="ignore", over="ignore"):
        m[active] = b[active] / (mu[active] - mu[j])
        rest = 1 - np.sum(m * m, axis=0)
    m = np.where(rest > 0, m, np.nan)
    pair = [m.copy(), m.copy()]
    for sign, point in zip((1, -1), pair, strict=True):
        point[j] = sign * np.sqrt(np.where(rest > 0, rest, np.nan))
    return pair


def _secular_roots(mu: FloatArray, b: FloatArray) -> FloatArray:
    """Return m (k, 2k, n) for all roots between and beyond the k distinct eigenvalues; nan where there is none.

    Each root is sought as its distance t from an eigenvalue, within bounds between which the left side falls.
    """
    k, length = len(mu), np.sqrt(np.sum(b * b, axis=0))
    origins, signs = [0, k - 1], [-1, 1]
    lows, highs = [np.abs(b[0]), np.abs(b[-1])], [length, length]
    for i in range(k - 1):
        gap = mu[i + 1] - mu[i]
        bottom, exists = _bottom(mu, b, i)
        for origin, sign, reach in ((i, 1, bottom), (i + 1, -1, gap - bottom)):
            origins.append(origin)
            signs.append(sign)
            lows.append(np.where(exists, np.abs(b[origin]), np.nan))
            highs.append(np.where(exists, np.maximum(reach, np.abs(b[origin])), np.nan))
    distance = mu[:, None] - mu[origins]
    way = np.array(signs)[:, None]
    low, high = np.stack(lows), np.stack(highs)
    for _ in range(_BISECTIONS):
        middle = np.sqrt(low) * np.sqrt(high)
        above = np.sum((b[:, None] / (distance - way * middle)) ** 2, axis=0) > 1
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(b[:, None] / (distance - way * high))


def _bottom(mu: FloatArray, b: FloatArray, i: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return where the left side is lowest between mu_i and mu_(i+1), from mu_i, and whether it is below 1 there."""
    low, high = np.zeros_like(mu[i]), mu[i + 1] - mu[i]
    distance = mu - mu[i]
    with np.errstate(divide="ignore", over="ignore"):
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            falls = np.sum(b**2 / (distance - middle) ** 3, axis=0) < 0
            low, high = np.where(falls, middle, low), np.where(falls, high, middle)
        return middle, np.sum((b / (distance - middle)) ** 2, axis=0) < 1


def _polished(energy: MagneticEnergy, m: FloatArray, strength: FloatArray) -> FloatArray:
    """Return the points after Newton steps in the tangent plane, each taken only where it lowers the gradient."""
    for _ in range(2):
        u, v = tangents(m)
        slope = energy.gradient(m)
        (a, b), (_, d) = energy.hessian(m)
        p, q = np.sum(slope * u, axis=0), np.sum(slope * v, axis=0)
        determinant = a * d - b * b
        sure = np.abs(determinant) > (1e-6 * strength) ** 2
        step = (b * q - d * p) * u + (b * p - a * q) * v
        nearer = m + step / np.where(sure, determinant, np.inf)
        nearer = nearer / np.sqrt(np.sum(nearer * nearer, axis=0))
        better = sure & (np.sum(energy.gradient(nearer) ** 2, axis=0) < np.sum(slope**2, axis=0))
        m = np.where(better, nearer, m)
    return m
