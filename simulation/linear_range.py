"""What sets the linear window: exact static law, thermal average and the paper's claim (physics: section 6).

The static conductance of an aligned junction above its threshold is a hyperbola, G = (1 - Gamma'/S)/R_90 with
S = |V_G| - nu + Gamma' and Gamma' = Gamma (R_AP - R_P)/(R_AP + R_P). Its straightest line over a window from the kink
at S1 = Gamma + Gamma' on has an INL within a tolerance as long as sqrt(S2/S1) <= (1 + 2 tol)/(1 - 2 tol).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arguments import checked_count
from .errors import ModelError
from .junction import Junction
from .landscape import FloatArray
from .linear_window import LinearWindowError, linear_window
from .transfer_curves import transfer_curves

_GATES = 481
_BELOW, _ABOVE = 0.15, 0.45
"""Ends of the first thermal sweep below and above the threshold, in units of Gamma."""
_DOUBLINGS = 7
"""Times that the sweep is made twice as long: 58 Gamma, and no tolerance below 0.25 has a static window beyond 16."""


def static_window(junction: Junction, tolerance: float = 0.01) -> tuple[float, float]:
    """Return both ends in V, as |V_G|, of the window of the static curve: minimax line, INL over the window's change.

    Closed form, for an aligned hard layer without a field across. Raises ModelError for another junction.
    """
    if not 0 < tolerance < 0.25:
        raise ModelError(f"`tolerance` must be above 0 and below 0.25, but is {tolerance:g}.")
    if junction.hard_layer_angle or junction.transverse_field or not junction.dipole_field:
        raise ModelError(
            "The closed form of the linear window must have an aligned hard layer with a dipole field and no "
            f"transverse field, but these are {junction.hard_layer_angle:g} rad, {junction.dipole_field:g} A/m and "
            f"{junction.transverse_field:g} A/m."
        )
    parallel, antiparallel = junction.resistance_parallel, junction.resistance_antiparallel
    gamma = junction.rotation_voltage
    kink = gamma * (1 + (antiparallel - parallel) / (antiparallel + parallel))
    width = kink * (((1 + 2 * tolerance) / (1 - 2 * tolerance)) ** 2 - 1)
    start = gamma + junction.shape_voltage
    return start, start + width


def thermal_window(junction: Junction, tolerance: float = 0.01) -> float:
    """Return the width in V of the window of the Boltzmann average: minimax line, largest change; nan for none.

    It is searched for on 481 gates from 0.15 Gamma below the threshold to 0.45 Gamma above it, and over twice that and
    again as long as the window has an end of the sweep for its own: what is cut off there was not found.
    """
    gamma, threshold = junction.rotation_voltage, abs(junction.threshold_voltage)
    for reach in gamma * 2.0 ** np.arange(_DOUBLINGS + 1):
        gate = np.linspace(threshold - _BELOW * reach, threshold + _ABOVE * reach, _GATES)
        conductance = transfer_curves([junction], junction.gate_sign * gate, model="boltzmann").conductance[0]
        try:
            found = linear_window(gate, conductance, tolerance=tolerance, line="minimax")
        except LinearWindowError:
            return math.nan
        if gate[0] < found.start and found.stop < gate[-1]:
            return found.stop - found.start
    return math.nan


@dataclass(frozen=True)
class Variation:
    """One property of a junction that is varied by factors, the others kept as `title` says."""

    name: str
    title: str
    unit: str
    factors: tuple[float, float]
    """Least and largest factor."""
    changed: Callable[[Junction, float], Junction]
    value: Callable[[Junction], float]
    """The property in `unit`."""


def _resistances(junction: Junction, parallel: float, antiparallel: float) -> Junction:
    return junction.changed(resistance_parallel=parallel, resistance_antiparallel=antiparallel)


def _tmr(junction: Junction) -> float:
    return junction.resistance_antiparallel / junction.resistance_parallel - 1


def _with_tmr(junction: Junction, factor: float) -> Junction:
    twice = junction.resistance_parallel + junction.resistance_antiparallel
    parallel = twice / (2 + factor * _tmr(junction))
    return _resistances(junction, parallel, twice - parallel)


def _thicker(junction: Junction, factor: float) -> Junction:
    if junction.piezo_thickness is not None:
        return junction.changed(piezo_thickness=factor * junction.piezo_thickness)
    return junction.changed(stress_per_volt=junction.stress_coefficient / factor)


def _larger(junction: Junction, factor: float) -> Junction:
    """Return the junction with all three lengths scaled, which leaves the fields as they are."""
    lengths = ("major_axis", "minor_axis", "thickness")
    return junction.changed(**{name: factor ** (1 / 3) * getattr(junction, name) for name in lengths})


VARIATIONS = (
    Variation(
        "both", "R_AP, R_P in proportion", "ohm", (0.5, 5.0),
        lambda j, f: _resistances(j, f * j.resistance_parallel, f * j.resistance_antiparallel),
        lambda j: j.resistance_antiparallel,
    ),
    Variation(
        "antiparallel", "R_AP, R_P kept", "ohm", (0.25, 20.0),
        lambda j, f: _resistances(j, j.resistance_parallel, j.resistance_parallel * (1 + f * _tmr(j))),
        lambda j: j.resistance_antiparallel,
    ),
    Variation(
        "parallel", "R_P, R_AP kept", "ohm", (0.25, 20.0),
        lambda j, f: _resistances(j, j.resistance_antiparallel / (1 + f * _tmr(j)), j.resistance_antiparallel),
        lambda j: j.resistance_parallel,
    ),
    Variation("tmr", "TMR, mean of R_P and R_AP kept", "", (0.25, 20.0), _with_tmr, _tmr),
    Variation(
        "dipole", "Gamma by the dipole field H_d", "V", (0.25, 4.0),
        lambda j, f: j.changed(dipole_field=f * j.dipole_field), lambda j: j.rotation_voltage,
    ),
    Variation("piezo", "Gamma by the piezo’s thickness", "V", (0.25, 4.0), _thicker, lambda j: j.rotation_voltage),
    Variation(
        "temperature", "temperature T", "K", (1 / 3, 5 / 3),
        lambda j, f: j.changed(temperature=300.0 * f), lambda j: j.temperature,
    ),
    Variation("volume", "volume, shape kept", "m^3", (0.25, 4.0), _larger, lambda j: j.volume),
)  # fmt: skip


@dataclass(frozen=True)
class Range:
    """Windows of one variation: every array has one value a factor."""

    variation: Variation
    value: FloatArray
    """The property in the variation's unit."""
    static: FloatArray
    """Width in V of the static window, closed form."""
    thermal: FloatArray
    """Width in V of the window of the Boltzmann average; nan where none is straight enough."""
    claim: FloatArray
    """Width in V that the paper claims, in proportion to 1/|kappa| = 2 R_AP Gamma and right at the junction itself."""


