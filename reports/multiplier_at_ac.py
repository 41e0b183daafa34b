"""A multiplier at ac, measured and as believed: each figure with its difference in standard uncertainties."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from smtjlab.procedures.multiplier_ac import GATE, NODES, MultiplierAc
from smtjlab.procedures.multiplier_ac_figures import SEEN, AcFigures
from smtjlab.simulation.agreement import FALSE_ALARM_RATE, chance
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.circuit_at_ac import CircuitAtAc
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.inference.amplitude_response import amplitude_response
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.measured_circuit import MeasuredCircuit

from .circuit_readings import Floats
from .rounding import plain, rounded
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

DRAWS = 24
"""Junctions drawn from the belief: their spread is known to 15 %."""
DRAWS_SEED = 7
"""The same draws each time: a page is made bit for bit."""
LEAST = 1e-9
"""Per cent of distortion below which rounding alone is seen."""
UNITS = {"gain": "", "bandwidth": "Hz", "amplitude_error_frequency": "Hz", "settling": "s", "distortion": "%"}
WORDS = {
    "gain": "gain, output over input",
    "bandwidth": "bandwidth, −3 dB",
    "amplitude_error_frequency": "1 % amplitude error at",
    "settling": "settling",
    "distortion": "distortion",
}


@dataclass(frozen=True)
class AcFigure:
    """A figure, measured and as believed; standard uncertainties of the belief's figure by the spread of its draws."""

    name: str
    measured: Estimate
    expected: Estimate

    @property
    def sigmas(self) -> float:
        """Return the difference in standard uncertainties of both together."""
        return (self.measured.value - self.expected.value) / math.hypot(
            self.measured.uncertainty, self.expected.uncertainty
        )

    def told(self, which: str) -> str:
        """Return `measured` or `expected` as a reader sees it."""
        one: Estimate = getattr(self, which)
        if which == "measured" and self.name == "distortion" and one.value < SEEN * one.uncertainty:
            return f"below {plain(one.value + 2 * one.uncertainty, '%', digits=2)}"
        if self.name == "distortion" and one.value < LEAST:
            return "none"
        return rounded(one.value, one.uncertainty, UNITS[self.name])


@dataclass(frozen=True)
class AcResult:
    """What a run found, and what the small signals of its circuit say."""

    figures: AcFigures
    compared: tuple[AcFigure, ...]
    expected: Floats
    """Response as believed at the frequencies of the largest peak, over its first value, shape (f,)."""
    spread: Floats
    """Its standard deviation over the draws."""
    distortion: Floats
    """As believed, of each sine, shape (n,)."""

    @property
    def relative(self) -> tuple[Floats, Floats]:
        """Return the measured response over its first value and its standard uncertainty, (f,) each."""
        ratio, scatter = (
            np.array([getattr(one.ratio, name) for one in self.figures.largest]) for name in ("value", "uncertainty")
        )
        shown = ratio / ratio[0]
        return shown, shown * np.hypot(scatter / ratio, scatter[0] / ratio[0])

    @property
    def sigmas(self) -> Floats:
        """Return the residuals of the relative response in standard uncertainties, (f - 1,): the first is 1 for all."""
        shown, scatter = self.relative
        return np.asarray(((shown - self.expected) / np.hypot(scatter, self.spread))[1:])

    @property
    def p_value(self) -> float:
        """Return the chance that the largest of so many independent differences is as large."""
        from scipy.special import ndtr

        largest = max(abs(one.sigmas) for one in self.compared)
        return float(-math.expm1(len(self.compared) * math.log1p(-2 * ndtr(-largest))))

    @property
    def agrees(self) -> bool:
        """Whether it is not a chance in a thousand."""
        return self.p_value >= FALSE_ALARM_RATE

    @property
    def sentence(self) -> str:
        """Return the verdict in a sentence with numbers."""
        worst = max(self.compared, key=lambda one: abs(one.sigmas))
        return (
            f"{'agrees' if self.agrees else 'differs'}: of {len(self.compared)} figures “{WORDS[worst.name]}” is "
            f"farthest from the small signals as believed, {worst.sigmas:+.1f} σ, {chance(self.p_value)} (false-alarm "
            f"rate {100 * FALSE_ALARM_RATE:g} %)."
        )


def analyse_at_ac(run: Run) -> AcResult:
    """Return figures and model of a run. Raises InferenceError and ModelError."""
    procedure, rows, belief = cast(MultiplierAc, run.procedure), run.rows(), believed(run)
    figures = procedure.figures(rows)
    circuit, between = MeasuredCircuit.from_dict(run.meta["circuit"]), tuple(run.meta[NODES[0]])
    gate = float(np.mean([row.values[GATE] for row in rows]))
    return compared_at_ac(procedure, figures, circuit, between, gate, belief)


def compared_at_ac(
    procedure: MultiplierAc,
    figures: AcFigures,
    circuit: MeasuredCircuit,
    between: tuple[str, str, str],
    gate: float,
    belief: Belief,
) -> AcResult:
    """Return figures beside those of the circuit with junctions as believed at a gate in V. Raises ModelError."""

    def at(junction: Junction) -> tuple[dict[str, float], Floats]:
        return _expected(procedure, figures, CircuitAtAc(circuit, junction, gate, between))

    best, response = at(belief.junction)
    drawn = [at(one) for one in belief.draw(DRAWS, DRAWS_SEED)]
    spread = {name: float(np.std([one[name] for one, _ in drawn], ddof=1)) for name in best}
    found = _measured(figures)
    compared = tuple(AcFigure(name, found[name], Estimate(best[name], spread[name])) for name in UNITS if name in found)
    model = CircuitAtAc(circuit, belief.junction, gate, between)
    return AcResult(
        figures,
        compared,
        response,
        np.std([one for _, one in drawn], axis=0, ddof=1),
        model.distortion([one.peak for one in figures.sines], [one.frequency for one in figures.sines]),
    )


def _measured(figures: AcFigures) -> dict[str, Estimate]:
    found = {name: figures.response.estimate(name) for name in ("gain", "bandwidth", "amplitude_error_frequency")}
    found["settling"] = figures.settling
    one = figures.distortion.distortion
    found["distortion"] = Estimate(100 * one.value, 100 * one.uncertainty)
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def _expected(procedure: MultiplierAc, figures: AcFigures, model: CircuitAtAc) -> tuple[dict[str, float], Floats]:
    """Return the figures that a circuit should have, and its response over the first value."""
    frequency = np.array([one.frequency for one in figures.largest])
    response = np.abs(model.response(frequency))
    told = amplitude_response(frequency, response)
    found = dict(zip(told.names, told.values.tolist(), strict=True))
    try:
        found["settling"] = model.settling(procedure.band, procedure.window)
    except ModelError:
        found["settling"] = math.nan
    one = figures.distortion
    found["distortion"] = 100 * float(model.distortion([one.peak], [one.frequency])[0])
    return found, np.asarray(response / response[0])
