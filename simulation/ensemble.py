"""Ensembles of trajectories: started in their wells, burnt in, averaged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .boltzmann import COLUMNS, boltzmann
from .junction import GYROMAGNETIC_CONSTANT
from .landscape import FloatArray, Landscape
from .macrospin import ROWS, SUMS, evolve, evolve_given, random_words
from .models import Well
from .static import Basin, basin, in_plane_stiffness, out_of_plane_stiffness, static_angle
from .step_size import checked_step, relaxation_time

_LARGEST_TILT = 0.2
"""Largest standard deviation in rad of the starting tilt: small against a right angle."""


@dataclass(frozen=True)
class TimeAverages:
    """Means of each trajectory over the steps sampled; arrays of shape (n,)."""

    conductance: FloatArray
    conductance_squared: FloatArray
    m_x: FloatArray
    m_y_squared: FloatArray
    m_z_squared: FloatArray


class Ensemble:
    """Trajectories of the stochastic LLG equation, one per member of a landscape.

    A trajectory depends on the seed, on its own number and on its own junction, never on how many there are.
    """

    def __init__(
        self, landscape: Landscape, *, seed: int | Sequence[int], step: float | None = None, well: Well = "global"
    ) -> None:
        """Start all trajectories with a small thermal tilt about their wells.

        `step` is in s; None takes the largest accurate one. With `global`, mirror wells are populated by their
        Boltzmann weights.
        """
        n = len(landscape)
        self._step_asked = step
        self._trajectories = np.arange(n, dtype=np.uint64)
        words = random_words(seed, self._trajectories, 8)
        self._generators = np.ascontiguousarray(words[:4])
        self._set(landscape)
        self.magnetization = _start(landscape, well, words[4:])

    def change(self, landscape: Landscape) -> None:
        """Put the same magnetizations into another landscape (another gate, bias, field or temperature)."""
        self._set(landscape)

    def run(self, duration: float, *, every: int = 4) -> TimeAverages:
        """Live for a time in s and return the averages over every `every`-th step."""
        steps = 2 * max(1, round(duration / self.step / 2))
        every = min(every, steps)
        sums = np.zeros((len(SUMS), self.magnetization.shape[1]))
        evolve(self._parameters, self.magnetization, self._generators, sums, steps, every)
        return TimeAverages(*(sums / (steps // every)))

    def ramp(self, landscape: Landscape, duration: float) -> TimeAverages:
        """Live for a time in s while the anisotropies go linearly to those of another landscape, as on a gate ramp.

        The averages are over every step. Fields, bias and temperature are those of the new landscape at once.
        """
        steps = 2 * max(1, round(duration / self.step / 2))
        before = self._parameters[2:4].copy()
        self._set(landscape)
        after = self._parameters[2:4].copy()
        self._parameters[2:4], self._parameters[6:8] = before, (after - before) / steps
        sums = np.zeros((len(SUMS), self.magnetization.shape[1]))
        evolve(self._parameters, self.magnetization, self._generators, sums, steps, 1)
        self._parameters[2:4], self._parameters[6:8] = after, 0.0
        return TimeAverages(*(sums / steps))

    def follow(self, noise: FloatArray) -> FloatArray:
        """Live through given normals (steps, 3, n) and return m after each step, same shape."""
        path = np.empty_like(noise)
        evolve_given(self._parameters, self.magnetization, np.ascontiguousarray(noise), path)
        return path

    def relax(self, *, times: float = 12.0) -> None:
        """Live for `times` relaxation times of the slowest member, so that the start is forgotten."""
        self.run(burn_in(self._landscape, times=times), every=0x7FFFFFFF)

    def _set(self, landscape: Landscape) -> None:
        self._landscape = landscape
        self.step = checked_step(landscape, self._step_asked)
        self._parameters = kernel_parameters(landscape, self.step)


def burn_in(landscape: Landscape, *, times: float = 12.0) -> float:
    """Return how long an ensemble must live to forget its start, in s: 1 ns to 100 ns, long near the threshold."""
    return float(np.clip(times * np.max(relaxation_time(landscape)), 1e-9, 100e-9))


def kernel_parameters(landscape: Landscape, step: float) -> FloatArray:
    """Return the rows that the kernels take, folded with a step in s: shape (11, n)."""
    fold = GYROMAGNETIC_CONSTANT * step / (1 + landscape.damping**2)
    # sigma_h of Fig. 5 is 1903 A/m for 1 ps; energy_scale = mu0 M_s Vol/kT.
    noise = np.sqrt(2 * landscape.damping / (GYROMAGNETIC_CONSTANT * landscape.energy_scale * step))
    half = landscape.resistance_difference / 2
    rows = {
        "field_x": fold * landscape.field_x,
        "field_y": fold * landscape.field_y,
        "in_plane": fold * landscape.in_plane,
        "out_of_plane": fold * landscape.out_of_plane,
        "damping": landscape.damping,
        "noise": fold * noise,
        "in_plane_step": np.zeros(len(landscape)),
        "out_of_plane_step": np.zeros(len(landscape)),
        "resistance": landscape.resistance_parallel + half,
        "resistance_x": half * landscape.cos_hard,
        "resistance_y": half * landscape.sin_hard,
    }
    return np.ascontiguousarray(np.stack([rows[name] for name in ROWS]))


def _start(landscape: Landscape, well: Well, words: NDArray[np.uint64]) -> FloatArray:
    """Return starting magnetizations (3, n) from four random words each."""
    uniform = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54
    angle = static_angle(landscape, well)
    if well == "global":
        angle = _populated(landscape, uniform[0])
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


def _populated(landscape: Landscape, uniform: FloatArray) -> FloatArray:
    """Return the angle of one of the wells each, drawn by Boltzmann weights."""
    across_y = landscape.in_plane > 0
    # Without stress the two wells, if the field leaves two, lie across the y axis: exchange the axes.
    turned = _axes_exchanged(landscape)
    names = Landscape.__dataclass_fields__
    where = Landscape(*(np.where(across_y, getattr(turned, name), getattr(landscape, name)) for name in names))
    up, down = basin(where, 1), basin(where, -1)
    angle = np.where(uniform < _share_of_up(where, up, down), up.angle, down.angle)
    angle = np.where(where.field_y == 0, np.where(up.bistable, angle, np.abs(angle)), angle)
    return np.where(across_y, np.pi / 2 - angle, angle)


def _share_of_up(landscape: Landscape, up: Basin, down: Basin) -> FloatArray:
    """Return the thermal population of the well with phi > 0."""
    # Equal members (the copies of one junction in `predict`) are weighed once.
    key = np.stack([getattr(landscape, name) for name in COLUMNS])
    _, first, inverse = np.unique(key, axis=1, return_index=True, return_inverse=True)
    some = landscape.at(first)
    difference = boltzmann(some, -1).log_weight - boltzmann(some, 1).log_weight
    # At 0 K all members are in the deeper well.
    deeper = np.select([up.energy < down.energy, up.energy > down.energy], [-np.inf, np.inf], 0.0)[first]
    with np.errstate(over="ignore"):
        share = 1 / (1 + np.exp(np.where(np.isfinite(some.energy_scale), difference, deeper)))
    return np.asarray(share[inverse.reshape(-1)])


def _axes_exchanged(landscape: Landscape) -> Landscape:
    """Return the landscape seen with x and y exchanged, phi becoming pi/2 - phi, and a constant left out."""
    return replace(
        landscape,
        in_plane=-landscape.in_plane,
        out_of_plane=landscape.out_of_plane - landscape.in_plane,
        field_x=landscape.field_y,
        field_y=landscape.field_x,
    )
