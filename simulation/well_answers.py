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
Flags = NDArray[np.bool_]

FAVOURED = 2
"""Stands for a side where each layer is in the well that its own field along y favours, whatever its sign."""
FEW_AMONG = 0.05
"""Share of the layers that may be in another well than the others and still count as few."""

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

    def nearly_favoured(self, landscape: Landscape) -> bool:
        """Return whether layers with two wells have them across the x axis, nearly all being where their field points.

        Those that average over both count as such.
        """
        two = self.pairs.exists
        wrong = favoured(self.share[two], landscape.field_y[two]) < 1
        return bool((landscape.in_plane[two] < 0).all() and np.sum(wrong) <= FEW_AMONG * len(landscape))

    def side(self, landscape: Landscape) -> int | None:
        """Return the side 1 or -1 of the well in which all layers are, 0 where no well matters, None where they differ.

        A layer with one well is with the others where that well is on their side. Where layers lie across the x axis,
        each on the side to which a field of its own along y points, they are FAVOURED: mirror images do not differ.
        """
        known = np.isfinite(self.share)
        if not known.any():
            return 0
        tilt = np.where(landscape.in_plane < 0, landscape.field_y, landscape.field_x)
        if (side := _common(self.share, known, ~self.pairs.exists, tilt)) or not self.nearly_favoured(landscape):
            return side
        return FAVOURED if _common(favoured(self.share, tilt), known, ~self.pairs.exists, np.abs(tilt)) == 1 else None


def off_favoured(landscape: Landscape, wells: Wells, model: Model, conductance: FloatArray) -> float:
    """Return the root mean square in S by which layers answer otherwise than in the wells that their own field favours.

    `conductance` (n,) is what they do answer.
    """
    there = favoured(np.where(wells.pairs.exists, 1.0, np.nan), landscape.field_y)
    other = np.flatnonzero(wells.pairs.exists & ~(wells.share == there))
    if not len(other):
        return 0.0
    some = landscape.at(other)
    would = answered(some, wells_of(some, there[other]), model, 1.0, alike=False).conductance
    return float(np.sqrt(np.sum((conductance[other] - would) ** 2) / len(landscape)))


def _common(share: FloatArray, known: Flags, single: Flags, tilt: FloatArray) -> int | None:
    """Return the side on which all layers are, those with a `single` well where the `tilt` is; None: they differ."""
    found = set(share[known].tolist())
    if len(found) > 1 or not found <= {0.0, 1.0}:
        return None
    side = 1 if found == {1.0} else -1
    return side if (known | (single & (tilt * side >= 0))).all() else None


def favoured(share: FloatArray, tilt: FloatArray) -> FloatArray:
    """Return shares of side 1 as those of the side to which a field points, `tilt` along it, or back again."""
    return np.asarray(np.where(tilt >= 0, share, 1 - share), float)


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
