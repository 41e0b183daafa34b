"""Copies of a measured circuit that live through the stimuli of a run, and what each expects its meters to read.

Every junction has replicas of its own (`Replicas`), drawn independently of the other junctions' from one belief. A
reading is answered in two steps: the replicas give conductances at small bias, then the circuit is solved around them
once for each copy, with a TMR that falls with the bias which the circuit itself lays across each junction.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .belief import Belief
from .circuit_evaluator import AskedReading, JunctionState
from .circuits.tunnel_barrier import TunnelBarrier
from .expectation import gate_slopes, histories_of
from .landscape import FloatArray
from .measured_circuit import MeasuredCircuit
from .models import Model
from .replicas import Replicas, Response
from .solved_circuit import SolvedCircuit
from .stimulus import Stimulus


@dataclass(frozen=True)
class CircuitResponse:
    """What `n` copies of a circuit answer to one reading of a meter, in the meter's unit (V or A)."""

    values: FloatArray
    """(n,), without thermal scatter."""
    thermal: float
    """Standard deviation that thermal motion leaves in a reading of this length, rms over the copies."""
    standard_error: float
    """Statistical error of the trajectories; 0 unless `sllg`."""
    correction: float
    """What the trajectories found beyond the reference model; 0 unless `sllg`."""
    level_slopes: Mapping[str, float]
    """Change per V or A of each source, those at gates included."""
    conductance_slopes: Mapping[str, float]
    """Change per relative change of the conductance of each junction."""
    biases: Mapping[str, float]
    """Voltage in V across each junction, mean over the copies."""
    asked: AskedReading
    """What the reading was of, for whoever asks the same of other junctions."""


@dataclass(frozen=True)
class _Answered:
    """What a junction's replicas answered last."""

    conditions: tuple[object, ...] | None
    """What held while it was read; None where something changed meanwhile."""
    duration: float
    """s for which it was read."""
    response: Response

    def over(self, duration: float) -> Response:
        """Return the answer to a reading of another length in s under the same conditions."""
        if duration == self.duration:
            return self.response
        return replace(self.response, thermal=self.response.thermal * math.sqrt(self.duration / duration))


