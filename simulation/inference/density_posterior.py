"""What is known of two parts of a power density once it has been seen: mean and covariance of their distribution.

An estimate of a density is a size times a gamma distributed number: the most likely size and its standard uncertainty
are low together and high together, and their pulls lean to one side. GUM Supplement 1 (JCGM 101:2008, 5.1.1)
states the mean and the standard deviation of the distribution that the likelihood leaves of the parameters instead.
Its prior is that of Jeffreys, the root of the determinant of Fisher's information, which is the same in all
parametrisations; of a single size its pulls are then exactly of mean 0 and width 1, whatever the size.

With parts x = A cos(phi), y = A sin(phi), both no less than 0, the size A is integrated over in closed form (its
inverse is gamma distributed); phi is on a grid. That neighbouring frequencies are not independent divides the logarithm
of the likelihood by tr(H^-1 J)/k, H its curvature and J the covariance of its slope (Pauli, Racugno and Ventura,
Stat. Sinica 21, 149 (2011)).
"""

from __future__ import annotations

import numpy as np

from .power_density import DensityFit, Estimates, Floats, inflation

_ANGLES = 201
_REACH = 8.0
"""Standard deviations of the angle to both sides that the grid holds."""


def two_parts(shapes: Floats, fit: DensityFit, data: Estimates) -> tuple[Floats, Floats]:
    """Return mean (2,) and covariance (2, 2) of the sizes of two shapes (2, m) whose most likely sizes are in `fit`."""
    sigma = np.sqrt(np.diag(fit.covariance))
    unit = np.maximum(fit.theta, sigma)  # in which both sizes are near 1
    angles = _grid(fit, unit)
    directions = np.array([np.cos(angles), np.sin(angles)]).T * unit
    across = np.array([-np.sin(angles), np.cos(angles)]).T * unit
    likely = np.maximum(fit.theta, 1e-3 * sigma)
    degrees = data.degrees / inflation(shapes / (likely @ shapes))
    rows = np.array([_row(degrees, shapes, *pair, data.density) for pair in zip(directions, across, strict=True)])
    logarithm, size = rows.T
    weight = np.exp(logarithm - logarithm.max())
    weight /= weight.sum()
    half = degrees / 2 * len(data.density)
    first, second = size * half / (half - 1), (size * half) ** 2 / ((half - 1) * (half - 2))
    mean = (weight * first) @ directions
    square = np.einsum("g,gi,gj->ij", weight * second, directions, directions)
    return np.asarray(mean, float), np.asarray(square - np.outer(mean, mean), float)


def _grid(fit: DensityFit, unit: Floats) -> Floats:
    """Return angles that hold the distribution, at the middles of equal steps within 0 to pi/2."""
    x, y = fit.theta / unit
    gradient = np.array([-y, x]) / (x**2 + y**2) / unit
    middle, reach = float(np.arctan2(y, x)), _REACH * float(np.sqrt(gradient @ fit.covariance @ gradient))
    low, high = max(0.0, middle - reach), min(np.pi / 2, middle + reach)
    return low + (high - low) * (np.arange(_ANGLES) + 0.5) / _ANGLES


def _row(degrees: float, shapes: Floats, direction: Floats, across: Floats, density: Floats) -> tuple[float, float]:
    """Return, of one angle, the logarithm of its probability and the most likely size."""
    model = direction @ shapes
    count = len(density)
    size = float(np.mean(density / model))
    slope = (across @ shapes) / model
    jeffreys = 0.5 * np.log(count * np.sum(slope**2) - np.sum(slope) ** 2)
    return float(jeffreys - degrees / 2 * (np.sum(np.log(model)) + count * np.log(size))), size
