"""Numbers as a reader should see them: SI prefixes, and no digit that its uncertainty does not carry."""

from __future__ import annotations

import math

from smtjlab.simulation.transfer_parameters import Estimate

PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
MISSING = "–"
"""What stands where there is no number."""
_PREFIXED = ("V", "S", "A", "Ω", "s", "m", "Pa", "S/V", "Pa/V", "J", "T", "Hz", "F")
_LONGEST = 7
"""Decimals beyond which a number without a prefix is written with a power of ten."""


def rounded(value: float | None, uncertainty: float | None, unit: str = "", *, space: str = " ") -> str:
    """Return "(263.42 ± 0.12) mV": the uncertainty with two digits, the value to the same place, one SI prefix.

    Without an uncertainty (None, 0, nan) the value has five digits.
    """
    if value is None or not math.isfinite(value):
        return MISSING
    known = uncertainty is not None and math.isfinite(uncertainty) and uncertainty > 0
    if not known or uncertainty is None:
        return plain(value, unit, space=space)
    places = _places(uncertainty)
    shown = round(uncertainty, places)
    places = _places(shown)  # 0.0999 becomes 0.10, which needs one place less
    power = _power(max(abs(round(value, places)), shown), unit)
    decimals = places + power
    if decimals < 0 or (power == 0 and decimals > _LONGEST):  # trailing zeros would claim too much, leading ones tire
        return _scientific(value, shown, unit, space)
    numbers = f"{_fixed(value, -power, decimals)}{space}±{space}{_fixed(shown, -power, decimals)}"
    return _joined(numbers, power, unit, space)


def plain(value: float | None, unit: str = "", *, digits: int = 5, space: str = " ") -> str:
    """Return a value of which no uncertainty is known, with some significant digits and an SI prefix."""
    if value is None or not math.isfinite(value):
        return MISSING
    power = _power(abs(value), unit)
    mantissa, _, exponent = f"{value / 10.0**power + 0.0:.{digits}g}".partition("e")
    number = _typeset(mantissa) + (f"{space}×{space}10{_raised(int(exponent))}" if exponent else "")
    return _joined(number, power, unit, space)


def estimate(found: Estimate | None, unit: str, *, space: str = " ") -> str:
    """Return an estimate with its uncertainty, or a dash where there is none."""
    return MISSING if found is None else rounded(found.value, found.uncertainty, unit, space=space)


def interval(low: float, high: float, uncertainty: float, unit: str, *, space: str = " ") -> str:
    """Return "262.18 to 262.66 mV": both ends to the place that a standard uncertainty has its second digit at."""
    if not (math.isfinite(low) and math.isfinite(high) and uncertainty > 0 and math.isfinite(uncertainty)):
        return MISSING
    power = _power(max(abs(low), abs(high)), unit)
    decimals = _places(round(uncertainty, _places(uncertainty))) + power
    if decimals < 0 or (power == 0 and decimals > _LONGEST):
        places = math.floor(math.log10(max(abs(low), abs(high))))
        digits = max(0, _places(uncertainty) + places)
        ends = f"{_fixed(low, -places, digits)} to {_fixed(high, -places, digits)}"
        return f"({ends}){space}×{space}10{_raised(places)}{space}{unit}".rstrip()
    full = f"{space}{PREFIXES[power]}{unit}" if PREFIXES[power] + unit else ""
    return f"{_fixed(low, -power, decimals)} to {_fixed(high, -power, decimals)}{full}"


def chance(p: float) -> str:
    """Return a p-value with two digits: "0.31", "5.8 × 10⁻²¹⁸", "< 10⁻³⁰⁰"."""
    if not p > 1e-300:
        return "< 10⁻³⁰⁰"
    return plain(p, digits=2)


def with_p(p: float, *, name: str = "p") -> str:
    """Return "p = 0.31", or "p < 10⁻³⁰⁰"."""
    text = chance(p)
    return f"{name} {text}" if text.startswith("<") else f"{name} = {text}"


def prefix_of(largest: float, unit: str) -> tuple[float, str]:
    """Return the factor and the prefixed unit in which numbers up to `largest` are best drawn on an axis."""
    power = _power(largest, unit)
    return 10.0**-power, PREFIXES[power] + unit


def _places(uncertainty: float) -> int:
    """Return the decimal places that leave two significant digits."""
    return 1 - math.floor(math.log10(uncertainty))


def _power(size: float, unit: str) -> int:
    if size == 0 or unit not in _PREFIXED:
        return 0
    power = 3 * math.floor(math.log10(size) / 3 + 1e-12)
    return min(max(power, min(PREFIXES)), max(PREFIXES))


def _fixed(value: float, shift: int, decimals: int) -> str:
    return _typeset(f"{value * 10.0**shift:.{decimals}f}")


def _scientific(value: float, uncertainty: float, unit: str, space: str) -> str:
    power = math.floor(math.log10(max(abs(value), uncertainty)))
    decimals = max(0, _places(uncertainty) + power)
    numbers = f"{_fixed(value, -power, decimals)}{space}±{space}{_fixed(uncertainty, -power, decimals)}"
    return f"({numbers}){space}×{space}10{_raised(power)}{space}{unit}".rstrip()


def _joined(numbers: str, power: int, unit: str, space: str) -> str:
    full = PREFIXES[power] + unit
    if not full:
        return numbers
    wrapped = f"({numbers})" if "±" in numbers else numbers
    return f"{wrapped}{space}{full}"


def _raised(exponent: int) -> str:
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _typeset(number: str) -> str:
    """Return the number with a true minus sign."""
    return "−" + number[1:] if number.startswith("-") else number