class CircuitReplicas:
    """Copies of a circuit, each with junctions of its own."""

    def __init__(self, circuit: MeasuredCircuit, belief: Belief, *, copies: int, model: Model | str, seed: int) -> None:
        """Begin at rest at 0 V. Raises ModelError."""
        self.circuit = circuit
        self.junctions = {
            device: belief.draw(copies, seed if number == 0 else zlib.crc32(f"{seed} {device}".encode()))
            for number, device in enumerate(circuit.junctions)
        }
        self._replicas = {
            device: Replicas(drawn, model=model, seed=seed + number)
            for number, (device, drawn) in enumerate(self.junctions.items())
        }
        self.solved = SolvedCircuit(circuit)
        self._last: dict[str, _Answered] = {}
        self.deviations: list[float] = []
        """Mean deviation of each ensemble of trajectories so far from the reference model, in its standard errors."""
        self._histories = {device: histories_of(drawn) for device, drawn in self.junctions.items()}

    def live(self, stimuli: Mapping[str, Sequence[Stimulus]]) -> None:
        """Let the junctions live through what they have seen, by device, whether it was read or not."""
        for device, replicas in self._replicas.items():
            for stimulus in stimuli.get(device, ()):
                replicas.live(stimulus)

    def respond(
        self, stimuli: Mapping[str, Sequence[Stimulus]], levels: Mapping[str, float], meter: str
    ) -> CircuitResponse:
        """Return the answer of a meter, with sources at levels in V or A, averaged over the stimuli that are read.

        Raises ModelError where the circuit has no such meter or cannot be solved.
        """
        answers = {device: self._answer(device, stimuli[device]) for device in self._replicas}
        corrections = {device: float(np.mean(one.mean - one.reference)) for device, one in answers.items()}
        drawn = {device: one.reference + corrections[device] for device, one in answers.items()}
        barriers = {device: TunnelBarrier.of(self.junctions[device], siemens) for device, siemens in drawn.items()}
        driven = self.solved.driven(levels)
        point = self.solved.solve(barriers, driven)
        by_level, by_conductance = self._slopes(answers, driven, meter)
        return CircuitResponse(
            values=np.broadcast_to(self.solved.of(point, meter), drawn[next(iter(drawn))].shape),
            thermal=_root_sum(by_conductance[d] * _relative(one.thermal, drawn[d]) for d, one in answers.items()),
            standard_error=_root_sum(
                by_conductance[d] * one.standard_error / float(np.mean(drawn[d])) for d, one in answers.items()
            ),
            correction=sum(by_conductance[d] * corrections[d] / float(np.mean(drawn[d])) for d in answers),
            level_slopes=by_level | self._gate_slopes(answers, by_conductance),
            conductance_slopes=by_conductance,
            biases={device: float(np.mean(point.bias(device))) for device in answers},
            asked=AskedReading(
                meter=meter,
                levels=driven,
                states={device: self._state(device, one) for device, one in answers.items()},
            ),
        )

    def _answer(self, device: str, stimuli: Sequence[Stimulus]) -> Response:
        """Return the answer of a junction's replicas: the last one where nothing has changed for them since.

        Of many junctions few move between two readings. What trajectories err by is then the same as in the last one.
        """
        replicas, last = self._replicas[device], self._last.get(device)
        conditions = _only_conditions(stimuli)
        if last is not None and conditions is not None and last.conditions == conditions and not replicas.remembers:
            for stimulus in stimuli:
                replicas.live(stimulus)
            return last.over(_read_time(stimuli))
        response = replicas.respond(stimuli)
        read = _only_conditions([one for one in stimuli if one.read])
        self._last[device] = _Answered(read, _read_time(stimuli), response)
        if response.standard_error > 0:
            self.deviations.append(float(np.mean(response.mean - response.reference)) / response.standard_error)
        return response

    def _state(self, device: str, answer: Response) -> JunctionState:
        return JunctionState(
            effective_gate=float(np.mean(answer.effective_gate)),
            gate_slopes=gate_slopes(answer.effective_gate, self._histories[device]),
            field=answer.field,
            transverse_field=answer.transverse_field,
            temperature=math.nan if answer.temperature is None else answer.temperature,
            hard_layer=answer.hard_layer or 1,
            well=answer.well or 0,
        )

    # Slopes, at the mean conductances

    def _slopes(
        self, answers: Mapping[str, Response], driven: Mapping[str, float], meter: str
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Return the change of what the meter reads per V or A of each source, and per relative change of each G."""
        barriers = {
            device: TunnelBarrier.of(self.junctions[device][0], float(np.mean(one.reference)))
            for device, one in answers.items()
        }
        return self.solved.slopes(barriers, driven, meter)

    def _gate_slopes(self, answers: Mapping[str, Response], by_conductance: Mapping[str, float]) -> dict[str, float]:
        """Return the change of what the meter reads per V of each source at a gate."""
        slopes: dict[str, float] = {}
        for device, one in answers.items():
            gate = self.circuit.gates.get(device)
            if gate is not None:
                relative = float(np.mean(one.slope) / np.mean(one.reference))
                slopes[gate] = slopes.get(gate, 0.0) + by_conductance[device] * relative
        return slopes


def _only_conditions(stimuli: Sequence[Stimulus]) -> tuple[object, ...] | None:
    """Return the conditions that held during all stimuli; None where there were several."""
    names = ("gate", "bias", "field", "transverse_field", "temperature")
    found = {tuple(getattr(one, name) for name in names) for one in stimuli}
    return found.pop() if len(found) == 1 else None


def _read_time(stimuli: Sequence[Stimulus]) -> float:
    return math.fsum(one.duration for one in stimuli if one.read)


def _root_sum(terms: Iterable[float]) -> float:
    return float(np.sqrt(sum(term**2 for term in terms)))


def _relative(thermal: FloatArray, conductance: FloatArray) -> float:
    return float(np.sqrt(np.mean((thermal / conductance) ** 2)))
