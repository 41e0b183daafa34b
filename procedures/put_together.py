"""Several measurements of one junction put together: each is extracted with what the others make one believe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.simulation.belief import Belief

from .characterise_steps import STEPS
from .errors import MISTAKES
from .gate_history import with_history
from .noise_of_readings import Taken as Taken
from .noise_of_readings import believed_density, noise_density, with_noise

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
    answers: dict[str, Told | str | None] = {}
    density = believed_density(before)
    for _ in range(rounds):
        answers = told_again(taken, answers, before, name, density, belief)
        density = noise_density(taken, answers, before)
    return joined(answers, before, name)


def told_again(
    taken: Sequence[Taken],
    answers: Mapping[str, Told | str | None],
    before: Belief,
    name: str,
    density: float = 0.0,
    belief: Belief | None = None,
) -> dict[str, Told | str | None]:
    """Return by step what each measurement tells with what the `answers` of all others make one believe.

    What it has told itself is not taken as known elsewhere: then it would count twice. The last one is asked first, and
    those before it take what it tells now: a transfer curve its creep from the loops and the step that follow. A bias
    curve, though, holds R_P as its own R_AP and the TMR of the loops tell it together, for alone it hardly tells it
    from V_h; the joint fit moves what was held, so that this counts once there too. `belief` stands for the others
    where there are no answers yet. Raises InferenceError where a covariance is none.
    """
    now = dict(answers)
    for k, one in reversed(list(enumerate(taken))):
        own = not STEPS[one.step].at_read_bias
        others = joined({step: told for step, told in now.items() if own or step != one.step}, before, name)
        known = belief if belief is not None and not (answers and others.told) else others.estimate.after
        now[one.step] = told_by(one, known, taken[:k], density)
    return {one.step: now[one.step] for one in taken}


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
    readings = with_history(taken.readings, [one.readings for one in earlier], taken.slew)
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
