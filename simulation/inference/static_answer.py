"""The least chi-square of a transfer curve by lmfit, and what it says of the fitted parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .least_squares import POOR, chance
from .static_problem import SOFT, Problem, Question, curve_of, prior_rows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """How the fitted parameters are spread by a stray field that is not seen clearly."""

    shift: Floats
    """From the least chi-square to the mean, shape (f,)."""
    covariance: Floats
    """Shape (f, f)."""


@dataclass(frozen=True)
class Answer:
    """The minimum of chi-square for `n` readings, `f` fitted parameters, the first `k` of them free."""

    question: Question
    theta: Floats
    """Shape (f,)."""
    conductance: Floats
    """The fitted curve at each reading in S, shape (n,)."""
    derivatives: Floats
    """Of the fitted curve by the fitted parameters, shape (n, f)."""
    chi_square: float
    """Of the readings and of the values taken, all readings with their full weight."""
    widening: float
    """Factor of the variances due to scatter: above 1 where the fit is poor, or where a robust one wastes."""
    result: Any
    """lmfit's own, in which parameter number k is called `pk`: common errors have names that are no symbols."""
    spread: Spread | None = None

    @property
    def values(self) -> Floats:
        """Best values of the fitted parameters, (f,): those of the least chi-square, or means over a stray field."""
        return self.theta if self.spread is None else self.theta + self.spread.shift

    @property
    def parameters(self) -> dict[str, float]:
        """Every parameter of `static_curve`."""
        return {**self.question.fixed, **dict(zip(self.question.fitted, map(float, self.theta), strict=True))}

    @property
    def gate(self) -> Floats:
        """The gate in V that the strain answers to at each reading, shape (n,)."""
        p = self.parameters
        moved = [p.get(name, 0.0) * shape for name, shape in self.question.shapes.items()]
        return np.asarray(sum(moved, self.question.observations.gate), float)

    @property
    def slope(self) -> Floats:
        """dG/dV_G of the fitted curve at each reading in S/V, shape (n,)."""
        _, by = curve_of(self.gate, self.parameters, self.question)
        return np.asarray(-self.parameters["gate_gain"] * by["threshold"], float)

    @property
    def dof(self) -> int:
        """Degrees of freedom of chi-square."""
        return len(self.conductance) - len(self.question.free) + (self.question.shape_voltage is not None)

    @property
    def p_value(self) -> float:
        """Chance of a chi-square this large or larger, were the model right."""
        return chance(self.chi_square, self.dof)

    @cached_property
    def jacobian(self) -> Floats:
        """`derivatives` over the scatter, with the weight of each reading, shape (n, f)."""
        return np.asarray(self.derivatives * self.over_scatter[:, None], float)

    @cached_property
    def over_scatter(self) -> Floats:
        """Square root of each reading's weight: 1 over its scatter, less for what a robust fit finds far off, (n,)."""
        data = self.question.observations
        if not self.question.robust:
            return 1 / data.scatter
        pulls = (data.conductance - self.conductance) / data.scatter
        return np.asarray((1 + (pulls / SOFT) ** 2) ** -0.25 / data.scatter, float)

    @cached_property
    def rows(self) -> Floats:
        """Derivatives of everything that is squared in chi-square, less its sign, shape (n + m, f)."""
        return np.concatenate([self.jacobian, prior_rows(self.question)])

    @cached_property
    def pulls(self) -> Floats:
        """What is squared in chi-square: of the readings with their weights, then of values taken, shape (n + m,)."""
        pulls = Problem(self.question).plain(self.theta, self.conductance)
        pulls[: len(self.conductance)] *= self.over_scatter * self.question.observations.scatter
        return pulls

    @cached_property
    def inverse(self) -> Floats:
        """Inverse curvature of chi-square, shape (f, f); inf where the data do not tell the parameters apart.

        With a `spread` it is that at a given stray field.
        """
        kept = [k for k, name in enumerate(self.question.fitted) if self.spread is None or name != "transverse_ratio"]
        out = np.zeros((len(self.theta), len(self.theta)))
        out[np.ix_(kept, kept)] = _inverse(self.rows[:, kept])
        return out

    def effect(self, change: Floats) -> Floats:
        """Return the change of the fitted parameters (f,) by a change of each conductance in S, (n,)."""
        return np.asarray(self.inverse @ self.jacobian.T @ (change * self.over_scatter), float)

    @cached_property
    def effects_of_taken(self) -> dict[str, Floats]:
        """Name of a value taken to the change of the fitted parameters (f,) by one standard uncertainty of it."""
        names = [*self.question.fitted[len(self.question.free) :], "shape_voltage"]
        rows = prior_rows(self.question)
        return {name: np.asarray(self.inverse @ row, float) for name, row in zip(names, rows, strict=False)}

    @property
    def statistical(self) -> Floats:
        """Covariance of the fitted parameters by the scatter alone, shape (f, f)."""
        spread = 0.0 if self.spread is None else self.spread.covariance
        scatter = self.inverse @ (self.jacobian.T @ self.jacobian) @ self.inverse
        return np.asarray((scatter + spread) * self.widening, float)

    @property
    def covariance(self) -> Floats:
        """Covariance of the fitted parameters by scatter and values taken, shape (f, f); no common errors in it."""
        taken = [np.outer(effect, effect) for effect in self.effects_of_taken.values()]
        return np.asarray(sum(taken, self.statistical), float)


def fit_static(question: Question, start: Mapping[str, float], *, rough: bool = False) -> Answer:
    """Return the fit from a start on, which names every free parameter; `rough` is good enough to start another.

    Raises InferenceError where it ends nowhere.
    """
    import lmfit

    first = [start[name] if name in start else question.taken[name].value for name in question.fitted]
    problem = Problem(question)
    begin = lmfit.create_params(**{f"p{k}": value for k, value in enumerate(first)})
    small = 1e-4 if rough else 1e-8
    found = lmfit.minimize(
        problem.residuals, begin, Dfun=problem.slopes, scale_covar=False, calc_covar=False,
        ftol=small, xtol=small, max_nfev=100,
    )  # fmt: skip
    theta = np.array([found.params[f"p{k}"].value for k in range(len(first))])
    if not problem.possible(theta):
        raise InferenceError("The fit of the transfer curve must end at a possible junction, but it did not.")
    conductance, derivatives = problem.curve(theta)
    plain = problem.plain(theta, conductance)
    answer = Answer(question, theta, conductance, derivatives, float(plain @ plain), 1.0, found)
    return _widened(answer, plain[: len(conductance)])


def _widened(answer: Answer, pulls: Floats) -> Answer:
    if answer.question.robust:  # the asymptotic covariance of an M-estimator, its expectations those of these residuals
        root = np.sqrt(1 + (pulls / SOFT) ** 2)
        wasted = np.mean((pulls / root) ** 2) * np.mean(1 / root) / np.mean(root**-3) ** 2
        return replace(answer, widening=float(wasted))
    poor = answer.p_value < POOR
    return replace(answer, widening=answer.chi_square / answer.dof) if poor else answer


def _inverse(rows: Floats) -> Floats:
    scale = np.linalg.norm(rows, axis=0)
    if not (scale > 0).all():
        return np.full((len(scale), len(scale)), np.inf)
    _, size, right = np.linalg.svd(rows / scale, full_matrices=False)
    if size[-1] < 1e-9 * size[0]:
        return np.full((len(scale), len(scale)), np.inf)
    root = right.T / size / scale[:, None]
    return np.asarray(root @ root.T, float)
