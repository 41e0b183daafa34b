"""A run lived through once more: a model answers the stimuli that the journal holds, as if it stood beside the run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.agreement import Verdict
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.expectation import Expectation, expect, histories_of
from smtjlab.simulation.inference.slow_noise import density_of, whole_variance
from smtjlab.simulation.models import Model
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus

from .errors import ReportMistake
from .verdict import believed, judged

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

COPIES = 256
"""Replicas, as many as beside a run: with the same model, belief and seed the answers are the same."""


@dataclass(frozen=True)
class Relived:
    """What a model answered to the stimuli of a run, and how the readings agree with that."""

    run: Run
    model: Model
    belief: Belief
    seed: int
    readings: Sequence[Reading]
    expectations: dict[int, Expectation]
    verdict: Verdict


def relive(
    run: Run,
    model: str,
    *,
    belief: Belief | None = None,
    readings: Sequence[Reading] | None = None,
    copies: int = COPIES,
) -> Relived:
    """Return what `model` answers to the run's own stimuli, by the run's seed and, unless another is given, its belief.

    Raises ModelError for a model of another name, and ReportMistake for a run without readings,
    or of something else than one junction.
    """
    named = Model.named(model)
    if readings is None:
        readings = [] if run.meta.get("columns") is not None else run.readings()
    if not readings:
        raise ReportMistake(f"A model answers readings, but run {run.id} has none.")
    refuse_other_than_junctions(run, "A model lives anew through runs of one junction")
    belief, seed = believed(run) if belief is None else belief, int(run.meta["seed"])
    replicas = Replicas(belief.draw(copies, seed), model=named, seed=seed)
    junction = belief.junction
    expectations = _answers(run, readings, replicas, density_of(junction.hooge_parameter, junction.area))
    verdict = judged(belief, named, readings, expectations)
    return Relived(run, named, belief, seed, readings, expectations, verdict)


def refuse_other_than_junctions(run: Run, what: str) -> None:
    """Raise ReportMistake where a run is of a circuit, or of a rival of the junction; `what` begins the sentence."""
    of = "a circuit" if "circuit" in run.meta else f"a {run.meta['rival']}" if "rival" in run.meta else ""
    if of:
        raise ReportMistake(f"{what}, but run {run.id} is of {of}: its own page has the model beside it.")


def _answers(run: Run, readings: Sequence[Reading], replicas: Replicas, density: float) -> dict[int, Expectation]:
    """Return the expectations by number; where the run was resumed, the way back is lived through as well.

    `density` is K of the relative 1/f noise K/f: as beside a run, what is slower than the run so far is long counts.
    """
    begin = readings[0].time - readings[0].duration
    ways = [event.payload for event in run.events() if event.kind == "overlap"]
    found: dict[int, Expectation] = {}
    histories = histories_of(replicas.junctions)
    last: Reading | None = None
    for number, reading in enumerate(readings):
        while ways and ways[0]["number"] < number:
            again = Reading.from_dict(ways.pop(0)["reading"])
            replicas.respond([*_rest(last, again), *again.stimuli])
            last = again
        response = replicas.respond(reading.stimuli)
        own = reading.uncertainty
        found[number] = expect(
            response,
            independent=own.independent,
            common=own.common,
            gate=own.gate,
            fields=(own.field, own.transverse_field),
            read_back=own.read_back,
            flicker=math.sqrt(density * whole_variance(reading.time - begin, reading.duration)) if density else 0.0,
            histories=histories,
        )
        last = reading
    return found


def _rest(before: Reading | None, again: Reading) -> list[Stimulus]:
    """Return the rest at zero between the last reading and the way back, as the bench's clock has told it."""
    if before is None:
        return []
    seconds = again.time - sum(stimulus.duration for stimulus in again.stimuli) - before.time
    return [Stimulus(duration=seconds)] if seconds > 0 else []
