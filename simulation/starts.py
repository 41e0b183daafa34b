"""Where trajectories begin: in their wells, with a small thermal tilt."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .boltzmann import COLUMNS, boltzmann
from .equilibria import ground_state
from .forces import Forces
from .landscape import FloatArray, Landscape
from .magnetic_energy import MagneticEnergy, tangents
from .models import Well
from .static import Basin, basin, in_plane_stiffness, out_of_plane_stiffness, static_angle

_LARGEST_TILT = 0.2
"""Largest standard deviation in rad of the starting tilt: small against a right angle."""


def started(forces: Forces, well: Well, words: NDArray[np.uint64]) -> FloatArray:
    """Return starting magnetizations (3, n) from four random words each.

    With `global`, wells in plane are populated by their Boltzmann weights. Layers whose wells lie out of plane, and
    those with fields or axes out of plane, begin about their deepest well.
    """
    uniform = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54
    planar = _is_planar(forces)
    if planar.all():
        return _in_plane(forces.landscape, well, uniform)
    m = _about_ground(forces, uniform)
    if planar.any():
        m[:, planar] = _in_plane(forces.landscape.at(planar), well, uniform[:, planar])
    return m


def _is_planar(forces: Forces) -> NDArray[np.bool_]:
    """Return whether wells lie in the plane of the film, where fields along z and tilted axes would not leave them."""
    tilting = np.zeros(len(forces), dtype=bool)
    for name in ("field_z", "tensor_xz", "tensor_yz", "tensor_xy"):
        tilting |= np.asarray(forces.torques.get(name, 0.0)) != 0
    some, number = _distinct(forces.landscape)
    flat = out_of_plane_stiffness(some, static_angle(some)) > 0
    return np.asarray(flat[number] & ~tilting)


def _distinct(landscape: Landscape) -> tuple[Landscape, NDArray[np.intp]]:
    """Return the members without copies that stand in a row, and for each member the number of its original."""
    rows = [getattr(landscape, name) for name in COLUMNS]
    changes = np.any([row[1:] != row[:-1] for row in rows], axis=0)
    return landscape.at(np.flatnonzero(np.append(True, changes))), np.append(0, np.cumsum(changes))


def _about_ground(forces: Forces, uniform: FloatArray) -> FloatArray:
    energy = MagneticEnergy.of(forces)
    m = ground_state(energy)
    low, high = energy.stiffnesses(m)
    normal = np.sqrt(-2 * np.log(uniform[1]))
    first, second = tangents(m)
    a = normal * np.cos(2 * math.pi * uniform[2]) * _tilt(forces.landscape.energy_scale * np.maximum(low, 1e-12))
    b = normal * np.sin(2 * math.pi * uniform[2]) * _tilt(forces.landscape.energy_scale * np.maximum(high, 1e-12))
    tilted = m + a * first + b * second
    return np.asarray(tilted / np.sqrt(np.sum(tilted**2, axis=0)))


def _in_plane(landscape: Landscape, well: Well, uniform: FloatArray) -> FloatArray:
    some, number = _distinct(landscape)
    angle = _populated(some, number, uniform[0]) if well == "global" else static_angle(some, well)[number]
    h1 = np.maximum(in_plane_stiffness(landscape, angle), 1e-12)
    h2 = np.maximum(out_of_plane_stiffness(landscape, angle), 1e-12)
    normal = np.sqrt(-2 * np.log(uniform[1]))
    tilts = [normal * np.cos(2 * math.pi * uniform[2]), normal * np.sin(2 * math.pi * uniform[2])]
    in_plane = angle + tilts[0] * _tilt(landscape.energy_scale * h1)
    latitude = tilts[1] * _tilt(landscape.energy_scale * h2)
    return np.stack([np.cos(latitude) * np.cos(in_plane), np.cos(latitude) * np.sin(in_plane), np.sin(latitude)])


def _tilt(stiffness_in_kt: FloatArray) -> FloatArray:
    """Return the standard deviation of a tilt; never 0, because phi = 0 stays an equilibrium above threshold."""
    return np.clip(1 / np.sqrt(stiffness_in_kt), 1e-3, _LARGEST_TILT)


def _populated(landscape: Landscape, number: NDArray[np.intp], uniform: FloatArray) -> FloatArray:
    """Return for each trajectory the angle of one of the wells of its layer, drawn by Boltzmann weights."""
    across_y = landscape.in_plane > 0
    # Without stress the two wells, if the field leaves two, lie across the y axis: exchange the axes.
    turned = _axes_exchanged(landscape)
    names = Landscape.__dataclass_fields__
    where = Landscape(*(np.where(across_y, getattr(turned, name), getattr(landscape, name)) for name in names))
    up, down = basin(where, 1), basin(where, -1)
    angle = np.where(uniform < _share_of_up(where, up, down)[number], up.angle[number], down.angle[number])
    angle = np.where(((where.field_y == 0) & ~up.bistable)[number], np.abs(angle), angle)
    return np.where(across_y[number], np.pi / 2 - angle, angle)


def _share_of_up(landscape: Landscape, up: Basin, down: Basin) -> FloatArray:
    """Return the thermal population of the well with phi > 0."""
    difference = boltzmann(landscape, -1).log_weight - boltzmann(landscape, 1).log_weight
    # At 0 K all members are in the deeper well.
    deeper = np.select([up.energy < down.energy, up.energy > down.energy], [-np.inf, np.inf], 0.0)
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(np.where(np.isfinite(landscape.energy_scale), difference, deeper))))


def _axes_exchanged(landscape: Landscape) -> Landscape:
    """Return the landscape seen with x and y exchanged, phi becoming pi/2 - phi, and a constant left out."""
    return replace(
        landscape,
        in_plane=-landscape.in_plane,
        out_of_plane=landscape.out_of_plane - landscape.in_plane,
        field_x=landscape.field_y,
        field_y=landscape.field_x,
    )
