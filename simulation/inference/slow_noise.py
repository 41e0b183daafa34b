"""Noise slower than a run: it neither scatters within the run nor averages away, and differs from run to run.

1/f noise has the same variance in each decade of frequency. What lies between one reading and the whole run shows as
scatter beyond what the instruments claim; what is slower than the run shifts every conductance of it by one factor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .extraction import Extraction

Floats = NDArray[np.float64]

SLOWER = 3.0
"""Decades below one over the length of a run that count: from minutes to days."""


def slow_part(hooge: float, area: float) -> float:
    """Return the standard deviation of that factor for a Hooge parameter in m^2 and a junction's area in m^2.

    S_G/G^2 = alpha_H/(A f) has the variance alpha_H ln(10)/A in each decade.
    """
    return math.sqrt(max(hooge, 0.0) / area * math.log(10) * SLOWER)


def slow_part_of(extraction: Extraction, relative_scatter: float, decades: float) -> float:
    """Return the same from a run's own excess of scatter: its fit's chi-square, were all of it 1/f noise.

    `relative_scatter` is the typical scatter of a reading over its value, as the instruments claim it; `decades` is
    log10 of the length of the run over that of a reading.
    """
    if extraction.dof < 1 or not math.isfinite(extraction.chi_square):
        return 0.0
    excess = max(0.0, extraction.chi_square / extraction.dof - 1 - 3 * math.sqrt(2 / extraction.dof))
    return relative_scatter * math.sqrt(excess * SLOWER / max(decades, 1.0))


def shifts(names: Sequence[str], values: Floats, relative: float) -> Floats:
    """Return what a factor of conductance of that relative size does to parameters, shape (k,)."""
    size = {"resistance_parallel": 1.0, "resistance_antiparallel": 1.0, "conductance_antiparallel": -1.0}
    return np.asarray(relative * np.array([size.get(name, 0.0) for name in names]) * values, float)
