"""From the readings of a vector-matrix product to arrays by pair, row and column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.inference.matrix_product import MatrixReadings

from .crossbar_wiring import COLUMNS
from .matrix_course import Course, Crossing, Places

if TYPE_CHECKING:
    from .matrix_product import MatrixProduct

Floats = NDArray[np.float64]


def data_of(procedure: MatrixProduct, course: Course, readings: Sequence[Reading]) -> MatrixReadings:
    """Return conductances and currents as arrays; nan where there is none yet, or a flag stands against it."""
    size, vectors = procedure.size, procedure.inputs.shape[1]
    middle, volts = (procedure.lowest + procedure.highest) / 2, procedure.read_voltage
    cells = [_differences(one.cells, readings, one.targets.shape, middle) for one in course.crossings]
    products = [_differences(one.products, readings, (len(one.targets), vectors), middle) for one in course.crossings]
    return MatrixReadings(
        weights=procedure.weights,
        inputs=procedure.inputs,
        scale=procedure.scale,
        range=procedure.highest - procedure.lowest,
        read_voltage=volts,
        targets=in_pairs(procedure.wish.targets, size),
        conductances=in_pairs([one[0] for one in cells], size) / volts,
        conductance_scatter=in_pairs([one[1] for one in cells], size) / volts,
        currents=in_pairs([one[0] for one in products], size),
        current_scatter=in_pairs([one[1] for one in products], size),
        tolerance=procedure.wish.tolerance,
    )


def crossings_in_pairs(crossings: Sequence[Crossing], size: int, name: str) -> Floats:
    """Return an array of the crossings (`gates`, `rounds`, `conductances`) by pairs, shape (2, size, size)."""
    return in_pairs([np.asarray(getattr(one, name), dtype=np.float64) for one in crossings], size)


def in_pairs(parts: Sequence[Floats], size: int) -> Floats:
    """Return arrays of one pass with pairs in neighbouring rows, or of two passes, as (2, size, columns)."""
    if parts and len(parts[0]) == 2 * size:
        return np.asarray(parts[0].reshape(size, 2, -1).transpose(1, 0, 2))
    if len(parts) == 2:
        return np.stack(list(parts))
    columns = parts[0].shape[1] if parts else size
    return np.stack([*parts, *(np.full((size, columns), np.nan) for _ in range(2 - len(parts)))])


def _differences(
    places: Places, readings: Sequence[Reading], shape: tuple[int, int], conductance: float
) -> tuple[Floats, Floats]:
    """Return currents in A into the rows' ends, less the zeros that belong to them, and their scatter.

    Currents that add up have one zero: its scatter is in each of them. The scatter is that of the meter, and of the
    columns' levels through so many S each.
    """
    values, scatter = np.full(shape, np.nan), np.full(shape, np.nan)
    for place, (numbers, zero) in places.items():
        parts, other = [readings[number] for number in numbers], readings[zero]
        currents = [one.value for one in parts if one.value is not None]
        if len(currents) == len(parts) and other.value is not None and not any(one.flags for one in (*parts, other)):
            values[place] = math.fsum(other.value - one for one in currents)
            own = [_scatter(one, conductance) for one in parts]
            scatter[place] = math.hypot(*own, len(parts) * _scatter(other, conductance))
    return values, scatter


def _scatter(reading: Reading, conductance: float) -> float:
    columns = [volts for name, volts in reading.uncertainty.levels_alone.items() if name.startswith(COLUMNS)]
    return math.hypot(reading.uncertainty.independent, conductance * math.hypot(*columns))