@dataclass(frozen=True)
class LinearRange:
    """The linear window of a junction against what may set it."""

    junction: Junction
    tolerance: float
    window: tuple[float, float]
    """Ends of the static window of the junction itself in V."""
    thermal: float
    """Width of the thermal window of the junction itself in V."""
    ranges: tuple[Range, ...]


def linear_range(
    junction: Junction, *, tolerance: float = 0.01, points: int = 7, progress: Callable[[float], None] | None = None
) -> LinearRange:
    """Return the windows of a junction varied in eight ways, `points` values each. Raises ModelError."""
    checked_count("points", points, 2)
    window = static_window(junction, tolerance)
    ranges = []
    for k, variation in enumerate(VARIATIONS):
        ranges.append(_range(junction, variation, tolerance, points))
        if progress is not None:
            progress((k + 1) / len(VARIATIONS))
    return LinearRange(junction, tolerance, window, thermal_window(junction, tolerance), tuple(ranges))


def _range(junction: Junction, variation: Variation, tolerance: float, points: int) -> Range:
    varied = [variation.changed(junction, float(f)) for f in np.geomspace(*variation.factors, points)]
    own = _inverse_kappa(junction)
    start, stop = static_window(junction, tolerance)
    return Range(
        variation,
        np.array([variation.value(one) for one in varied]),
        np.array([np.diff(static_window(one, tolerance))[0] for one in varied]),
        np.array([thermal_window(one, tolerance) for one in varied]),
        np.array([(stop - start) * _inverse_kappa(one) / own for one in varied]),
    )


def _inverse_kappa(junction: Junction) -> float:
    """Return 1/|kappa| = 2 R_AP Gamma of the paper's Eq. (2), in V ohm."""
    return 2 * junction.resistance_antiparallel * junction.rotation_voltage
