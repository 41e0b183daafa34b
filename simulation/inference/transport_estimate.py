"""The nine numbers of a junction from what several runs have told: generalised least squares with every covariance.

The parameters of all runs are one vector y with one covariance C: that of each run, and what an error of one name does
to several of them (two runs on the same range of the same instrument share its gain). Where a run has held a parameter
that another one measures, its result moves with it. With f the parameters as functions of the nine numbers t that
transport tells, t minimises (y - f(t))^T C^-1 (y - f(t)); chi-square at the minimum says whether the runs agree with
each other. A number that the runs leave less certain than it was before keeps its belief as one more measurement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief

from .errors import InferenceError
from .extraction import Estimate
from .told import Stack, Told, told_sign
from .transport import PRODUCTS, TRANSPORT, transport_prior

Floats = NDArray[np.float64]

DISAGREE = 1e-3
"""Chance below which runs are told to disagree: the false-alarm rate."""
BEFORE = "what was believed before"
"""The source that is no run."""
SIGNLESS = "The size of the transverse field is told, but not its sign, which is as believed before."
FOLLOWS_FROM = 0.999
"""Correlation beyond which one number is believed to follow from another."""
_STEPS = 30
_UNSEEN = 1e-7
"""Singular value, over the largest, below which the runs do not see a direction at all."""


@dataclass(frozen=True)
class TransportEstimate:
    """The nine numbers, as far as runs and belief tell them together."""

    names: tuple[str, ...]
    """Those that the runs bear on, some of TRANSPORT."""
    values: Floats
    """Shape (k,), SI units."""
    covariance: Floats
    """Shape (k, k), SI units; widened where the runs disagree."""
    sources: Mapping[str, tuple[str, ...]]
    """By name, who tells it: sources of more than a twentieth of its information, the most telling first."""
    believed: frozenset[str]
    """Those for which the belief before counts as a measurement."""
    contributions: Mapping[str, Mapping[str, float]]
    """By name: name of an error of the instruments to the signed effect of its +1 sigma, in the number's unit."""
    chi_square: float
    dof: int
    p_value: float | None
    """Chance that runs that agree differ as much; None where nothing is told twice."""
    remarks: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the runs agree with each other, at a false-alarm rate of DISAGREE."""
        return self.p_value is None or self.p_value >= DISAGREE

    def estimate(self, name: str) -> Estimate | None:
        """Return one of the numbers; None where the runs do not bear on it."""
        if name not in self.names:
            return None
        k = self.names.index(name)
        return Estimate(float(self.values[k]), float(np.sqrt(self.covariance[k, k])))


def transport_estimate(told: Sequence[Told], belief: Belief) -> TransportEstimate:
    """Return what the runs tell together. Raises InferenceError where they tell nothing of a junction."""
    across = -1.0 if belief.junction.transverse_field < 0 else 1.0
    data = Stack.of(told, int(belief.junction.gate_sign), across)
    if not data.names:
        raise InferenceError(
            "Runs that fill a junction file must tell at least one parameter of a junction, but none does."
        )
    centre, prior = transport_prior(belief)
    found = _Solution(data, centre, prior).estimate()
    unsure = "transverse_field" in found.names and not told_sign(told)
    return replace(found, remarks=(*found.remarks, SIGNLESS)) if unsure else found


class _Solution:
    """Where chi-square of the runs, and of what is still believed, is least."""

    def __init__(self, data: Stack, centre: Floats, prior: Floats) -> None:
        self._data, self._prior = data, prior
        self._centre = centre
        self._numbers = self._begin()
        self._white = _whitener(data.covariance)
        slopes = data.slopes(self._numbers)
        self._free = np.flatnonzero(np.any(slopes != 0, axis=0))
        known = np.sqrt(np.diag(prior))
        sigma = self._without_belief(slopes)
        # What nothing told before and nothing tells now cannot be moved: it is held.
        self._free = self._free[np.isfinite(sigma) | (known[self._free] > 0)]
        sigma = self._without_belief(slopes)
        self._believed = self._free[(sigma > known[self._free]) & (known[self._free] > 0)]
        self._solve()
        self._with_products()

    def _with_products(self) -> None:
        """Believe in both products too where the fields they are made of were else less certain than before."""
        places = [place for place in PRODUCTS.values() if place in self._free and self._prior[place, place] > 0]
        if len(places) < 2 or set(places) <= set(self._believed):
            return
        where = [int(np.flatnonzero(self._free == place)[0]) for place in places]
        after, before = self._covariance[np.ix_(where, where)], self._prior[np.ix_(places, places)]
        if abs(before[0, 1]) > FOLLOWS_FROM * np.sqrt(before[0, 0] * before[1, 1]):
            return
        white = _whitener(before)
        worse = np.linalg.eigvalsh(white @ after @ white.T)[-1] > 1
        if worse and not contradicts(self._numbers[places], after, self._centre[places], before):
            self._believed = np.union1d(self._believed, places)
            self._solve()

    def _begin(self) -> Floats:
        """Return where to start: each number as a run tells it outright, else as believed."""
        numbers = self._centre.copy()
        for name, value in zip(self._data.names, self._data.values, strict=True):
            if name in TRANSPORT:
                numbers[TRANSPORT.index(name)] = value
            elif name == "conductance_antiparallel":
                numbers[TRANSPORT.index("resistance_antiparallel")] = 1 / value
        return numbers

    def _without_belief(self, slopes: Floats) -> Floats:
        """Return the standard uncertainty of each free number by the runs alone; inf where they do not tell it."""
        rows = self._white @ slopes[:, self._free]
        # By what the runs tell of each, not by how large it is: a number that one of them finds near 0 is told too.
        scale = 1 / np.linalg.norm(rows, axis=0)
        _, size, directions = np.linalg.svd(rows * scale, full_matrices=True)
        padded = np.zeros(len(directions))
        padded[: len(size)] = size
        seen = padded > _UNSEEN * max(padded.max(initial=0.0), 1e-300)
        unseen = np.sum(directions[~seen] ** 2, axis=0) > 1e-8
        sigma = np.sqrt(np.sum((directions[seen] / padded[seen, None]) ** 2, axis=0)) * scale
        return np.where(unseen, np.inf, sigma)

    def _rows(self) -> tuple[Floats, Floats]:
        """Return whitened residuals (m,) and their derivatives (m, k) by the free numbers, belief last."""
        residuals = self._white @ (self._data.values - self._data.model(self._numbers))
        slopes = self._white @ self._data.slopes(self._numbers)[:, self._free]
        if not len(self._believed):
            return residuals, slopes
        root = _whitener(self._prior[np.ix_(self._believed, self._believed)])
        apart = root @ (self._centre[self._believed] - self._numbers[self._believed])
        chosen = np.array([[float(one == other) for other in self._free] for one in self._believed])
        return np.concatenate([residuals, apart]), np.concatenate([slopes, root @ chosen])

    def _solve(self) -> None:
        for _ in range(_STEPS):
            residuals, slopes = self._rows()
            scale = 1 / np.maximum(np.linalg.norm(slopes, axis=0), 1e-300)
            step = np.linalg.lstsq(slopes * scale, residuals, rcond=None)[0]
            self._numbers = self._numbers.copy()
            self._numbers[self._free] += step * scale
            if np.max(np.abs(step), initial=0.0) < 1e-6:  # in standard uncertainties
                break
        self._residuals, slopes = self._rows()
        scale = 1 / np.maximum(np.linalg.norm(slopes, axis=0), 1e-300)
        self._slopes = slopes
        self._covariance = np.outer(scale, scale) * np.linalg.inv((slopes * scale).T @ (slopes * scale))

    def estimate(self) -> TransportEstimate:
        from scipy.special import chdtrc

        chi_square = float(self._residuals @ self._residuals)
        dof = len(self._residuals) - len(self._free)
        p_value = float(chdtrc(dof, chi_square)) if dof > 0 else None
        names = tuple(TRANSPORT[place] for place in self._free)
        disagree = p_value is not None and p_value < DISAGREE
        return TransportEstimate(
            names=names,
            values=self._numbers[self._free],
            covariance=self._covariance * (chi_square / dof if disagree else 1.0),
            sources={name: self._sources(k) for k, name in enumerate(names)},
            believed=frozenset(TRANSPORT[place] for place in self._believed),
            contributions=self._contributions(names),
            chi_square=chi_square,
            dof=dof,
            p_value=p_value,
            remarks=(self._quarrel(chi_square, dof, p_value),) if disagree and p_value is not None else (),
        )

    def _contributions(self, names: Sequence[str]) -> dict[str, dict[str, float]]:
        count = len(self._data.names)
        gain = self._covariance @ self._slopes[:count].T @ self._white
        effects = {error: gain @ effect for error, effect in self._data.errors.items()}
        return {name: {error: float(effect[k]) for error, effect in effects.items()} for k, name in enumerate(names)}

    def _shares(self, k: int) -> Floats:
        """Return which part of the variance of a number each whitened measurement is responsible for, shape (m,)."""
        gain = self._covariance[k] @ self._slopes.T
        return np.asarray(gain**2 / self._covariance[k, k], float)

    def _sources(self, k: int) -> tuple[str, ...]:
        """Return who tells a number. Whitening mixes sources only as far as they share errors."""
        shares = self._shares(k)
        count = len(self._data.names)
        by_source: dict[str, float] = {}
        for source, share in zip(self._data.sources, shares[:count], strict=True):
            by_source[source] = by_source.get(source, 0.0) + float(share)
        telling = sorted((s for s in by_source if by_source[s] > 0.05), key=lambda s: -by_source[s])
        before = (BEFORE,) if shares[count:].sum() > 0.05 else ()
        return (*telling, *before)

    def _quarrel(self, chi_square: float, dof: int, p_value: float) -> str:
        """Return who disagrees, in a sentence."""
        count = len(self._data.names)
        left = self._data.values - self._data.model(self._numbers)
        slopes = self._data.slopes(self._numbers)[:, self._free]
        spread = np.diag(self._data.covariance - slopes @ self._covariance @ slopes.T)
        own = np.diag(self._data.covariance)
        sizes = np.where(spread > 1e-6 * own, np.abs(left) / np.sqrt(np.maximum(spread, 1e-6 * own)), 0.0)
        worst = int(np.argmax(sizes[:count]))
        name = self._data.names[worst].replace("_", " ")
        return (
            f"The runs disagree with each other: χ²/ν = {chi_square / dof:.3g} (ν = {dof}), "
            f"p = {p_value:.2g}, most of all the {name} of {self._data.sources[worst]}, {sizes[worst]:.1f} σ "
            "from what the others make one expect. All uncertainties are widened by the square root of χ²/ν."
        )


def contradicts(values: Floats, covariance: Floats, believed: Floats, prior: Floats) -> bool:
    """Return whether some numbers (k,) are not those of a belief, at a false-alarm rate of DISAGREE at most."""
    from scipy.special import chdtrc

    known = np.diag(prior) > 0
    apart = _whitener((covariance + prior)[np.ix_(known, known)]) @ (values - believed)[known]
    return bool(known.any() and chdtrc(int(known.sum()), float(apart @ apart)) < DISAGREE)


def _whitener(covariance: Floats) -> Floats:
    """Return W with W^T W the inverse of a covariance matrix: the inverse of its Cholesky factor.

    Raises InferenceError where measurements are known so well together that the matrix has none.
    """
    sigma = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    try:
        factor = np.linalg.cholesky(covariance / np.outer(sigma, sigma) + 1e-12 * np.eye(len(sigma)))
    except np.linalg.LinAlgError:
        raise InferenceError(
            "What runs tell must have a positive definite covariance, but that of these runs is not."
        ) from None
    return np.asarray(np.linalg.inv(factor) / sigma, float)
