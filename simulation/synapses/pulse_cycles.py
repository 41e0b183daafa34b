"""Potentiation and depression, again and again: the conductance after every pulse, measured or of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from smtjlab.simulation.arguments import checked_count
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.landscape import FloatArray


class Synapse(Protocol):
    """A device with a state that pulses move: a conductance in S, a position in m, a gate voltage in V."""

    @property
    def lowest(self) -> float:
        """The state of least conductance."""

    @property
    def highest(self) -> float:
        """The state of greatest conductance."""

    def update(self, state: ArrayLike, pulses: ArrayLike, rng: np.random.Generator, /) -> FloatArray:
        """Return states after signed numbers of pulses: plus potentiates."""

    def conductance(self, state: ArrayLike, /) -> FloatArray:
        """Return the conductance in S of states."""

    def energy(self, state: ArrayLike, pulses: ArrayLike, /) -> FloatArray:
        """Return what pulses burn in J from states on."""


@dataclass(frozen=True, eq=False)
class PulseCycles:
    """Conductances of `c` cycles of `n` potentiating pulses, then `m` depressing ones."""

    up: FloatArray
    """S, after 0 to n pulses up, shape (c, n + 1)."""
    down: FloatArray
    """S, after 0 to m pulses down from where `up` ended, shape (c, m + 1)."""
    up_standard: FloatArray
    """Standard uncertainty of each reading in S, as independent of the others, shape (c, n + 1)."""
    down_standard: FloatArray
    """The same of `down`, shape (c, m + 1)."""
    energy: FloatArray
    """What single updates burnt in J, shape (k,); empty where nobody knows."""

    def __post_init__(self) -> None:
        for name in ("up", "down"):
            values, standard = getattr(self, name), getattr(self, f"{name}_standard")
            if values.ndim != 2 or values.shape[0] < 1 or values.shape[1] < 3:
                raise ModelError(f"`{name}` must be cycles of at least 2 pulses, but has the shape {values.shape}.")
            if standard.shape != values.shape or not (np.isfinite(standard) & (standard >= 0)).all():
                raise ModelError(f"`{name}_standard` must be 0 S or more for each of {values.shape} readings.")
            if not np.isfinite(values).all():
                raise ModelError(f"`{name}` must be finite, but holds {values[~np.isfinite(values)][0]}.")
        if len(self.up) != len(self.down):
            raise ModelError(f"Cycles up and down must be as many, but are {len(self.up)} and {len(self.down)}.")

    def __len__(self) -> int:
        return len(self.up)

    @classmethod
    def of(cls, up: ArrayLike, down: ArrayLike, standard: ArrayLike = 0.0, energy: ArrayLike = ()) -> Self:
        """Return the cycles of conductances up (c, n + 1) and down (c, m + 1) in S, all with one standard uncertainty.

        `energy` (k,) in J is that of single updates. Raises ModelError.
        """
        rising, falling = np.asarray(up, dtype=np.float64), np.asarray(down, dtype=np.float64)
        of_each = np.asarray(standard, dtype=np.float64)
        return cls(
            rising,
            falling,
            np.broadcast_to(of_each, rising.shape),
            np.broadcast_to(of_each, falling.shape),
            np.atleast_1d(np.asarray(energy, dtype=np.float64)),
        )

    @classmethod
    def of_readings(
        cls,
        cycle: ArrayLike,
        direction: ArrayLike,
        pulse: ArrayLike,
        conductance: ArrayLike,
        standard: ArrayLike = 0.0,
        energy: ArrayLike = (),
    ) -> Self:
        """Return the cycles of readings (r,) in any order: cycle, direction 1 or -1, pulses since it began from 0.

        Readings of the same place are averaged, as independent ones. Raises ModelError where a cycle lacks one.
        """
        siemens = np.asarray(conductance, dtype=np.float64)
        of_each = np.broadcast_to(np.asarray(standard, dtype=np.float64), siemens.shape)
        where = [np.broadcast_to(np.asarray(one), siemens.shape) for one in (cycle, direction, pulse)]
        parts = [
            _table("up" if side > 0 else "down", where[0][chosen], where[2][chosen], siemens[chosen], of_each[chosen])
            for side, chosen in ((1, where[1] == 1), (-1, where[1] == -1))
        ]
        (up, up_standard), (down, down_standard) = parts
        return cls(up, down, up_standard, down_standard, np.atleast_1d(np.asarray(energy, dtype=np.float64)))


def pulse_cycles(
    device: Synapse, pulses: int, cycles: int, rng: np.random.Generator, *, read_noise: float = 0.0
) -> PulseCycles:
    """Return cycles of a model: `pulses` single pulses up from its lowest state, as many down, and so on from there.

    `read_noise` is the standard deviation in S of one reading. Raises ModelError.
    """
    checked_count("pulses", pulses, 2), checked_count("cycles", cycles, 1)
    if not 0 <= read_noise < np.inf:
        raise ModelError(f"`read_noise` must be 0 S or more, but is {read_noise:g} S.")
    state = np.array(device.lowest)
    found, burnt = np.empty((cycles, 2, pulses + 1)), []
    for cycle in range(cycles):
        for side, sign in enumerate((1, -1)):
            found[cycle, side, 0] = device.conductance(state)
            for done in range(1, pulses + 1):
                burnt.append(float(device.energy(state, sign)))
                state = device.update(state, sign, rng)
                found[cycle, side, done] = device.conductance(state)
    found += read_noise * rng.standard_normal(found.shape)
    return PulseCycles.of(found[:, 0], found[:, 1], read_noise, burnt)


def _table(
    name: str, cycle: FloatArray, pulse: FloatArray, conductance: FloatArray, standard: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return conductance and standard uncertainty by cycle and pulse number."""
    numbers, row = np.unique(cycle, return_inverse=True)
    counts, column = np.unique(pulse, return_inverse=True)
    shape = len(numbers), len(counts)
    times, total, squares = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for into, values in ((times, np.ones_like(standard)), (total, conductance), (squares, standard**2)):
        np.add.at(into, (row, column), values)
    if not times.all() or not np.array_equal(counts, np.arange(len(counts))):
        raise ModelError(f"Every cycle must have a reading after each pulse {name}, from 0 on, but some have not.")
    return total / times, np.sqrt(squares) / times
