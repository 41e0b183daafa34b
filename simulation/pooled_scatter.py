"""What the repeats of a whole run tell of a meter's scatter, pooled (type A evaluation: JCGM 100:2008, 4.2.4).

Few repeats of one reading tell little, all of a run tell much: the variance of raw readings about their own means, over
the variance that the specifications make of them, is one ratio for all readings of a meter,

    r^2 = sum (n_i - 1) s_i^2 / sum (n_i - 1) sigma_i^2,     nu = sum (n_i - 1).

A data sheet promises noise to a factor of two at best, so that r sigma_i stands for sigma_i. Chi-square of the N_m
readings of a meter, over scatter that is known from nu_m degrees of freedom, is distributed as N_m F(N_m, nu_m), that
of a run as the sum over its meters, each with its own ratio. Of some meters no formula gives that law; but for given
ratios the sum is one of chi-squares with weights, and over the ratios the mean is taken by drawing them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .landscape import FloatArray
from .repeats import ENOUGH_REPEATS

NOTABLE = 3.3
"""Standard deviations of ln r^2, (2/nu)^1/2 each, from which on a ratio other than 1 is worth a word: one in a
thousand."""
DRAWS = 20_000
"""Draws of the ratios of several meters: p = 0.001 is then known to some per cent."""
DRAWS_SEED = 7
"""The same draws each time: a verdict is made bit for bit."""


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


@dataclass(frozen=True, slots=True)
class ChiSquareLaw:
    """The law of chi-square of readings where their scatter is known from repeats: of the sum of N_m F(N_m, nu_m)."""

    parts: tuple[tuple[int, float], ...] = ()
    """N_m and nu_m of each meter, nu_m inf where its scatter is known for sure; none: chi-square proper."""

    def p_value(self, chi_square: float, count: int) -> float:
        """Return the chance that `count` readings have a chi-square at least so large."""
        from scipy.special import chdtrc, fdtrc

        if all(math.isinf(freedom) for _, freedom in self.parts):
            return float(chdtrc(count, chi_square))
        if len(self.parts) == 1:
            return float(fdtrc(count, self.parts[0][1], chi_square / count))
        return self._drawn(chi_square)

    def _drawn(self, chi_square: float) -> float:
        """Return the mean over draws of the ratios of the chance for each, by the first two moments of its sum."""
        from scipy.special import chdtrc

        rng, first, second = np.random.default_rng(DRAWS_SEED), np.zeros(DRAWS), np.zeros(DRAWS)
        for count, freedom in self.parts:
            weight = np.ones(DRAWS) if math.isinf(freedom) else freedom / rng.chisquare(freedom, DRAWS)
            first += count * weight
            second += count * weight**2
        return float(np.mean(chdtrc(first**2 / second, chi_square * first / second)))


CHI_SQUARE = ChiSquareLaw()
"""The law where all scatter is known for sure."""


def law_of(meters: Sequence[str], shares: FloatArray, found: Mapping[str, PooledScatter]) -> ChiSquareLaw:
    """Return the law of chi-square of readings by such `meters`.

    `shares` are the parts of the readings' own variances, (n,), that come from repeats: of a mean share s the degrees
    of freedom are nu/s^2 (Welch and Satterthwaite's formula, JCGM 100:2008, G.4.1).
    """
    parts = []
    for meter in dict.fromkeys(meters):
        mine = [float(share) for name, share in zip(meters, shares, strict=True) if name == meter]
        share, freedom = math.fsum(mine) / len(mine), found[meter].freedom
        parts.append((len(mine), freedom / share**2 if freedom and share > 0 else math.inf))
    return ChiSquareLaw(tuple(parts))
