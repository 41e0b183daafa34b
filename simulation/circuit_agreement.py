"""Whether the readings of a circuit agree with what was believed of its junctions and instruments.

What all readings of a run have in common is known by example: each copy of the circuit has junctions of its own, and
what its readings would have been, less the mean of all copies, is one direction in which beliefs may err. The
covariance of those directions, of the instruments' common errors, and of each reading's own scatter gives chi-square:

    chi^2 = r' (U U' + W)^-1 r,     U = [D/(n-1)^1/2, E],  W the own variances

with D the deviations of n copies and E the effects of instrument errors; it has as many degrees of freedom as readings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .agreement import FALSE_ALARM_RATE, Largest, Verdict, verdict_sentence
from .belief import Belief
from .circuit_replicas import CircuitResponse
from .expectation import LEVELS, Expectation, mixture_quantiles
from .junction import Junction
from .landscape import FloatArray
from .readings_so_far import Indices


@dataclass(frozen=True, kw_only=True)
class CircuitUncertainty:
    """What chi-square must know of the uncertainty of one reading, in the reading's unit."""

    independent: float
    """Scatter of the meter."""
    common: Mapping[str, float]
    """Name of an error that readings share to its effect: of the meter and of all sources."""
    levels: float
    """Scatter that the levels of the sources leave."""

    @classmethod
    def of(
        cls,
        response: CircuitResponse,
        *,
        independent: float,
        common: Mapping[str, float],
        levels: Mapping[str, Mapping[str, float]],
        level_scatter: Mapping[str, float],
    ) -> CircuitUncertainty:
        """Return it for a reading with that answer; errors of levels are in V or A of their sources."""
        slopes, effects = response.level_slopes, dict(common)
        for source, errors in levels.items():
            for name, error in errors.items():
                effects[name] = effects.get(name, 0.0) + slopes.get(source, 0.0) * error
        scatter = math.sqrt(sum((slopes.get(name, 0.0) * one) ** 2 for name, one in level_scatter.items()))
        return cls(independent=independent, common=effects, levels=scatter)

    @property
    def shared(self) -> float:
        """Return the standard uncertainty by all common errors."""
        return math.sqrt(sum(effect**2 for effect in self.common.values()))


def expect_circuit(response: CircuitResponse, uncertainty: CircuitUncertainty, flicker: float) -> Expectation:
    """Return the distribution expected of a reading of a circuit, in its unit.

    `flicker` is the standard deviation by 1/f noise of the junctions.
    """
    own = math.hypot(response.thermal, response.standard_error, uncertainty.independent, uncertainty.levels, flicker)
    spread = np.full(response.values.shape, math.hypot(own, uncertainty.shared))
    median, low68, high68, low95, high95 = mixture_quantiles(response.values, spread, LEVELS)
    return Expectation(
        median, low68, high68, low95, high95,
        parts={
            "parameters": float(np.std(response.values)),
            "thermal": response.thermal,
            "model": response.standard_error,
            "instrument": math.hypot(uncertainty.independent, uncertainty.levels, uncertainty.shared),
            "flicker": flicker,
            "read_back": uncertainty.levels,
        },
        effective_gate=response.effective_gate,
        correction=response.correction,
        temperature=response.temperature,
    )  # fmt: skip


