"""Replicas: copies of a junction that live through the stimuli of a measurement.

One behind the virtual bench, hundreds beside a run. The slow state (piezo hysteresis and creep, hard layer, occupied
well) is advanced by every stimulus, in closed form; the fast models are asked only where a reading integrates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .errors import ModelError
from .junction import Junction
from .landscape import FloatArray, JunctionArrays, Landscape
from .magnetic_state import MagneticState, Occupation
from .models import Model
from .piezo import Piezo
from .stimulus import Stimulus
from .tangents import TANGENTS, tangent_conductance
from .trajectories import Trajectories
from .well_answers import FAVOURED, Wells, answered, field_slopes, off_favoured, wells_of

_SAME = 1e-4
"""Read intervals whose conditions differ by less than this fraction of their scale share one evaluation."""


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
    field: float = 0.0
    """Applied field along the easy axis in A/m, averaged over the reading."""
    transverse_field: float = 0.0
    """Applied field along the minor axis in A/m, averaged over the reading."""
    field_slope: float = 0.0
    """dG/dH along the easy axis in S m/A, mean over some replicas; 0 where no field is applied."""
    transverse_field_slope: float = 0.0
    """The same along the minor axis."""
    temperature: float | None = None
    """Temperature in K at the end of the reading; None: the junction's own."""
    hard_layer: int | None = 1
    """1 where the hard layers of all replicas point as they were made, -1 where all are reversed, None: they differ."""
    well: int | None = 0
    """Side 1 or -1 of the well in which all replicas were all the time (`WellPairs`), 0 where no well matters (there is
    one, or the reading averages over both), None where they differ; FAVOURED where layers lie across the x axis,
    nearly all on the side to which their own field along y points."""
    other_wells: float = 0.0
    """Root mean square over the replicas in S of what those in other wells than FAVOURED make of the conductance."""

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
    spent: Occupation

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
            self.spent.joined(other.spent, share),
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
        self.magnetic = MagneticState(self.junctions, seed=seed)
        """Which way the hard layers point and which wells the soft layers are in."""
        self._scale = float(np.mean([j.rotation_voltage + j.shape_voltage for j in self.junctions]))
        self._trajectories = Trajectories(seed, len(self.junctions), members, burn_in, average)

    def __len__(self) -> int:
        return len(self.junctions)

    @property
    def remembers(self) -> bool:
        """Whether they may answer otherwise while conditions stay as they are: a piezo creeps, or a layer hops."""
        return self.magnetic.restless or any(one.piezo_creep != 0 for one in self.junctions)

    def live(self, stimulus: Stimulus) -> None:
        """Advance the slow state by one stimulus."""
        self.magnetic.live(self._piezo.live(stimulus.gate, stimulus.duration), stimulus)

    def respond(self, stimuli: Iterable[Stimulus]) -> Response:
        """Live through the stimuli and return the answer averaged over those that are read. Raises ModelError."""
        intervals: list[_Interval] = []
        for stimulus in stimuli:
            gate = self._piezo.live(stimulus.gate, stimulus.duration)
            if stimulus.read:
                seen = stimulus.bias, stimulus.field, stimulus.transverse_field, stimulus.temperature
                spent = self.magnetic.read(gate, stimulus)
                self._append(intervals, _Interval(stimulus.duration, gate, *seen, spent))
            else:
                self.magnetic.live(gate, stimulus)
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
            and one.spent.is_like(other.spent)
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
            hard_layer=interval.spent.hard_layer,
        )
        wells = wells_of(landscape, interval.spent.share)
        # The trajectories need a core of their own for as long as the integrals need the other: both let go of the GIL.
        deviating = self._trajectories.begin(landscape, wells) if self.model is Model.SLLG else None
        found = answered(landscape, wells, self.model, interval.duration, alike=self._alike)
        mean, error = found.conductance, 0.0
        if deviating is not None:
            mean, error = self._trajectories.answer(deviating.result(), found.lived_in, found.conductance)
        response = Response(mean, found.conductance, found.noise, found.slope, interval.gate, error)
        return self._labelled(response, interval, landscape, wells)

    def _linear(self, interval: _Interval) -> Response:
        def line(gate: FloatArray) -> FloatArray:
            pairs = zip(self.junctions, gate, strict=True)
            return np.array([float(tangent_conductance(j, self.model, v, bias=interval.bias)) for j, v in pairs])

        step = 1e-6 * self._scale
        slope = (line(interval.gate + step) - line(interval.gate - step)) / (2 * step)
        return _certain(line(interval.gate), slope, interval.gate)

    def _labelled(self, response: Response, interval: _Interval, landscape: Landscape, wells: Wells | None) -> Response:
        hard = interval.spent.hard_layer
        slopes = (0.0, 0.0)
        well, others = 0 if wells is None else wells.side(landscape), 0.0
        if wells is not None and well is None and wells.nearly_favoured(landscape):
            well, others = FAVOURED, off_favoured(landscape, wells, self.model, response.reference)
        if interval.field or interval.transverse_field:
            slopes = field_slopes(landscape, wells, self.model, alike=self._alike)
        return replace(
            response,
            field_slope=slopes[0],
            transverse_field_slope=slopes[1],
            field=interval.field,
            transverse_field=interval.transverse_field,
            temperature=interval.temperature,
            hard_layer=1 if hard is None else _agreed(hard),
            well=well,
            other_wells=others,
        )


def _certain(conductance: FloatArray, slope: FloatArray, gate: FloatArray) -> Response:
    return Response(conductance, conductance, np.zeros_like(conductance), slope, gate)


def _agreed(values: FloatArray) -> int | None:
    """Return what all values are, None where they differ."""
    return int(values[0]) if (values == values[0]).all() else None


def _combined(answers: Sequence[Response], intervals: Sequence[_Interval]) -> Response:
    """Return the mean of the answers, weighted by the lengths of their intervals."""
    if len(answers) == 1:
        return answers[0]
    lengths = np.array([interval.duration for interval in intervals])
    weights = lengths / lengths.sum() if lengths.sum() > 0 else np.full(len(lengths), 1 / len(lengths))

    def mean(name: str) -> Any:
        return sum(w * getattr(answer, name) for w, answer in zip(weights, answers, strict=True))

    squares = sum((w * answer.thermal) ** 2 for w, answer in zip(weights, answers, strict=True))
    first = answers[0]
    return Response(
        **{name: np.asarray(mean(name)) for name in ("mean", "reference", "slope", "effective_gate")},
        thermal=np.sqrt(squares),
        standard_error=float(np.sqrt(sum((w * a.standard_error) ** 2 for w, a in zip(weights, answers, strict=True)))),
        field=float(mean("field")),
        transverse_field=float(mean("transverse_field")),
        field_slope=float(mean("field_slope")),
        transverse_field_slope=float(mean("transverse_field_slope")),
        temperature=answers[-1].temperature,
        hard_layer=first.hard_layer if all(a.hard_layer == first.hard_layer for a in answers) else None,
        well=first.well if all(a.well == first.well for a in answers) else None,
        other_wells=float(mean("other_wells")),
    )
