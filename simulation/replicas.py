"""Replicas: copies of a junction that live through the stimuli of a measurement.

One behind the virtual bench, hundreds beside a run. The slow state (piezo hysteresis and creep) is advanced by
every stimulus, in closed form; the fast models are asked only where a reading integrates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from .errors import ModelError
from .junction import Junction
from .landscape import FloatArray, JunctionArrays, Landscape
from .models import Model
from .piezo import Piezo
from .static import static_angle, static_conductance, static_slope
from .stimulus import Stimulus
from .tangents import TANGENTS, tangent_conductance

if TYPE_CHECKING:
    from .ensemble import Ensemble

_SAME = 1e-4
"""Read intervals whose conditions differ by less than this fraction of their scale share one evaluation."""

_BURN_IN = (1e-9, 20e-9)
"""Limits in s of what trajectories wait between two readings; 20 ns of 256 of them cost some 15 ms."""


@dataclass(frozen=True)
class Response:
    """What `n` replicas answer to one reading; arrays of shape (n,)."""

    mean: FloatArray
    """Conductance in S by the model asked for; for `sllg` with the statistical error of its trajectories."""
    reference: FloatArray
    """Conductance in S without statistical error: `boltzmann` for `sllg`, else the model itself."""
    thermal: FloatArray
    """Standard deviation in S that thermal motion leaves in a reading of this length, sigma_G (2 tau/T)^(1/2)."""
    slope: FloatArray
    """dG/dV_G in S/V."""
    effective_gate: FloatArray
    """Gate voltage in V that the strain answered to, averaged over the reading."""
    standard_error: float = 0.0
    """Standard error in S of the mean of (mean - reference) over the replicas; 0 unless `sllg`."""

    def sample(self, rng: np.random.Generator) -> FloatArray:
        """Return one reading of each replica in S, its thermal scatter included."""
        return self.mean + self.thermal * rng.standard_normal(len(self.mean))


@dataclass(frozen=True)
class _Interval:
    """A time over which the fast models are asked once."""

    duration: float
    gate: FloatArray
    bias: float
    field: float
    transverse_field: float
    temperature: float | None

    def joined(self, other: _Interval) -> _Interval:
        total = self.duration + other.duration
        share = other.duration / total if total > 0 else 0.5
        return _Interval(
            total,
            self.gate + share * (other.gate - self.gate),
            self.bias + share * (other.bias - self.bias),
            self.field + share * (other.field - self.field),
            self.transverse_field + share * (other.transverse_field - self.transverse_field),
            self.temperature,
        )


class Replicas:
    """Junctions living through the same stimuli, each with its own parameters and slow state."""

    def __init__(
        self,
        junctions: Sequence[Junction],
        *,
        model: Model | str,
        seed: int,
        members: int = 256,
        burn_in: float | None = None,
        average: float = 2e-9,
    ) -> None:
        """Begin at rest at 0 V.

        For `sllg` there are at least `members` trajectories, and no more than `members` replicas have them; they
        start from the previous reading's state, forget it over `burn_in` s (None: what the correlation time asks for,
        1 to 20 ns) and are averaged over `average` s.
        """
        if members < 2:
            raise ModelError(f"`members` must be at least 2, but is {members}.")
        self.junctions = tuple(junctions)
        self.model = Model.named(model)
        self._arrays = JunctionArrays(self.junctions)
        self._alike = all(junction == self.junctions[0] for junction in self.junctions)
        self._piezo = Piezo(self.junctions)
        self._scale = float(np.mean([j.rotation_voltage + j.shape_voltage for j in self.junctions]))
        self._trajectories = _Trajectories(seed, len(self.junctions), members, burn_in, average)

    def __len__(self) -> int:
        return len(self.junctions)

    def live(self, stimulus: Stimulus) -> None:
        """Advance the slow state by one stimulus."""
        self._piezo.live(stimulus.gate, stimulus.duration)

    def respond(self, stimuli: Iterable[Stimulus]) -> Response:
        """Live through the stimuli and return the answer averaged over those that are read. Raises ModelError."""
        intervals: list[_Interval] = []
        for stimulus in stimuli:
            gate = self._piezo.live(stimulus.gate, stimulus.duration)
            if stimulus.read:
                seen = stimulus.bias, stimulus.field, stimulus.transverse_field, stimulus.temperature
                self._append(intervals, _Interval(stimulus.duration, gate, *seen))
        if not intervals:
            raise ModelError("A response must have at least one stimulus with `read`, but has none.")
        return _combined([self._answer(interval) for interval in intervals], intervals)

    def _append(self, intervals: list[_Interval], interval: _Interval) -> None:
        if intervals and self._same(intervals[-1], interval):
            intervals[-1] = intervals[-1].joined(interval)
        else:
            intervals.append(interval)

    def _same(self, one: _Interval, other: _Interval) -> bool:
        return (
            one.temperature == other.temperature
            and bool(np.max(np.abs(one.gate - other.gate)) <= _SAME * self._scale)
            and abs(one.bias - other.bias) <= _SAME + 1e-2 * abs(one.bias)
            and max(abs(one.field - other.field), abs(one.transverse_field - other.transverse_field))
            <= _SAME * float(np.max(np.abs(self._arrays.dipole_field)) + 1)
        )

    def _answer(self, interval: _Interval) -> Response:
        if self.model in TANGENTS:
            return self._linear(interval)
        landscape = self._arrays.landscape(
            interval.gate,
            bias=interval.bias,
            field=interval.field,
            transverse_field=interval.transverse_field,
            temperature=interval.temperature,
        )
        if self.model is Model.STATIC:
            angle = static_angle(landscape)
            conductance = static_conductance(landscape, angle)
            return _certain(conductance, static_slope(landscape, angle), interval.gate)
        return self._thermal(landscape, interval)

    def _linear(self, interval: _Interval) -> Response:
        def line(gate: FloatArray) -> FloatArray:
            pairs = zip(self.junctions, gate, strict=True)
            return np.array([float(tangent_conductance(j, self.model, v, bias=interval.bias)) for j, v in pairs])

        step = 1e-6 * self._scale
        slope = (line(interval.gate + step) - line(interval.gate - step)) / (2 * step)
        return _certain(line(interval.gate), slope, interval.gate)

    def _thermal(self, landscape: Landscape, interval: _Interval) -> Response:
        from .boltzmann import boltzmann, thermal_noise

        # The trajectories need a core of their own for as long as the integrals need the other: both let go of the GIL.
        deviating = self._trajectories.begin(landscape) if self.model is Model.SLLG else None
        # Copies without uncertainty are one and the same: their integrals are done once.
        distinct = landscape.at(slice(0, 1)) if self._alike else landscape
        moments = boltzmann(distinct)
        noise = thermal_noise(moments, interval.duration)
        reference, slope, noise = (
            np.broadcast_to(x, (len(self),)) for x in (moments.conductance, moments.slope, noise)
        )
        if deviating is None:
            return Response(reference, reference, noise, slope, interval.gate)
        mean, error = self._trajectories.answer(deviating.result(), reference)
        return Response(mean, reference, noise, slope, interval.gate, error)


class _Trajectories:
    """The sLLG ensemble of replicas, warm from reading to reading."""

    def __init__(self, seed: int, n: int, members: int, burn_in: float | None, average: float) -> None:
        self._seed, self._burn_in, self._average = seed, burn_in, average
        self._simulated = min(n, members)
        self._copies = -(-members // n)
        self._count = 0
        self._ensemble: Ensemble | None = None
        self._angle: FloatArray | None = None
        self._worker: ThreadPoolExecutor | None = None

    def begin(self, landscape: Landscape) -> Future[FloatArray]:
        """Let the trajectories live in this landscape, in a thread of their own; their conductances come in S."""
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="trajectories")
        return self._worker.submit(self._live, landscape.at(slice(0, self._simulated)))

    def answer(self, conductances: FloatArray, reference: FloatArray) -> tuple[FloatArray, float]:
        """Return the mean conductance (n,) in S of each replica and the standard error of their common deviation."""
        deviation = conductances - np.repeat(reference[: self._simulated], self._copies)
        error = float(np.std(deviation, ddof=1) / np.sqrt(len(deviation)))
        mean = reference + np.mean(deviation)
        mean[: self._simulated] = reference[: self._simulated] + deviation.reshape(-1, self._copies).mean(axis=1)
        return mean, error

    def _live(self, landscape: Landscape) -> FloatArray:
        from .ensemble import SELDOM, Ensemble
        from .gate_walk import needed, placed

        self._count += 1
        lanes = landscape.repeated(self._copies)
        need = needed(landscape, self._angle, self._simulated * self._copies)
        start = partial(Ensemble, lanes, seed=(self._seed, self._count))
        self._ensemble = placed(self._ensemble, lanes, np.repeat(need.anew[0], self._copies), start)
        self._angle = need.angle
        wait = float(np.clip(np.max(need.wait), *_BURN_IN)) if self._burn_in is None else self._burn_in
        self._ensemble.run(wait, every=SELDOM)
        return self._ensemble.run(self._average).conductance


def _certain(conductance: FloatArray, slope: FloatArray, gate: FloatArray) -> Response:
    return Response(conductance, conductance, np.zeros_like(conductance), slope, gate)


def _combined(answers: Sequence[Response], intervals: Sequence[_Interval]) -> Response:
    """Return the mean of the answers, weighted by the lengths of their intervals."""
    if len(answers) == 1:
        return answers[0]
    lengths = np.array([interval.duration for interval in intervals])
    weights = lengths / lengths.sum() if lengths.sum() > 0 else np.full(len(lengths), 1 / len(lengths))

    def mean(name: str) -> FloatArray:
        return np.asarray(sum(w * getattr(answer, name) for w, answer in zip(weights, answers, strict=True)))

    squares = sum((w * answer.thermal) ** 2 for w, answer in zip(weights, answers, strict=True))
    errors = float(np.sqrt(sum((w * a.standard_error) ** 2 for w, a in zip(weights, answers, strict=True))))
    return Response(mean("mean"), mean("reference"), np.sqrt(squares), mean("slope"), mean("effective_gate"), errors)
