"""How stable the states of a junction are over the gate: barriers, hops between the wells, thermal width of a well.

Above the threshold the soft layer rests in one of two wells, phi > 0 or phi < 0, and two saddles part them: the near
one, on the side of the field along the easy axis (phi = 0 where nothing breaks the mirror symmetry), and the far one
(phi = 180 deg). For an aligned junction without stray field they stand Delta0 (1 -+ cos phi)^2/(2 cos phi) above the
wells, with Delta0 = mu0 M_s H_d Vol/kT.

Where shape or stress keep the layer along the easy axis instead, with wells at phi = 0 and 180 deg, these numbers are
nan: `barrier.escapes` has those of such wells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import checked_count, checked_gates, checked_number
from .barrier import hop_rate
from .errors import ModelError
from .junction import Junction
from .landscape import FloatArray, Landscape, landscape_over_gates
from .linear_window import LinearWindow, LinearWindowError, linear_window
from .models import Well
from .static import Basin, basin, energy_in_plane, static_angle, static_conductance
from .wells import bistable

if TYPE_CHECKING:
    from .boltzmann import Moments

LEAST_BARRIER = 3.0
"""Barrier in kT below which two wells run into each other: no rate describes how the soft layer moves between them."""
SEVERAL_TENS = (20.0, 60.0)
"""What "several tens of kT", the paper's words for its intermediate states, is taken to mean, in kT."""
_WINDOW_POINTS = 201
_FEWEST_POINTS = 8
_SEARCHED = 49
_REFINEMENTS = 7
_FREE = 1e-12
"""Part of the anisotropy out of plane below which anisotropy and fields in plane are taken for zero."""


@dataclass(frozen=True)
class WellStability:
    """One of the two wells; arrays of shape (n,), one place a gate."""

    angle: FloatArray
    """Angle phi of the minimum in rad; that of the only well where there is one."""
    conductance: FloatArray
    """Conductance in S at the minimum."""
    near_barrier: FloatArray
    """Height in kT of the saddle on the field's side; inf where there is no other well, nan where the wells lie along
    the easy axis or are no points."""
    far_barrier: FloatArray
    """Height in kT of the saddle on the long way round; inf and nan where `near_barrier` is."""
    hop_rate: FloatArray
    """Escapes in 1/s over both saddles; 0 where there is no other well, nan where the barrier is below
    `LEAST_BARRIER` or nan."""

    @property
    def barrier(self) -> FloatArray:
        """Lower one of the two barriers in kT."""
        return np.minimum(self.near_barrier, self.far_barrier)

    @property
    def retention(self) -> FloatArray:
        """Mean time in s until the soft layer leaves the well; inf where it never does, nan where no rate exists."""
        return _inverse(self.hop_rate)


@dataclass(frozen=True)
class Stability:
    """The stability of a junction at `n` gates; arrays of shape (n,)."""

    junction: Junction
    gate: FloatArray
    """Gate voltage in V."""
    bias: float
    field: float
    averaging: float
    """Time in s over which a reading is averaged."""
    upper: WellStability
    """The well with phi > 0."""
    lower: WellStability
    """The well with phi < 0."""
    conductance: FloatArray
    """Thermal mean of G in S: of the deepest well where it is kept longer than `averaging`, else of all."""
    sigma: FloatArray
    """Standard deviation of G in S at full bandwidth, around that mean."""
    averaged: FloatArray
    """Standard deviation in S of G averaged over `averaging`."""
    correlation_time: FloatArray
    """Integrated correlation time of G in s."""
    along_axis: NDArray[np.bool_]
    """Whether there are two wells along the easy axis instead (phi = 0 and 180 deg): barriers and rates are nan there,
    and `conductance` and `sigma` are those of both wells."""

    @property
    def barrier(self) -> FloatArray:
        """Barrier in kT out of the shallower well, the one that is left first."""
        return np.minimum(self.upper.barrier, self.lower.barrier)

    @property
    def hop_rate(self) -> FloatArray:
        """Escapes in 1/s from the shallower well."""
        return np.where(self.upper.barrier < self.lower.barrier, self.upper.hop_rate, self.lower.hop_rate)

    @property
    def retention(self) -> FloatArray:
        """Mean time in s until the shallower well is left."""
        return _inverse(self.hop_rate)

    @property
    def hop_step(self) -> FloatArray:
        """Change of G in S by a hop: 0 where nothing tells the wells apart or there is one only, nan `along_axis`."""
        return np.where(self.along_axis, np.nan, np.abs(self.upper.conductance - self.lower.conductance))

    @property
    def window(self) -> LinearWindow | None:
        """Linear window (1 % of its own change, minimax line) of the static curve; None where there is none."""
        return static_window(self.junction, bias=self.bias, field=self.field)

    def bits(self, sigma: FloatArray) -> FloatArray:
        """Return log2(change of G over the linear window/sigma), nan where there is no window."""
        change = np.nan if self.window is None else abs(self.window.change)
        with np.errstate(divide="ignore"):
            return np.log2(change / sigma)

    @property
    def mirrored(self) -> bool:
        """Whether the wells are mirror images, so that a hop leaves G alone."""
        return self.junction.transverse_field == 0 and self.junction.hard_layer_angle == 0


