"""What readings tell of a device at once, by closed forms: what bins, branches and stops of a recipe ask for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.observed import Floats, Observed
from smtjlab.simulation.populations.curve_figures import extremes, ramp


def quick_figures(readings: Sequence[Reading], area: float, touchdowns: int = 0) -> dict[str, float | None]:
    """Return every figure of FIGURES that the readings of one procedure tell, in its unit; None where they do not.

    `area` is that of the device as it was drawn, in m^2. A conductance that cannot be told from none counts as its own
    scatter, so that an open device has the smallest resistance that it may have.
    """
    observed = Observed.of(readings)
    told: dict[str, float | None] = {"flags": float(sum(map(bool, observed.flags))), "touchdowns": float(touchdowns)}
    drawn = np.abs(observed.gate_current)
    told["leakage"] = float(np.nanmax(drawn)) if np.isfinite(drawn).any() else None
    known = np.isfinite(observed.value)
    if not known.any():
        return told
    least = np.where(np.isfinite(observed.scatter[known]) & (observed.scatter[known] > 0), observed.scatter[known], 0)
    siemens = np.maximum(observed.value[known], least)
    if not (siemens > 0).all():
        return told
    gate, branch = observed.gate[known], np.array(observed.branch)[known]
    ends = [extremes(gate[branch == one], siemens[None, branch == one]) for one in dict.fromkeys(branch)]
    low, high = 1 / max(float(most[0]) for _, most in ends), 1 / min(float(least[0]) for least, _ in ends)
    told |= {
        "resistance": 1 / float(siemens[0]),
        "resistance_parallel": low,
        "resistance_antiparallel": high,
        "tmr": high / low - 1,
        "resistance_area": low * area,
    }
    first = branch == branch[0]
    slope, threshold = _ramp(gate[first], siemens[first])
    return told | {"slope": slope, "threshold": threshold}


def _ramp(gate: Floats, siemens: Floats) -> tuple[float | None, float | None]:
    """Return the slope of the middle of the swing in S/V, and where its line meets the low end, in V (`ramp`).

    None for both where the gate does not move; no threshold where nothing changes.
    """
    found = [float(one[0]) for one in ramp(gate, siemens[None, :])]
    slope, threshold = (value if np.isfinite(value) else None for value in found)
    return slope, threshold
