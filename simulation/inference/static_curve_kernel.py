"""The compiled sums behind `static_curve`: angles at rest, and averages over the angle with the Boltzmann weight.

In units of mu0 M_s H_d the energy in plane is e = -a sin^2(phi)/2 - x cos(phi) - y sin(phi). The weight of an angle is
exp(-Delta0 e)/sqrt(H_2): the motion out of plane is Gaussian with the stiffness H_2 = b + a sin^2(phi) + x cos(phi) +
y sin(phi), b being the anisotropy out of plane over H_d. A trapezoid rule that walks from a well's bottom outward until
the weight has vanished converges faster than any power, with some twenty angles a gate.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_CUTOFF = 22.0
"""Weights below exp(-22), 3e-10 of the largest, are left out."""
_STEP = 0.9
"""Step in standard deviations of the well."""
_QUARTIC_STEP = 0.4
"""Step in units of (Delta0 a)^(-1/4), the width of a well without stiffness."""


@njit(cache=True, nogil=True, error_model="numpy")
def _root(low, high, a, x, y):  # type: ignore[no-untyped-def]
    """Return where x sin - y cos - a sin cos turns from negative at `low` to positive at `high` (guarded Newton)."""
    start = 0.0 if a <= x else math.acos(x / a)
    angle = math.sqrt(start * start + (2.0 * abs(y) / max(a, 0.1)) ** (2.0 / 3.0))
    if not min(low, high) < angle < max(low, high):
        angle = 0.5 * (low + high)
    for _ in range(80):
        s, c = math.sin(angle), math.cos(angle)
        force = x * s - y * c - a * s * c
        if force < 0.0:
            low = angle
        else:
            high = angle
        slope = x * c + y * s - a * (c - s) * (c + s)
        following = angle - force / slope if slope != 0.0 else low
        if min(low, high) < following < max(low, high):
            if abs(following - angle) < 1e-11:
                return following
        else:
            following = 0.5 * (low + high)
        angle = following
    return angle


@njit(cache=True, nogil=True, error_model="numpy")
def _wells(a, x, y, scale):  # type: ignore[no-untyped-def]
    """Return the angles of the deepest well, of the other one across the major axis and of the saddle between them.

    Where there is one well only, or with a `scale` above 0 where the other has no weight behind a saddle without any,
    the two latter are nan.
    """
    if y == 0.0:
        deepest = math.acos(x / a) if a > x else 0.0
        return (deepest, -deepest, 0.0) if a > x else (deepest, math.nan, math.nan)
    deepest = _root(0.0, 0.5 * math.pi, a, x, y)
    if a <= 0.0 or x ** (2.0 / 3.0) + y ** (2.0 / 3.0) >= a ** (2.0 / 3.0):
        return deepest, math.nan, math.nan
    divide = math.atan(np.cbrt(y / x))
    # The other well's angle is beyond -divide, so it lies above the deepest by 2 y sin(divide) at least; and the saddle
    # lies above phi = 0.
    if scale * 2.0 * y * math.sin(divide) > _CUTOFF and scale * (-x - _energy(deepest, a, x, y)) > _CUTOFF:
        return deepest, math.nan, math.nan
    return deepest, -_root(divide, 0.5 * math.pi, a, x, -y), -_root(divide, 0.0, a, x, -y)


@njit(cache=True, nogil=True, error_model="numpy")
def _energy(angle, a, x, y):  # type: ignore[no-untyped-def]
    s, c = math.sin(angle), math.cos(angle)
    return -0.5 * a * s * s - x * c - y * s


@njit(cache=True, nogil=True, error_model="numpy")
def _add(angle, part, p, sums):  # type: ignore[no-untyped-def]
    """Add an angle's share of the averages; return whether its weight still counts."""
    a, x, y, scale, flat, bottom, cos_hard, sin_hard, parallel, antiparallel, reference = p
    s, c = math.sin(angle), math.cos(angle)
    along = x * c + y * s
    exponent = scale * (-0.5 * a * s * s - along - bottom)
    if exponent > _CUTOFF:
        return False
    stiffness = flat + a * s * s + along
    tilt = 1.0 / (scale * stiffness) if stiffness > 0.0 else 0.0  # <m_z^2>
    weight = part * math.exp(-exponent)
    if tilt > 0.0:
        weight /= math.sqrt(stiffness)
    turned = 0.5 + 0.5 * (1.0 - tilt * (0.5 + 0.375 * tilt)) * (c * cos_hard + s * sin_hard)
    conductance = 1.0 / (parallel + (antiparallel - parallel) * turned)
    excess = conductance - reference
    by_a, by_y = 0.5 * s * s * scale * (1.0 - tilt), s * scale * (1.0 - 0.5 * tilt)
    sums[0] += weight
    sums[1] += weight * excess
    sums[2] += weight * by_a
    sums[3] += weight * by_a * excess
    sums[4] += weight * by_y
    sums[5] += weight * by_y * excess
    sums[6] -= weight * exponent
    sums[7] -= weight * exponent * excess
    sums[8] -= weight * conductance * conductance * (1.0 - turned)
    sums[9] -= weight * conductance * conductance * turned
    sums[10] -= weight * conductance * conductance * 0.25 * tilt * (c * cos_hard + s * sin_hard)
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(start, step, wall, p, sums):  # type: ignore[no-untyped-def]
    """Add the angles around a well's bottom, both ways, until the weight vanishes or the saddle `wall` (nan: none)."""
    around = round(2.0 * math.pi / step)
    inward = (around - 1) // 2
    side = -1.0
    walled = not math.isnan(wall)
    if walled:  # it becomes a node, of half the weight
        side = 1.0 if wall > start else -1.0
        inward = max(2, math.ceil(abs(wall - start) / step))
        step = abs(wall - start) / inward
        around = math.floor(2.0 * math.pi / step)
    _add(start, step, p, sums)
    for k in range(1, inward + 1):
        part = 0.5 * step if walled and k == inward else step
        if not _add(start + side * k * step, part, p, sums):
            break
    for k in range(1, around // 2 + 1):
        if not _add(start - side * k * step, step, p, sums):
            break


@njit(cache=True, nogil=True, error_model="numpy")
def _step(angle, a, x, y, scale):  # type: ignore[no-untyped-def]
    """Return the step of the trapezoid rule around a well, a whole fraction of a turn."""
    s, c = math.sin(angle), math.cos(angle)
    stiffness = x * c + y * s - a * (c - s) * (c + s)
    widest = _QUARTIC_STEP / math.sqrt(math.sqrt(scale * max(abs(a), 0.25)))
    step = min(widest, _STEP / math.sqrt(scale * max(stiffness, 1e-12)))
    return 2.0 * math.pi / math.ceil(2.0 * math.pi / step)


@njit(cache=True, nogil=True, error_model="numpy")
def _thermal(p, well, deepest, other, saddle, sums):  # type: ignore[no-untyped-def]
    """Sum over the wells: apart where the saddle between them has no weight, else in one walk over both."""
    a, x, y, scale = p[0], p[1], p[2], p[3]
    step = _step(deepest, a, x, y, scale)
    if math.isnan(other):
        _walk(deepest, step, math.nan, p, sums)
        return
    step_other = _step(other, a, x, y, scale)
    if well != 0:
        start = deepest if well > 0 else other
        bottom = _energy(start, a, x, y)
        there = (a, x, y, scale, p[4], bottom, p[6], p[7], p[8], p[9], p[10])
        _walk(start, step if well > 0 else step_other, saddle, there, sums)
    elif scale * (_energy(saddle, a, x, y) - p[5]) < _CUTOFF:
        _walk(deepest, min(step, step_other), math.nan, p, sums)
    else:
        _walk(deepest, step, saddle, p, sums)
        if y != 0.0 and scale * (_energy(other, a, x, y) - p[5]) < _CUTOFF:
            _walk(other, step_other, saddle, p, sums)


@njit(cache=True, nogil=True, error_model="numpy")
def _static(a, x, y, well, cos_hard, sin_hard, parallel, antiparallel, row):  # type: ignore[no-untyped-def]
    """Fill in the row of a magnetization at rest."""
    deepest, other, _ = _wells(a, x, y, 0.0)
    angle = other if well < 0 and not math.isnan(other) else deepest
    s, c = math.sin(angle), math.cos(angle)
    turned = 0.5 + 0.5 * (c * cos_hard + s * sin_hard)
    conductance = 1.0 / (parallel + (antiparallel - parallel) * turned)
    stiffness = x * c + y * s - a * (c - s) * (c + s)
    turning = 0.5 * (c * sin_hard - s * cos_hard) * -(conductance**2) * (antiparallel - parallel)
    row[0] = conductance
    row[1] = turning * s * c / stiffness if stiffness > 1e-12 else 0.0
    row[2] = turning * c / stiffness if stiffness > 1e-12 else 0.0
    row[3] = 0.0
    row[4] = -(conductance**2) * (1.0 - turned)
    row[5] = -(conductance**2) * turned


@njit(cache=True, nogil=True, error_model="numpy")
def fill_curve(  # type: ignore[no-untyped-def]
    drive, threshold, gamma, ratio, beta, scale, flat, flat_slope, parallel, antiparallel, well, out
):
    """Fill in (n, 6): G and its derivatives by a, h, ln Delta0, R_P and R_AP."""
    x, y, cos_hard = math.cos(beta), ratio + math.sin(beta), math.cos(beta)
    side = 1.0 if y >= 0.0 else -1.0  # the curve of a field to the other side is that of the mirrored junction
    y, sin_hard, well = abs(y), side * math.sin(beta), int(side) * well
    reference = 2.0 / (parallel + antiparallel)
    sums = np.zeros(11)
    for i in range(len(drive)):
        a = 1.0 + (drive[i] - threshold) / gamma
        if math.isinf(scale):
            _static(a, x, y, well, cos_hard, sin_hard, parallel, antiparallel, out[i])
            out[i, 2] *= side
            continue
        stiff = flat + flat_slope * drive[i] / gamma
        deepest, other, saddle = _wells(a, x, y, scale if well == 0 else 0.0)
        bottom = _energy(deepest, a, x, y)
        p = (a, x, y, scale, stiff, bottom, cos_hard, sin_hard, parallel, antiparallel, reference)
        sums[:] = 0.0
        _thermal(p, well, deepest, other, saddle, sums)
        mean = sums[1] / sums[0]
        out[i, 0] = reference + mean
        out[i, 1] = (sums[3] - mean * sums[2]) / sums[0]
        out[i, 2] = side * (sums[5] - mean * sums[4]) / sums[0]
        out[i, 3] = (sums[7] - mean * sums[6] + (antiparallel - parallel) * sums[10]) / sums[0]
        out[i, 4] = sums[8] / sums[0]
        out[i, 5] = sums[9] / sums[0]
