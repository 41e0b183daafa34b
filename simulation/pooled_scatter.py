"""What the repeats of a whole run tell of a meter's scatter, pooled (type A evaluation: JCGM 100:2008, 4.2.4).

Few repeats of one reading tell little, all of a run tell much: the variance of raw readings about their own means, over
the variance that the specifications make of them, is one ratio for all readings of a meter,

    r^2 = sum (n_i - 1) s_i^2 / sum (n_i - 1) sigma_i^2,     nu = sum (n_i - 1).

A data sheet promises noise to a factor of two at best, so that r sigma_i stands for sigma_i. Chi-square over scatter
that is known from nu degrees of freedom, over its own N, is distributed as F with N and nu (there chi-square is asked
with the right tail, and no factor of Student's is needed).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .landscape import FloatArray
from .repeats import ENOUGH_REPEATS

NOTABLE = 3.3
"""Standard deviations of ln r^2, (2/nu)^1/2 each, from which on a ratio other than 1 is worth a word: one in a
thousand."""


@dataclass(frozen=True, slots=True)
class RepeatedReading:
    """The repeats of one reading: whose, how many, and how they scatter."""

    meter: str
    count: int
    seen: float | None
    """Standard deviation of the raw readings; None of a single one, and where nobody has kept it."""
    specified: float
    """The same as the specifications have it."""


@dataclass(frozen=True, slots=True)
class PooledScatter:
    """How far the scatter of a meter's raw readings is from its specification."""

    ratio: float = 1.0
    freedom: int = 0
    """Degrees of freedom that the ratio is known from; 0: nothing but the specification is known."""

    @property
    def notable(self) -> bool:
        """Whether chance alone would hardly make the ratio so different from 1."""
        return self.freedom > 0 and abs(2 * math.log(self.ratio)) > NOTABLE * math.sqrt(2 / self.freedom)


AS_SPECIFIED = PooledScatter()
"""What is taken where there are too few repeats."""


def pooled(readings: Sequence[RepeatedReading]) -> dict[str, PooledScatter]:
    """Return what the repeats tell, by meter: the specification where they are fewer than one reading's would be."""
    return {
        meter: _of([one for one in readings if one.meter == meter])
        for meter in dict.fromkeys(one.meter for one in readings)
    }


def _of(readings: Sequence[RepeatedReading]) -> PooledScatter:
    known = [(one.count - 1, one.seen, one.specified) for one in readings if one.seen is not None and one.count > 1]
    freedom = sum(free for free, _, _ in known)
    seen = math.fsum(free * found**2 for free, found, _ in known)
    specified = math.fsum(free * promised**2 for free, _, promised in known)
    if freedom < ENOUGH_REPEATS - 1 or not (seen > 0 and specified > 0):
        return AS_SPECIFIED
    return PooledScatter(math.sqrt(seen / specified), freedom)


def freedom_of(meters: Sequence[str], shares: FloatArray, found: Mapping[str, PooledScatter]) -> float:
    """Return the degrees of freedom from which the scatter of all readings is known; inf where it is known for sure.

    `shares` are the parts of the readings' own variances, (n,), that come from repeats. Welch and Satterthwaite's
    formula (JCGM 100:2008, G.4.1), each meter with the weight of its readings.
    """
    uncertain = 0.0
    for meter, one in found.items():
        if one.freedom:
            weight = math.fsum(share for name, share in zip(meters, shares, strict=True) if name == meter) / len(meters)
            uncertain += weight**2 / one.freedom
    return 1 / uncertain if uncertain > 0 else math.inf
