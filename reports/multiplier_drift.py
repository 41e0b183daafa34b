"""The drift of a multiplier with temperature, measured and as believed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.multiplier import Multiplier
from smtjlab.procedures.trimmed_procedure import FIXED
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.extraction import Estimate, Extraction
from smtjlab.simulation.inference.temperature_drift import DRIFT_FIGURES
from smtjlab.simulation.measured_circuit import MeasuredCircuit
from smtjlab.simulation.multiplier_drift import FIGURES, DriftingMultiplier

from .circuit_page import Table
from .rounding import MISSING, rounded

DRAWS = 24
"""Pairs of junctions drawn from the belief: their spread is known to 15 %."""
DRAWS_SEED = 7
"""The same draws each time: a page is made bit for bit."""
BELIEVED = (
    "As believed: by thermal averages of junctions at small bias, the reference nulled at the first temperature as in "
    "the run; ± is the spread over pairs drawn from the belief. Resistances and the piezo are taken not to depend on "
    "temperature."
)
LEAST = 1e-15
"""V/K below which rounding alone is seen."""


def drift_table(drift: Extraction, expected: dict[str, Estimate]) -> Table:
    """Return what changes with temperature."""
    rows = []
    for name, figure in DRIFT_FIGURES.items():
        found, wanted = drift.estimate(name), expected.get(name)
        rows.append((figure.symbol, _told(name, found), _told(name, wanted), _sigmas(found, wanted), figure.meaning))
    note = " ".join((f"From {drift.points} maps, each read at its own temperature.", *drift.remarks, BELIEVED))
    head = ("figure", "measured", "as believed", "difference", "definition")
    return Table(title="Drift with temperature", head=head, rows=rows, note=note)


def expected_drift(
    procedure: Multiplier, readings: Sequence[Reading], measured: MeasuredCircuit, belief: Belief
) -> dict[str, Estimate]:
    """Return the drift as believed, by name; the spread is about the value of two junctions that are alike."""
    fixed = {"single": 0.0, "junction": None}.get(procedure.encoding, 0.0)
    if procedure.encoding == "resistor":
        fixed = 1 / measured.resistors[FIXED][0]
    model = DriftingMultiplier(
        series=procedure.series,
        inputs=procedure.inputs,
        gates=procedure.gates,
        multiplicand=procedure.circuit(measured, belief).multiplicand(procedure.gates),
        temperatures=_temperatures(readings),
        middle=procedure.middle,
        reach=procedure.reference_gates if procedure.nulls else None,
        fixed=fixed,
    )
    alike = model.drift(belief.junction, belief.junction)
    if alike is None:
        return {}
    drawn = belief.draw(2 * DRAWS, DRAWS_SEED)
    spread = model.spread(list(zip(drawn[::2], drawn[1::2], strict=True)), alike)
    return {
        name: Estimate(float(a), float(b)) if max(abs(a), b) > LEAST else Estimate(0.0, 0.0)
        for name, a, b in zip(FIGURES, alike, spread, strict=True)
    }


def _temperatures(readings: Sequence[Reading]) -> np.ndarray:
    """Return the mean temperature in K of each map, in their order."""
    at: dict[float | None, list[float]] = {}
    for one in readings:
        if one.temperature is not None:
            at.setdefault(one.setpoint.temperature, []).append(one.temperature)
    return np.array([float(np.mean(found)) for found in at.values()])


def _told(name: str, found: Estimate | None) -> str:
    if found is None:
        return MISSING
    if found == Estimate(0.0, 0.0):
        return "0"
    if name == "scale_drift":
        return f"({rounded(100 * found.value, 100 * found.uncertainty)}) %/K"
    per, unit = (1e9, "nV/K") if name == "output_offset_drift" else (1e6, "µV/K")
    return f"({rounded(per * found.value, per * found.uncertainty)}) {unit}"


def _sigmas(found: Estimate | None, wanted: Estimate | None) -> str:
    if found is None or wanted is None:
        return MISSING
    both = math.hypot(found.uncertainty, wanted.uncertainty)
    return f"{(found.value - wanted.value) / both:+.1f} σ" if both > 0 else MISSING
