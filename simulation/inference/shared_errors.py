"""The whole uncertainty of what a loop tells: its scatter, the errors its readings share, and what was not measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction

from .common_errors import CommonErrors, Values, common_errors, effects_of
from .errors import InferenceError
from .extraction import Estimate, Extraction
from .loop_readings import LoopReadings

Core = Callable[[LoopReadings, Junction, Extraction | None], Extraction]
"""An extraction with its scatter alone; the third argument is one whose choice of parameters is to be kept."""


def with_shared_errors(core: Core, readings: LoopReadings, belief: Belief, held: Sequence[str]) -> Extraction:
    """Return `core` of the readings with common errors and the uncertainty of believed values in its covariance.

    `held` are the fields of the junction that `core` takes from the belief. Raises InferenceError.
    """
    found = core(readings, belief.junction, None)
    common = common_errors(
        lambda moved: _values(core(readings.shifted(moved), belief.junction, found)),
        readings.quantities,
        readings.effects,
        _values(found),
    )
    believed = _of_belief(lambda junction: _values(core(readings, junction, found)), _values(found), belief, held)
    taken = {
        name: Estimate(float(getattr(belief.junction, name)), belief.uncertainty.get(name, 0.0))
        for name in held
        if name not in found.names
    }
    return replace(believed.added_to(common.added_to(found)), taken={**found.taken, **taken})


def _of_belief(
    again: Callable[[Junction], Values], nominal: Values, belief: Belief, held: Sequence[str]
) -> CommonErrors:
    """Return what the uncertainty of believed fields, with their correlations, does to parameters."""
    names = [name for name in held if name in belief.uncertain and name not in nominal]
    root = belief.root(names)

    def at(number: int, sign: int) -> Values:
        moved = {name: getattr(belief.junction, name) + sign * float(root[k, number]) for k, name in enumerate(names)}
        try:
            return again(belief.junction.changed(**moved))
        except JunctionError as problem:
            raise InferenceError(str(problem)) from problem

    return effects_of(nominal, {name: partial(at, number) for number, name in enumerate(names)})


def _values(extraction: Extraction) -> Values:
    return dict(zip(extraction.names, map(float, extraction.values), strict=True))
