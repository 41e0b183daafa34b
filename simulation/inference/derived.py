"""Quantities made of extracted parameters (physics: energy and equilibrium of the soft layer, transport), by name.

Each function takes its parameters by name, as floats or as numbers of `uncertainties`; units are those of PARAMETERS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .budget import Budget, budget_of_extraction
from .errors import InferenceError
from .extraction import Extraction
from .parameters import PARAMETERS

LEAST_POINTS = 8
"""Points of a window from which a deviation from a line means something."""


@dataclass(frozen=True)
class Derived:
    """A quantity, what it needs, and how it follows."""

    needs: tuple[str, ...]
    function: Callable[..., Any]

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """Return the quantity from values by name; KeyError with the first that is missing."""
        return self.function(*(values[name] for name in self.needs))


def inl(gate: Sequence[float], conductance: Sequence[Any]) -> Any:
    """Return the largest deviation from the least-squares line over the change of the line's ends' readings.

    `gate` in V are the settings of a fixed window in rising or falling order, `conductance` the readings in S. Gain and
    offset of the gate change nothing, nor do those of the conductance. Raises InferenceError for fewer than 8 points,
    or a window in which the conductance does not change.
    """
    if len(gate) < LEAST_POINTS:
        raise InferenceError(f"An INL must be of {LEAST_POINTS} points or more, but is of {len(gate)}.")
    design = np.stack([np.ones(len(gate)), np.asarray(gate, float)], axis=1)
    # Deviations are linear in the readings, so that numbers with uncertainties may stand for them.
    residual = np.eye(len(gate)) - design @ np.linalg.pinv(design)
    values = list(conductance)
    nominal = np.array([float(getattr(one, "nominal_value", one)) for one in values])
    change = values[-1] - values[0]
    if nominal[-1] == nominal[0]:
        raise InferenceError(
            "An INL must be of a window in which the conductance changes, but it is the same at both ends."
        )
    worst = int(np.argmax(np.abs(residual @ nominal)))
    deviation = sum(weight * value for weight, value in zip(residual[worst], values, strict=True))
    sign = np.sign(residual[worst] @ nominal) * np.sign(nominal[-1] - nominal[0])
    return float(sign) * deviation / change


DERIVED: Mapping[str, Derived] = {
    "conductance_antiparallel": Derived(("resistance_antiparallel",), lambda r: 1 / r),
    "tmr": Derived(("resistance_parallel", "resistance_antiparallel"), lambda p, a: (a - p) / p),
    "resistance_area": Derived(("resistance_parallel", "area"), lambda p, area: p * area),
    "rotation_voltage": Derived(("dipole_field", "stress_field_per_volt"), lambda dipole, stress: dipole / stress),
    "shape_voltage": Derived(("shape_field", "stress_field_per_volt"), lambda shape, stress: shape / stress),
    "threshold": Derived(("rotation_voltage", "shape_voltage"), lambda gamma, nu: gamma + nu),
    "pole": Derived(("rotation_voltage", "shape_voltage"), lambda gamma, nu: gamma - nu),
    "slope": Derived(
        ("resistance_parallel", "resistance_antiparallel", "rotation_voltage"),
        lambda p, a, gamma: (a - p) / (2 * a**2 * gamma),
    ),
}
"""By the names of PARAMETERS; the last is the exact slope at the threshold. `area` is in m²."""


def derived(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that follows from some values by name and is not among them, in one or several steps."""
    found = dict(values)
    for _ in DERIVED:
        found |= {
            name: one(found) for name, one in DERIVED.items() if name not in found and set(one.needs) <= set(found)
        }
    return {name: value for name, value in found.items() if name not in values}


def budgets(
    extraction: Extraction, sources: Sequence[Mapping[str, Any]] = (), others: Mapping[str, Any] | None = None
) -> dict[str, Budget]:
    """Return the budget of every parameter of an extraction, and of everything that follows from them.

    `sources` are those of the event `uncertainty` of the run; `others` are further values by name, `area` for one, as
    numbers of `uncertainties` (`known` of `smtjlab.simulation.inference.budget`) or floats.
    """
    further = dict(others or {})

    def of(name: str) -> Callable[[Mapping[str, Any]], Any]:
        return lambda values: (values if name in values else derived({**further, **values}))[name]

    names = [*extraction.names, *derived({**further, **dict.fromkeys(extraction.names, 1.0)})]
    return {
        name: budget_of_extraction(PARAMETERS[name].symbol, PARAMETERS[name].unit, of(name), extraction, sources)
        for name in names
    }