class CircuitAgreement:
    """Collects the readings of a circuit as they come and judges them together against one belief."""

    def __init__(
        self,
        belief: Belief,
        junctions: Mapping[str, Sequence[Junction]],
        *,
        false_alarm_rate: float = FALSE_ALARM_RATE,
    ) -> None:
        """`junctions` are those of the copies, by device."""
        self._rate = false_alarm_rate
        self._unknowns = {
            f"{device}.{name}": (np.array([getattr(one, name) for one in drawn]) - getattr(belief.junction, name))
            / sigma
            for device, drawn in junctions.items()
            for name, sigma in belief.uncertainty.items()
            if sigma > 0
        }
        self._residuals: list[float] = []
        self._own: list[float] = []
        self._deviations: list[FloatArray] = []
        self._common: list[Mapping[str, float]] = []
        self._gates: list[float] = []

    def add(
        self,
        value: float | None,
        response: CircuitResponse,
        uncertainty: CircuitUncertainty,
        *,
        gate: float,
        flicker: float,
    ) -> None:
        """Add one reading in its unit, None if it must not count, with the gate of the first junction in V."""
        mean = float(np.mean(response.values))
        self._residuals.append(math.nan if value is None else value - mean)
        self._own.append(
            math.hypot(uncertainty.independent, uncertainty.levels, response.thermal, response.standard_error, flicker)
        )
        self._deviations.append(response.values - mean)
        self._common.append(uncertainty.common)
        self._gates.append(gate)

    def evaluate(self) -> Verdict:
        """Return the verdict on everything added so far."""
        own, residuals = np.array(self._own), np.array(self._residuals)
        used = np.flatnonzero(np.isfinite(residuals) & (own > 0))
        if not len(used):
            count = len(residuals)
            sentence = "no verdict: there is no reading."
            if count:
                sentence = f"no verdict: none of the {count} readings can be used (flagged, or without a number)."
            return Verdict(0.0, 0, None, None, sentence, false_alarm_rate=self._rate)
        directions, errors = self._directions(used)
        return self._verdict(residuals[used], own[used], directions, errors, used)

    def _directions(self, used: Indices) -> tuple[FloatArray, list[str]]:
        """Return U (readings, unknowns) for some readings, and the names of the instruments' errors in it."""
        drawn = np.stack([self._deviations[k] for k in used])
        errors = sorted({name for k in used for name in self._common[k]})
        effects = np.array([[self._common[k].get(name, 0.0) for name in errors] for k in used]).reshape(len(used), -1)
        return np.concatenate([drawn / math.sqrt(max(drawn.shape[1] - 1, 1)), effects], axis=1), errors

    def _verdict(
        self, residuals: FloatArray, own: FloatArray, directions: FloatArray, errors: list[str], used: Indices
    ) -> Verdict:
        from scipy.special import chdtrc

        best = _best(residuals / own, directions / own[:, None])
        pulls = (residuals - directions @ best) / own
        chi_square, dof = float(pulls @ pulls + best @ best), len(used)
        unknowns = len(self._unknowns) + len(errors)
        p_value = float(chdtrc(dof, chi_square))
        belief_p = float(chdtrc(unknowns, best @ best)) if unknowns else None
        worst = int(np.argmax(np.abs(pulls)))
        largest = Largest(abs(float(pulls[worst])), self._gates[used[worst]], int(used[worst]))
        nuisance = self._nuisance(best, errors)
        agrees = min(p_value, 1.0 if belief_p is None else belief_p) >= self._rate / 2
        sentence = verdict_sentence(chi_square, dof, p_value, belief_p, largest, nuisance, self._rate, agrees=agrees)
        return Verdict(
            chi_square=chi_square,
            dof=dof,
            p_value=p_value,
            agrees=agrees,
            sentence=sentence,
            largest=largest,
            nuisance=nuisance,
            pulls=self._spread(pulls, used),
            residuals=self._spread(residuals - directions @ best, used),
            belief_p_value=belief_p,
            false_alarm_rate=self._rate,
        )

    def _nuisance(self, best: FloatArray, errors: list[str]) -> dict[str, float]:
        """Return the best value of each unknown in its standard uncertainties: fields of junctions, then errors."""
        copies = len(best) - len(errors)
        weights = best[:copies] / math.sqrt(max(copies - 1, 1))
        fields = {name: float(weights @ (drawn - drawn.mean())) for name, drawn in self._unknowns.items()}
        return fields | dict(zip(errors, best[copies:].tolist(), strict=True))

    def _spread(self, values: FloatArray, used: Indices) -> tuple[float | None, ...]:
        out: list[float | None] = [None] * len(self._residuals)
        for index, value in zip(used.tolist(), values.tolist(), strict=True):
            out[index] = value
        return tuple(out)


def _best(residuals: FloatArray, directions: FloatArray) -> FloatArray:
    """Return the unknowns (u,) that minimise |r - U z|^2 + |z|^2, from the smaller of the two normal equations."""
    rows, columns = directions.shape
    if rows <= columns:
        inner = np.eye(rows) + directions @ directions.T
        return np.asarray(directions.T @ np.linalg.solve(inner, residuals))
    inner = np.eye(columns) + directions.T @ directions
    return np.asarray(np.linalg.solve(inner, directions.T @ residuals))
