"""Thermal averages over the whole sphere for any magnetic energy, at 1 kT as at 100 000 kT.

In latitude and longitude about the hardest axis the weight exp(-scale e) is an entire function. Panels of these two
angles are halved until each is either nowhere above exp(-cutoff) of the largest weight, by a bound on what the
energy can fall within it, or so narrow that the weight is smooth there; no narrow well can slip between nodes. The
rest are integrated by Gauss-Legendre products of two orders, and halved again where the two differ too much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .equilibria import Kind, ground_state, stationary_points
from .errors import ModelError
from .forces import Forces
from .landscape import FloatArray, Landscape
from .magnetic_energy import MagneticEnergy

Observable = Callable[[FloatArray, int], FloatArray]
"""What to average: values (k, ...) from magnetizations (3, ...) and the number of the member."""

_ORDERS = (16, 12)
_SMOOTH = 6.0
"""Most by which the exponent's second-order term may change over half a panel."""
_CUTOFF = 42.0
"""Weights below exp(-42), 6e-19 of the largest one, are left out."""
_MOST_PANELS = 20_000
_MOST_HALVINGS = 60
_BATCH = 1024
"""Panels evaluated at a time: some 6 MB an array."""


@dataclass(frozen=True)
class SphereMoments:
    """Thermal averages of `n` members."""

    m: FloatArray
    """<m>, shape (3, n)."""
    mm: FloatArray
    """<m_i m_j>, shape (3, 3, n)."""
    log_partition: FloatArray
    """ln of the integral of exp(-scale e) over the sphere, shape (n,); nan at 0 K."""


def sphere_moments(energy: MagneticEnergy, *, tolerance: float = 1e-10) -> SphereMoments:
    """Return first and second moments of m, right to `tolerance`; at 0 K those of the deepest wells.

    Raises ModelError where the tolerance cannot be had.
    """

    def products(m: FloatArray, _: int) -> FloatArray:
        return np.stack([m[0], m[1], m[2], m[0] * m[0], m[1] * m[1], m[2] * m[2],
                         m[0] * m[1], m[0] * m[2], m[1] * m[2]])  # fmt: skip

    means, log_partition = _averages(energy, products, tolerance)
    xx, yy, zz, xy, xz, yz = means[3:]
    tensor = np.stack([np.stack([xx, xy, xz]), np.stack([xy, yy, yz]), np.stack([xz, yz, zz])])
    return SphereMoments(means[:3], tensor, log_partition)


def sphere_average(energy: MagneticEnergy, observable: Observable, *, tolerance: float = 1e-10) -> FloatArray:
    """Return thermal averages of an observable, shape (k, n).

    The error is at most `tolerance` times the observable's largest size near the wells, as judged from two orders
    of quadrature. Raises ModelError where that cannot be had.
    """
    return _averages(energy, observable, tolerance)[0]


def sphere_conductance(forces: Forces | Landscape, *, tolerance: float = 1e-10) -> tuple[FloatArray, FloatArray]:
    """Return mean (n,) in S and variance (n,) in S^2 of the conductance, for the conservative part of the forces."""
    landscape, energy = Forces.of(forces).landscape, MagneticEnergy.of(forces)
    members = [landscape.at(np.array([i])) for i in range(len(landscape))]
    # Deviations from the deepest well keep the digits of a small variance.
    rest = landscape.conductance(*ground_state(energy)[:2])

    def deviation(m: FloatArray, member: int) -> FloatArray:
        flat = m.reshape(3, -1, 1)
        values = members[member].conductance(flat[0], flat[1]).reshape(m.shape[1:]) - rest[member]
        return np.stack([values, values**2])

    mean, square = sphere_average(energy, deviation, tolerance=tolerance)
    return rest + mean, np.maximum(square - mean**2, 0)