def stability(
    junction: Junction,
    gate: ArrayLike | None = None,
    *,
    averaging: float = 5e-9,
    bias: float = 0.0,
    field: float = 0.0,
) -> Stability:
    """Return the stability at gates in V (None: around the threshold), a bias in V and a field along x in A/m.

    `averaging` is the time in s over which a reading is averaged. Raises ModelError.
    """
    from .boltzmann import thermal_noise

    bias, field = checked_number("bias", bias, "V"), checked_number("field", field, "A/m")
    volts = default_gates(junction, field=field) if gate is None else checked_gates(gate)
    _check_warm(junction)
    if not checked_number("averaging", averaging, "s") > 0:
        raise ModelError(f"`averaging` must be above 0 s, but is {averaging:g} s.")
    landscape = landscape_over_gates(junction, volts, bias=bias, field=field)
    upper, lower = _well(landscape, 1), _well(landscape, -1)
    moments = _occupied(landscape, {1: upper, -1: lower}, averaging)
    return Stability(
        junction, volts, bias, field, averaging, upper, lower,
        conductance=moments.conductance,
        sigma=np.sqrt(moments.variance),
        averaged=thermal_noise(moments, averaging),
        correlation_time=moments.correlation_time,
        along_axis=_along_axis(landscape),
    )  # fmt: skip


def threshold(junction: Junction, *, field: float = 0.0) -> float:
    """Return the gate in V, with its sign, above which there are two wells, stray fields along y left aside.

    Raises ModelError.
    """
    field = checked_number("field", field, "A/m")
    along = abs(junction.dipole_field * np.cos(junction.hard_layer_angle) + field)
    return float(junction.gate_sign * (along + junction.shape_field) / junction.stress_field_per_volt)


def default_gates(junction: Junction, *, field: float = 0.0, points: int = 61) -> FloatArray:
    """Return gates in V from 5 % below the threshold to 50 % above it. Raises ModelError, also where it lies at 0 V."""
    points = checked_count("points", points, 2)
    kink = threshold(junction, field=field)
    if kink == 0:
        raise ModelError("`gate` must be given for a junction whose threshold lies at 0 V, but is not.")
    return np.linspace(0.95 * kink, 1.5 * kink, points)


def gate_of_barrier(junction: Junction, height: float, *, field: float = 0.0) -> float:
    """Return the gate in V at which the barrier out of the shallower well reaches a height in kT.

    nan where no gate up to a thousand times the threshold does. Raises ModelError.
    """
    _check_warm(junction)
    if not checked_number("height", height, "kT") > 0:
        raise ModelError(f"`height` must be above 0 kT, but is {height:g} kT.")
    unit = threshold(junction, field=field) or float(junction.gate_sign)
    gates = unit * np.append(0.0, np.geomspace(0.05, 1000.0, _SEARCHED))
    for _ in range(_REFINEMENTS):
        reached = _lower_barrier(junction, gates, field) >= height
        if not reached.any():
            return float("nan")
        first = max(int(np.argmax(reached)), 1)
        gates = np.linspace(gates[first - 1], gates[first], _SEARCHED)
    return float(gates[-1])


