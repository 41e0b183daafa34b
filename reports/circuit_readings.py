"""The readings of a run on a circuit and what was expected of them, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.observed import floats
from smtjlab.simulation.expectation import Expectation

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class CircuitReadings:
    """Arrays of shape (n,), one place a reading, SI units; nan where there is no number."""

    meter: tuple[str, ...]
    unit: tuple[str, ...]
    """`V` or `A`, of the value."""
    branch: tuple[str, ...]
    value: Floats
    independent: Floats
    """Scatter of each reading alone."""
    standard: Floats
    """Standard uncertainty of each value, what its meter has in common included."""
    wanted: Mapping[str, Floats]
    """Level that the setpoint asked of each source, in V or A; nan where it left it."""
    levels: Mapping[str, Floats]
    """Level of each source as read back."""
    time: Floats
    """Bench time in s at the end of each reading."""
    median: Floats
    low95: Floats
    high95: Floats
    expected_spread: Floats
    """Standard deviation of what was expected, instruments included."""
    valid: Mask
    """Readings with a number and no flag."""

    @classmethod
    def of(cls, readings: Sequence[Reading], expectations: Mapping[int, Expectation]) -> CircuitReadings:
        """Return the arrays of some readings; expectations by the number of the reading."""
        names = list(dict.fromkeys(name for one in readings for name in one.levels))
        known = [expectations.get(number) for number in range(len(readings))]
        own = [one.uncertainty for one in readings]
        low, high = (floats([getattr(one, name, None) for one in known]) for name in ("low68", "high68"))
        return cls(
            meter=tuple(one.setpoint.meter for one in readings),
            unit=tuple(one.unit for one in readings),
            branch=tuple(one.setpoint.branch for one in readings),
            value=floats([one.value for one in readings]),
            independent=floats([one.independent for one in own]),
            standard=floats([(one.independent**2 + sum(e**2 for e in one.common.values())) ** 0.5 for one in own]),
            wanted={name: floats([one.setpoint.levels.get(name) for one in readings]) for name in names},
            levels={name: floats([one.levels.get(name) for one in readings]) for name in names},
            time=floats([one.time for one in readings]),
            median=floats([getattr(one, "median", None) for one in known]),
            low95=floats([getattr(one, "low95", None) for one in known]),
            high95=floats([getattr(one, "high95", None) for one in known]),
            expected_spread=(high - low) / 2,
            valid=np.array([one.value is not None and not one.flags for one in readings], dtype=bool),
        )

    def __len__(self) -> int:
        return len(self.value)

    @property
    def sigmas(self) -> Floats:
        """Return measured minus expected in standard deviations of what was expected, belief and instruments together.

        Neighbours share most of that deviation: the verdict, not this, knows how much.
        """
        return (self.value - self.median) / self.expected_spread
