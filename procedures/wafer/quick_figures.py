"""What readings tell of a device at once, by closed forms: what bins, branches and stops of a recipe ask for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.observed import Floats, floats
from smtjlab.simulation.populations.curve_figures import extremes, ramp


def quick_figures(readings: Sequence[Reading], area: float, touchdowns: int = 0) -> dict[str, float | None]:
    """Return every figure of FIGURES that the readings of one procedure tell, in its unit; None where they do not.

    `area` is that of the device as it was drawn, in m^2. A conductance that cannot be told from none counts as its own
    scatter, so that an open device has the smallest resistance that it may have.
    """
    flagged = sum(bool(one.flags) for one in readings)
    told: dict[str, float | None] = {"flags": float(flagged), "touchdowns": float(touchdowns)}
    drawn = np.abs(floats([one.gate_current for one in readings]))
    told["leakage"] = float(np.nanmax(drawn)) if np.isfinite(drawn).any() else None
    value = floats([one.value for one in readings])
    known = np.isfinite(value)
    if not known.any():
        return told
    scatter = floats([one.uncertainty.independent for one in readings])[known]
    least = np.where(np.isfinite(scatter) & (scatter > 0), scatter, 0)
    siemens = np.maximum(value[known], least)
    if not (siemens > 0).all():
        return told
    gate, branch = (np.array(one)[known] for one in ([r.gate for r in readings], [r.setpoint.branch for r in readings]))
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
