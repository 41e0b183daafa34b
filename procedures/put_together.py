"""Several measurements of one junction put together: each is extracted with what all of them make one believe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.simulation.belief import Belief

from .characterise_steps import STEPS
from .errors import MISTAKES
from .gate_history import with_history
from .noise_of_readings import Taken as Taken
from .noise_of_readings import noise_density, with_noise

if TYPE_CHECKING:
    from smtjlab.simulation.inference.junction_estimate import JunctionEstimate
    from smtjlab.simulation.inference.told import Told

ROUNDS = 2
"""Times that everything is extracted: the second time with what the first has made one believe."""


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
    takes them from, where that is not what was believed before. Each measurement knows what those before it in `taken`
    have done to the gate, and the 1/f noise that all of them show. Raises InferenceError where a covariance is none.
    """
    found, density = joined({}, before, name), 0.0
    for _ in range(rounds):
        now = found.estimate.after if found.told or belief is None else belief
        answers = {one.step: told_by(one, now, taken[:k], density) for k, one in enumerate(taken)}
        density = noise_density(taken, answers, before.junction.area)
        found = joined(answers, before, name)
    return found


def joined(answers: Mapping[str, Told | str | None], before: Belief, name: str) -> Together:
    """Return what answers of `told_by`, by step, tell together."""
    silent = {step: one for step, one in answers.items() if isinstance(one, str)}
    told = {step: one for step, one in answers.items() if one is not None and not isinstance(one, str)}
    return Together(told, silent, _estimated(told, before, name))


def told_by(taken: Taken, belief: Belief, earlier: Sequence[Taken] = (), density: float = 0.0) -> Told | str | None:
    """Return what a measurement tells, or in one sentence why it tells nothing; None where nothing is extracted.

    `earlier` are the measurements before it, oldest first, which its piezo remembers; `density` is K of relative 1/f
    noise of the density K/f.
    """
    from smtjlab.simulation.inference.told import Told

    step = STEPS[taken.step]
    readings = with_history(taken.readings, [one.readings for one in earlier])
    try:
        extraction = taken.procedure.extraction(with_noise(readings, density, taken.source), belief)
    except MISTAKES as problem:
        return str(problem)
    if extraction is None:
        return None
    bias = float(getattr(taken.procedure, "bias", 0.0)) if step.at_read_bias else 0.0
    return Told(taken.source, extraction, bias, tells_signs=step.tells_signs)


def _estimated(told: Mapping[str, Told], before: Belief, name: str) -> JunctionEstimate:
    from smtjlab.simulation.inference.junction_estimate import junction_estimate
    from smtjlab.simulation.inference.told import bears

    bearing = [one for one in told.values() if bears(one)]
    return junction_estimate(bearing, before, name)
