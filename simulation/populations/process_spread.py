"""How a process lets the junctions of a wafer differ: over the radius, across, within the reticle, and at random.

Every field of a junction is its drawn value times

    1 + offset + radial r^2 + across_x x + across_y y + reticle + random,

with x and y counted from the middle of the wafer in units of its radius, r^2 = x^2 + y^2; `reticle` is one number for
each place of the exposure, the same on every exposure (a mask's errors), `random` one for each device. Random parts of
different fields are correlated as the process says; those of different devices are independent.

Resistance times area belongs to the stack (`drawn`): an axis that varies changes both resistances by the inverse of the
area besides what they vary by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.correlation import Pair, checked_pairs, correlation_matrix, square_root
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction

Floats = NDArray[np.float64]

LARGEST = 0.5
"""Size of a systematic part, as a fraction: beyond, a process is another process."""
LARGEST_SIGMA = 0.3
AXES = ("major_axis", "minor_axis")
RESISTANCES = ("resistance_parallel", "resistance_antiparallel")
TRIES = 1000
"""Draws after which a junction that cannot be is told instead of drawn again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """How one field varies, in fractions of its drawn value."""

    offset: float = 0.0
    """Of the whole wafer."""
    radial: float = 0.0
    """Change from the middle to the rim, as the square of the radius."""
    across: tuple[float, float] = (0.0, 0.0)
    """Change from the middle to the rim along x and along y."""
    reticle: float = 0.0
    """Standard deviation between the places of an exposure."""
    random: float = 0.0
    """Standard deviation from device to device."""

    def __post_init__(self) -> None:
        for name, part in (("offset", self.offset), ("radial", self.radial), *zip("xy", self.across, strict=True)):
            if not abs(part) <= LARGEST:
                raise JunctionError(f"`{name}` of a variation must be within {LARGEST:g}, but is {part!r}.")
        for name, sigma in (("reticle", self.reticle), ("random", self.random)):
            if not 0 <= sigma <= LARGEST_SIGMA:
                raise JunctionError(f"`{name}` of a variation must be 0 to {LARGEST_SIGMA:g}, but is {sigma!r}.")


@dataclass(frozen=True)
class ProcessSpread:
    """The variations of a process, by field of `Junction`."""

    variations: Mapping[str, Variation] = field(default_factory=dict)
    correlation: Mapping[Pair, float] = field(default_factory=dict)
    """Correlation coefficient of the random parts of two fields; 0 for a pair that is not named."""

    def __post_init__(self) -> None:
        numbers = {one.name for one in fields(Junction) if "limits" in one.metadata}
        for name in self.variations:
            if name not in numbers:
                raise JunctionError(f"A variation must be of a number of a junction, but `{name}` is none.")
        varied = [name for name, one in self.variations.items() if one.random > 0]
        object.__setattr__(self, "variations", MappingProxyType(dict(self.variations)))
        object.__setattr__(self, "correlation", MappingProxyType(checked_pairs(self.correlation, varied)))

    def __reduce__(self) -> tuple[type[ProcessSpread], tuple[dict[Any, Any], dict[Any, Any]]]:
        return ProcessSpread, (dict(self.variations), dict(self.correlation))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that vary, in their order; k of them."""
        return tuple(self.variations)

    def systematic(self, x: Floats, y: Floats) -> Floats:
        """Return what every wafer of the process has at places (n,) in units of the radius, as fractions (n, k)."""
        columns = [
            one.offset + one.radial * (x**2 + y**2) + one.across[0] * x + one.across[1] * y
            for one in self.variations.values()
        ]
        return np.stack(columns, axis=-1) if columns else np.zeros((*np.shape(x), 0))

    def reticle(self, places: int, rng: np.random.Generator) -> Floats:
        """Return a mask's errors at each place of an exposure, as fractions (places, k)."""
        sigma = np.array([one.reticle for one in self.variations.values()])
        return np.asarray(rng.standard_normal((places, len(self.names))) * sigma, float)

    def random(self, devices: int, rng: np.random.Generator) -> Floats:
        """Return what no map foretells of each device, as fractions (devices, k)."""
        return np.asarray(rng.standard_normal((devices, len(self.names))) @ self.root.T, float)

    @property
    def root(self) -> Floats:
        """B (k, k): B z are random parts of z (k,) independent and standard normal."""
        sigma = np.array([one.random for one in self.variations.values()])
        return np.asarray(sigma[:, None] * square_root(correlation_matrix(self.names, self.correlation)), float)

    def total_sigma(self, fraction: float = 1.0) -> Floats:
        """Return the standard deviation of each field over a wafer filled evenly to a fraction of its radius, (k,).

        Of a disc of radius R: <r^2> = R^2/2, <r^4> - <r^2>^2 = R^4/12, <x^2> = <y^2> = R^2/4.
        """
        square = fraction**2
        return np.array([
            math.sqrt(
                one.radial**2 * square**2 / 12
                + (one.across[0] ** 2 + one.across[1] ** 2) * square / 4
                + one.reticle**2
                + one.random**2
            )
            for one in self.variations.values()
        ])  # fmt: skip

    def apply(self, drawn: Junction, deviation: Sequence[float] | Floats) -> Junction:
        """Return a drawn junction whose fields deviate by fractions (k,). JunctionError where it cannot be."""
        changed = {
            name: getattr(drawn, name) * (1 + float(part)) for name, part in zip(self.names, deviation, strict=True)
        }
        axes = [changed[name] / getattr(drawn, name) for name in AXES if name in changed]
        if axes:
            for name in RESISTANCES:
                changed[name] = changed.get(name, getattr(drawn, name)) / math.prod(axes)
        return drawn.changed(**changed)

    def device(self, drawn: Junction, systematic: Floats, rng: np.random.Generator) -> Junction:
        """Return one device: systematic parts (k,), reticle included, and a random part that makes it one that can be.

        Draws that cannot be (R_AP below R_P, an axis longer than the other) are drawn again. JunctionError where a
        thousand of them cannot.
        """
        for _ in range(TRIES):
            try:
                return self.apply(drawn, systematic + self.random(1, rng)[0])
            except JunctionError as error:
                problem = error
        raise JunctionError(f"A process must leave junctions that can be, but a thousand draws cannot: {problem}")
