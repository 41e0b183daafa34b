"""Demagnetization factors of a flat elliptic soft layer, in three approximations."""

from __future__ import annotations

import math
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .errors import JunctionError


class Demagnetization(StrEnum):
    """How the soft layer's shape becomes demagnetization factors."""

    SERIES = "series"
    """Second-order expansion of the thin ellipsoid in the eccentricity, as in the straintronics literature."""
    OSBORN = "osborn"
    """The exact general ellipsoid (Osborn 1945; DLMF 19.33)."""
    CYLINDER = "cylinder"
    """Volume average over the elliptic cylinder, the magnetometric factor of a real flat disc."""


@lru_cache(maxsize=65536)
def demagnetization_factors(
    model: Demagnetization, major_axis: float, minor_axis: float, thickness: float
) -> tuple[float, float, float]:
    """Return N along the major axis, the minor axis and out of plane (sum 1); full axes in m.

    Raises JunctionError for `series` where the layer is too thick for it.
    """
    by_model = {
        Demagnetization.SERIES: series_factors,
        Demagnetization.OSBORN: osborn_factors,
        Demagnetization.CYLINDER: cylinder_factors,
    }
    factors = by_model[model](major_axis, minor_axis, thickness)
    # A flat layer resists most out of plane; where the expansion denies that, a factor soon leaves 0..1.
    if model is Demagnetization.SERIES and factors[2] < factors[1]:
        raise JunctionError(
            "`thickness` must be small against the axes for the demagnetization model `series`, but is "
            f"{thickness * 1e9:.4g} nm in {major_axis * 1e9:.4g} nm x {minor_axis * 1e9:.4g} nm and gives the factors "
            f"{factors[0]:.3g}, {factors[1]:.3g} and {factors[2]:.3g}: take `osborn` or `cylinder`."
        )
    return factors


def series_factors(major_axis: float, minor_axis: float, thickness: float) -> tuple[float, float, float]:
    """Return the factors of the thin ellipsoid to second order in e = (major - minor)/major."""
    e = (major_axis - minor_axis) / major_axis
    flatness = math.pi / 4 * thickness / major_axis
    major = flatness * (1 - e / 4 - 3 * e**2 / 16)
    minor = flatness * (1 + 5 * e / 4 + 21 * e**2 / 16)
    return major, minor, 1 - major - minor


def osborn_factors(major_axis: float, minor_axis: float, thickness: float) -> tuple[float, float, float]:
    """Return the factors of the ellipsoid, N_i = (abc/3) R_D(others; own) with semi-axes (Carlson)."""
    from scipy.special import elliprd

    a, b, c = major_axis / 2, minor_axis / 2, thickness / 2
    # R_D is homogeneous of degree -3/2: lengths in units of a keep it away from 1e27.
    b, c = b / a, c / a
    major = b * c / 3 * float(elliprd(b * b, c * c, 1.0))
    minor = b * c / 3 * float(elliprd(1.0, c * c, b * b))
    return major, minor, 1 - major - minor


def cylinder_factors(major_axis: float, minor_axis: float, thickness: float) -> tuple[float, float, float]:
    """Return the magnetometric factors of the elliptic cylinder (physics: average over directions of k).

    The radial integral over J1(q)^2/q is that of a circular cylinder of height s*thickness and has a closed
    form; what is left is a smooth periodic integral, for which 256 trapezoids are exact to rounding.
    """
    a, b = major_axis / 2, minor_axis / 2
    chi = np.arange(256) * (math.pi / 256)
    along_major, along_minor = (np.cos(chi) / a) ** 2, (np.sin(chi) / b) ** 2
    s_squared = along_major + along_minor
    transverse = _circular_transverse_factor(np.sqrt(s_squared) * thickness / 2)
    major = float(2 * np.mean(along_major / s_squared * transverse))
    minor = float(2 * np.mean(along_minor / s_squared * transverse))
    return major, minor, 1 - major - minor


def _circular_transverse_factor(aspect: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return N_xx of circular cylinders with height/diameter `aspect` (Sato and Ishii 1989, solved for N_xx)."""
    from scipy.special import ellipe, ellipkm1

    k_squared = 1 / (1 + aspect**2)
    one_minus = aspect**2 / (1 + aspect**2)
    combination = aspect**2 * ellipkm1(one_minus) + (1 - aspect**2) * ellipe(k_squared)
    factor: NDArray[np.float64] = -2 / (3 * np.pi * aspect) * (1 - combination / np.sqrt(k_squared))
    return factor
