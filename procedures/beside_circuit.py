"""The model beside a run on a circuit: copies of the circuit, each with junctions of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.agreement import Verdict
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.circuit_agreement import CircuitAgreement, CircuitUncertainty, expect_circuit
from smtjlab.simulation.circuit_replicas import CircuitReplicas
from smtjlab.simulation.expectation import Expectation
from smtjlab.simulation.measured_circuit import MeasuredCircuit
from smtjlab.simulation.models import Model
from smtjlab.simulation.stimulus import Stimulus

from .beside import FlickerSoFar, value_of


class BesideCircuit:
    """Copies of a circuit that live through a run."""

    def __init__(self, circuit: Mapping[str, Any], belief: Belief, model: Model, seed: int, copies: int) -> None:
        """`circuit` is the measured circuit as the record describes it."""
        measured = MeasuredCircuit.from_dict(circuit)
        self.replicas = CircuitReplicas(measured, belief, copies=copies, model=model, seed=seed)
        self._agreement = CircuitAgreement(belief, model, self.replicas)
        self._flicker = FlickerSoFar(belief)

    def live_again(self, rest: float, reading: Reading) -> None:
        """Live through `rest` s at zero and then the way back to where a resumed run goes on."""
        still = [Stimulus(duration=rest)] if rest > 0 else []
        self.replicas.live({device: [*still, *seen] for device, seen in self._seen(reading).items()})

    def answer(self, reading: Reading) -> Expectation:
        """Live through what was seen before a reading, and return what is expected of it."""
        response = self.replicas.respond(self._seen(reading), reading.levels, reading.setpoint.meter)
        told = reading.uncertainty
        uncertainty = CircuitUncertainty.of(
            response,
            independent=told.independent,
            common=told.common,
            levels=told.levels,
            level_scatter=told.level_scatter,
            level_noise=told.level_noise,
            specified=told.specified,
            repeats=reading.repeats,
            seen=told.seen,
            step=told.step,
        )
        flicker = self._flicker.of(reading) * math.hypot(*response.conductance_slopes.values())
        self._agreement.add(value_of(reading), response, uncertainty, gate=reading.gate, flicker=flicker)
        return expect_circuit(response, uncertainty, flicker)

    def verdict(self) -> Verdict:
        """Return the verdict on everything that was answered."""
        return self._agreement.evaluate()

    def _seen(self, reading: Reading) -> dict[str, Sequence[Stimulus]]:
        first = next(iter(self.replicas.circuit.junctions))
        return {first: reading.stimuli, **reading.others}
