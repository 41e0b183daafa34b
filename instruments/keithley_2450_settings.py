"""How a 2450 is set up as a source of voltage: the ranges that serve the limits, as messages and as read-backs."""

from __future__ import annotations

import math

from .errors import LimitError
from .keithley_2450_specification import (
    COMPLIANCE_CURRENT,
    MEASURE_CURRENT,
    MEASURE_VOLTAGE,
    NPLC_LIMITS,
    PROTECTION_LEVELS,
    SOURCE_VOLTAGE,
)
from .limits import Limits
from .roles import SourceSettings
from .specification import range_for


def settings_for(limits: Limits, *, largest_voltage: float, nplc: float, four_wire: bool, name: str) -> SourceSettings:
    """Return the closest ranges that hold the run's largest voltage and the compliance; LimitError where none does."""
    farther = math.copysign(largest_voltage, sum(limits.voltage))  # a magnitude: a gate may be negative only
    limits.check(farther, instrument=name, where="largest voltage of the run")
    low, high = COMPLIANCE_CURRENT
    if not low <= limits.current <= high:
        raise LimitError(
            f"`current` limit of `{name}` must be within {low:g} A and {high:g} A, but is {limits.current:g} A."
        )
    if not NPLC_LIMITS[0] <= nplc <= NPLC_LIMITS[1]:
        raise LimitError(f"`nplc` must be within {NPLC_LIMITS[0]:g} and {NPLC_LIMITS[1]:g}, but is {nplc:g}.")
    source = range_for(SOURCE_VOLTAGE, largest_voltage)
    return SourceSettings(
        source_range=source,
        # A source reads itself back on its own range.
        voltage_range=next(one for one in MEASURE_VOLTAGE if one.range == source.range),
        current_range=range_for(MEASURE_CURRENT, limits.current),
        compliance=limits.current,
        protection=_protection(limits, name),
        nplc=nplc,
        four_wire=four_wire,
    )


def _protection(limits: Limits, name: str) -> float:
    """Return the lowest protection level that its own tolerance of 5 % does not bring into the limits."""
    for level in PROTECTION_LEVELS:
        if level >= 1.1 * limits.largest_voltage:
            return level
    raise LimitError(
        f"`voltage` limit of `{name}` must be within ±{PROTECTION_LEVELS[-1] / 1.1:.0f} V, so that the highest "
        f"protection of a 2450 lies above it, but is {limits.largest_voltage:g} V."
    )


def set_up_source(settings: SourceSettings) -> str:
    """Return the message that sets up the source at 0 V; its output must be off."""
    return ";".join(
        (
            ":SOUR:FUNC VOLT",
            ":SOUR:VOLT 0",
            f":SOUR:VOLT:RANG {settings.source_range.range:.9g}",
            f":SOUR:VOLT:ILIM {settings.compliance:.9g}",
            f":SOUR:VOLT:PROT PROT{settings.protection:g}",
            ":SOUR:VOLT:READ:BACK 1",
            ":SOUR:VOLT:DEL:AUTO 1",
            ":OUTP:VOLT:SMOD NORM",
        )
    )


def set_up_measurement(settings: SourceSettings) -> str:
    """Return the message that sets up the measurement of current."""
    return ";".join(
        (
            ':SENS:FUNC "CURR"',
            f":SENS:CURR:RANG {settings.current_range.range:.9g}",
            f":SENS:CURR:NPLC {settings.nplc:.9g}",
            f":SENS:CURR:RSEN {int(settings.four_wire)}",
            ":SENS:CURR:AZER 1",
            ":SENS:COUN 1",
        )
    )


def expected_answers(settings: SourceSettings) -> dict[str, float | str]:
    """Return each query with what it must answer before the output goes on."""
    return {
        ":SOUR:FUNC?": "VOLT",
        ":SOUR:VOLT?": 0.0,
        ":SOUR:VOLT:RANG?": settings.source_range.range,
        ":SOUR:VOLT:ILIM?": settings.compliance,
        ":SOUR:VOLT:PROT?": settings.protection,
        ":SENS:FUNC?": "CURR:DC",
        ":SENS:CURR:RANG?": settings.current_range.range,
        ":SENS:CURR:NPLC?": settings.nplc,
        ":SENS:CURR:RSEN?": float(settings.four_wire),
        ":OUTP?": 0.0,
    }
