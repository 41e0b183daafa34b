"""The parameters of several runs as one vector, with everything that ties them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.correlation import correlation_matrix, square_root

from .extraction import Estimate, Extraction
from .transport import FOLLOWS, PREDICTED, derivatives, predicted

Floats = NDArray[np.float64]

_REDUNDANT = 1e-10
"""Part of a variance that others must leave for a parameter to add anything."""

SURE = 3.0
"""Standard deviations from 0 beyond which a transverse field has a sign."""
_SIGNED = ("transverse_field", "transverse_ratio")


@dataclass(frozen=True)
class Told:
    """What one run tells."""

    source: str
    """Who tells it, such as `run 1a2b3c4d, field-loop`."""
    extraction: Extraction
    bias: float = 0.0
    """Voltage in V across the junction while it was read; 0 where the result is that at small bias."""
    tells_signs: bool = False
    """Whether the sign of a transverse field is told, and not its size alone."""


@dataclass(frozen=True)
class Stack:
    """All parameters of all runs in one vector (n,)."""

    names: tuple[str, ...]
    sources: tuple[str, ...]
    biases: tuple[float, ...]
    values: Floats
    covariance: Floats
    """Without what parameters that were held, and are free here, do."""
    held: Mapping[tuple[int, str], tuple[Estimate, Floats]]
    """By number of the run and name: what was held there, and its effect of +1 sigma alone on each value (n,)."""
    errors: Mapping[str, Floats]
    """Name of an error that runs share to the effect of its +1 sigma on each value (n,); it is in the covariance."""
    sign: int

    @classmethod
    def of(cls, told: Sequence[Told], sign: int, across: float = 1.0) -> Stack:
        """Return the vector of some runs; `sign` is that of the gate, `across` that of the field believed along y."""
        told = _of_one_sign(told, across)
        rows = [(run, name) for run, one in enumerate(told) for name in _kept(one.extraction)]
        where = [(run, told[run].extraction.names.index(name)) for run, name in rows]
        extractions = [told[run].extraction for run, _ in rows]
        count = len(rows)
        covariance = np.zeros((count, count))
        for i, (run, a) in enumerate(where):
            for j, (other, b) in enumerate(where):
                if run == other:
                    covariance[i, j] = extractions[i].covariance[a, b]
        values = np.array([one.values[a] for one, (_, a) in zip(extractions, where, strict=True)])
        effects = _effects(rows, extractions)
        for (runs, _), effect in effects.items():
            if runs is None:  # within a run it is in its covariance already
                apart = np.array([[run != other for other, _ in rows] for run, _ in rows])
                covariance += np.outer(effect, effect) * apart
        held: dict[tuple[int, str], tuple[Estimate, Floats]] = {}
        for run, one in enumerate(told):
            mine = {name: effect for (of, name), effect in effects.items() if of == run}
            covariance -= sum((np.outer(effect, effect) for effect in mine.values()), np.zeros_like(covariance))
            by_field = _by_field(mine, one.extraction)
            held |= {(run, name): (one.extraction.taken[name], effect) for name, effect in by_field.items()}
        return cls(
            names=tuple(name for _, name in rows),
            sources=tuple(told[run].source for run, _ in rows),
            biases=tuple(told[run].bias for run, _ in rows),
            values=values,
            covariance=covariance,
            held=held,
            errors={name: effect for (run, name), effect in effects.items() if run is None},
            sign=sign,
        )

    def model(self, numbers: Floats) -> Floats:
        """Return what the runs would have told (n,) of a junction with these nine numbers (9,)."""
        values = predicted(self.names, numbers, self.biases, self.sign)
        for (_, name), (taken, effect) in self.held.items():
            [true] = predicted([name], numbers, [0.0], self.sign)
            values = values - effect * (true - taken.value) / taken.uncertainty
        return values

    def slopes(self, numbers: Floats) -> Floats:
        """Return the derivatives (n, 9) of the model."""
        slopes = derivatives(self.names, numbers, self.biases, self.sign)
        for (_, name), (taken, effect) in self.held.items():
            slopes = slopes - np.outer(effect, derivatives([name], numbers, [0.0], self.sign)[0] / taken.uncertainty)
        return slopes


def _of_one_sign(told: Sequence[Told], believed: float) -> list[Told]:
    """Return the runs, transverse fields with the sign that a run tells surely, else with the one that is believed."""
    sign = told_sign(told) or believed
    return [one if one.tells_signs else _with_sign(one, sign) for one in told]


def told_sign(told: Sequence[Told]) -> float:
    """Return the sign, 1 or -1, of the transverse field where a run tells it surely, else 0."""
    known = [one.extraction.estimate("transverse_field") for one in told if one.tells_signs]
    sure = [one.value for one in known if one is not None and abs(one.value) > SURE * one.uncertainty]
    return float(np.sign(sure[0])) if sure else 0.0


def told_noise(told: Sequence[Told]) -> tuple[Estimate, str] | None:
    """Return the Hooge parameter in m^2 that a run tells most surely, and who tells it; None where none does."""
    known = [(found, one.source) for one in told if (found := one.extraction.estimate("hooge")) is not None]
    return min(known, key=lambda one: one[0].uncertainty / one[0].value, default=None)


def bears(told: Told) -> bool:
    """Return whether a run tells anything that a junction file has."""
    return any(name in PREDICTED or name == "hooge" for name in told.extraction.names)


def _with_sign(told: Told, sign: float) -> Told:
    extraction, contributions = told.extraction, dict(told.extraction.contributions)
    turn = np.ones(len(extraction.names))
    for k, name in enumerate(extraction.names):
        if name in _SIGNED and extraction.values[k] * sign < 0:
            turn[k] = -1.0
            contributions[name] = {error: -effect for error, effect in contributions.get(name, {}).items()}
    turned = replace(
        extraction,
        values=extraction.values * turn,
        covariance=extraction.covariance * np.outer(turn, turn),
        contributions=contributions,
    )
    return replace(told, extraction=turned)


def _kept(extraction: Extraction) -> list[str]:
    """Return the parameters that tell something of a junction and do not follow from each other."""
    told = set(extraction.names)
    known = [
        name
        for name in PREDICTED
        if name in told and not any(set(parents) <= told for parents in FOLLOWS.get(name, ()))
    ]
    kept: list[str] = []
    for name in known:
        places = [extraction.names.index(one) for one in [*kept, name]]
        block = extraction.correlation[np.ix_(places, places)]
        rest = 1 - block[-1, :-1] @ np.linalg.pinv(block[:-1, :-1], hermitian=True) @ block[:-1, -1]
        if extraction.covariance[places[-1], places[-1]] > 0 and rest > _REDUNDANT:
            kept.append(name)
    return kept


def _effects(
    rows: Sequence[tuple[int, str]], extractions: Sequence[Extraction]
) -> dict[tuple[int | None, str], Floats]:
    """Return by error its effect on each value (n,): one of all runs (None), or a parameter that one run has held."""
    effects: dict[tuple[int | None, str], Floats] = {}
    for place, ((run, name), extraction) in enumerate(zip(rows, extractions, strict=True)):
        for error, effect in extraction.contributions.get(name, {}).items():
            taken = extraction.taken.get(error)
            is_held = error in PREDICTED and taken is not None and taken.uncertainty > 0
            effects.setdefault((run if is_held else None, error), np.zeros(len(rows)))[place] = effect
    return effects


def _by_field(effects: Mapping[str, Floats], extraction: Extraction) -> dict[str, Floats]:
    """Return what +1 sigma of each parameter that was held does alone, from what the unknowns behind them do."""
    if not effects:
        return {}
    names = list(effects)
    root = square_root(correlation_matrix(names, extraction.taken_correlation))
    rows = np.linalg.pinv(root, hermitian=True) @ np.stack([effects[name] for name in names])
    return dict(zip(names, rows, strict=True))
