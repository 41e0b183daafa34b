"""The readings of a run and what was expected of them, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.procedures.observed import Observed, floats
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


def curve_of(seen: Observed, expectations: Mapping[int, Expectation], joins: Sequence[int] = ()) -> Curve:
    """Return the arrays of some readings, taken up again before those numbered in `joins`."""
    common = seen.effects["common"]
    return Curve(
        index=np.arange(len(seen)),
        branch=seen.branch,
        gate=seen.gate,
        conductance=seen.value,
        independent=seen.scatter,
        standard=np.sqrt(seen.scatter**2 + sum((effect**2 for effect in common.values()), np.zeros(len(seen)))),
        common=common,
        gate_effects=seen.effects["gate"],
        bias=seen.bias,
        effective_gate=_expected("effective_gate", len(seen), expectations),
        correction=_expected("correction", len(seen), expectations),
        band={name: _expected(name, len(seen), expectations) for name in _BAND},
        flags=seen.flags,
        joins=tuple(number for number in joins if 0 < number < len(seen)),
    )


def _expected(name: str, count: int, expectations: Mapping[int, Expectation]) -> Floats:
    return floats([getattr(expectations.get(number), name, None) for number in range(count)])
