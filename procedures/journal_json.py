"""What stands in the cells of a journal: standard JSON, written and read without surprises."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def dump(value: Any) -> str:
    """Return a value as standard JSON: what is not a finite number is null, half a surrogate is escaped."""
    try:
        text = _ENCODER.encode(value)
    except ValueError:  # nan and infinity are no JSON
        text = _ENCODER.encode(_finite(value))
    return text if _is_unicode(text) else _ESCAPING.encode(_finite(value))


def load(text: str) -> Any:
    """Return what a JSON text says; raises ValueError, with the reason, for what is no standard JSON."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ESCAPING = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
