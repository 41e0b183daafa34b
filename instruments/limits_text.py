"""Site limits in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from .limits_file import UNITS
from .quantity import format_quantity

if TYPE_CHECKING:
    from .limits import SiteLimits

WORDS = {
    ("Limits", "current"): "compliance",
    ("CurrentLimits", "voltage"): "compliance",
    ("Limits", "contact_resistance"): "contacts up to",
    ("Limits", "lead_resistance"): "leads from",
    ("Limits", "thermal_emf"): "thermal EMF up to",
}
"""Limits that have another name in a sentence."""


def limits_text(limits: SiteLimits) -> str:
    """Return site limits in a line: the span of what may be asked first, then the other limits."""
    units = UNITS[type(limits)]
    parts: list[str] = []
    for name, value in asdict(limits).items():
        if isinstance(value, tuple):
            parts.insert(0, " to ".join(format_quantity(one, units[name]) for one in value))
        elif value is not None and not isinstance(value, bool):
            words = WORDS.get((type(limits).__name__, name), name.replace("_", " "))
            parts.append(f"{words} {format_quantity(value, units[name])}")
    return ", ".join(parts)
