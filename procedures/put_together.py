"""Several measurements of one junction put together: each is extracted with what all of them make one believe."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.belief import Belief

from .characterise_steps import STEPS
from .errors import MISTAKES
from .observed import Observed
from .procedure import Procedure

if TYPE_CHECKING:
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.inference.junction_estimate import JunctionEstimate
    from smtjlab.simulation.inference.told import Told

ROUNDS = 2
"""Times that everything is extracted: the second time with what the first has made one believe."""


@dataclass(frozen=True)
class Taken:
    """A measurement that is whole."""

    step: str
    """Name of its step, one of STEPS."""
    source: str
    """How it is named in a provenance."""
    procedure: Procedure
    readings: Sequence[Reading]


@dataclass(frozen=True)
class Together:
    """What some measurements tell together."""

    told: Mapping[str, Told]
    """By step."""
    silent: Mapping[str, str]
    """Why a measurement tells nothing, by step, one sentence each."""
    estimate: JunctionEstimate


def put_together(
    taken: Sequence[Taken], before: Belief, name: str, *, rounds: int = ROUNDS, belief: Belief | None = None
) -> Together:
    """Return what measurements tell together, beyond what was believed before, which the provenance calls `name`.

    Parameters that a measurement takes from elsewhere (R_P in a transfer curve, creep in a loop) are those that the
    others tell; the uncertainty that this adds is no news, and is not counted as one. `belief` is what the first round
    takes them from, where that is not what was believed before. Raises InferenceError where a covariance is none.
    """
    found = joined({}, before, name)
    for _ in range(rounds):
        now = found.estimate.after if found.told or belief is None else belief
        found = joined({one.step: told_by(one, now) for one in taken}, before, name)
    return found


def joined(answers: Mapping[str, Told | str | None], before: Belief, name: str) -> Together:
    """Return what answers of `told_by`, by step, tell together."""
    silent = {step: one for step, one in answers.items() if isinstance(one, str)}
    told = {step: one for step, one in answers.items() if one is not None and not isinstance(one, str)}
    told = with_slow_noise(told, before.junction.area)
    return Together(told, silent, _estimated(told, before, name))


def told_by(taken: Taken, belief: Belief) -> Told | str | None:
    """Return what a measurement tells, or in one sentence why it tells nothing; None where nothing is extracted."""
    from smtjlab.simulation.inference.told import Told

    step = STEPS[taken.step]
    try:
        extraction = taken.procedure.extraction(taken.readings, belief)
    except MISTAKES as problem:
        return str(problem)
    if extraction is None:
        return None
    bias = float(getattr(taken.procedure, "bias", 0.0)) if step.at_read_bias else 0.0
    slow = _slow_part(extraction, taken.readings)
    return Told(taken.source, extraction, bias, slow, tells_signs=step.tells_signs)


def with_slow_noise(told: Mapping[str, Told], area: float) -> dict[str, Told]:
    """Return the measurements, noise slower than they are at least that of the Hooge parameter that one has told."""
    from smtjlab.simulation.inference.slow_noise import slow_part

    known = [one.extraction.estimate("hooge") for one in told.values()]
    hooge = max((one.value for one in known if one is not None), default=0.0)
    least = slow_part(hooge, area)
    return {step: replace(one, slow=max(one.slow, least)) for step, one in told.items()}


def _slow_part(extraction: Extraction, readings: Sequence[Reading]) -> float:
    """Return how noise that is slower than a run shifts it, judged by what scatters within the run."""
    from smtjlab.simulation.inference.slow_noise import slow_part_of

    observed = Observed.of(readings)
    valid = observed.valid & (observed.value > 0)
    if not valid.any():
        return 0.0
    relative = float(np.median(observed.scatter[valid] / observed.value[valid]))
    length, count = float(np.ptp(observed.time[valid])), int(valid.sum())
    reading = length / max(count, 1)
    return slow_part_of(extraction, relative, math.log10(length / reading) if length > 0 < reading else 1.0)


def _estimated(told: Mapping[str, Told], before: Belief, name: str) -> JunctionEstimate:
    from smtjlab.simulation.inference.junction_estimate import junction_estimate
    from smtjlab.simulation.inference.transport import PREDICTED

    bearing = [one for one in told.values() if any(parameter in PREDICTED for parameter in one.extraction.names)]
    return junction_estimate(bearing, before, name)
