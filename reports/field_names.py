"""What the fields of a junction and the limits of a site are called on a page, and their units as they are set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtjlab.simulation.junction_file import FIELDS

_WORDS = {
    "saturation_magnetization": "saturation magnetization M_s",
    "magnetostriction": "magnetostriction λ_s",
    "youngs_modulus": "Young's modulus",
    "dipole_field": "dipole field H_d",
    "transverse_field": "transverse field H_y",
    "hard_layer_angle": "angle of the hard layer",
    "hard_layer_coercivity": "coercivity of the hard layer H_ch",
    "resistance_parallel": "resistance, parallel R_P",
    "resistance_antiparallel": "resistance, antiparallel R_AP",
    "bias_half_tmr": "bias that halves the TMR V_h",
    "piezo_hysteresis": "piezo hysteresis h_p",
    "hooge_parameter": "Hooge parameter α_H",
}
"""Words and symbol of the fields that go by more than their names."""
_SET = {"ohm": "Ω", "m^2": "m²"}


def field_words(name: str) -> str:
    """Return the words for a junction's field, its symbol last where it has one."""
    return _WORDS.get(name, name.replace("_", " "))


def field_unit(name: str) -> str:
    """Return the unit of a junction's field as it is set; nothing for what has none."""
    unit = str(FIELDS[name].metadata["unit"]) if name in FIELDS else ""
    return _SET.get(unit, unit)


def limit_units(limits: Mapping[str, Any]) -> dict[str, str]:
    """Return the units of one role's limits by their names; what is driven is known by the limit that is a pair."""
    from smtjlab.instruments.limits_file import UNITS

    for units in UNITS.values():
        if isinstance(limits.get(next(iter(units))), list | tuple):
            return {name: _SET.get(unit, unit) for name, unit in units.items()}
    return {}
