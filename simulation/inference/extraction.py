"""What some readings tell of a junction: estimates with their covariance, and the reason where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from uncertainties import UFloat

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A value with its standard uncertainty, in the same unit."""

    value: float
    uncertainty: float


@dataclass(frozen=True)
class Extraction:
    """Estimates of `k` parameters from `n` readings.

    Everything that a page, a table or a junction file needs of it, whatever the protocol. Names and units of the
    parameters stand in `smtjlab.simulation.inference.parameters`.
    """

    names: tuple[str, ...]
    values: Floats
    """Shape (k,), SI units."""
    covariance: Floats
    """Shape (k, k): scatter of the readings and everything common to them, together."""
    statistical: Floats
    """Shape (k, k): scatter of the readings alone."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why a parameter that the protocol can give is not among `names`, one clause each."""
    remarks: tuple[str, ...] = ()
    """What a reader must know before believing the values, one sentence each."""
    taken: Mapping[str, Estimate] = field(default_factory=dict)
    """Parameters that were taken from elsewhere and held; their uncertainty is in `covariance`."""
    taken_correlation: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Correlations of those that other runs may measure; their contributions are then those of the symmetric root."""
    contributions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Parameter to name of a common error to the signed effect of its +1 sigma, in the parameter's unit."""
    chi_square: float = float("nan")
    dof: int = 0
    points: int = 0
    """Readings used."""
    fitted: Floats = field(default_factory=lambda: np.zeros(0))
    """The fitted model at each reading, shape (n,) in the unit of the reading; nan where a reading was not used."""
    pulls: Floats = field(default_factory=lambda: np.zeros(0))
    """Reading minus fitted over its own scatter, shape (n,); nan where a reading was not used."""

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def estimate(self, name: str) -> Estimate | None:
        """Return a parameter, or None where these readings do not tell it."""
        if name not in self.names:
            return None
        k = self.names.index(name)
        return Estimate(float(self.values[k]), float(np.sqrt(max(self.covariance[k, k], 0.0))))

    def correlated(self) -> dict[str, UFloat]:
        """Return all estimates as `uncertainties` numbers that know their correlations."""
        from uncertainties import correlated_values

        return dict(zip(self.names, correlated_values(list(self.values), self.covariance), strict=True))

    @property
    def correlation(self) -> Floats:
        """Correlation matrix, shape (k, k)."""
        sigma = np.sqrt(np.clip(np.diag(self.covariance), 0.0, None))
        scale = np.outer(sigma, sigma)
        return np.asarray(np.divide(self.covariance, scale, out=np.eye(len(sigma)), where=scale > 0), float)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, without what there is one of for each reading."""
        return {
            "names": list(self.names),
            "values": self.values.tolist(),
            "covariance": self.covariance.tolist(),
            "reasons": dict(self.reasons),
            "remarks": list(self.remarks),
            "taken": {name: [one.value, one.uncertainty] for name, one in self.taken.items()},
            "chi_square": self.chi_square,
            "dof": self.dof,
            "points": self.points,
        }


def nothing(reasons: Mapping[str, str], points: int, remarks: tuple[str, ...] = ()) -> Extraction:
    """Return an extraction that tells nothing, and why."""
    empty = np.zeros((0, 0))
    return Extraction((), np.zeros(0), empty, empty, reasons=reasons, remarks=remarks, points=points)
