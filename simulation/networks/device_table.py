"""A device as a table: conductance against gate, scatter between devices, noise of a reading, droop of a held gate.

Measured curves and modelled ones look alike here; weights live in it, and other simulators read it (`table_exports`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import landscape_over_gates

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DeviceTable:
    """A device between two gates; beyond them it stays at the last conductance of the table."""

    name: str
    gate: FloatArray
    """Gates in V, rising or falling, shape (n,)."""
    conductance: FloatArray
    """Mean over devices in S, rising along the table, shape (n,)."""
    scatter: FloatArray
    """Standard deviation between devices in S, shape (n,); a device is off in the same sense throughout."""
    read_noise: FloatArray
    """Standard deviation in S of one reading of one device, shape (n,)."""
    droop_time: float = math.inf
    """A held gate falls as exp(-t/droop_time), in s: R_leak C."""

    @classmethod
    def of(
        cls,
        name: str,
        gate: ArrayLike,
        conductance: ArrayLike,
        *,
        scatter: ArrayLike = 0.0,
        read_noise: ArrayLike = 0.0,
        droop_time: float = math.inf,
    ) -> Self:
        """Return the table of arrays (n,), or one value for all gates. Raises ModelError where it is no device."""
        volts, siemens = np.asarray(gate, dtype=np.float64), np.asarray(conductance, dtype=np.float64)
        if volts.ndim != 1 or len(volts) < 2 or siemens.shape != volts.shape:
            raise ModelError(
                "A device table must have two gates or more and a conductance for each, but has the shapes "
                f"{volts.shape} and {siemens.shape}."
            )
        steps = np.diff(volts)
        if not (np.isfinite(volts).all() and ((steps > 0).all() or (steps < 0).all())):
            raise ModelError("`gate` of a device table must be finite and rise, or fall, from each value to the next.")
        if not (np.isfinite(siemens).all() and siemens[0] > 0 and (np.diff(siemens) > 0).all()):
            raise ModelError(
                "`conductance` of a device table must be above 0 S and rise from each gate to the next: leave out "
                "the flat foot, and average readings until they rise."
            )
        if not droop_time > 0:
            raise ModelError(f"`droop_time` must be above 0 s, but is {droop_time:g} s.")
        count = len(volts)
        spread, noise = _size("scatter", scatter, count), _size("read_noise", read_noise, count)
        return cls(name, volts, siemens, spread, noise, float(droop_time))

    @classmethod
    def of_readings(cls, name: str, gate: ArrayLike, readings: ArrayLike, *, repeated: bool) -> Self:
        """Return the table of readings in S, shape (devices, n), or (repeats, n) of one device where `repeated`.

        The spread of the readings is noise where they are repeats, and scatter between devices where they are not.
        """
        siemens = np.asarray(readings, dtype=np.float64)
        if siemens.ndim != 2 or len(siemens) < 2:
            raise ModelError(f"`readings` must be two rows or more of one a gate, but have shape {siemens.shape}.")
        spread, mean = siemens.std(axis=0, ddof=1), siemens.mean(axis=0)
        return cls.of(name, gate, mean, **{"read_noise" if repeated else "scatter": spread})

    @classmethod
    def of_junction(
        cls,
        junction: Junction,
        low: float,
        high: float,
        *,
        reading_time: float = 5e-9,
        points: int = 601,
        name: str = "s-MTJ",
    ) -> Self:
        """Return the thermal averages of a junction between two gates in V, and its thermal noise in a reading.

        `reading_time` in s. Every device is alike. Raises ModelError where the conductance does not rise.
        """
        from smtjlab.simulation.boltzmann import boltzmann, thermal_noise

        gate = np.linspace(low, high, points)
        moments = boltzmann(landscape_over_gates(junction, gate))
        return cls.of(name, gate, moments.conductance, read_noise=thermal_noise(moments, reading_time))

    def noiseless(self) -> Self:
        """Return the table without noise, scatter and droop."""
        return replace(self, scatter=0 * self.scatter, read_noise=0 * self.read_noise, droop_time=math.inf)

    def straightened(self) -> Self:
        """Return the table with conductances on the line between its ends."""
        share = (self.gate - self.gate[0]) / (self.gate[-1] - self.gate[0])
        return replace(self, conductance=self.conductance[0] + share * self.span)

    @property
    def span(self) -> float:
        """Change of conductance over the table, in S."""
        return float(self.conductance[-1] - self.conductance[0])

    @property
    def sign(self) -> float:
        """1 where the gate rises along the table, -1 where it falls."""
        return math.copysign(1.0, self.gate[-1] - self.gate[0])

    @property
    def chord(self) -> float:
        """Mean dG/dV over the table, in S/V, with its sign."""
        return self.span / float(self.gate[-1] - self.gate[0])

    @cached_property
    def slope(self) -> FloatArray:
        """Local dG/dV in S/V, shape (n,)."""
        return np.asarray(np.gradient(self.conductance, self.gate))

    def conductance_at(self, gate: ArrayLike) -> FloatArray:
        """Return the mean conductance in S at gates in V, any shape."""
        return self.at(gate, self.conductance)

    def gate_at(self, conductance: ArrayLike) -> FloatArray:
        """Return the gate in V that gives a mean conductance in S, within the table; any shape."""
        return np.asarray(np.interp(np.asarray(conductance, dtype=np.float64), self.conductance, self.gate))

    def at(self, gate: ArrayLike, values: FloatArray) -> FloatArray:
        """Return a column of the table, shape (n,), between its gates; any shape."""
        volts = np.asarray(gate, dtype=np.float64)
        if self._pitch is None:
            return np.asarray(np.interp(self.sign * volts, self.sign * self.gate, values))
        along = np.clip((volts - self.gate[0]) / self._pitch, 0.0, len(values) - 1.0)
        before = np.minimum(along.astype(np.intp), len(values) - 2)
        return np.asarray(values[before] + (along - before) * (values[before + 1] - values[before]))

    @cached_property
    def _pitch(self) -> float | None:
        """Distance of gates in V, with its sign, where all are equally far apart: places need no search then."""
        pitch = float(self.gate[-1] - self.gate[0]) / (len(self.gate) - 1)
        even = self.gate[0] + pitch * np.arange(len(self.gate))
        return pitch if np.abs(self.gate - even).max() < 1e-9 * abs(pitch) else None


def _size(name: str, value: ArrayLike, count: int) -> FloatArray:
    sizes = np.asarray(value, dtype=np.float64)
    if sizes.shape not in ((), (count,)) or not (np.isfinite(sizes) & (sizes >= 0)).all():
        raise ModelError(f"`{name}` must be 0 S or more, one for all or for each of {count} gates.")
    return np.broadcast_to(sizes, (count,)).copy()
