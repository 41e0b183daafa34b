"""What the fast models answer for soft layers that may be in one of two wells, or have changed wells meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .landscape import FloatArray, Landscape
from .models import Model
from .static import Basin, static_angle, static_conductance, static_slope

if TYPE_CHECKING:
    from .well_pairs import WellPairs

Rows = NDArray[np.intp]

_FEW = 8
"""Layers that stand for all of them where a derivative by the field is asked for."""
_STEP = 20.0
"""Half of the difference in A/m that such a derivative is taken over: 5 kT of Fig. 5's layer, a tenth of mT or less."""


@dataclass(frozen=True)
class Answers:
    """What a model says, arrays of shape (n,)."""

    conductance: FloatArray
    """S."""
    noise: FloatArray
    """Standard deviation in S that thermal motion within a well leaves in the reading."""
    slope: FloatArray
    """dG/dV_G in S/V."""
    lived_in: FloatArray
    """Conductance in S of the well in which most of the time was spent."""


@dataclass(frozen=True)
class Wells:
    """Where soft layers spent a reading; arrays of shape (n,)."""

    share: FloatArray
    """Share of the time in the well of side 1; nan where the average over all wells is read."""
    pairs: WellPairs

    @property
    def _first(self) -> NDArray[np.bool_]:
        return np.asarray(self.share >= 0.5)

    def _of(self, name: str) -> FloatArray:
        both = getattr(self.pairs, name)
        return np.where(np.isnan(self.share), np.nan, np.where(self._first, both[0], both[1]))

    @property
    def bottom(self) -> FloatArray:
        """Angle in rad of the well in which most of the time was spent; nan where it is all of them."""
        return self._of("angle")

    @property
    def start(self) -> FloatArray:
        """Lower limit in rad of its basin."""
        return self._of("start")

    @property
    def stop(self) -> FloatArray:
        """Upper limit in rad of its basin."""
        return self._of("stop")

    def at(self, where: slice) -> Wells:
        """Return the wells of some layers."""
        return Wells(self.share[where], self.pairs.at(where))

    def side(self, landscape: Landscape) -> int | None:
        """Return the side 1 or -1 of the well in which all layers are, 0 where no well matters, None where they differ.

        A layer with one well is with the others where that well is on their side.
        """
        known = np.isfinite(self.share)
        if not known.any():
            return 0
        found = set(self.share[known].tolist())
        if len(found) > 1 or not found <= {0.0, 1.0}:
            return None
        side = 1 if found == {1.0} else -1
        towards = np.where(landscape.in_plane < 0, landscape.field_y, landscape.field_x) * side
        alone = ~known & ~self.pairs.exists & (towards >= 0)
        return side if (known | alone).all() else None


def wells_of(landscape: Landscape, share: FloatArray | None) -> Wells | None:
    """Return where soft layers spent a reading, from their shares (n,) of time on side 1; None where none matters."""
    if share is None or np.isnan(share).all():
        return None
    from .well_pairs import WellPairs

    pairs = WellPairs.of(landscape)
    return Wells(np.where(pairs.exists, share, np.nan), pairs)


def answered(landscape: Landscape, wells: Wells | None, model: Model, duration: float, *, alike: bool) -> Answers:
    """Return the answers to a reading of `duration` s by `static`, else by `boltzmann`; of layers `alike` one is asked.

    A reading that was spent in both wells is the mean of both answers, weighted by the time.
    """
    if wells is None:
        g, noise, slope = _asked(landscape, None, np.arange(len(landscape)), model, duration, alike=alike)
        return Answers(g, noise, slope, g)
    out = np.zeros((3, len(landscape)))
    lived_in = np.empty(len(landscape))
    everywhere = np.where(np.isnan(wells.share), 1.0, 0.0)
    for side, share in ((0, everywhere), (1, wells.share), (-1, 1 - wells.share)):
        rows = np.flatnonzero(share > 0)
        if len(rows):
            place = wells.pairs.basin(side) if side else None
            g, noise, slope = _asked(landscape, place, rows, model, duration, alike=alike)
            out[:, rows] += share[rows] * np.stack([g, noise**2, slope])
            lived_in[rows] = np.where(share[rows] >= 0.5, g, lived_in[rows])
    return Answers(out[0], np.sqrt(out[1]), out[2], lived_in)


def field_slopes(landscape: Landscape, wells: Wells | None, model: Model, *, alike: bool) -> tuple[float, float]:
    """Return dG/dH along both axes in S m/A, means over the first few layers, by differences of some thermal fields."""
    few = slice(0, 1 if alike else _FEW)
    some = landscape.at(few)
    share = None if wells is None else wells.share[few]
    slopes = []
    for name in ("field_x", "field_y"):
        there = [replace(some, **{name: getattr(some, name) + step}) for step in (_STEP, -_STEP)]
        more, less = (answered(one, wells_of(one, share), model, 1.0, alike=alike).conductance for one in there)
        slopes.append(float(np.mean(more - less)) / (2 * _STEP))
    return slopes[0], slopes[1]


def _asked(
    landscape: Landscape, place: Basin | None, rows: Rows, model: Model, duration: float, *, alike: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return conductance, thermal noise and slope of some layers in given basins, or on the whole circle."""
    some = rows[:1] if alike else rows
    everyone = len(some) == len(landscape)
    there = landscape if everyone else landscape.at(some)
    basins = place if place is None or everyone else place.at(some)
    found = _static(there, basins) if model is Model.STATIC else _thermal(there, basins, duration)
    conductance, noise, slope = (np.broadcast_to(x, (len(rows),)) for x in found)
    return conductance, noise, slope


def _static(landscape: Landscape, place: Basin | None) -> tuple[FloatArray, FloatArray, FloatArray]:
    angle = static_angle(landscape) if place is None else place.angle
    return static_conductance(landscape, angle), np.zeros(len(landscape)), static_slope(landscape, angle)


def _thermal(landscape: Landscape, place: Basin | None, duration: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    from .boltzmann import boltzmann, boltzmann_within, thermal_noise

    moments = boltzmann(landscape) if place is None else boltzmann_within(landscape, place)
    return moments.conductance, thermal_noise(moments, duration), moments.slope
