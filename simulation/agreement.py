"""Whether a run agrees with what was believed: one chi-square, one p-value, one sentence with numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from .belief import Belief
from .belief_evaluator import BeliefEvaluator
from .chi_square import SHIFTED, ChiSquare, Floats, Minimum
from .expectation import Expectation
from .inference.slow_noise import density_of
from .models import Model
from .readings_so_far import WHEN, Indices, ReadingsSoFar
from .repeats import ONCE, Repeats
from .shared_noise import beside, noisy
from .steadied_effects import steadied
from .threshold_starts import lowest

FALSE_ALARM_RATE = 0.001
"""Share of right beliefs that are called wrong."""
OWN = ("thermal", "model", "well", "read_back")
"""Parts of an expectation that belong to one reading alone."""


class ReadingUncertainty(Protocol):
    """What chi-square must know of a reading's uncertainty; `smtjlab.instruments` has the class."""

    @property
    def independent(self) -> float:
        """Scatter of this reading alone, in S."""

    @property
    def common(self) -> Mapping[str, float]:
        """Name of a common error to its effect on the value, in S."""

    @property
    def gate(self) -> Mapping[str, float]:
        """Name of a common error to its effect on the gate, in V."""


@dataclass(frozen=True)
class Largest:
    """The largest residual: in standard deviations, at which gate in V, of which reading."""

    sigma: float
    gate: float
    index: int


