"""The readings of a run and what was expected of them, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.expectation import Expectation

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_BAND = ("median", "low68", "high68", "low95", "high95")


@dataclass(frozen=True)
class Curve:
    """Arrays of shape (n,), one place a reading, SI units; nan where there is no number."""

    index: NDArray[np.int_]
    branch: tuple[str, ...]
    gate: Floats
    conductance: Floats
    independent: Floats
    """Scatter of each reading alone."""
    standard: Floats
    """Whole standard uncertainty of each conductance, what is common included."""
    common: Mapping[str, Floats]
    gate_effects: Mapping[str, Floats]
    bias: Floats
    effective_gate: Floats
    """Gate that the strain answered to, as the model followed it."""
    correction: Floats
    """What the trajectories found beyond the reference model, in S."""
    band: Mapping[str, Floats]
    """`median`, `low68`, `high68`, `low95`, `high95`; nan where no model answered."""
    flags: tuple[tuple[str, ...], ...]
    joins: tuple[int, ...] = ()
    """Numbers of the readings before which the run was resumed."""

    def __len__(self) -> int:
        return len(self.gate)

    @property
    def valid(self) -> Mask:
        """Readings with a number and no flag: those that parameters and chi-square are taken from."""
        clean = np.array([not flags for flags in self.flags], dtype=bool)
        return clean & np.isfinite(self.conductance) & np.isfinite(self.gate)

    @property
    def expected(self) -> Mask:
        """Readings of which the model expected something."""
        return np.isfinite(self.band["median"])

    @property
    def branches(self) -> list[str]:
        """Names of the branches in the order of measuring."""
        return list(dict.fromkeys(self.branch))

    def on(self, branch: str) -> Mask:
        """Return which readings belong to a branch."""
        return np.array([name == branch for name in self.branch], dtype=bool)


def curve_of(readings: Sequence[Reading], expectations: Mapping[int, Expectation], joins: Sequence[int] = ()) -> Curve:
    """Return the arrays of some readings, taken up again before those numbered in `joins`."""
    own = [reading.uncertainty for reading in readings]
    independent = _floats([u.independent for u in own])
    common = _effects([u.common for u in own])
    return Curve(
        index=np.arange(len(readings)),
        branch=tuple(reading.setpoint.branch for reading in readings),
        gate=_floats([reading.gate for reading in readings]),
        conductance=_floats([reading.value for reading in readings]),
        independent=independent,
        standard=np.sqrt(independent**2 + sum((effect**2 for effect in common.values()), np.zeros(len(readings)))),
        common=common,
        gate_effects=_effects([u.gate for u in own]),
        bias=_floats([reading.bias for reading in readings]),
        effective_gate=_expected("effective_gate", len(readings), expectations),
        correction=_expected("correction", len(readings), expectations),
        band={name: _expected(name, len(readings), expectations) for name in _BAND},
        flags=tuple(tuple(sorted(str(flag) for flag in reading.flags)) for reading in readings),
        joins=tuple(number for number in joins if 0 < number < len(readings)),
    )


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _expected(name: str, count: int, expectations: Mapping[int, Expectation]) -> Floats:
    return _floats([getattr(expectations.get(number), name, None) for number in range(count)])


def _effects(rows: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    names = sorted({name for row in rows for name in row})
    return {name: _floats([row.get(name, 0.0) for row in rows]) for name in names}
