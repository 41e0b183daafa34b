"""The posterior of a transfer curve's parameters, drawn by emcee (extra `posterior`).

What was taken has its normal prior; every error that all readings share is an unknown of its own, standard normal;
H_y is at least 0; everything else is as likely anywhere. So samples need no covariance to be believed.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .extraction import Estimate
from .static_answer import Answer
from .static_fit import TransferFit
from .static_problem import Problem, Question

Floats = NDArray[np.float64]

QUANTILES = (0.0228, 0.1587, 0.5, 0.8413, 0.9772)
"""What -2, -1, 0, 1 and 2 standard deviations of a normal distribution are."""
LENGTHS = 50
"""Correlation times that a chain must be long for its quantiles to be believed (Sokal's rule)."""


@dataclass(frozen=True)
class Posterior:
    """Samples of `f` parameters."""

    names: tuple[str, ...]
    """Free parameters, those taken with an uncertainty, then common errors in their standard uncertainties."""
    samples: Floats
    """Shape (draws, f), thinned by half a correlation time, the beginning left out."""
    quantiles: Floats
    """Shape (f, 5), at QUANTILES."""
    correlation_time: Floats
    """Steps, shape (f,)."""
    converged: bool
    """Whether the chain is at least 50 correlation times long."""
    remark: str
    """What to think of the samples, in one sentence."""

    def estimate(self, name: str) -> Estimate:
        """Return mean and standard deviation of a parameter."""
        column = self.samples[:, self.names.index(name)]
        return Estimate(float(column.mean()), float(column.std(ddof=1)))


def posterior(fit: TransferFit, *, seed: int, steps: int = 10_000, walkers: int | None = None) -> Posterior:
    """Return samples of the posterior of a fit; the chain ends where it is long enough, or after `steps`.

    Raises InferenceError where emcee is not installed, where there is no fit, or where fewer than 100 steps are asked
    for.
    """
    if importlib.util.find_spec("emcee") is None:
        raise InferenceError(
            "A posterior needs the package `emcee`, which is not installed: `pip install -e '.[posterior]'` in the "
            "folder of the sources."
        )
    if fit.answer is None:
        raise InferenceError("A posterior needs a fitted curve, but these readings allow none.")
    if steps < 100:
        raise InferenceError(f"A posterior needs at least 100 steps, but {steps} were asked for.")
    import emcee

    answer = _with_common_errors(fit.answer)
    rng = np.random.default_rng(seed)
    problem = Problem(answer.question)
    f = len(answer.theta)
    count = max(2 * f + 2, 32) if walkers is None else walkers
    sampler = emcee.EnsembleSampler(count, f, _Density(problem, answer.question))
    first = emcee.State(_cloud(answer, rng, count), random_state=np.random.RandomState(seed % 2**32).get_state())
    time = np.full(f, np.inf)
    for _ in range(0, steps, 100):
        first = sampler.run_mcmc(first, 100)
        time = np.asarray(sampler.get_autocorr_time(tol=0), float)
        if np.isfinite(time).all() and sampler.iteration > LENGTHS * time.max():
            break
    return _posterior(sampler, answer.question, time)


class _Density:
    """Logarithm of the posterior density, an additive constant aside."""

    def __init__(self, problem: Problem, question: Question) -> None:
        self._problem = problem
        fitted = question.fitted
        one_sided = "transverse_ratio" in fitted and question.taken.get("hard_layer_angle", Estimate(0, 0)).value == 0
        self._field = fitted.index("transverse_ratio") if one_sided else None

    def __call__(self, theta: Floats) -> float:
        if not self._problem.possible(theta) or (self._field is not None and theta[self._field] < 0):
            return -np.inf
        pulls = self._problem.plain(theta, self._problem.curve(theta)[0])
        return -0.5 * float(pulls @ pulls)


def _with_common_errors(answer: Answer) -> Answer:
    """Return the answer with the errors of its observations as unknowns at 0; those fitted already stay."""
    question, data = answer.question, answer.question.observations
    zero = np.zeros(len(data.gate))
    names = [name for name in sorted({*data.common, *data.gate_effects}) if name not in question.errors]
    asked = replace(
        question,
        observations=replace(data, common={}, gate_effects={}),
        taken={**question.taken, **dict.fromkeys(names, Estimate(0.0, 1.0))},
        shapes={**question.shapes, **{name: data.gate_effects[name] for name in names if name in data.gate_effects}},
        additions={**question.additions, **{name: data.common.get(name, zero) for name in names}},
        errors=(*question.errors, *names),
    )
    known = dict(zip(question.fitted, answer.theta, strict=True))
    theta = np.array([known.get(name, 0.0) for name in asked.fitted])
    conductance, derivatives = Problem(asked).curve(theta)
    return replace(answer, question=asked, theta=theta, conductance=conductance, derivatives=derivatives, spread=None)


def _cloud(answer: Answer, rng: np.random.Generator, count: int) -> Floats:
    """Return where the walkers begin, (count, f): as the covariance has them, a stray field above 0."""
    sigma = np.sqrt(np.diag(answer.inverse))
    root = np.linalg.cholesky(answer.inverse / np.outer(sigma, sigma) + 1e-9 * np.eye(len(sigma)))
    cloud = answer.theta + 0.5 * (rng.standard_normal((count, len(sigma))) @ root.T) * sigma
    if "transverse_ratio" in answer.question.fitted:
        k = answer.question.fitted.index("transverse_ratio")
        cloud[:, k] = np.abs(cloud[:, k])
    return np.asarray(cloud, float)


def _posterior(sampler: object, question: Question, time: Floats) -> Posterior:
    length = int(sampler.iteration)  # type: ignore[attr-defined]
    longest = float(np.nanmax(np.where(np.isfinite(time), time, length)))
    converged = bool(np.isfinite(time).all() and length > LENGTHS * longest)
    samples = sampler.get_chain(  # type: ignore[attr-defined]
        discard=min(int(3 * longest), length // 2), thin=max(1, int(longest / 2)), flat=True
    )
    told = f"{length} steps, {length / longest:.0f} correlation times of {longest:.0f} steps"
    return Posterior(
        names=question.fitted,
        samples=np.asarray(samples, float),
        quantiles=np.quantile(samples, QUANTILES, axis=0).T,
        correlation_time=time,
        converged=converged,
        remark=f"The posterior is drawn: {told}." if converged else f"The chain is too short to be believed: {told}.",
    )
