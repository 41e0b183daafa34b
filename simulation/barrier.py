"""Barriers between wells in kT, and how often thermal motion takes a soft layer over them.

A macrospin has at most two wells, and then one or two saddles. Each of these joins the two wells, the higher one the
long way round: no saddle that leads back to its own well was found among 1e5 random energies with two wells, many of
them next to the fold at which the higher saddle is born. The escape rate is that of Kramers for intermediate to high
damping (Brown, IEEE Trans. Magn. 15, 1196 (1979)), summed over the saddles:

    (Omega_0/2 pi) (omega_well/omega_saddle) exp(-barrier),   omega = gamma0 sqrt|H_1 H_2|

with Omega_0 the growth rate at the saddle. It holds for barriers above some 4 kT and alpha times the barrier of 1 or
more; at lower damping energy diffuses too slowly to keep up, and the true rate is smaller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .equilibria import Kind, StationaryPoints, stationary_points
from .errors import ModelError
from .forces import Forces
from .landscape import FloatArray, Landscape
from .magnetic_energy import MagneticEnergy
from .models import Well, checked_well
from .modes import positive_root

_ON_AXIS = 1e-9
"""Size of m_y below which a well lies on the x axis, on no side of it: what rounding leaves of 0."""


@dataclass(frozen=True)
class Escapes:
    """Ways out of the two wells of `n` members; the deeper well comes first, and the lower saddle.

    Where there is one well only, or one saddle only, barriers are inf, rates 0 and directions nan. Where no well is a
    point (a whole circle of them, or a well at the very gate at which it parts into two), all are nan.
    """

    wells: FloatArray
    """Magnetizations, shape (3, 2 wells, n)."""
    saddles: FloatArray
    """Magnetizations, shape (3, 2 saddles, n)."""
    barriers: FloatArray
    """In kT, shape (2 saddles, 2 wells, n)."""
    attempt_frequencies: FloatArray
    """(Omega_0/2 pi)(omega_well/omega_saddle) in Hz, shape (2 saddles, 2 wells, n); no resonance, but a prefactor."""

    @property
    def rates(self) -> FloatArray:
        """Escapes a second from each well, over both saddles, shape (2 wells, n)."""
        return np.asarray(np.sum(self.attempt_frequencies * np.exp(-self.barriers), axis=0))

    @property
    def barrier(self) -> FloatArray:
        """The lower barrier out of each well in kT, shape (2 wells, n)."""
        return np.asarray(self.barriers.min(axis=0))


def escapes(energy: MagneticEnergy) -> Escapes:
    """Return the ways over the barriers of every member.

    Raises ModelError where a saddle is a whole circle (an axis of symmetry): there `brown` has the rate.
    """
    points = stationary_points(energy)
    wells, saddles = _Lowest.of(points, Kind.MINIMUM), _Lowest.of(points, Kind.SADDLE)
    _check_isolated(wells, saddles)
    joined = np.isfinite(wells.energy[1]) & np.isfinite(saddles.energy)
    with np.errstate(invalid="ignore"):
        barriers = energy.scale * (saddles.energy[:, None] - wells.energy[None])
    growth = positive_root(saddles.low, saddles.high, energy.damping) / (2 * np.pi)
    stiffer = (wells.low * wells.high)[None] / np.abs(saddles.low * saddles.high)[:, None]
    flat = np.isnan(wells.energy[0])
    barriers = np.where(joined[:, None], barriers, np.where(flat, np.nan, np.inf))
    attempts = np.where(joined[:, None], growth[:, None] * np.sqrt(stiffer), np.where(flat, np.nan, 0.0))
    return Escapes(wells.m, saddles.m, barriers, attempts)


def barrier(landscape: Landscape | Forces, well: Well) -> FloatArray:
    """Return the lower barrier in kT out of the well with phi > 0 (1), phi < 0 (-1) or the deeper one, shape (n,).

    It is inf where there is no other well to go to. It is nan where no well is a point, and for 1 and -1 where the two
    wells do not lie on either side of the x axis (but along it, or out of plane). Raises ModelError.
    """
    found = escapes(MagneticEnergy.of(landscape))
    return _of_well(found, found.barrier, well)


def hop_rate(landscape: Landscape | Forces, well: Well) -> FloatArray:
    """Return the escapes a second, over both saddles, from the well with phi > 0 (1), phi < 0 (-1) or the deeper one.

    Shape (n,); 0 where there is no other well to go to, and at 0 K; nan where `barrier` is. Raises ModelError.
    """
    found = escapes(MagneticEnergy.of(landscape))
    return _of_well(found, found.rates, well)


def retention_time(landscape: Landscape | Forces, well: Well) -> FloatArray:
    """Return the mean time in s that a well is kept, 1/`hop_rate`; inf where it is never left, nan where that is."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1 / hop_rate(landscape, well))


def _of_well(found: Escapes, values: FloatArray, well: Well) -> FloatArray:
    """Return the values (2 wells, n) of one well; nan where that of a side is asked for and it tells no wells apart."""
    side = checked_well(well)
    if side == "global":
        return np.asarray(values[0])
    m_y = found.wells[1]
    asked = np.where(m_y[0] * side > 0, values[0], values[1])
    across = (m_y[0] * m_y[1] < 0) & (np.abs(m_y).min(axis=0) > _ON_AXIS)
    alone = np.isnan(found.wells[0, 1])  # then both values say that there is nowhere to go
    return np.where(across | alone, asked, np.nan)


@dataclass(frozen=True)
class _Lowest:
    """The two lowest stationary points of a kind, arrays (..., 2, n); nan where there are fewer."""

    m: FloatArray
    energy: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, points: StationaryPoints, kind: Kind) -> _Lowest:
        missing = ~points.are(kind)
        slots = np.argsort(missing, axis=0, kind="stable")[:2]
        empty = np.take_along_axis(missing, slots, axis=0)
        m = np.where(empty, np.nan, np.take_along_axis(points.magnetization, slots[None], axis=1))
        others = (points.energy, points.low, points.high)
        return cls(m, *(np.where(empty, np.nan, np.take_along_axis(x, slots, axis=0)) for x in others))


def _check_isolated(wells: _Lowest, saddles: _Lowest) -> None:
    ring = np.isfinite(wells.energy[1]) & np.isnan(saddles.energy[0])
    if ring.any():
        raise ModelError(
            "The saddle between two wells must be a point, but is a whole circle for member "
            f"{int(np.argmax(ring))}: its energy is symmetric about an axis."
        )
