"""Where chi-square of a circuit is least: readings a thousand times as certain as beliefs leave places to get stuck at.

A threshold that a belief puts on the wrong side of a reading stays there: no way leads over the reading. So the fit
begins with the thresholds at several places, and at each with the resistances alone, whose errors would else be taken
for those of thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .belief import Belief
from .chi_square import ChiSquare, Minimum, Observations
from .circuit_evaluator import CircuitEvaluator
from .errors import JunctionError
from .landscape import FloatArray

POOR = 1.5
"""Chi-square over its degrees of freedom from which on a lower minimum is looked for elsewhere."""
PLACES = (-1.0, 1.0, -3.0, 3.0)
"""Where the threshold of a junction begins, in its own standard uncertainty, the others where they are believed."""
WIDER = 100.0
"""By how much scatter is widened where resistances are fitted alone."""
FIRST = ("resistance_parallel", "resistance_antiparallel")


def lowest(
    model: CircuitEvaluator,
    data: Observations,
    belief: Belief,
    devices: Sequence[str],
    start: Mapping[str, float],
) -> Minimum:
    """Return the lowest minimum found, first from `start`, the last one."""
    whole = ChiSquare(model, model.names, data)
    best = whole.minimise(start)
    along = _threshold_direction(belief)
    for moved, place in ((devices[0], 0.0), *((device, place) for place in PLACES for device in devices)):
        if best.chi_square <= POOR * len(data.gate):
            return best
        held = {
            f"{device}.{name}": place * one if device == moved else 0.0
            for device in devices
            for name, one in along.items()
        }
        alone = _WithHeld(model, held)
        first = ChiSquare(alone, alone.names, replace(data, scatter=WIDER * data.scatter)).minimise()
        found = whole.minimise({**held, **first.z})
        best = found if found.chi_square < best.chi_square else best
    return best


class _WithHeld:
    """A model of which only the resistances and the errors are unknowns; the others are held."""

    def __init__(self, model: CircuitEvaluator, held: Mapping[str, float]) -> None:
        self._model = model
        self._places = [
            place for place, name in enumerate(model.names) if name not in held or name.rpartition(".")[2] in FIRST
        ]
        self._whole = np.array([held.get(name, 0.0) for name in model.names])
        self.names = tuple(model.names[place] for place in self._places)

    def __call__(self, z: FloatArray, gate: FloatArray, /) -> FloatArray:
        """Return readings (m, n) for z (m, K)."""
        whole = np.repeat(self._whole[None, :], len(z), axis=0)
        whole[:, self._places] = z
        return self._model(whole, gate)


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
