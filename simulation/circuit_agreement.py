"""Whether the readings of a circuit agree with what was believed of its junctions and instruments.

Every uncertain field of every junction is an unknown of its own, with the circuit solved around all of them. Of a few
junctions chi-square is that of a single one (`chi_square`); of many, derivatives follow the chain rule from readings to
conductances to fields (`many_junctions`), and errors of sources act by the slopes of the circuit as it is believed.

Trajectories (`sllg`) are in equilibrium while a reading lasts, so that their mean is the Boltzmann average but for the
error of a finite ensemble, which is ten times that of a multiplier's voltmeter. So readings are judged against the
average itself, and the trajectories by a chi-square of their own: whether they scatter about it as they should.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from .agreement import FALSE_ALARM_RATE, Verdict, chance
from .belief import Belief
from .chi_square import ChiSquare, Minimum, Observations
from .circuit_evaluator import CircuitEvaluator
from .circuit_replicas import CircuitReplicas, CircuitResponse
from .expectation import LEVELS, Expectation, mixture_quantiles
from .landscape import FloatArray
from .many_junctions import ManyJunctions
from .models import Model
from .pooled_scatter import PooledScatter, RepeatedReading, law_of, pooled
from .readings_so_far import Indices
from .sampled_chi_square import effects_of, nothing_used, verdict_of
from .threshold_starts import lowest

MOST_EXACT = 4
"""Junctions up to which derivatives are taken by every unknown through the whole circuit."""


@dataclass(frozen=True, kw_only=True)
class CircuitUncertainty:
    """What chi-square must know of the uncertainty of one reading, in the reading's unit."""

    independent: float
    """Scatter of the meter."""
    meter: Mapping[str, float]
    """Name of an error of the meter that readings share to its effect."""
    common: Mapping[str, float]
    """The same of the meter and of all sources, theirs by the slopes of the circuit as it is believed."""
    level_errors: Mapping[str, Mapping[str, float]]
    """Effects of the sources' errors on their own levels, in V or A, by source."""
    levels: float
    """Scatter that the levels of the sources leave beside `independent`, which holds it where repeats are believed."""
    read_back: float
    """The part of it that no repeats show: levels are read back once for all of them."""
    specified: float | None = None
    """Scatter of the rest and of the meter as specifications have it, without `step`; None in older records."""
    step: float = 0.0
    """The step of the meter's display as a standard uncertainty: it is in `independent`, and repeats do not show it."""
    repeats: int = 1
    """Raw readings averaged."""
    seen: float | None = None
    """Standard deviation of one of them as it came; None where nobody knows."""

    @classmethod
    def of(
        cls,
        response: CircuitResponse,
        *,
        independent: float,
        common: Mapping[str, float],
        levels: Mapping[str, Mapping[str, float]],
        level_scatter: Mapping[str, float],
        level_noise: Mapping[str, float] = MappingProxyType({}),
        specified: float | None = None,
        repeats: int = 1,
        seen: float | None = None,
        step: float | None = 0.0,
    ) -> CircuitUncertainty:
        """Return it for a reading with that answer; errors of levels are in V or A of their sources.

        `level_noise` is the part of `level_scatter` that differs from one of the `repeats` to the next. `step` is that
        of the display, None in older records, whose repeats tell nothing: it is in `independent` and `specified`.
        """
        slopes, effects = response.level_slopes, dict(common)
        for source, errors in levels.items():
            for name, error in errors.items():
                effects[name] = effects.get(name, 0.0) + slopes.get(source, 0.0) * error
        scatter = {name: slopes.get(name, 0.0) * one for name, one in level_scatter.items()}
        read_back = math.hypot(*(one for name, one in scatter.items() if name not in level_noise))
        noise = [slopes.get(name, 0.0) * one for name, one in level_noise.items()]
        return cls(
            independent=independent,
            meter=dict(common),
            common=effects,
            level_errors=dict(levels),
            levels=math.hypot(*scatter.values()) if specified in (None, independent) else read_back,
            read_back=read_back,
            specified=None if specified is None else math.hypot(_without(specified, step or 0.0), *noise),
            step=step or 0.0,
            repeats=repeats,
            seen=None if step is None else seen,
        )

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
        effective_gate=next(iter(response.asked.states.values())).effective_gate,
        correction=response.correction,
    )  # fmt: skip


