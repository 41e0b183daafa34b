"""Readings of a field sweep as the extractions of loops take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.inference.gate_memory import GateMemory, gate_memory
from smtjlab.simulation.inference.least_squares import placed
from smtjlab.simulation.inference.loop_readings import LoopReadings, pooled_scatter
from smtjlab.simulation.junction import Junction

from .observed import Mask, Observed


def usable(observed: Observed, axis: str) -> Mask:
    """Return which readings a loop over `axis`, `field` or `transverse_field`, is taken from, shape (n,)."""
    return np.asarray(observed.valid & np.isfinite(getattr(observed, axis)) & (observed.value > 0), bool)


def loop_readings(observed: Observed, axis: str = "field") -> LoopReadings:
    """Return the usable readings of a sweep along `axis`. Raises InferenceError where they are too few."""
    use = usable(observed, axis)
    parts = {"field": (axis, 1 / VACUUM_PERMEABILITY), "gate": ("gate", 1.0), "conductance": ("common", -1.0)}
    return LoopReadings(
        field=getattr(observed, axis)[use] / VACUUM_PERMEABILITY,
        gate=observed.gate[use],
        conductance=observed.value[use],
        scatter=pooled_scatter(observed.value[use], observed.scatter[use]) if use.any() else observed.scatter[use],
        time=observed.time[use],
        branch=tuple(name for name, used in zip(observed.branch, use, strict=True) if used),
        effects={
            name: {error: factor * effect[use] for error, effect in observed.effects[part].items()}
            for name, (part, factor) in parts.items()
        },
    )


def memory_of(readings: Sequence[Reading], used: Mask, junction: Junction) -> GateMemory:
    """Return the memory of the gate at the used readings, from all that the junction has seen since the start."""
    places = np.where(used, np.cumsum(used) - 1, -1)
    rows = [
        (one.gate, one.duration, place if one.read else -1)
        for reading, place in zip(readings, places, strict=True)
        for one in reading.stimuli
    ]
    gate, duration, number = np.array(rows, float).reshape(len(rows), 3).T
    applied = np.array([reading.gate for reading, use in zip(readings, used, strict=True) if use], float)
    return gate_memory(junction, gate, duration, number.astype(int), applied)


def spread_out(extraction: Extraction, used: Mask) -> Extraction:
    """Return an extraction from the used readings with a place in `fitted` and `pulls` for every reading."""
    return replace(extraction, fitted=placed(extraction.fitted, used), pulls=placed(extraction.pulls, used))


def visits(readings: Sequence[Reading], used: Mask) -> NDArray[np.int_]:
    """Return for each used reading the number of the visit to its gate setpoint, from 0, shape (m,)."""
    gates = [reading.setpoint.gate for reading, use in zip(readings, used, strict=True) if use]
    changes = [later != earlier for earlier, later in pairwise(gates)]
    return np.concatenate([[0], np.cumsum(changes)]).astype(int)