def _averages(energy: MagneticEnergy, observable: Observable, tolerance: float) -> tuple[FloatArray, FloatArray]:
    if not 1e-13 <= tolerance < 1:
        raise ModelError(f"`tolerance` must be at least 1e-13 and below 1, but is {tolerance:g}.")
    points = stationary_points(energy)
    deepest = np.abs(points.energy - points.energy[0]) <= 1e-12 * energy.strength()
    deepest &= points.are(Kind.MINIMUM) | points.are(Kind.DEGENERATE)
    results = []
    for i in range(len(energy)):
        if np.isfinite(energy.scale[i]):
            results.append(_Member(energy, i, float(points.energy[0, i])).average(observable, tolerance))
        else:
            wells = points.magnetization[:, deepest[:, i], i]
            results.append((observable(wells, i).mean(axis=-1), np.nan))
    return np.stack([mean for mean, _ in results], axis=-1), np.array([log for _, log in results])


class _Member:
    """The integrals of one member; panels are rows (latitude, longitude, half latitude, half longitude) in rad."""

    def __init__(self, energy: MagneticEnergy, number: int, bottom: float) -> None:
        self._number = number
        self._scale = float(energy.scale[number])
        self._bottom = bottom
        values, axes = np.linalg.eigh(energy.tensor[..., number])
        # Only differences of the anisotropies matter; taking off the middle one keeps the sums small.
        self._mu, self._axes = values - values[1], axes
        self._shift = values[1] / 2
        self._h = axes.T @ energy.field[:, number]
        across = float(np.hypot(self._h[0], self._h[1]))
        in_plane = values[1] - values[0]
        self._bend_latitude = self._scale * (values[2] - values[0] + float(np.linalg.norm(self._h)))
        self._bend_longitude = self._scale * (in_plane + across)
        self._bend_mixed = self._scale * (in_plane / 2 + across)

    def average(self, observable: Observable, tolerance: float) -> tuple[FloatArray, float]:
        """Return the means (k,) of the observable and ln of the partition function."""
        panels = self._panels()
        total, sizes, error = self._integrals(panels, observable)
        settled, missed = np.zeros(len(total)), np.zeros(len(total))
        peak = np.maximum(sizes.max(axis=1), 1e-300)
        for _ in range(_MOST_HALVINGS):
            whole = settled + total.sum(axis=1)
            allowed = tolerance * whole[0] * peak
            if (missed + error.sum(axis=1) <= allowed).all():
                mean: FloatArray = whole[1:] / whole[0]
                return mean, float(np.log(whole[0]) - self._scale * self._bottom)
            # Every panel may have its share of half the tolerated error.
            coarse = (error > allowed[:, None] / (2 * len(panels))).any(axis=0)
            settled, missed = settled + total[:, ~coarse].sum(axis=1), missed + error[:, ~coarse].sum(axis=1)
            panels = _halved(_halved(panels[coarse], 0), 1)
            self._check(len(panels), tolerance)
            total, sizes, error = self._integrals(panels, observable)
        raise self._impossible(tolerance)

    def _panels(self) -> FloatArray:
        """Return panels that are narrow enough and hold all of the weight, by bounds alone."""
        quarter = np.pi / 4
        panels = np.array([[s * quarter, (2 * i + 1) * quarter, quarter, quarter] for s in (-1, 1) for i in range(4)])
        narrow: list[FloatArray] = []
        for _ in range(_MOST_HALVINGS):
            panels = panels[self._lowest(panels) < _CUTOFF]
            wide = np.stack([self._bend_latitude * panels[:, 2] ** 2, self._bend_longitude * panels[:, 3] ** 2])
            done = (wide <= _SMOOTH).all(axis=0)
            narrow.append(panels[done])
            panels, wide = panels[~done], wide[:, ~done]
            if not len(panels):
                return np.concatenate(narrow)
            self._check(len(panels) + sum(map(len, narrow)), 0.0)
            by_latitude = wide[0] >= wide[1]
            panels = np.concatenate([_halved(panels[by_latitude], 0), _halved(panels[~by_latitude], 1)])
        raise self._impossible(0.0)

    def _lowest(self, panels: FloatArray) -> FloatArray:
        """Return a lower bound of the exponent, in kT above the deepest well, in each panel."""
        latitude, longitude, a, b = panels.T
        c, s, cos_p, sin_p = np.cos(latitude), np.sin(latitude), np.cos(longitude), np.sin(longitude)
        in_plane = self._mu[0] * cos_p**2
        along = self._h[0] * cos_p + self._h[1] * sin_p
        slope_latitude = s * c * (self._mu[2] - in_plane) + s * along - c * self._h[2]
        slope_longitude = -c * c * self._mu[0] * sin_p * cos_p + c * (self._h[0] * sin_p - self._h[1] * cos_p)
        fall = np.abs(slope_latitude) * a + np.abs(slope_longitude) * b
        bend = (self._bend_latitude * a * a + self._bend_longitude * b * b) / 2 + self._bend_mixed * a * b
        return np.asarray(self._exponent(self._components(latitude, longitude)) - self._scale * fall - bend)

    def _integrals(self, panels: FloatArray, observable: Observable) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return integrals of the weight and of the observable's parts (1 + k, panels), sizes, and their errors."""
        parts = [self._batch(panels[i : i + _BATCH], observable) for i in range(0, len(panels), _BATCH)]
        total, sizes, error = (np.concatenate(columns, axis=1) for columns in zip(*parts, strict=True))
        return total, sizes, error

    def _batch(self, panels: FloatArray, observable: Observable) -> tuple[FloatArray, FloatArray, FloatArray]:
        fine, sizes = self._sums(panels, observable, _ORDERS[0])
        coarse, _ = self._sums(panels, observable, _ORDERS[1])
        return fine, sizes, np.abs(fine - coarse)

    def _sums(self, panels: FloatArray, observable: Observable, order: int) -> tuple[FloatArray, FloatArray]:
        nodes, weights = np.polynomial.legendre.leggauss(order)
        latitude = (panels[:, 0] + np.multiply.outer(nodes, panels[:, 2]))[:, None]
        longitude = (panels[:, 1] + np.multiply.outer(nodes, panels[:, 3]))[None, :]
        components = self._components(latitude, longitude)
        area = np.multiply.outer(np.multiply.outer(weights, weights), panels[:, 2] * panels[:, 3])
        weight = area * np.cos(latitude) * np.exp(-self._exponent(components))
        values = observable(np.tensordot(self._axes, components, axes=1), self._number)
        sums = np.einsum("abp,kabp->kp", weight, values)
        size = np.abs(values).max(axis=(1, 2))
        one = np.ones_like(size[:1])
        return np.concatenate([weight.sum(axis=(0, 1))[None], sums]), np.concatenate([one, size])

    def _components(self, latitude: FloatArray, longitude: FloatArray) -> FloatArray:
        c, s = np.cos(latitude), np.sin(latitude)
        first, second = c * np.cos(longitude), c * np.sin(longitude)
        return np.stack([first, second, np.broadcast_to(s, first.shape)])

    def _exponent(self, m: FloatArray) -> FloatArray:
        """Return (e - bottom) in kT for components along the axes of S."""
        bent = (self._mu[0] * m[0] * m[0] + self._mu[2] * m[2] * m[2]) / 2
        along = self._h[0] * m[0] + self._h[1] * m[1] + self._h[2] * m[2]
        return np.asarray(self._scale * (bent - along + (self._shift - self._bottom)))

    def _check(self, panels: int, tolerance: float) -> None:
        if panels > _MOST_PANELS:
            raise self._impossible(tolerance)

    def _impossible(self, tolerance: float) -> ModelError:
        wanted = f"a tolerance as small as {tolerance:g}" if tolerance else "an average"
        strength = self._bend_latitude
        return ModelError(
            f"The sphere must be covered by at most {_MOST_PANELS} panels, but {wanted} for member {self._number}, "
            f"with energies of {strength:.3g} kT, needs more."
        )


def _halved(panels: FloatArray, angle: int) -> FloatArray:
    """Return the two halves of every panel in latitude (0) or longitude (1)."""
    step = np.zeros_like(panels)
    step[:, angle] = panels[:, 2 + angle] / 2
    narrower = panels.copy()
    narrower[:, 2 + angle] /= 2
    return np.concatenate([narrower - step, narrower + step])