@dataclass(frozen=True)
class Verdict:
    """What chi-square says of a run; `agrees` and `p_value` are None where no reading can be used."""

    chi_square: float
    dof: int
    p_value: float | None
    agrees: bool | None
    sentence: str
    largest: Largest | None = None
    nuisance: Mapping[str, float] = field(default_factory=dict)
    """Best value of each common unknown in units of its standard uncertainty."""
    pulls: tuple[float | None, ...] = ()
    """Residual over its own standard deviation, by reading; None where a reading was not used. Beside 1/f noise, what
    the other readings foretell of the noise in this one is taken off both."""
    residuals: tuple[float | None, ...] = ()
    """Reading minus model at the best values of the unknowns, in S."""
    belief_p_value: float | None = None
    """Chance that right beliefs and specifications are pulled as far as here, or further; None without unknowns."""
    false_alarm_rate: float = FALSE_ALARM_RATE
    place: str = ""
    """Where most of the disagreement lies, in words; empty where it agrees or lies everywhere."""
    suspect: str = ""
    """What a known imperfection would look like that; empty where nothing known does."""

    @property
    def reduced(self) -> float | None:
        """Chi-square over its degrees of freedom."""
        return self.chi_square / self.dof if self.dof else None

    def to_dict(self, *, brief: bool = False) -> dict[str, Any]:
        """Return plain JSON values; `brief` leaves out what there is one of for each reading."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        largest = None if self.largest is None else {n: getattr(self.largest, n) for n in ("sigma", "gate", "index")}
        fields |= {"largest": largest, "nuisance": dict(self.nuisance)}
        fields |= {name: [] if brief else list(fields[name]) for name in ("pulls", "residuals")}
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Verdict:
        """Return the verdict that `to_dict` described; keys it does not know are left aside."""
        known = {name: fields[name] for name in cls.__dataclass_fields__ if name in fields}
        if known.get("largest") is not None:
            known["largest"] = Largest(**known["largest"])
        for name in ("pulls", "residuals"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)


class Agreement:
    """Collects the readings of a run as they come and judges them together against one belief.

    Two tests share the false-alarm rate equally. Chi-square itself asks whether readings and belief go together; in
    many readings, one belief that is far off drowns. So the sum of the squared unknowns is asked on its own: were
    beliefs and specifications right, it would be at most chi-square distributed with one degree of freedom an unknown.
    1/f noise, where the belief has a Hooge parameter, is a covariance of the chi-square and no unknown of its own.
    """

    def __init__(self, belief: Belief, model: Model | str, *, false_alarm_rate: float = FALSE_ALARM_RATE) -> None:
        self._belief, self._model, self._rate = belief, Model.named(model), false_alarm_rate
        self._density = density_of(belief.junction.hooge_parameter, belief.junction.area)
        self._readings = ReadingsSoFar(timed=self._density > 0)
        self._undecided = 0
        self._z: dict[str, float] = {}

    def add(
        self,
        value: float | None,
        expectation: Expectation,
        uncertainty: ReadingUncertainty,
        *,
        bias: float | None = None,
        gate: float | None = None,
        time: float = math.nan,
        duration: float = math.nan,
        made_of: Repeats = ONCE,
    ) -> None:
        """Add one reading: its value in S (None if it must not count), bias in V and gate in V as read back.

        `time` in s is when it ended, `duration` in s how long it was read: without them, a reading of a junction that
        is believed to have 1/f noise does not count. Such noise is `made_of` the readings' repeats too: it is counted
        once.
        """
        parts = expectation.parts
        own = [parts.get(name, 0.0) for name in OWN]
        own.append(uncertainty.independent)
        if self._density > 0 and value is not None and duration > 0:
            own[-1] = beside(uncertainty.independent, abs(value) * self._density**0.5, duration, made_of)
        self._undecided += value is not None and not expectation.decided
        # Uncertainties of readings that know no more than gate and value have no other effects.
        shifts = {name: getattr(uncertainty, name, {}) for name in SHIFTED}
        self._readings.add(
            {"common": uncertainty.common, "gate": uncertainty.gate, **shifts},
            expectation.gate_slopes,
            value=math.nan if value is None or not expectation.decided else value,
            gate=expectation.effective_gate if gate is None else gate,
            effective_gate=expectation.effective_gate,
            bias=bias or 0.0,
            offset=expectation.correction,
            scatter=math.hypot(*own),
            field=expectation.field,
            transverse_field=expectation.transverse_field,
            temperature=math.nan if expectation.temperature is None else expectation.temperature,
            hard_layer=expectation.hard_layer,
            well=expectation.well,
            time=time,
            duration=duration,
        )

    def evaluate(self) -> Verdict:
        """Return the verdict on everything added so far; the next one starts from where this one ended."""
        used = self._readings.used()
        if not len(used):
            return Verdict(0.0, 0, None, None, self._nothing(), false_alarm_rate=self._rate)
        minimum = self._minimum(used)
        self._z = minimum.z
        return self._verdict(minimum, used)

    def _minimum(self, used: Indices) -> Minimum:
        bias, offset = self._readings.column("bias", used), self._readings.column("offset", used)
        conditions = self._readings.conditions(used)
        model = BeliefEvaluator(
            self._belief,
            self._model,
            bias=bias,
            offset=offset,
            conditions=conditions,
            slopes=self._readings.slopes(used),
        )
        observations, errors = self._readings.observations(used), None
        expected = model(np.zeros((1, len(model.names))), observations.gate[None, :])[0]
        observations = replace(observations, common=steadied(observations.common, expected, bias))
        if self._density > 0:
            time, duration = (self._readings.column(name, used) for name in WHEN)
            errors = noisy(observations, time, duration, self._density)
        chi_square = ChiSquare(model, model.names, observations, errors)
        found = chi_square.minimise(self._z)
        found = lowest(found, chi_square, model, model.names, observations, self._belief)
        mirrored = model.mirrored(np.array([found.z[name] for name in model.names]))
        if mirrored is None:
            return found
        # Readings in fields along the easy axis alone do not tell the sign of a stray transverse field; beliefs do.
        return chi_square.lower(found, dict(zip(model.names, mirrored.tolist(), strict=True)))

    def _verdict(self, minimum: Minimum, used: Indices) -> Verdict:
        from scipy.special import chdtrc

        chi_square, dof = minimum.chi_square, len(used)
        p_value = float(chdtrc(dof, chi_square))
        pulled = np.array(list(minimum.z.values()))
        belief_p = float(chdtrc(len(pulled), pulled @ pulled)) if len(pulled) else None
        agrees = min(p_value, 1.0 if belief_p is None else belief_p) >= self._rate / 2
        worst = int(np.argmax(np.abs(minimum.pulls)))
        largest = Largest(abs(float(minimum.pulls[worst])), self._readings.gate_of(used[worst]), int(used[worst]))
        return Verdict(
            chi_square=chi_square,
            dof=dof,
            p_value=p_value,
            agrees=agrees,
            sentence=verdict_sentence(chi_square, dof, p_value, belief_p, largest, minimum.z, self._rate, agrees=agrees)
            + self._not_judged(),
            largest=largest,
            nuisance=minimum.z,
            pulls=spread_out(minimum.pulls, used, len(self._readings)),
            residuals=spread_out(minimum.residuals, used, len(self._readings)),
            belief_p_value=belief_p,
            false_alarm_rate=self._rate,
        )

    def _nothing(self) -> str:
        count = len(self._readings)
        if count == 0:
            return "no verdict: there is no reading."
        why = "flagged, without a number or without uncertainty"
        return f"no verdict: none of the {count} readings can be used ({why}).{self._not_judged()}"

    def _not_judged(self) -> str:
        """Return how many readings were left out because nobody knows in which state the junction was."""
        count = self._undecided
        if not count:
            return ""
        what = "1 reading is" if count == 1 else f"{count} readings are"
        return f" {what} not judged, taken where the junction may or may not have switched."


def spread_out(values: Floats, used: Indices, count: int) -> tuple[float | None, ...]:
    """Return values of the readings `used` by reading, `count` in all; None for those that were not used."""
    out: list[float | None] = [None] * count
    for index, value in zip(used.tolist(), values.tolist(), strict=True):
        out[index] = value
    return tuple(out)


def verdict_sentence(
    chi_square: float,
    dof: int,
    p_value: float,
    belief_p: float | None,
    largest: Largest,
    z: Mapping[str, float],
    rate: float,
    *,
    agrees: bool,
) -> str:
    """Return what is said of a chi-square: agreement, numbers, and what was off most."""
    text = (
        f"{'agrees' if agrees else 'differs'}: χ²/ν = {chi_square / dof:.3g} (ν = {dof}), {chance(p_value)}, "
        f"largest residual {largest.sigma:.1f} σ at {volts(largest.gate)}"
    )
    if belief_p is not None and belief_p < rate / 2:  # it decides, so it is told
        text += f", beliefs and specifications off by more than chance, {chance(belief_p)}"
    name = max(z, key=lambda key: abs(z[key]), default=None)
    if name is not None and abs(z[name]) > 3:
        text += f", {name.replace('_', ' ')} {z[name]:+.1f} σ from what was believed"
    text += f" (false-alarm rate {100 * rate:g} %)."
    if p_value > 1 - rate:
        text += " The readings scatter less than their uncertainties claim."
    return text


def chance(p_value: float) -> str:
    """Return a p-value in words that do not claim it is 0."""
    return f"p = {p_value:.2g}" if p_value > 0 else "p < 1e-300"


def volts(gate: float) -> str:
    """Return a gate voltage for a sentence."""
    return f"{gate:.4g} V" if abs(gate) >= 1 else f"{1e3 * gate:.4g} mV"
