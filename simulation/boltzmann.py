"""The thermal model: averages over the sphere with the weight exp(-u Vol/kT), for 1 kT as for 100 000 kT.

In plane the weight is integrated by Gauss-Legendre panels as wide as its narrowest possible feature, and panels
where it is below exp(-36) are left out. Out of plane it is nearly Gaussian: few Gauss-Hermite nodes do where it is
narrow, Gauss-Legendre in the latitude where it is not. Both sums converge faster than any power.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from .junction import GYROMAGNETIC_CONSTANT
from .landscape import FloatArray, Landscape
from .models import Well
from .scheduler import cores
from .static import Basin, basin, static_conductance, static_slope

ROWS_PER_THREAD = 32
"""Fewest integrals worth a thread: some 2 ms of work."""
_CUTOFF = 36.0
"""Weights below exp(-36), 2e-16 of the largest one, are left out."""
_PANEL_X, _PANEL_W = np.polynomial.legendre.leggauss(12)
_POLAR_X, _POLAR_W = np.polynomial.legendre.leggauss(28)


def _half_hermite(order: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes t >= 0 and weights of an even integral over t, the factor exp(-t^2/2) left in the integrand."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    weights = weights * np.exp(nodes**2 / 2) * np.where(np.abs(nodes) < 1e-9, 1, 2)
    keep = nodes > -1e-9
    return nodes[keep], weights[keep]


_FEW_X, _FEW_W = _half_hermite(5)
_MORE_X, _MORE_W = _half_hermite(9)

COLUMNS = ("in_plane", "out_of_plane", "field_x", "field_y", "energy_scale", "in_plane_slope", "out_of_plane_slope",
           "resistance_parallel", "resistance_difference", "cos_hard", "sin_hard")  # fmt: skip


@dataclass(frozen=True)
class Moments:
    """Thermal averages of `n` landscapes; arrays of shape (n,)."""

    conductance: FloatArray
    """<G> in S."""
    variance: FloatArray
    """Variance of G over all times, in S^2."""
    slope: FloatArray
    """d<G>/dV_G in S/V."""
    m_x: FloatArray
    m_y_squared: FloatArray
    m_z_squared: FloatArray
    correlation_time: FloatArray
    """Integrated correlation time of G in s, for the overdamped motion in plane (see `boltzmann`)."""
    log_weight: FloatArray
    """ln of the partition function, an additive constant aside: differences are log populations of wells."""


def boltzmann(landscape: Landscape, well: Well = "global") -> Moments:
    """Return the thermal averages, over the whole sphere or over the basin of one well.

    At 0 K they are those of the static angle. The correlation time is exact for motion along the energy valley
    with the diffusion gamma0 kT/alpha, hops over barriers included; where precession matters it is low by up to
    a factor of two (G even in phi, below the threshold).
    """
    # Where nothing tells phi from -phi, half the circle has all the averages, and half the weight.
    mirrored = (landscape.field_y == 0) & (landscape.sin_hard == 0) & (well == "global")
    return boltzmann_within(landscape, basin(landscape, well), mirrored=mirrored)


def boltzmann_within(landscape: Landscape, place: Basin, *, mirrored: ArrayLike = False) -> Moments:
    """Return the thermal averages over given basins: over half of them where the rest is `mirrored` (n,)."""
    mirrored = np.broadcast_to(np.asarray(mirrored), (len(landscape),))
    cold = ~np.isfinite(landscape.energy_scale)
    if cold.all():
        return _static_moments(landscape, place)
    half = replace(place, start=np.where(mirrored, 0.0, place.start), stop=np.where(mirrored, np.pi, place.stop))
    out = boltzmann_moments(kernel_parameters(landscape, half))
    scale = np.where(cold, 1.0, landscape.energy_scale)
    # The kernel knows neither damping nor time, and weighs relative to the well's bottom.
    out[:, 6] *= landscape.damping * scale / GYROMAGNETIC_CONSTANT
    out[:, 7] += np.where(mirrored, math.log(2.0), 0.0) - scale * place.energy
    moments = Moments(**dict(zip(Moments.__dataclass_fields__, out.T, strict=True)))
    if not cold.any():
        return moments
    static = _static_moments(landscape, place)
    return Moments(
        *(np.where(cold, getattr(static, name), getattr(moments, name)) for name in Moments.__dataclass_fields__)
    )


def kernel_parameters(landscape: Landscape, place: Basin) -> FloatArray:
    """Return the rows of parameters that `boltzmann_moments` takes, shape (n, 14)."""
    columns = [getattr(landscape, name) for name in COLUMNS]
    columns[4] = np.where(np.isfinite(columns[4]), columns[4], 1.0)
    return np.ascontiguousarray(np.stack([*columns, place.energy, place.start, place.stop], axis=1))


def _static_moments(landscape: Landscape, place: Basin) -> Moments:
    zero = np.zeros(len(landscape))
    return Moments(
        static_conductance(landscape, place.angle),
        zero,
        static_slope(landscape, place.angle),
        np.cos(place.angle),
        np.sin(place.angle) ** 2,
        zero,
        zero,
        zero,
    )


def boltzmann_moments(parameters: FloatArray) -> FloatArray:
    """Return the columns of `Moments` for rows of `kernel_parameters`, shape (n, 8); the kernel's front door."""
    tables = (_PANEL_X, _PANEL_W, _FEW_X, _FEW_W, _MORE_X, _MORE_W, _POLAR_X, _POLAR_W)
    out = np.empty((len(parameters), 8))
    shares = max(1, min(cores(), len(parameters) // ROWS_PER_THREAD))
    if shares == 1:
        _moments(parameters, out, *tables)
        return out
    # Each row is an integral of its own and the kernel lets go of the GIL: how many threads share them changes nothing.
    rows, columns = np.array_split(parameters, shares), np.array_split(out, shares)
    with ThreadPoolExecutor(shares) as threads:
        list(threads.map(lambda row, column: _moments(row, column, *tables), rows, columns))
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _average_out_of_plane(  # type: ignore[no-untyped-def]
    angle, p, conductance0, few_x, few_w, more_x, more_w, polar_x, polar_w
):
    """Return one angle's integrals over m_z of 1, dG, dG^2, q, q dG, m_x, m_y^2, m_z^2."""
    c, s = math.cos(angle), math.sin(angle)
    scale = p[4]
    along_field = p[2] * c + p[3] * s
    stiffness = p[1] - p[0] * s * s
    in_plane = 0.5 * p[0] * s * s - along_field - p[11]
    gain = max(0.0, -min(along_field, 0.0) - 0.5 * stiffness)
    if scale * (in_plane - gain) > _CUTOFF:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    curvature = stiffness + along_field
    width = 1.0 / math.sqrt(max(scale * curvature, 1e-300))
    gaussian = scale * curvature > 400.0 and abs(along_field) <= curvature
    if gaussian and scale * curvature > 1e4:
        nodes, weights = few_x, few_w
    elif gaussian:
        nodes, weights = more_x, more_w
    else:
        nodes, weights = polar_x, polar_w
        growth = 0.5 * curvature if along_field >= 0.0 else 0.5 * stiffness + along_field
        reach = math.sqrt(40.0 / (scale * growth)) if growth > 0.0 else 1.0
        half = 0.5 * math.asin(min(1.0, reach))
    reference = c * p[9] + s * p[10]
    s0, s1, s2, s3, s4, s5, s6, s7 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(len(nodes)):
        if gaussian:
            m_z = width * nodes[j]
            weight = width * weights[j]
            rho = math.sqrt(1.0 - m_z * m_z)
        else:
            latitude = half * (1.0 + nodes[j])
            m_z, rho = math.sin(latitude), math.cos(latitude)
            weight = 2.0 * half * weights[j] * rho
        m_z2, m_y2 = m_z * m_z, rho * rho * s * s
        energy = 0.5 * p[0] * m_y2 + 0.5 * p[1] * m_z2 - rho * along_field - p[11]
        weight *= math.exp(-scale * energy)
        excess = 1.0 / (p[7] + 0.5 * p[8] * (1.0 + rho * reference)) - conductance0
        q = 0.5 * (p[5] * m_y2 + p[6] * m_z2)
        s0 += weight
        s1 += weight * excess
        s2 += weight * excess * excess
        s3 += weight * q
        s4 += weight * q * excess
        s5 += weight * rho
        s6 += weight * m_y2
        s7 += weight * m_z2
    return s0, s1, s2, s3, s4, s5 * c, s6, s7


@njit(cache=True, nogil=True, error_model="numpy")
def _correlation_integral(weights, excesses, steps, count, mean, whole):  # type: ignore[no-untyped-def]
    """Return the integral over the angle of (cumulated excess)^2/weight, for a density `weights` of sum 1.

    `whole` tells that the angles close a circle without gaps: a constant current around it is then allowed.
    """
    running, square, linear, resistance = 0.0, 0.0, 0.0, 0.0
    for j in range(count):
        part = steps[j] * (excesses[j] - mean * weights[j])
        at_node = running + 0.5 * part
        running += part
        inverse = steps[j] / weights[j]
        square += inverse * at_node * at_node
        linear += inverse * at_node
        resistance += inverse
    return square - linear * linear / resistance if whole else square


@njit(cache=True, nogil=True, error_model="numpy")
def _moments(  # type: ignore[no-untyped-def]
    parameters, out, panel_x, panel_w, few_x, few_w, more_x, more_w, polar_x, polar_w
):
    total = np.zeros(8)
    order = len(panel_x)
    for i in range(len(parameters)):
        p = parameters[i]
        strength = abs(p[0]) + math.sqrt(p[2] * p[2] + p[3] * p[3])
        narrow = p[4] * strength
        span = p[13] - p[12]
        panels = math.ceil(span / 4.5 * math.sqrt(narrow)) + 24
        half = 0.5 * span / panels
        # Bound on what the energy can still fall within a panel, from its middle; and whether leaving the
        # plane can lower it, in which case no panel is left out as a whole.
        bend = 0.5 * (narrow + abs(p[4] * p[0])) * half * half
        flat = min(p[1], p[1] - p[0]) >= 2.0 * math.sqrt(p[2] * p[2] + p[3] * p[3])
        conductance0 = 1.0 / (p[7] + 0.5 * p[8])
        weights = np.empty(panels * order)
        excesses = np.empty(panels * order)
        steps = np.empty(panels * order)
        count = 0
        whole = span > 6.28
        total[:] = 0.0
        for panel in range(panels):
            middle = p[12] + (2 * panel + 1) * half
            c, s = math.cos(middle), math.sin(middle)
            energy = p[4] * (0.5 * p[0] * s * s - p[2] * c - p[3] * s - p[11])
            force = p[4] * (p[0] * s * c + p[2] * s - p[3] * c)
            if flat and energy - abs(force) * half - bend > _CUTOFF:
                whole = False
                continue
            for j in range(order):
                angle = middle + half * panel_x[j]
                sums = _average_out_of_plane(angle, p, conductance0, few_x, few_w, more_x, more_w, polar_x, polar_w)
                if sums[0] <= 0.0:
                    whole = False
                    continue
                step = half * panel_w[j]
                weights[count], excesses[count], steps[count] = sums[0], sums[1], step
                count += 1
                total[0] += step * sums[0]
                total[1] += step * sums[1]
                total[2] += step * sums[2]
                total[3] += step * sums[3]
                total[4] += step * sums[4]
                total[5] += step * sums[5]
                total[6] += step * sums[6]
                total[7] += step * sums[7]
        weight = total[0]
        mean = total[1] / weight
        variance = max(0.0, total[2] / weight - mean * mean)
        current = _correlation_integral(weights, excesses, steps, count, mean, whole)
        out[i, 0] = conductance0 + mean
        out[i, 1] = variance
        out[i, 2] = -p[4] * (total[4] - mean * total[3]) / weight
        out[i, 3] = total[5] / weight
        out[i, 4] = total[6] / weight
        out[i, 5] = total[7] / weight
        out[i, 6] = max(current, 0.0) / (weight * variance) if variance > 0.0 else 0.0
        out[i, 7] = math.log(weight)


def thermal_noise(moments: Moments, duration: Any) -> NDArray[np.float64]:
    """Return the standard deviation in S of G averaged over a duration in s.

    For an exponential correlation; sigma sqrt(2 tau/T) where the duration is long, sigma where it is short.
    """
    sigma = np.sqrt(moments.variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = moments.correlation_time / np.asarray(duration, dtype=np.float64)
        reduced = 2 * ratio * (1 + ratio * np.expm1(-1 / ratio))
        reduced = np.where(ratio > 1e3, 1.0, reduced)
        reduced = np.where(moments.correlation_time == 0, 0.0, reduced)
    noise: NDArray[np.float64] = sigma * np.sqrt(np.clip(reduced, 0.0, 1.0))
    return noise