@lru_cache(maxsize=16)
def static_window(junction: Junction, *, bias: float = 0.0, field: float = 0.0) -> LinearWindow | None:
    """Return the linear window of the static curve around the threshold (minimax line, 1 % of its own change)."""
    if threshold(junction, field=field) == 0:
        return None
    volts = default_gates(junction, field=field, points=_WINDOW_POINTS)
    found = None
    for _ in range(2):  # the second time on a finer grid around what the first has found
        landscape = landscape_over_gates(junction, volts, bias=bias, field=field)
        conductance = static_conductance(landscape, static_angle(landscape))
        try:
            found = linear_window(volts, conductance, line="minimax", minimum_points=_FEWEST_POINTS)
        except LinearWindowError:
            return found
        margin = 0.15 * (found.stop - found.start)
        volts = np.linspace(found.start - margin, found.stop + margin, _WINDOW_POINTS)
    return found


def _check_warm(junction: Junction) -> None:
    if junction.temperature == 0:
        raise ModelError("`temperature` must be above 0 K for barriers in kT, but is 0 K.")


def _along_axis(landscape: Landscape) -> NDArray[np.bool_]:
    """Return where two wells lie along the easy axis."""
    return bistable(landscape) & (landscape.in_plane > 0)


def _without_sides(landscape: Landscape) -> NDArray[np.bool_]:
    """Return where no well lies on a side of the easy axis: all are along it, or all directions in plane are equal."""
    strength = np.abs(landscape.in_plane) + np.abs(landscape.field_x) + np.abs(landscape.field_y)
    return _along_axis(landscape) | (strength <= _FREE * np.abs(landscape.out_of_plane))


def _inverse(rate: FloatArray) -> FloatArray:
    """Return the time in s between events of a rate in 1/s; inf where they are too rare for a number."""
    with np.errstate(divide="ignore", over="ignore"):
        time: FloatArray = 1 / rate
    return time


def _well(landscape: Landscape, well: Well) -> WellStability:
    """Return one well of each landscape with its two barriers and the escapes over them."""
    here = basin(landscape, well)
    heights = [_height(landscape, here, saddle) for saddle in (here.start, here.stop)]
    rate = np.where(here.bistable | _without_sides(landscape), np.nan, 0.0)
    deep = here.bistable & (np.minimum(*heights) >= LEAST_BARRIER)
    if deep.any():
        rate[deep] = hop_rate(landscape.at(deep), well)
    angle = here.angle
    return WellStability(angle, static_conductance(landscape, angle), np.minimum(*heights), np.maximum(*heights), rate)


def _height(landscape: Landscape, here: Basin, saddle: FloatArray) -> FloatArray:
    """Return the height in kT of a saddle above the well; inf where there is no other, nan where none has a side."""
    height = landscape.energy_scale * (energy_in_plane(landscape, saddle) - here.energy)
    return np.where(here.bistable, height, np.where(_without_sides(landscape), np.nan, np.inf))


def _occupied(landscape: Landscape, wells: dict[Well, WellStability], averaging: float) -> Moments:
    """Return the averages over the deepest well where it is kept longer than `averaging`, else over all wells.

    A hop that a reading does not live to see is no noise of that reading. Mirror wells have the averages of both.
    """
    from .boltzmann import Moments, boltzmann

    moments = boltzmann(landscape)
    if not (landscape.field_y.any() or landscape.sin_hard.any()):
        return moments
    deepest = np.sign(static_angle(landscape))
    for side, well in wells.items():
        kept = (deepest == side) & np.isfinite(well.barrier) & (well.hop_rate * averaging < 1)
        alone = boltzmann(landscape, side)
        names = Moments.__dataclass_fields__
        moments = Moments(*(np.where(kept, getattr(alone, name), getattr(moments, name)) for name in names))
    return moments


def _lower_barrier(junction: Junction, gate: FloatArray, field: float) -> FloatArray:
    """Return the barrier in kT out of the shallower well, 0 where there is one well only."""
    landscape = landscape_over_gates(junction, gate, field=field)
    lowest = np.full(len(gate), np.inf)
    for well in (1, -1):
        here = basin(landscape, well)
        lowest = np.minimum(lowest, np.minimum(*(_height(landscape, here, end) for end in (here.start, here.stop))))
    return np.where(np.isfinite(lowest), lowest, 0.0)
