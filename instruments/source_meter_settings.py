"""Which ranges of a source meter serve the site limits, whatever its model."""

from __future__ import annotations

import math

from .errors import LimitError
from .limits import Limits
from .roles import SourceSettings
from .source_meter_specification import SourceMeterSpecification
from .specification import range_for

EXACT = 1e-12
"""Fraction by which a whole number of steps may look like less."""
PROTECTION_TOLERANCE = 1.1
"""Over-voltage protection lies this much above the limits, so that its own 5 % do not bring it into them."""


def choose_settings(
    specification: SourceMeterSpecification,
    limits: Limits,
    *,
    largest_voltage: float,
    nplc: float,
    four_wire: bool,
    name: str,
) -> SourceSettings:
    """Return the closest ranges that hold the run's largest voltage and the compliance; LimitError where none does."""
    farther = math.copysign(largest_voltage, sum(limits.voltage))  # a magnitude: a gate may be negative only
    limits.check(farther, instrument=name, where="largest voltage of the run")
    _check_compliance(specification, limits, largest_voltage, name)
    compliance = _compliance(specification, limits, largest_voltage)
    shortest, longest = specification.nplc_limits
    if not shortest <= nplc <= longest:
        raise LimitError(f"`nplc` must be within {shortest:g} and {longest:g}, but is {nplc:g}.")
    protection = _protection(specification, limits, name)
    source = range_for(specification.source_voltage, largest_voltage)
    return SourceSettings(
        source_range=source,
        # A source reads itself back on its own range.
        voltage_range=next(one for one in specification.measure_voltage if one.range == source.range),
        current_range=range_for(specification.measure_current, compliance),
        compliance=compliance,
        protection=protection,
        nplc=nplc,
        four_wire=four_wire,
    )


def _compliance(specification: SourceMeterSpecification, limits: Limits, largest_voltage: float) -> float:
    """Return the compliance in A; what the power makes of it is a whole step, which no instrument rounds up."""
    compliance = limits.compliance(largest_voltage)
    if compliance == limits.current:
        return compliance
    step = range_for(specification.source_current, compliance).resolution
    return math.floor(compliance / step * (1 + EXACT)) * step


def _check_compliance(
    specification: SourceMeterSpecification, limits: Limits, largest_voltage: float, name: str
) -> None:
    """Raise LimitError where the compliance cannot be programmed, or not on the range that the run needs."""
    low, high = specification.compliance_current
    if not low <= limits.current <= high:
        raise LimitError(
            f"`current` limit of `{name}` must be within {low:g} A and {high:g} A, but is {limits.current:g} A."
        )
    if not limits.compliance(largest_voltage) >= low:
        raise LimitError(
            f"`power` limit of `{name}` must be at least {low * largest_voltage:g} W, which the smallest compliance of "
            f"a {specification.model} holds at {largest_voltage:g} V, but is {limits.power:g} W."
        )
    most = specification.current_at(largest_voltage)
    if most and limits.compliance(largest_voltage) > most:
        raise LimitError(
            f"`current` limit of `{name}` must be at most {most:g} A, which a {specification.model} gives at "
            f"{largest_voltage:g} V, but is {limits.current:g} A."
        )


def _protection(specification: SourceMeterSpecification, limits: Limits, name: str) -> float:
    """Return the lowest protection level that its own tolerance does not bring into the limits.

    Where a model's levels end with its largest voltage, that one stands for no protection but the instrument's end.
    """
    end = specification.largest_voltage
    for level in specification.protection_levels:
        if level >= PROTECTION_TOLERANCE * limits.largest_voltage or level >= end >= limits.largest_voltage:
            return level
    highest = specification.protection_levels[-1]
    raise LimitError(
        f"`voltage` limit of `{name}` must be within ±{highest if highest >= end else highest / 1.1:.0f} V, so that "
        f"the highest protection of a {specification.model} lies above it, but is {limits.largest_voltage:g} V."
    )
