"""Several runs of one junction fitted together: one set of parameters, and the errors of each run's own instruments.

Runs that were taken with other instruments, or on other ranges, differ by more than their scatter. An error that only
some of the readings share is therefore fitted as an unknown of its own, 0 with an uncertainty of 1; errors of the same
name and the same instrument are one unknown in all runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.chi_square import Observations

from .errors import InferenceError
from .extraction import Estimate
from .static_fit import TransferFit, fit_of_transfer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JointRun:
    """The usable readings of one run."""

    observations: Observations
    instruments: Mapping[str, str] = field(default_factory=dict)
    """Name of a common error to the instrument and range it belongs to; errors without belong to one for all runs."""
    shapes: Mapping[str, Floats] = field(default_factory=dict)
    """As of `fit_of_transfer`, for the readings of this run; missing ones are 0."""


@dataclass(frozen=True)
class JointFit:
    """The fit to all runs, and what it means for each of them."""

    fit: TransferFit
    chi_square: tuple[float, ...]
    """Of the readings of each run."""
    points: tuple[int, ...]
    errors: Mapping[str, float]
    """Best value of each common error in units of its standard uncertainty."""


def joint_fit(
    runs: Sequence[JointRun],
    held: Mapping[str, Estimate],
    *,
    free: Sequence[str] | None = None,
    gate_sign: int | None = None,
    robust: bool = False,
) -> JointFit:
    """Return the fit of one static curve to all runs, at one bias and temperature; else as `fit_of_transfer`.

    Raises InferenceError where there are fewer than two runs, or where the readings tell nothing.
    """
    if len(runs) < 2:
        raise InferenceError(f"A joint fit needs at least two runs, but {len(runs)} were given.")
    data = [run.observations for run in runs]
    whole = Observations(
        gate=np.concatenate([one.gate for one in data]),
        conductance=np.concatenate([one.conductance for one in data]),
        scatter=np.concatenate([one.scatter for one in data]),
        common={},
        gate_effects={},
    )
    fit = fit_of_transfer(
        whole,
        held,
        free=free,
        gate_sign=gate_sign,
        robust=robust,
        shapes={name: _laid_out(runs, name, "shapes") for name in _names([run.shapes for run in runs])},
        errors=_errors(runs),
    )
    bounds = np.cumsum([len(one.gate) for one in data])[:-1]
    pulls = fit.extraction.pulls if len(fit.extraction.pulls) else np.full(len(whole.gate), np.nan)
    found = {} if fit.answer is None else {name: fit.answer.parameters[name] for name in fit.answer.question.errors}
    parts = np.split(pulls, bounds)
    return JointFit(fit, tuple(float(part @ part) for part in parts), tuple(map(len, parts)), found)


def _errors(runs: Sequence[JointRun]) -> dict[str, tuple[Floats, Floats]]:
    """Return by unknown its effects on all conductances and on all gates, each 0 where another instrument was used."""
    names = _names([{**run.observations.common, **run.observations.gate_effects} for run in runs])
    out: dict[str, tuple[Floats, Floats]] = {}
    for name in names:
        owners = dict.fromkeys(run.instruments.get(name, "") for run in runs)
        for owner in owners:
            mine = [run if run.instruments.get(name, "") == owner else None for run in runs]
            effects = tuple(
                np.concatenate([_effect(run, one, name, part) for run, one in zip(runs, mine, strict=True)])
                for part in ("common", "gate_effects")
            )
            if any(np.any(effect) for effect in effects):
                out[f"{name} ({owner})" if owner else name] = (effects[0], effects[1])
    return out


def _effect(run: JointRun, mine: JointRun | None, name: str, part: str) -> Floats:
    zero = np.zeros(len(run.observations.gate))
    return zero if mine is None else np.asarray(getattr(mine.observations, part).get(name, zero), float)


def _laid_out(runs: Sequence[JointRun], name: str, part: str) -> Floats:
    return np.concatenate([getattr(run, part).get(name, np.zeros(len(run.observations.gate))) for run in runs])


def _names(maps: Sequence[Mapping[str, Floats]]) -> list[str]:
    return sorted({name for one in maps for name in one})
