"""Why a curve misses its data: residuals compared with shapes that known imperfections leave, and with nothing else.

Each imperfection is tried as one more parameter of the fit. Were the fitted model right, chi-square would fall by it as
chi-square with one degree of freedom is distributed (S. S. Wilks, Ann. Math. Stat. 9, 60 (1938)). An imperfection that
other parameters stand for already brings nothing: these data can neither show nor exclude it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Suspect(StrEnum):
    """Every imperfection whose shape is known. What each looks like is told in `docs/user/verdict.md`."""

    HYSTERESIS = "piezo hysteresis"
    """The branches lie apart where the curve is steep, and together below the threshold."""
    CREEP = "piezo creep"
    """The strain grows with the time since the last change of the gate, and with its size."""
    SERIES_RESISTANCE = "series resistance"
    """All conductances are too small, by R_s G^2."""
    TRANSVERSE_FIELD = "stray transverse field"
    """The kink is rounded: conductance rises before the threshold."""
    TEMPERATURE = "thermal rounding of the kink"
    """Conductance is too large or too small within a few mV of the threshold."""
    DRIFT = "drift in time"
    """Conductances change in proportion to the time since the beginning, whatever the gate."""
    PARALLEL = "resistance of the parallel state"
    """The curve bends more, or less, far above the threshold."""
    GATE_GAIN = "gain of the gate's axis"
    """The curve is stretched along the gate's axis."""
    NOISE = "readings that scatter more than their uncertainties claim"
    """No shape, and nothing that a single reading could be blamed for."""
    OUTLIERS = "single readings"
    """A few readings lie far off, the others agree."""


@dataclass(frozen=True)
class Alternative:
    """The fit done again with one imperfection allowed."""

    suspect: Suspect
    size: float
    """Its best size, in its own unit."""
    chi_square: float


@dataclass(frozen=True)
class Suspicion:
    """One suspect, and how much of the excess of chi-square it explains."""

    suspect: Suspect
    size: float
    """Best size in the unit of the imperfection; nan where there is none."""
    gain: float
    """By how much chi-square falls with it."""
    share: float
    """Part of chi-square beyond its expectation that goes with it, 0 to 1."""


FEW = 0.02
"""Part of the readings that may be single ones that lie far off."""
CORRELATED = 3.0
"""Standard deviations from which on neighbouring residuals are said to be correlated: a shape that nobody knows."""


def suspicions(pulls: Floats, fitted: int, alternatives: Sequence[Alternative], *, rate: float) -> list[Suspicion]:
    """Return the suspects of a fit that is known to differ, the likeliest first; none where nothing known explains it.

    `pulls` (n,) are the residuals over their scatter after `fitted` parameters. An alternative counts where chance
    would bring as much in at most `rate` of all cases, for all alternatives together.
    """
    from scipy.special import chdtri

    whole = float(pulls @ pulls)
    excess = max(whole - (len(pulls) - fitted), 1e-12)
    least = float(chdtri(1, rate / max(1, len(alternatives))))
    found = [
        Suspicion(one.suspect, one.size, whole - one.chi_square, min(1.0, (whole - one.chi_square) / excess))
        for one in alternatives
        if whole - one.chi_square > least
    ]
    return sorted(found, key=lambda one: -one.gain) or _without_shape(pulls, fitted, excess, rate)


def _without_shape(pulls: Floats, fitted: int, excess: float, rate: float) -> list[Suspicion]:
    """Return what may be thought where no known shape is left: a few readings, or all of them."""
    from scipy.special import chdtrc

    squares = np.sort(pulls**2)
    few = max(1, int(FEW * len(pulls)))
    others, gone = float(squares[:-few].sum()), float(squares[-few:].sum())
    if chdtrc(max(1, len(pulls) - few - fitted), others) > rate:
        return [Suspicion(Suspect.OUTLIERS, np.nan, gone, min(1.0, gone / excess))]
    if abs(correlation(pulls)) * len(pulls) ** 0.5 < CORRELATED:
        return [Suspicion(Suspect.NOISE, np.nan, excess, 1.0)]
    return []


def correlation(pulls: Floats) -> float:
    """Return the correlation of neighbouring residuals, 0 where they are independent (standard error 1/sqrt(n))."""
    centred = pulls - pulls.mean()
    whole = float(centred @ centred)
    return float(centred[1:] @ centred[:-1]) / whole if whole > 0 else 0.0
