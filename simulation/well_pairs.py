"""The two wells of soft layers in plane, the saddles between them, and how often thermal motion exchanges them.

For A < 0 the wells lie across the x axis, for A > 0 across the y axis, which exchanging the axes (phi -> pi/2 - phi)
makes the same problem. They are side 1 (phi > 0, or m_x > 0) and side -1. Escape rates are those of `barrier`, with
saddles in plane, as films have them (H_2 > 0 there). Populations are integrals of exp(-e Vol/kT)/H_2^(1/2) over the
basins. Where they are not those of parabolic wells, both rates are corrected by the same factor, one up and one down,
so that detailed balance is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .constants import GYROMAGNETIC_CONSTANT
from .landscape import FloatArray, Landscape
from .static import Basin

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_NEVER = -40.0
"""ln of the rate in 1/s below which nobody waits for an escape, and weights of parabolic wells will do."""
_COLUMNS = ("in_plane", "out_of_plane", "field_x", "field_y", "energy_scale", "damping")
_PER_WELL = ("angle", "energy", "start", "stop", "rate")


@dataclass(frozen=True)
class WellPairs:
    """Both wells of `n` landscapes, side 1 first; where there is one well only, nan and rates of 0."""

    exists: NDArray[np.bool_]
    """Whether there are two, shape (n,)."""
    angle: FloatArray
    """Angles phi of the minima in rad, between `start` and `stop`, shape (2, n), as all below."""
    energy: FloatArray
    """Energies e of the minima in A/m."""
    start: FloatArray
    stop: FloatArray
    """Saddles on either side in rad."""
    rate: FloatArray
    """Escapes a second over both saddles; 0 at 0 K."""
    population: FloatArray
    """Thermal populations, of sum 1; the deeper well has all at 0 K."""

    @classmethod
    def of(cls, landscape: Landscape) -> WellPairs:
        """Return the wells of landscapes."""
        parameters = np.stack([getattr(landscape, name) for name in _COLUMNS], axis=1)
        out = np.full((len(landscape), 12), np.nan)
        _pairs(np.ascontiguousarray(parameters), out, _NODES, _WEIGHTS)
        wells = out[:, :10].reshape(-1, 2, 5).transpose(2, 1, 0)
        fields = dict(zip(_PER_WELL, wells, strict=True))
        exists = np.isfinite(out[:, 0])
        fields["rate"] = np.where(exists, fields["rate"], 0.0)
        return cls(exists=exists, population=out[:, 10:].T, **fields)

    def basin(self, side: int) -> Basin:
        """Return the basins of side 1 or -1; of a landscape with one well, nan."""
        number = 0 if side > 0 else 1
        return Basin(self.angle[number], self.energy[number], self.start[number], self.stop[number], self.exists)

    def at(self, where: slice) -> WellPairs:
        """Return the wells of some landscapes."""
        return WellPairs(*(getattr(self, name)[..., where] for name in self.__dataclass_fields__))

    def holds_first(self, angle: FloatArray) -> NDArray[np.bool_]:
        """Return whether an angle in rad falls into the well of side 1; meaningless where there is one well only."""
        turned = np.mod(angle - self.start[0], 2 * np.pi)
        return np.asarray(turned < self.stop[0] - self.start[0])


@njit(cache=True, nogil=True, error_model="numpy")
def _root(x, y, low, high):  # type: ignore[no-untyped-def]
    """Return where -sin cos + x sin + y cos changes sign between `low` (negative) and `high`: Newton, or halving."""
    angle = 0.5 * (low + high)
    for _ in range(80):
        c, s = math.cos(angle), math.sin(angle)
        value = -s * c + x * s + y * c
        if value < 0.0:
            low = angle
        else:
            high = angle
        slope = s * s - c * c + x * c - y * s
        step = angle - value / slope if slope != 0.0 else low
        if not min(low, high) < step < max(low, high):
            step = 0.5 * (low + high)
        if abs(step - angle) <= 4e-16:
            return step
        angle = step
    return angle


@njit(cache=True, nogil=True, error_model="numpy")
def _energy(p, angle):  # type: ignore[no-untyped-def]
    s = math.sin(angle)
    return 0.5 * p[0] * s * s - p[2] * math.cos(angle) - p[3] * s


@njit(cache=True, nogil=True, error_model="numpy")
def _stiff(p, angle):  # type: ignore[no-untyped-def]
    """Return H_1 and H_2 in A/m."""
    c, s = math.cos(angle), math.sin(angle)
    along = p[2] * c + p[3] * s
    return along + p[0] * (c - s) * (c + s), along + p[1] - p[0] * s * s


@njit(cache=True, nogil=True, error_model="numpy")
def _log_attempt(p, well, saddle):  # type: ignore[no-untyped-def]
    """Return ln of (Omega_0/2 pi)(omega_well/omega_saddle) exp(-barrier) over one saddle."""
    h1, h2 = _stiff(p, well)
    s1, s2 = _stiff(p, saddle)
    s1, s2 = min(s1, -1e-9), max(s2, 1e-9)
    a = 1.0 + p[5] * p[5]
    b = GYROMAGNETIC_CONSTANT * p[5] * (s1 + s2)
    c = GYROMAGNETIC_CONSTANT * GYROMAGNETIC_CONSTANT * s1 * s2
    growth = -2.0 * c / (b + math.sqrt(b * b - 4.0 * a * c))
    prefactor = growth / (2.0 * math.pi) * math.sqrt(max(h1, 1e-9) * max(h2, 1e-9) / -(s1 * s2))
    return math.log(prefactor) - p[4] * (_energy(p, saddle) - _energy(p, well))


@njit(cache=True, nogil=True, error_model="numpy")
def _log_weight(p, well, start, stop, nodes, weights):  # type: ignore[no-untyped-def]
    """Return ln of the partition function of a basin, up to a common constant; beyond 9 widths is exp(-40)."""
    bottom = _energy(p, well)
    h1, _ = _stiff(p, well)
    reach = 9.0 / math.sqrt(p[4] * max(h1, 1e-9))
    low, high = max(start, well - reach), min(stop, well + reach)
    total = 0.0
    for j in range(len(nodes)):
        for begin, end in ((low, well), (well, high)):
            angle = 0.5 * (begin + end) + 0.5 * (end - begin) * nodes[j]
            _, h2 = _stiff(p, angle)
            weight = 0.5 * (end - begin) * weights[j] / math.sqrt(max(h2, 1e-9))
            total += weight * math.exp(-p[4] * (_energy(p, angle) - bottom))
    return math.log(total) - p[4] * bottom


@njit(cache=True, nogil=True, error_model="numpy")
def _log_escapes(p, well, start, stop):  # type: ignore[no-untyped-def]
    """Return ln of the escapes a second over both saddles."""
    one, other = _log_attempt(p, well, start), _log_attempt(p, well, stop)
    return max(one, other) + math.log1p(math.exp(-abs(one - other)))


@njit(cache=True, nogil=True, error_model="numpy")
def _exchange(p, out, nodes, weights):  # type: ignore[no-untyped-def]
    """Fill in rates and populations of one row that has its wells already."""
    if not math.isfinite(p[4]):
        out[4], out[9] = 0.0, 0.0
        out[10] = 0.5 if out[1] == out[6] else (1.0 if out[1] < out[6] else 0.0)
        out[11] = 1.0 - out[10]
        return
    leave_first, leave_second = _log_escapes(p, out[0], out[2], out[3]), _log_escapes(p, out[5], out[2], out[3])
    favour = leave_second - leave_first
    if max(leave_first, leave_second) > _NEVER:
        first = _log_weight(p, out[0], out[2], out[3], nodes, weights)
        second = _log_weight(p, out[5], out[7], out[8], nodes, weights)
        favour = first - second
    amiss = 0.5 * (favour - (leave_second - leave_first))
    out[4], out[9] = math.exp(leave_first - amiss), math.exp(leave_second + amiss)
    out[10], out[11] = 1.0 / (1.0 + math.exp(-favour)), 1.0 / (1.0 + math.exp(favour))


@njit(cache=True, nogil=True, error_model="numpy")
def _pairs(parameters, out, nodes, weights):  # type: ignore[no-untyped-def]
    for i in range(len(parameters)):
        p = parameters[i]
        size = abs(p[0])
        across = p[0] > 0.0
        field_x, field_y = (p[3], p[2]) if across else (p[2], p[3])
        if size == 0.0 or abs(field_x) >= size or abs(field_y) >= size:
            continue
        x, y = abs(field_x) / size, abs(field_y) / size
        if x ** (2.0 / 3.0) + y ** (2.0 / 3.0) >= 1.0:
            continue
        quarter = 0.5 * math.pi
        divide = math.atan2(y ** (1.0 / 3.0), x ** (1.0 / 3.0))
        deep, shallow = _root(x, -y, 0.0, quarter), _root(x, y, divide, quarter)
        near = 0.0 if y == 0.0 else _root(x, y, divide, 0.0)
        far = 0.0 if y == 0.0 else _root(-x, y, quarter, 0.0)
        # The deeper well is at `deep`, the other at -`shallow`, seen in the quadrant of the field.
        wells = ((deep, -near, math.pi + far), (-shallow, far - math.pi, -near))
        for k in range(2):
            angle, start, stop = wells[k]
            if field_x < 0.0:
                angle, start, stop = math.pi - angle, math.pi - stop, math.pi - start
            if field_y < 0.0:
                angle, start, stop = -angle, -stop, -start
            if across:
                angle, start, stop = quarter - angle, quarter - stop, quarter - start
            place = 5 * (k if field_y >= 0.0 else 1 - k)
            out[i, place], out[i, place + 2], out[i, place + 3] = angle, start, stop
            out[i, place + 1] = _energy(p, angle)
        _exchange(p, out[i], nodes, weights)
