"""A crossbar read whole or one column at a time: what a product takes in readings, scatter and range of its meters.

A row of N junctions gives the sum at once where all columns are driven, I - I_0 with the current I_0 at 0 V. With one
column at a time the sum is made in numbers, sum_j (I_j - I_0). By superposition both are the same product, wires and
all, but the latter holds N scatters of its own and the one of I_0 N times: N^(1/2) (1 + N)^(1/2) of a reading's against
2^(1/2), while its meters hold one junction's current instead of N.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .arguments import checked_count, checked_number


@dataclass(frozen=True)
class WayOfReading:
    """What the product of N x N signed weights, pairs of conductances, with some vectors takes."""

    whole: bool
    """Whether a vector drives all columns at once."""
    readings: int
    """Of both rows of all pairs: the currents of all vectors, and one with all columns at 0 V."""
    scatter: float
    """Standard deviation of a row's sum in those of one reading."""
    largest_current: float
    """A that a row's meter must hold."""

    def product_scatter(self, reading: float, verified: float, full_scale: float, vector: float) -> float:
        """Return the standard deviation of an entry of the product.

        `reading` and `verified` are those of one reading, in A, and of a verified conductance, in S, over the range of
        conductances, the former over the read voltage too; `vector` is the length of the vector.
        """
        return full_scale * math.sqrt(2) * math.hypot(self.scatter * reading, vector * verified)


def ways_of_reading(size: int, vectors: int, highest: float, voltage: float) -> tuple[WayOfReading, WayOfReading]:
    """Return what both ways take, whole first; `highest` is the highest conductance in S, `voltage` stands for 1.

    Raises ModelError.
    """
    count, several = checked_count("size", size, 1), checked_count("vectors", vectors, 1)
    current = checked_number("highest", highest, "S") * checked_number("voltage", voltage, "V")
    return (
        WayOfReading(True, 2 * count * (several + 1), math.sqrt(2), count * current),
        WayOfReading(False, 2 * count * (several * count + 1), math.sqrt(count * (1 + count)), current),
    )
