"""Where trajectories begin: in their wells, with a small thermal tilt."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .boltzmann import boltzmann
from .equilibria import Kind, StationaryPoints, stationary_points
from .errors import ModelError
from .forces import Forces
from .landscape import FloatArray, Landscape
from .magnetic_energy import MagneticEnergy, tangents
from .models import Well
from .static import Basin, basin, in_plane_stiffness, out_of_plane_stiffness, static_angle
from .wells import bistable

_CONSERVATIVE = ("field_z", "tensor_xy", "tensor_xz", "tensor_yz")
"""Rows beyond the landscape that have an energy."""
_LARGEST_TILT = 0.2
"""Largest standard deviation in rad of the starting tilt: small against a right angle."""


def started(forces: Forces, well: Well, words: NDArray[np.uint64]) -> FloatArray:
    """Return starting magnetizations (3, n) from four random words each.

    With `global`, wells are populated by their Boltzmann weights. Raises ModelError where one of two wells is asked
    for by its side of the x axis, but wells lie out of the plane, or fields or axes do.
    """
    uniform = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54
    planar = _is_planar(forces)
    if planar.all():
        return _in_plane(forces.landscape, well, uniform)
    if well != "global":
        raise ModelError(f"`well` must be `global` where fields, axes or wells lie out of the plane, but is {well}.")
    m = _in_space(forces, uniform)
    if planar.any():
        m[:, planar] = _in_plane(forces.landscape.at(planar), well, uniform[:, planar])
    return m


def _is_planar(forces: Forces) -> NDArray[np.bool_]:
    """Return whether wells lie in the plane of the film, where fields along z and tilted axes would not leave them."""
    tilting = np.zeros(len(forces), dtype=bool)
    for name in _CONSERVATIVE:
        tilting |= np.asarray(forces.torques.get(name, 0.0)) != 0
    some, number = forces.distinct()
    flat = out_of_plane_stiffness(some.landscape, static_angle(some.landscape)) > 0
    return np.asarray(flat[number] & ~tilting)


def _in_space(forces: Forces, uniform: FloatArray) -> FloatArray:
    some, number = forces.distinct()
    conservative = {name: rows for name, rows in some.torques.items() if name in _CONSERVATIVE}
    points = stationary_points(MagneticEnergy.of(Forces(some.landscape, conservative)))
    share = np.cumsum(_weights(points, some.landscape.energy_scale), axis=0)
    well = np.argmax(uniform[0] < (share / share[-1])[:, number], axis=0)
    m, low, high = (x[..., well, number] for x in (points.magnetization, points.low, points.high))
    first, second = tangents(m)
    a, b = _tilts(uniform, forces.landscape.energy_scale, low, high)
    tilted = m + a * first + b * second
    return np.asarray(tilted / np.sqrt(np.sum(tilted**2, axis=0)))


def _weights(points: StationaryPoints, scale: FloatArray) -> FloatArray:
    """Return in which proportion the slots are populated, each well by exp(-e Vol/kT)/(H_1 H_2)^(1/2), shape (6, n)."""
    wells = points.are(Kind.MINIMUM)
    # Without a well there is a flat ring of them: its first point stands for all.
    wells[0] |= ~wells.any(axis=0)
    above = np.where(wells, points.energy - points.energy[0], np.inf)
    with np.errstate(invalid="ignore"):
        cost = np.where(above <= points.flat * 1e-6, 0.0, scale * above)
    weight = np.exp(-cost) / np.sqrt(np.maximum(points.low * points.high, points.flat**2 + 1e-300))
    return np.where(wells, weight, 0.0)


def _in_plane(landscape: Landscape, well: Well, uniform: FloatArray) -> FloatArray:
    distinct, number = Forces(landscape).distinct()
    some = distinct.landscape
    angle = _populated(some, number, uniform[0]) if well == "global" else static_angle(some, well)[number]
    h1, h2 = in_plane_stiffness(landscape, angle), out_of_plane_stiffness(landscape, angle)
    turned, latitude = _tilts(uniform, landscape.energy_scale, h1, h2)
    in_plane = angle + turned
    return np.stack([np.cos(latitude) * np.cos(in_plane), np.cos(latitude) * np.sin(in_plane), np.sin(latitude)])


def _tilts(uniform: FloatArray, scale: FloatArray, h1: FloatArray, h2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return thermal tilts in rad along both principal directions of a well, of stiffness H_1 and H_2 in A/m."""
    normal, turn = np.sqrt(-2 * np.log(uniform[1])), 2 * math.pi * uniform[2]
    return normal * np.cos(turn) * _width(scale, h1), normal * np.sin(turn) * _width(scale, h2)


def _width(scale: FloatArray, stiffness: FloatArray) -> FloatArray:
    """Return the standard deviation of a tilt; never 0, because phi = 0 stays an equilibrium above threshold."""
    return np.clip(1 / np.sqrt(scale * np.maximum(stiffness, 1e-12)), 1e-3, _LARGEST_TILT)


def _populated(landscape: Landscape, number: NDArray[np.intp], uniform: FloatArray) -> FloatArray:
    """Return for each trajectory the angle of one of the wells of its layer, drawn by Boltzmann weights."""
    across_y = landscape.in_plane > 0
    # Without stress the two wells, if the field leaves two, lie across the y axis: exchange the axes.
    turned = _axes_exchanged(landscape)
    names = Landscape.__dataclass_fields__
    where = Landscape(*(np.where(across_y, getattr(turned, name), getattr(landscape, name)) for name in names))
    angle = _of_a_well(where, number, uniform)
    return np.where(across_y[number], np.pi / 2 - angle, angle)


def _of_a_well(landscape: Landscape, number: NDArray[np.intp], uniform: FloatArray) -> FloatArray:
    if not landscape.field_y.any():
        # Mirror wells share alike: no weights to integrate, no saddles to look for.
        angle = np.abs(static_angle(landscape))[number]
        return np.where(bistable(landscape)[number] & (uniform >= 0.5), -angle, angle)
    up, down = basin(landscape, 1), basin(landscape, -1)
    angle = np.where(uniform < _share_of_up(landscape, up, down)[number], up.angle[number], down.angle[number])
    return np.where(((landscape.field_y == 0) & ~up.bistable)[number], np.abs(angle), angle)


def _share_of_up(landscape: Landscape, up: Basin, down: Basin) -> FloatArray:
    """Return the thermal population of the well with phi > 0; mirror wells share alike."""
    share = np.full(len(landscape), 0.5)
    unequal = np.flatnonzero(up.bistable & (landscape.field_y != 0))
    if len(unequal) == 0:
        return share
    some = landscape.at(unequal)
    difference = boltzmann(some, -1).log_weight - boltzmann(some, 1).log_weight
    # At 0 K all members are in the deeper well.
    deeper = np.select([up.energy < down.energy, up.energy > down.energy], [-np.inf, np.inf], 0.0)[unequal]
    with np.errstate(over="ignore"):
        share[unequal] = 1 / (1 + np.exp(np.where(np.isfinite(some.energy_scale), difference, deeper)))
    return share


def _axes_exchanged(landscape: Landscape) -> Landscape:
    """Return the landscape seen with x and y exchanged, phi becoming pi/2 - phi, and a constant left out."""
    return replace(
        landscape,
        in_plane=-landscape.in_plane,
        out_of_plane=landscape.out_of_plane - landscape.in_plane,
        field_x=landscape.field_y,
        field_y=landscape.field_x,
    )
