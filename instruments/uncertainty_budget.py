"""The standard uncertainty of a conductance read at a bias: repeats, noise, resolution, gain and offset kept apart.

G = I/V with both read back. A specification's limits are taken as rectangular distributions (GUM, JCGM 100:2008,
4.3.7): standard uncertainty = limit/√3, and resolution/√12 for the step of a display.

Limits are those of data sheets: within a year of calibration, 23 °C ± 5 °C, at 1 PLC or more. What shorter integrations
add to offsets is not in the budget; their noise is.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from .reading import Uncertainty
from .roles import SourceSettings
from .specification import RangeSpecification

ROOT_3, ROOT_12 = math.sqrt(3), math.sqrt(12)
ENOUGH_REPEATS = 10
"""From so many repeats on their own scatter is believed; fewer are backed by the specification."""

CONTRADICTION = 2.0
"""Fewer repeats are believed too where they scatter by more than this times the specified noise."""


def budget(
    conductances: Sequence[float],
    *,
    voltage: float,
    junction: SourceSettings,
    gate_voltage: float,
    gate: SourceSettings,
) -> Uncertainty:
    """Return the uncertainty of the mean of `conductances`, in S; `voltage` in V is the mean across the junction."""
    mean = math.fsum(conductances) / len(conductances)
    return Uncertainty(
        independent=_independent(conductances, mean, voltage, junction),
        common={
            "junction current gain": mean * junction.current_range.gain / ROOT_3,
            "junction current offset": junction.current_range.offset / ROOT_3 / voltage,
            "junction voltage gain": -mean * junction.voltage_range.gain / ROOT_3,
            "junction voltage offset": -mean * junction.voltage_range.offset / ROOT_3 / voltage,
        },
        gate={
            "gate voltage gain": gate_voltage * gate.voltage_range.gain / ROOT_3,
            "gate voltage offset": gate.voltage_range.offset / ROOT_3,
        },
    )


def _independent(conductances: Sequence[float], mean: float, voltage: float, settings: SourceSettings) -> float:
    """Return the scatter of the mean, in S."""
    specified = _propagated(mean, voltage, settings.current_range, settings.voltage_range, settings.nplc)
    scatter = _scatter(conductances, specified)
    step = (
        math.hypot(settings.current_range.resolution / abs(voltage), mean * settings.voltage_range.resolution / voltage)
        / ROOT_12
    )
    return math.hypot(scatter / math.sqrt(len(conductances)), step)


def _propagated(
    mean: float, voltage: float, current_range: RangeSpecification, voltage_range: RangeSpecification, nplc: float
) -> float:
    """Return the standard deviation of one reading by the specified noise, in S."""
    return math.hypot(current_range.reading_noise(nplc) / voltage, mean * voltage_range.reading_noise(nplc) / voltage)


def _scatter(conductances: Sequence[float], specified: float) -> float:
    """Return the standard deviation of one reading, in S.

    Ten repeats or more speak for themselves; their variance is widened by (n-1)/(n-3), as Student's distribution
    asks (JCGM 101:2008, 6.4.9.4), so that squared residuals over it average to 1.
    """
    count = len(conductances)
    if count < 2:
        return specified
    found = statistics.stdev(conductances)
    if count >= ENOUGH_REPEATS:
        return found * math.sqrt((count - 1) / (count - 3))
    return found if found > CONTRADICTION * specified else specified
