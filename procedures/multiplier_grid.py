"""From the readings of a multiplier to the grid that its datasheet is made of: both factors as they were read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.bilinear import bilinear
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.product_grid import ProductGrid
from smtjlab.simulation.multiplier_circuit import Encoding

from .circuit_procedure import effects_of
from .multiplier_trim import TRIM, tried_of
from .observed import floats

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief

    from .multiplier import Multiplier

Floats = NDArray[np.float64]
Effects = dict[str, Floats]

OFFSET = "Γ − ν as believed"
"""The error of V_2 of a single-ended circuit that comes from the belief: V_2 is no voltage that anybody measures."""


def grid_of(procedure: Multiplier, readings: Sequence[Reading], belief: Belief) -> ProductGrid:
    """Return the grid of the map's readings with a number and without a flag, at the temperature of the first of them.

    x is V_in1 as read back. y is V_G - V_mid, both as read back, the trim not counted in V_mid; of a single-ended
    circuit V_2 = s V_G + Γ - ν, with Γ - ν from the belief. Raises InferenceError where there is no such reading.
    """
    taken = [one for one in readings if one.setpoint.branch != TRIM and one.value is not None and not one.flags]
    if not taken:
        raise InferenceError("A map must have readings without a flag, but has none.")
    taken = [one for one in taken if one.setpoint.temperature == taken[0].setpoint.temperature]
    x, gate = floats([one.levels["junction"] for one in taken]), floats([one.levels["gate"] for one in taken])
    out = floats([one.value for one in taken])
    own = floats([one.uncertainty.independent for one in taken])
    nulled = [one for one in readings if one.setpoint.branch == TRIM]
    y, common, y_scatter = _after_trim(taken, nulled, gate) if nulled else _second(procedure, taken, gate, belief)
    x_scatter = floats([one.uncertainty.level_scatter.get("junction", 0.0) for one in taken])
    return ProductGrid(
        x=x,
        y=y,
        out=out,
        scatter=_with_levels(x, y, out, own, x_scatter, y_scatter),
        encoding=Encoding.SINGLE_ENDED if procedure.encoding == "single" else Encoding.DIFFERENTIAL,
        common={
            "x": effects_of([one.uncertainty.levels.get("junction", {}) for one in taken]),
            "y": common,
            # A meter that reads too much was given less.
            "out": effects_of([one.uncertainty.common for one in taken], -1.0),
        },
        noise=own,
        x_setting=floats([one.setpoint.levels["junction"] for one in taken]),
        y_setting=floats([one.setpoint.levels["gate"] for one in taken]),
    )


def untrimmed(grid: ProductGrid, readings: Sequence[Reading]) -> ProductGrid:
    """Return the grid as it would be with the reference gate at V_mid: what its first step read is put back.

    The reference adds x times its share of V_in1; the fall of its TMR with bias is taken to be that of the null.
    """
    tried = tried_of(readings)
    return replace(grid, out=grid.out + grid.x * (tried[0].difference - tried[-1].difference))


def _second(
    procedure: Multiplier, taken: Sequence[Reading], gate: Floats, belief: Belief
) -> tuple[Floats, Effects, Floats]:
    """Return the second factor in V, its common errors and its scatter."""
    junction = belief.junction
    sign = junction.gate_sign if procedure.encoding == "single" else 1
    common = effects_of([_of(one, "gate") for one in taken], sign)
    scatter = floats([one.uncertainty.level_scatter.get("gate", 0.0) for one in taken])
    if procedure.encoding == "single":
        known = offset_uncertainty(belief)
        y = sign * gate + junction.rotation_voltage - junction.shape_voltage
        return y, common | ({OFFSET: np.full(len(taken), known)} if known > 0 else {}), scatter
    if procedure.encoding == "resistor":
        return gate - procedure.middle, common, scatter
    trimmed = floats([one.setpoint.levels["reference_gate"] for one in taken]) - procedure.middle
    middle = floats([one.levels["reference_gate"] for one in taken]) - trimmed
    for name, effect in effects_of([_of(one, "reference_gate") for one in taken]).items():
        common[name] = common.get(name, 0.0) - effect
    return gate - middle, common, scatter  # V_mid is held: it scatters as one for all, which its errors count


def _after_trim(taken: Sequence[Reading], nulled: Sequence[Reading], gate: Floats) -> tuple[Floats, Effects, Floats]:
    """Return the same where a trim was measured: V_mid is what the gate's own meter read then, so offsets cancel."""
    held = floats([one.levels["gate"] for one in nulled])
    at_null = effects_of([_of(one, "gate") for one in nulled])
    common = effects_of([_of(one, "gate") for one in taken])
    common = {name: effect - at_null.get(name, np.zeros(1)).mean() for name, effect in common.items()}
    scatter = floats([one.uncertainty.level_scatter.get("gate", 0.0) for one in taken])
    return gate - held.mean(), common, scatter


def offset_uncertainty(belief: Belief) -> float:
    """Return the standard uncertainty in V of Γ - ν by what is uncertain of the junction, to first order."""
    names = belief.uncertain
    if not names:
        return 0.0
    at = {name: float(getattr(belief.junction, name)) for name in names}

    def offset(moved: Floats) -> float:
        fields = {name: at[name] + float(d) for name, d in zip(names, moved, strict=True)}
        junction = belief.junction.changed(**fields)
        return junction.rotation_voltage - junction.shape_voltage

    steps = belief.root(names).T
    return float(np.sqrt(sum(((offset(one / 2) - offset(-one / 2)) ** 2) for one in steps)))


def _with_levels(x: Floats, y: Floats, out: Floats, own: Floats, x_scatter: Floats, y_scatter: Floats) -> Floats:
    """Return the scatter of outputs in V with what the read-back of the levels adds, by the slopes of a product."""
    if len(x) < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return own  # the map tells what is missing
    scale, x_offset, y_offset, _ = bilinear(x, y, out)
    by_x, by_y = scale * (y - y_offset) * x_scatter, scale * (x - x_offset) * y_scatter
    return np.asarray(np.sqrt(own**2 + by_x**2 + by_y**2))


def _of(reading: Reading, source: str) -> Mapping[str, float]:
    return reading.uncertainty.levels.get(source, {})
