"""Sums of signed products in a domain wall: one current pulse a product, the position of the wall is the sum.

    J_k = g V_k/A_HM,    dx_k = mu (|J_k| + J_b - J_c)+ sign(J_k) t_p,    sum = (x - x_0)/(dx of the product 1)

as in physics.md section 8 (refs. [13], [14] of arXiv:2411.02636); the wall starts in the middle, so that it can move
both ways. J_b is a pre-current with the sign of the product, which whoever encodes the factors knows: it lifts products
over the threshold. Calibrated is what a calibration finds: the product 1 moves the wall by `unit_displacement`,
threshold or not. A smaller one then moves it by less than its share: p counts as (|p| - p_c)/(1 - p_c) with
p_c = (J_c - J_b)/J_1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import checked_number
from .errors import ModelError
from .synapses.domain_wall import DomainWall

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WallAccumulator:
    """A wall and how it is driven. Raises ModelError on construction."""

    wall: DomainWall
    unit_displacement: float
    """m by which one product of 1 moves the wall."""
    pulse: float = 2e-9
    """t_p in s."""
    pre_current: float = 0.0
    """J_b in A/m^2, added to every pulse that is not 0 with the sign of its product; at most J_c."""
    interval: float = 4e-9
    """s between two pulses, in which a wall in grooves creeps."""
    hold: float = 0.0
    """s from the last pulse to the read-out."""

    def __post_init__(self) -> None:
        for name, unit in (("unit_displacement", "m"), ("pulse", "s")):
            if checked_number(name, getattr(self, name), unit) <= 0:
                raise ModelError(f"`{name}` must be above 0 {unit}, but is {getattr(self, name):g} {unit}.")
        for name, unit in (("pre_current", "A/m^2"), ("interval", "s"), ("hold", "s")):
            if checked_number(name, getattr(self, name), unit) < 0:
                raise ModelError(f"`{name}` must be at least 0 {unit}, but is {getattr(self, name):g} {unit}.")
        if self.pre_current > self.wall.threshold:
            raise ModelError(
                f"`pre_current` must be at most the threshold of the wall, {self.wall.threshold:g} A/m^2, but is "
                f"{self.pre_current:g} A/m^2: it would move the wall by itself."
            )

    @classmethod
    def holding(cls, wall: DomainWall, largest_sum: float, **drive: float) -> WallAccumulator:
        """Return the accumulator whose sums of at most ± `largest_sum` just fit the track. Raises ModelError."""
        if checked_number("largest_sum", largest_sum, "1") <= 0:
            raise ModelError(f"`largest_sum` must be above 0, but is {largest_sum:g}.")
        return cls(wall=wall, unit_displacement=wall.length / (2 * largest_sum), **drive)

    @property
    def unit_density(self) -> float:
        """J_1 in A/m^2 of a product of 1, without the pre-current."""
        return float(self.wall.density_for(self.unit_displacement, self.pulse)) - self.pre_current

    @property
    def start(self) -> float:
        """x_0 in m: the middle of the track, or the groove next to it."""
        return float(self.wall.snapped(self.wall.length / 2))

    @property
    def lost_to_threshold(self) -> float:
        """p_c, the product up to which the threshold lets nothing move."""
        return (self.wall.threshold - self.pre_current) / self.unit_density

    @property
    def lost_to_grooves(self) -> float:
        """The product up to which a wall in a groove falls back into it: half a pitch; 0 on a smooth track."""
        if self.wall.states is None:
            return 0.0
        lost = self.lost_to_threshold
        return lost + (1 - lost) * self.wall.pitch / 2 / self.unit_displacement

    def transconductance(self, unit_output: float) -> float:
        """Return g in A/V that turns the output of a product of 1, in V, into its current."""
        return self.unit_density * self.wall.cross_section / abs(unit_output)

    def densities(self, products: ArrayLike) -> Floats:
        """Return current densities in A/m^2, pre-current included, of products (any shape)."""
        wanted = np.asarray(products, dtype=np.float64)
        return np.asarray(self.unit_density * wanted + self.pre_current * np.sign(wanted))

    def positions(self, products: ArrayLike, rng: np.random.Generator) -> Floats:
        """Return x in m before the first and after every pulse, (..., N + 1), of products (..., N) taken in turn.

        Creep of the interval before a pulse is part of that pulse's step. Raises ModelError where one is not finite.
        """
        density = self.densities(products)
        at = np.full(density.shape[:-1], self.start)
        found = [at]
        for k in range(density.shape[-1]):
            rested = self._crept(at, self.interval, rng) if k else at
            at = self.wall.moved(rested, density[..., k], self.pulse, rng)
            found.append(at)
        return np.stack(found, axis=-1)

    def read(self, last: ArrayLike, rng: np.random.Generator) -> Floats:
        """Return sums from positions in m after the last pulse, by the conductance of the wall after `hold`."""
        siemens = self.wall.conductance(self._crept(np.asarray(last, dtype=np.float64), self.hold, rng))
        return np.asarray((self.wall.position(siemens) - self.start) / self.unit_displacement)

    def sums(self, products: ArrayLike, rng: np.random.Generator) -> Floats:
        """Return the sums over the last axis that the wall makes of products. Raises ModelError."""
        return self.read(self.positions(products, rng)[..., -1], rng)

    # One loss at a time

    def without_threshold(self) -> WallAccumulator:
        """Return it with every current moving the wall."""
        return replace(self, wall=replace(self.wall, threshold=0.0), pre_current=0.0)

    def without_grooves(self) -> WallAccumulator:
        """Return it on a smooth track: also without creep, which only grooves describe here."""
        return replace(self, wall=replace(self.wall, states=None))

    def without_scatter(self) -> WallAccumulator:
        """Return it with pulses that all do the same."""
        return replace(self, wall=replace(self.wall, scatter=0.0))

    def without_creep(self) -> WallAccumulator:
        """Return it with walls that stay where they were put."""
        return replace(self, interval=0.0, hold=0.0)

    def without_ends(self, largest_sum: float) -> WallAccumulator:
        """Return it on a longer track of the same pitch, which holds sums of ± `largest_sum`, and scatter of them."""
        longer = 2 * int(np.ceil(largest_sum * self.unit_displacement / self.wall.length)) + 3  # odd: a groove stays
        states = None if self.wall.states is None else (self.wall.states - 1) * longer + 1
        return replace(self, wall=replace(self.wall, length=self.wall.length * longer, states=states))

    def _crept(self, at: Floats, time: float, rng: np.random.Generator) -> Floats:
        return self.wall.crept(at, time, rng) if self.wall.states is not None and time > 0 else at
