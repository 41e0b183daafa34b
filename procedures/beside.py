"""The model beside a run: what it expects of each reading, and how well all of them go with what was believed.

A run measures one junction, a circuit of some, or a rival of them; its record says which.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol, cast

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.agreement import Agreement, Verdict
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.expectation import Expectation, expect, histories_of
from smtjlab.simulation.inference.slow_noise import density_of, whole_variance
from smtjlab.simulation.models import Model
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus

from .run import JUNCTION, Run

if TYPE_CHECKING:
    from .synapse import Synapse

COPIES = 256
"""Replicas beside a run: the standard error of their mean is a sixteenth of their spread."""


class Beside(Protocol):
    """A model that lives through a run."""

    def live_again(self, rest: float, reading: Reading) -> None:
        """Live through `rest` s at zero and then the way back to where a resumed run goes on."""

    def answer(self, reading: Reading) -> Expectation:
        """Live through what was seen before a reading, and return what is expected of it."""

    def verdict(self) -> Verdict:
        """Return the verdict on everything that was answered."""


def beside(run: Run, meta: dict[str, Any]) -> Beside:
    """Return the model that the record of a run asks for."""
    belief = Belief.load(run.file(JUNCTION))
    if "circuit" in meta:
        from .beside_circuit import BesideCircuit

        return BesideCircuit(meta["circuit"], belief, Model(meta["model"]), meta["seed"], COPIES)
    if "rival" in meta:
        from .beside_rival import BesideRival

        return BesideRival(cast("Synapse", run.procedure).believed_rival, meta["seed"])
    return BesideJunction(belief, Model(meta["model"]), meta["seed"])


class BesideJunction:
    """Replicas of one junction."""

    def __init__(self, belief: Belief, model: Model, seed: int) -> None:
        self._replicas = Replicas(belief.draw(COPIES, seed), model=model, seed=seed)
        self._histories = histories_of(self._replicas.junctions)
        self._agreement = Agreement(belief, model)
        self._flicker = FlickerSoFar(belief)

    def live_again(self, rest: float, reading: Reading) -> None:
        """Live through `rest` s at zero and then the way back to where a resumed run goes on."""
        self._replicas.respond([*([Stimulus(duration=rest)] if rest > 0 else []), *reading.stimuli])

    def answer(self, reading: Reading) -> Expectation:
        """Live through what was seen before a reading, and return what is expected of it."""
        response = self._replicas.respond(reading.stimuli)
        uncertainty = reading.uncertainty
        expectation = expect(
            response,
            independent=uncertainty.independent,
            common=uncertainty.common,
            gate=uncertainty.gate,
            fields=(uncertainty.field, uncertainty.transverse_field),
            read_back=uncertainty.read_back,
            flicker=self._flicker.of(reading),
            histories=self._histories,
        )
        self._agreement.add(
            value_of(reading),
            expectation,
            uncertainty,
            bias=reading.bias,
            gate=reading.gate,
            time=reading.time,
            duration=reading.duration,
            made_of=reading.made_of,
        )
        return expectation

    def verdict(self) -> Verdict:
        """Return the verdict on everything that was answered."""
        return self._agreement.evaluate()


class FlickerSoFar:
    """1/f noise of a believed junction, from what is slower than the run so far is long."""

    def __init__(self, belief: Belief) -> None:
        self._density = density_of(belief.junction.hooge_parameter, belief.junction.area)
        self._begin: float | None = None

    def of(self, reading: Reading) -> float:
        """Return the relative standard deviation that it leaves in a reading."""
        if self._begin is None:
            self._begin = reading.time - reading.duration
        return math.sqrt(self._density * whole_variance(reading.time - self._begin, reading.duration))


def value_of(reading: Reading) -> float | None:
    """Return the value that chi-square may use: none where there was no number or a flag stands against it."""
    return None if reading.flags else reading.value
