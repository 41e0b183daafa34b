"""The static model: angles of the soft layer that minimise the energy in plane, with fields in any direction.

With fields h_x, h_y >= 0 (mirrored there if need be) the stationarity condition A sin cos + h_x sin - h_y cos = 0,
divided by sin cos, is monotone within the quadrant of the field. It therefore has at most one root there, which is
the global minimum, and bisection cannot miss it. A second, metastable well lies across the x axis while the field
is inside the astroid |h_x|^(2/3) + |h_y|^(2/3) < |A|^(2/3), A < 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .landscape import FloatArray, Landscape
from .models import Well
from .modes import frequency_of

_BISECTIONS = 56
"""Halvings of a quadrant down to the rounding of an angle."""


@dataclass(frozen=True)
class Basin:
    """One well of each landscape: its minimum, and the angles between which the magnetization falls into it."""

    angle: FloatArray
    """Angle phi of the minimum in rad, in (-pi, pi]."""
    energy: FloatArray
    """Energy e of the minimum in A/m."""
    start: FloatArray
    stop: FloatArray
    """Limits of the basin in rad, `start` < `stop`; a whole turn where there is one well only."""
    bistable: NDArray[np.bool_]
    """Whether there is another well across the x axis."""

    def at(self, where: NDArray[np.intp]) -> Basin:
        """Return the wells of some landscapes."""
        return Basin(*(getattr(self, name)[where] for name in self.__dataclass_fields__))


def basin(landscape: Landscape, well: Well = "global") -> Basin:
    """Return the well asked for; where it does not exist, the only one there is.

    With `global` the angle is that of the deepest well (phi > 0 where mirror wells are equally deep) and the
    basin is the whole circle.
    """
    quadrants = _Quadrants(landscape)
    angle = quadrants.deepest()
    around = np.arctan2(landscape.field_y + 0.0, landscape.field_x) - np.pi  # -0.0 is no field to the other side
    start, stop = around, around + 2 * np.pi
    bistable = quadrants.bistable
    if well != "global":
        across = bistable & (quadrants.sign_y != well) & (landscape.field_y != 0)
        angle = np.where(bistable & (landscape.field_y == 0), well * np.abs(angle), angle)
        angle = np.where(across, quadrants.metastable(), angle)
        start, stop = _within(angle, *quadrants.saddles(), bistable, start, stop)
    return Basin(angle, energy_in_plane(landscape, angle), start, stop, bistable)


def static_angle(landscape: Landscape, well: Well = "global") -> FloatArray:
    """Return the static angle phi in rad, with its sign."""
    return basin(landscape, well).angle


def static_conductance(landscape: Landscape, angle: FloatArray) -> FloatArray:
    """Return the conductance in S of a magnetization in plane."""
    return landscape.conductance(np.cos(angle), np.sin(angle))


def static_slope(landscape: Landscape, angle: FloatArray) -> FloatArray:
    """Return dG/dV_G in S/V along a static branch; zero at the kink itself, where it jumps."""
    c, s = np.cos(angle), np.sin(angle)
    stiffness = in_plane_stiffness(landscape, angle)
    turning = -landscape.in_plane_slope * s * c
    rate = np.divide(turning, stiffness, out=np.zeros_like(turning), where=np.abs(stiffness) > 1e-9)
    along_rate = landscape.sin_hard * c - landscape.cos_hard * s
    conductance = landscape.conductance(c, s)
    slope: FloatArray = -(conductance**2) * landscape.resistance_difference / 2 * along_rate * rate
    return slope


def energy_in_plane(landscape: Landscape, angle: FloatArray) -> FloatArray:
    """Return the energy e in A/m of a magnetization in plane."""
    c, s = np.cos(angle), np.sin(angle)
    energy: FloatArray = landscape.in_plane * s * s / 2 - landscape.field_x * c - landscape.field_y * s
    return energy


def in_plane_stiffness(landscape: Landscape, angle: FloatArray) -> FloatArray:
    """Return H_1 in A/m, the second derivative of e in plane."""
    c, s = np.cos(angle), np.sin(angle)
    stiffness: FloatArray = landscape.field_x * c + landscape.field_y * s + landscape.in_plane * (c - s) * (c + s)
    return stiffness


def out_of_plane_stiffness(landscape: Landscape, angle: FloatArray) -> FloatArray:
    """Return H_2 in A/m, the second derivative of e out of plane."""
    c, s = np.cos(angle), np.sin(angle)
    along = landscape.field_x * c + landscape.field_y * s
    stiffness: FloatArray = along + landscape.out_of_plane - landscape.in_plane * s * s
    return stiffness


def frequency(landscape: Landscape, angle: FloatArray) -> FloatArray:
    """Return the undamped ferromagnetic resonance gamma0 sqrt(H_1 H_2)/2 pi in Hz; 0 where it is unstable."""
    return frequency_of(in_plane_stiffness(landscape, angle), out_of_plane_stiffness(landscape, angle))


class _Quadrants:
    """Stationary angles found in the quadrant of the field and mirrored back to where the field is."""

    def __init__(self, landscape: Landscape) -> None:
        self.sign_x = np.where(landscape.field_x < 0, -1, 1)
        self.sign_y = np.where(landscape.field_y < 0, -1, 1)
        self._a = landscape.in_plane
        self._x = np.abs(landscape.field_x)
        self._y = np.abs(landscape.field_y)
        two_thirds = self._x ** (2 / 3) + self._y ** (2 / 3)
        self.bistable = (self._a < 0) & (two_thirds < np.abs(self._a) ** (2 / 3))
        # Below this angle across the x axis lies the saddle, above it the metastable well.
        self._divide = np.arctan2(np.cbrt(self._y), np.cbrt(self._x))

    def deepest(self) -> FloatArray:
        """Return the angle of the global minimum."""
        root = self._bisect(np.zeros_like(self._x), np.full_like(self._x, np.pi / 2), 1, -1)
        return self._mirrored(np.cos(root), np.sin(root))

    def metastable(self) -> FloatArray:
        """Return the angle of the shallower well; meaningless where there is none."""
        root = self._bisect(self._divide, np.full_like(self._x, np.pi / 2), 1, 1)
        return self._mirrored(np.cos(root), -np.sin(root))

    def saddles(self) -> tuple[FloatArray, FloatArray]:
        """Return the angles of the saddle on the field's side of the y axis, and of the one opposite."""
        near = self._bisect(self._divide, np.zeros_like(self._x), 1, 1)
        far = self._bisect(np.full_like(self._x, np.pi / 2), np.zeros_like(self._x), -1, 1)
        return self._mirrored(np.cos(near), -np.sin(near)), self._mirrored(-np.cos(far), -np.sin(far))

    def _bisect(self, low: FloatArray, high: FloatArray, of_x: int, of_y: int) -> FloatArray:
        """Return the angle between `low` (condition negative) and `high` (positive) where it changes sign."""
        if low.size == 1:  # one junction asked at every moment of a bench: 60 turns with arrays cost half a millisecond
            field = of_x * float(self._x[0]), of_y * float(self._y[0])
            return np.array([_bisected(float(low[0]), float(high[0]), float(self._a[0]), *field)])
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            c, s = np.cos(middle), np.sin(middle)
            negative = self._a * s * c + of_x * self._x * s + of_y * self._y * c < 0
            low, high = np.where(negative, middle, low), np.where(negative, high, middle)
        return high

    def _mirrored(self, c: FloatArray, s: FloatArray) -> FloatArray:
        angle: FloatArray = np.arctan2(self.sign_y * s, self.sign_x * c)
        return angle


def _bisected(low: float, high: float, a: float, x: float, y: float) -> float:
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        c, s = math.cos(middle), math.sin(middle)
        if a * s * c + x * s + y * c < 0:
            low = middle
        else:
            high = middle
    return high


def _within(
    angle: FloatArray,
    near: FloatArray,
    far: FloatArray,
    bistable: NDArray[np.bool_],
    start: FloatArray,
    stop: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the saddles around an angle, in order; start and stop where there is one well only."""
    turn = 2 * np.pi
    below = np.maximum(angle - np.mod(angle - near, turn), angle - np.mod(angle - far, turn))
    above = np.minimum(angle + np.mod(near - angle, turn), angle + np.mod(far - angle, turn))
    return np.where(bistable, below, start), np.where(bistable, above, stop)
