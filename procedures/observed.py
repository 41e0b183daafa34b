"""Readings as arrays: what every extraction and every page starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading, Uncertainty
from smtjlab.simulation.chi_square import Observations

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

EFFECTS = ("common", "gate", "field", "transverse_field", "temperature")
"""Parts of an uncertainty that many readings share."""


@dataclass(frozen=True)
class Observed:
    """Arrays of shape (n,), one place a reading, SI units; nan where there is no number."""

    branch: tuple[str, ...]
    gate: Floats
    """V, as read back."""
    bias: Floats
    """V across the junction, as read back."""
    field: Floats
    """T along the easy axis, as read back."""
    transverse_field: Floats
    """T along the minor axis, as read back."""
    temperature: Floats
    """K, as read back; nan where nobody read any."""
    value: Floats
    """Conductance in S, or whatever the readings are of."""
    current: Floats
    """A through the junction."""
    gate_current: Floats
    """A into the gate."""
    time: Floats
    """Bench time in s at the end of each reading."""
    scatter: Floats
    """Standard uncertainty of each value alone."""
    effects: Mapping[str, Mapping[str, Floats]]
    """By one of EFFECTS: name of a common error to the effect of its +1 sigma on that quantity."""
    flags: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Observed:
        """Return the arrays of some readings."""
        own = [reading.uncertainty for reading in readings]
        return cls(
            branch=tuple(reading.setpoint.branch for reading in readings),
            **{
                name: floats([getattr(reading, name) for reading in readings])
                for name in (
                    "gate", "bias", "field", "transverse_field", "temperature", "value", "current", "gate_current",
                    "time",
                )
            },
            scatter=floats([one.independent for one in own]),
            effects={part: _effects(own, part) for part in EFFECTS},
            flags=tuple(tuple(sorted(str(flag) for flag in reading.flags)) for reading in readings),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.gate)

    @property
    def valid(self) -> Mask:
        """Readings with a number, a scatter and no flag: those that anything may be taken from."""
        clean = np.array([not flags for flags in self.flags], dtype=bool)
        return clean & np.isfinite(self.value) & np.isfinite(self.gate) & (self.scatter > 0)

    def on(self, branch: str) -> Mask:
        """Return which readings belong to a branch."""
        return np.array([name == branch for name in self.branch], dtype=bool)

    def observations(self, where: Mask) -> Observations:
        """Return some readings as chi-square and the fits take them."""
        return Observations(
            gate=self.gate[where],
            conductance=self.value[where],
            scatter=self.scatter[where],
            common={name: effect[where] for name, effect in self.effects["common"].items()},
            **{
                f"{part}_effects": {name: effect[where] for name, effect in self.effects[part].items()}
                for part in EFFECTS
                if part != "common"
            },
        )


def floats(values: Sequence[float | None]) -> Floats:
    """Return an array with nan for what there is no number for."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _effects(rows: Sequence[Uncertainty], part: str) -> dict[str, Floats]:
    found: list[Mapping[str, float]] = [getattr(row, part) for row in rows]
    return {name: floats([one.get(name, 0.0) for one in found]) for name in sorted({n for one in found for n in one})}