class CircuitAgreement:
    """Collects the readings of a circuit as they come and judges them together against one belief."""

    def __init__(
        self,
        belief: Belief,
        model: Model | str,
        replicas: CircuitReplicas,
        *,
        false_alarm_rate: float = FALSE_ALARM_RATE,
    ) -> None:
        """`replicas` are those that answer the readings."""
        self._belief, self._model, self._rate = belief, Model.named(model), false_alarm_rate
        self._replicas = replicas
        self._z: dict[str, float] = {}
        self._values: list[float] = []
        self._flicker: list[float] = []
        self._responses: list[CircuitResponse] = []
        self._uncertainties: list[CircuitUncertainty] = []
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
        self._values.append(math.nan if value is None else value)
        self._flicker.append(flicker)
        self._responses.append(response)
        self._uncertainties.append(uncertainty)
        self._gates.append(gate)

    def evaluate(self) -> Verdict:
        """Return the verdict on everything added so far."""
        values, scatters = np.array(self._values), pooled([self._repeated(k) for k in range(len(self._values))])
        own, share = (np.array(column) for column in self._own(scatters))
        used = np.flatnonzero(np.isfinite(values) & (own > 0))
        if not len(used):
            return nothing_used(len(values), self._rate)
        few = len(self._replicas.junctions) <= MOST_EXACT
        minimum = (self._exact if few else self._many)(values[used], own[used], used)
        self._z = minimum.z
        law = law_of([self._meter(int(k)) for k in used], share[used], scatters)
        found = verdict_of(minimum, used, self._gates, self._rate, law=law)
        said = _said_of(scatters) + _said_of_trajectories(self._replicas.deviations, self._rate)
        return replace(found, sentence=found.sentence + said)

    def _meter(self, k: int) -> str:
        return self._responses[k].asked.meter

    def _repeated(self, k: int) -> RepeatedReading:
        """Return how the repeats of a reading scatter, and how they should."""
        told, response = self._uncertainties[k], self._responses[k]
        usable = told.specified is not None and math.isfinite(self._values[k])
        one = math.sqrt(told.repeats) * math.hypot(told.specified or 0.0, response.thermal)
        return RepeatedReading(self._meter(k), told.repeats, told.seen if usable else None, one)

    def _own(self, scatters: Mapping[str, PooledScatter]) -> tuple[list[float], list[float]]:
        """Return the scatter of each reading alone, and which part of its variance is known from repeats."""
        own, share = [], []
        for k, (told, response) in enumerate(zip(self._uncertainties, self._responses, strict=True)):
            rest, known = self._flicker[k], scatters[self._meter(k)]
            if known.freedom and told.specified is not None:
                repeated = known.ratio * math.hypot(told.specified, response.thermal)
                rest = math.hypot(rest, told.read_back, told.step)
            else:
                repeated, rest = 0.0, math.hypot(rest, told.independent, told.levels, response.thermal)
            own.append(math.hypot(repeated, rest))
            share.append((repeated / own[-1]) ** 2 if own[-1] > 0 else 0.0)
        return own, share

    def _exact(self, values: FloatArray, own: FloatArray, used: Indices) -> Minimum:
        asked = [replace(self._responses[k].asked, level_errors=self._uncertainties[k].level_errors) for k in used]
        model = CircuitEvaluator(self._replicas.solved, self._belief, self._model, asked)
        effects = effects_of([self._uncertainties[k].meter for k in used])
        data = Observations(np.zeros(len(used)), values, own, common=effects, gate_effects={})
        whole = ChiSquare(model, model.names, data)
        junctions = [f"{device}." for device in self._replicas.junctions]
        return lowest(whole.minimise(self._z), whole, model, model.names, data, self._belief, junctions)

    def _many(self, values: FloatArray, own: FloatArray, used: Indices) -> Minimum:
        effects = effects_of([self._uncertainties[k].common for k in used])
        responses = [self._responses[k] for k in used]
        model = ManyJunctions(self._replicas.solved, self._belief, self._model, responses, effects)
        return model.minimise(values, own, self._z)


def _without(whole: float, part: float) -> float:
    """Return a standard uncertainty less one that is in it."""
    return math.sqrt(max(whole**2 - part**2, 0.0))


def _said_of(scatters: Mapping[str, PooledScatter]) -> str:
    """Return a sentence on each meter whose repeats do not scatter as specified."""
    return "".join(
        f" Repeats of {meter!r} scatter {one.ratio:.2g} times as much as specified."
        for meter, one in scatters.items()
        if one.notable
    )


def _said_of_trajectories(deviations: Sequence[float], rate: float) -> str:
    """Return a sentence where trajectories are off the averages that they should have, by more than chance."""
    from scipy.special import chdtrc

    p_value = float(chdtrc(len(deviations), math.fsum(one**2 for one in deviations))) if deviations else 1.0
    if p_value >= rate:
        return ""
    return (
        f" The trajectories are off the Boltzmann averages, against which readings are judged, by more than chance, "
        f"{chance(p_value)}."
    )
