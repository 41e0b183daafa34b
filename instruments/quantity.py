"""Numbers with units at the edge of the house: read from files and command lines, written into sentences."""

from __future__ import annotations

import math
import re
import threading
from decimal import Decimal

from .errors import QuantityError

PREFIXES = {"f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3, "k": 3, "M": 6, "G": 9}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
UNIT = re.compile(r"(?!.*(\d\d|\*\*|\^\^))[A-Za-zµμΩ°%/ ^*·0-9-]{1,30}")
"""What a unit may look like: no long exponents, which cost more to work out than a file may demand."""
LONG = 60
"""Letters of what was given that are told in a sentence."""
_ONE_AT_A_TIME = threading.Lock()
"""Pint reads its units when it is asked first, and knows only some of them for a second thread that asks meanwhile."""
ENGINEERING = ("f", "p", "n", "u", "m", "", "k", "M", "G")


def parse_quantity(value: float | str, unit: str) -> float:
    """Return `value` in `unit`: `"400 mV"`, `"0.4"` and 0.4 are the same in V.

    A bare number means the declared unit. A decimal prefix before that very unit is read exactly (`"200 uA"` is the
    float nearest to 0.0002); every other unit of the right kind goes through pint.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise QuantityError(f"A quantity must be a number or text such as '400 m{unit}', but is {value!r}.")
    number = _parse_text(value.strip(), unit) if isinstance(value, str) else float(value)
    if not math.isfinite(number):
        raise QuantityError(f"A quantity must be finite, but is {_shown(value)}.")
    return number


def format_quantity(value: float, unit: str, digits: int = 6) -> str:
    """Return `value` for a reader, with a decimal prefix and at most six digits: 0.4 in V is `400 mV`."""
    value = float(f"{value:.{digits}g}")
    plain = not unit or value == 0 or not math.isfinite(value) or any(sign in unit for sign in "^²*%°")
    if plain:
        return f"{value:.6g} {unit}".rstrip()
    power = math.floor(math.log10(abs(value)) / 3 + 1e-12)
    power = min(max(power, -5), 0 if unit in ("s", "K") else 3)
    return f"{value / 1000.0**power:.6g} {ENGINEERING[power + 5]}{unit}"


def format_duration(seconds: float) -> str:
    """Return a time in s as a person says it: `7.5 s`, `48 s`, `12 min`, `3 h 5 min`."""
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _shown(value: float | str) -> str:
    """Return what was given, no longer than a sentence can bear."""
    return repr(value) if not isinstance(value, str) or len(value) <= LONG else f"{value[:LONG]!r} …"


def _such_as(unit: str) -> str:
    return f"such as {f'0.4 {unit}'.rstrip()!r}"


def _parse_text(text: str, unit: str) -> float:
    found = NUMBER.match(text)
    if found is None:
        raise QuantityError(f"A quantity must begin with a number, {_such_as(unit)}, but is {_shown(text)}.")
    rest = text[found.end() :].strip()
    power = _power_of(rest, unit)
    if power is None:
        return _convert(found.group(), rest, unit, text)
    return float(Decimal(found.group()).scaleb(power))


def _power_of(rest: str, unit: str) -> int | None:
    """Return the power of ten that `rest` stands for: nothing, the unit, or the unit with a prefix; else None."""
    if rest in ("", unit):
        return 0
    if unit and rest.endswith(unit) and "^" not in unit:
        return PREFIXES.get(rest.removesuffix(unit))
    return None


def _convert(number: str, written: str, unit: str, text: str) -> float:
    if not UNIT.fullmatch(written):
        raise QuantityError(f"A unit must be known, {_such_as(unit)}, but is {_shown(text)}.")
    import pint  # slow to import, and needed only for a unit other than the declared one

    try:
        with _ONE_AT_A_TIME:
            quantity = pint.Quantity(float(number), written)
            return float(quantity.to(unit or "").magnitude)
    except pint.DimensionalityError:
        raise QuantityError(
            f"A unit must be of the kind of {unit or 'a plain number'}, but is {_shown(text)}."
        ) from None
    except (pint.PintError, AttributeError, TypeError, ValueError, AssertionError, SyntaxError, OverflowError):
        raise QuantityError(f"A unit must be known, {_such_as(unit)}, but is {_shown(text)}.") from None
