"""The holds of a synapse: what its readings say of each time, and what copies of the believed device make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.synapses.holds import HeldChange, held_change

from .observed import Floats, floats
from .synapse import HOLD

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief

    from .synapse import Synapse

COPIES = 64
"""Of a junction that live through a run once more."""
RIVAL_COPIES = 512
"""The same of a rival, whose chance is its own in each of them."""


@dataclass(frozen=True)
class ExpectedChange:
    """What the believed device makes of the holds of one time, as fractions of a span."""

    time: float
    """s."""
    mean: float
    """Of the mean change over the repeats."""
    low: float
    """Of 95 % of the copies."""
    high: float
    drift: float
    """Root mean square change over all copies and repeats."""


def held_changes(procedure: Synapse, readings: Sequence[Reading], span: float) -> tuple[HeldChange, ...]:
    """Return what was read of each hold time, the shortest first, over a span in S. Raises ModelError."""
    found = []
    for pairs in _by_time(procedure, readings):
        begin, end = ([readings[pair[k]] for pair in pairs] for k in (0, 1))
        start, stop = (floats([one.value for one in row]) for row in (begin, end))
        scatter = [floats([one.uncertainty.independent for one in row]) for row in (begin, end)]
        found.append(held_change(_time(begin, end), start, stop, span, scatter[0], scatter[1]))
    return tuple(found)


def expected_changes(
    procedure: Synapse, readings: Sequence[Reading], belief: Belief, span: float
) -> tuple[ExpectedChange, ...]:
    """Return what the believed device makes of the same holds, living through the same stimuli. Raises ModelError."""
    taken = _by_time(procedure, readings)
    if not taken:
        return ()
    lived = list(_lived(procedure, readings, belief))
    found = []
    for pairs in taken:
        change = np.array([lived[end] - lived[begin] for begin, end in pairs]) / span
        means = change.mean(axis=0)
        low, high = np.percentile(means, [2.5, 97.5])
        time = _time([readings[begin] for begin, _ in pairs], [readings[end] for _, end in pairs])
        root = float(np.sqrt(np.mean(change**2)))
        found.append(ExpectedChange(time, float(means.mean()), float(low), float(high), root))
    return tuple(found)


def _by_time(procedure: Synapse, readings: Sequence[Reading]) -> list[list[tuple[int, int]]]:
    """Return for each hold time that was held the numbers of its readings, begin and end, both usable."""
    found = []
    for number in range(1, len(procedure.hold_times) + 1):
        here = [k for k, one in enumerate(readings) if one.setpoint.branch == f"{HOLD} {number}"]
        pairs = [pair for pair in zip(here[0::2], here[1::2], strict=False) if all(_usable(readings[k]) for k in pair)]
        if pairs:
            found.append(pairs)
    return found


def _usable(reading: Reading) -> bool:
    return reading.value is not None and not reading.flags


def _time(begin: Sequence[Reading], end: Sequence[Reading]) -> float:
    """Return the mean time in s from the one reading to the other."""
    return float(np.mean([after.time - before.time for before, after in zip(begin, end, strict=True)]))


def _lived(procedure: Synapse, readings: Sequence[Reading], belief: Belief) -> Iterator[Floats]:
    """Yield the conductances of all copies in S at each reading."""
    if procedure.pulsed:
        from .beside_rival import RivalCopies

        rivals = RivalCopies(procedure.believed_rival, RIVAL_COPIES, seed=1)
        yield from (rivals.live(reading) for reading in readings)
        return
    from smtjlab.simulation.models import Model
    from smtjlab.simulation.replicas import Replicas

    copies = Replicas(belief.draw(COPIES, seed=1), model=Model.BOLTZMANN, seed=1)
    yield from (copies.respond(reading.stimuli).reference for reading in readings)
