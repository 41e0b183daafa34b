"""Where chi-square is least: readings a thousand times as certain as beliefs leave places to get stuck at.

A threshold that a belief puts on the wrong side of a reading stays there: no way leads over the reading. So where a
minimum is poor the fit begins anew with the thresholds at several places, and at each with the resistances alone, whose
errors would else be taken for those of thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from .belief import Belief
from .chi_square import ChiSquare, Minimum, Observations
from .errors import JunctionError
from .landscape import FloatArray

POOR = 0.1
"""Probability of chi-square below which a lower minimum is looked for elsewhere: where it is a good one, that is the
share of runs that look in vain, and no false alarm comes of a minimum that is stuck."""
NEAR, FAR = (-1.0, 1.0), (-3.0, 3.0)
"""Where the thresholds of junctions begin, in their own standard uncertainty: of each alone, the others where they are
believed, and the near ones of all together too."""
WIDER = 100.0
"""By how much scatter is widened where resistances are fitted alone."""
FIRST = ("resistance_parallel", "resistance_antiparallel")

Model = Callable[..., FloatArray]
"""What `ChiSquare` evaluates."""


def lowest(
    best: Minimum,
    whole: ChiSquare,
    model: Model,
    names: Sequence[str],
    data: Observations,
    belief: Belief,
    junctions: Sequence[str] = ("",),
) -> Minimum:
    """Return the lowest minimum found, `best` where that is good already.

    `whole` is chi-square of the `data` under a `model` with unknowns of such `names`: those of each of the `junctions`
    begin with its name, `device.`, or with nothing.
    """
    from scipy.special import chdtrc

    along = _threshold_direction(belief)
    for places in _starts(len(junctions)):
        if chdtrc(len(data.gate), best.chi_square) >= POOR:
            return best
        held = {
            f"{junction}{name}": place * one
            for junction, place in zip(junctions, places, strict=True)
            for name, one in along.items()
        }
        alone = _WithHeld(model, names, held)
        first = ChiSquare(alone, alone.names, replace(data, scatter=WIDER * data.scatter)).minimise()
        found = whole.minimise({**held, **first.z})
        best = found if found.chi_square < best.chi_square else best
    return best


def _starts(count: int) -> Iterator[tuple[float, ...]]:
    """Yield where the thresholds of so many junctions begin, likely places first."""
    yield (0.0,) * count
    yield from _each(count, NEAR)
    if count > 1:
        yield from product(NEAR, repeat=count)
    yield from _each(count, FAR)


def _each(count: int, places: Sequence[float]) -> Iterator[tuple[float, ...]]:
    for place in places:
        for moved in range(count):
            yield tuple(place if number == moved else 0.0 for number in range(count))


class _WithHeld:
    """A model of which only the resistances and the errors are unknowns; the others are held."""

    def __init__(self, model: Model, names: Sequence[str], held: Mapping[str, float]) -> None:
        self._model = model
        self._places = [
            place for place, name in enumerate(names) if name not in held or name.rpartition(".")[2] in FIRST
        ]
        self._whole = np.array([held.get(name, 0.0) for name in names])
        self.names = tuple(names[place] for place in self._places)

    def __call__(self, z: FloatArray, gate: FloatArray, /, **shifts: FloatArray) -> FloatArray:
        """Return readings (m, n) for z (m, K)."""
        whole = np.repeat(self._whole[None, :], len(z), axis=0)
        whole[:, self._places] = z
        return self._model(whole, gate, **shifts)


def _threshold_direction(belief: Belief) -> dict[str, float]:
    """Return the unknowns of a junction whose rotation threshold is one standard uncertainty higher, at the least z."""
    names, junction = belief.uncertain, belief.junction
    root = belief.root(names)

    def threshold(z: FloatArray) -> float:
        fields = {name: getattr(junction, name) + step for name, step in zip(names, root @ z, strict=True)}
        try:
            moved = junction.changed(**fields)
        except JunctionError:
            return math.nan
        return moved.rotation_voltage + moved.shape_voltage

    rest = threshold(np.zeros(len(names)))
    slopes = np.nan_to_num(np.array([threshold(step) - rest for step in 0.1 * np.eye(len(names))]))
    size = float(np.linalg.norm(slopes))
    return dict(zip(names, (slopes / size).tolist(), strict=True)) if size > 0 else {}
