"""What the page of a multiplier shows: errors over both inputs, datasheet, prediction, and the claim of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.multiplier import Multiplier
from smtjlab.procedures.multiplier_grid import grid_of
from smtjlab.simulation.inference.product_grid import folded
from smtjlab.simulation.measured_circuit import MeasuredCircuit

from .circuit_page import CircuitView, Drawing
from .circuit_readings import CircuitReadings
from .multiplier_ac_view import ac_parts
from .multiplier_drift import drift_table, expected_drift
from .multiplier_figures import error_maps_figure, lines_figure, residuals_figure
from .multiplier_tables import (
    bits_table,
    datasheet_table,
    errors_table,
    in_a_strip,
    paper_table,
    predicted_table,
    value_of,
)
from .multiplier_trim_view import trim_parts
from .rounding import estimate, plain

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.product_map import MultiplierDatasheet

MAPS = (
    "What is left of the output over the plane of both factors, in per cent of full scale. Left: less k x y, one "
    "parameter; offsets are in it. Right: less the bilinear fit, so that the offsets are trimmed away. White is no "
    "error; each map has its own scale. Contours at one and two thirds of it, dashed where negative."
)
LINES = (
    "Output along each factor, at five values of the other. Lines: the bilinear fit k (x − x₀)(y − y₀) + o of the "
    "whole map. Error bars are smaller than the markers."
)
RESIDUALS = (
    "Output less its straight line by least squares, in per cent of full scale: the largest residual along x is the X "
    "nonlinearity, that along y the Y nonlinearity. Bars: standard deviation of a reading, read-back of the levels "
    "included."
)
PEDESTAL = (
    "Single-ended: the output has a pedestal, and this circuit cannot multiply by zero or by signed numbers, "
    "whatever its errors are. The encodings `junction` and `resistor` can."
)
_KEY = ("scale", "product_error", "bilinear_error", "inl", "bits_noise_along_y")


def view(run: Run, readings: Sequence[Reading], found: CircuitReadings, belief: Belief, mark: str) -> CircuitView:
    """Return the view of a run. Raises InferenceError where the readings cannot tell anything."""
    procedure = cast(Multiplier, run.procedure)
    measured = MeasuredCircuit.from_dict(run.meta["circuit"])
    sheet = procedure.datasheet(readings, belief)
    cells = folded(grid_of(procedure, readings, belief))
    told = procedure.prediction(measured, belief)
    drift = procedure.drift(readings, belief)
    trim_drawings, trim_tables, trim_told = trim_parts(procedure, readings, sheet, belief, mark)
    at_ac, ac_table = ac_parts(procedure, procedure.circuit(measured, belief), mark)
    full_scale = float(sheet.extraction.values[sheet.extraction.names.index("full_scale")])
    return CircuitView(
        finding=_finding(sheet),
        key=in_a_strip(sheet, _KEY),
        drawings=[
            Drawing(title="Error over both inputs", svg=error_maps_figure(cells, full_scale, mark), caption=MAPS),
            Drawing(title="Output", svg=lines_figure(cells, mark), caption=LINES),
            Drawing(title="Residuals", svg=residuals_figure(cells, full_scale, mark), caption=RESIDUALS),
            *trim_drawings,
            at_ac,
        ],
        tables=[
            datasheet_table(sheet),
            errors_table(sheet),
            *trim_tables,
            bits_table(sheet, readings[0].repeats * (readings[0].aperture or 0.0)),
            *([] if drift is None else [drift_table(drift, expected_drift(procedure, readings, measured, belief))]),
            ac_table,
            predicted_table(procedure, measured, belief, sheet),
            paper_table(procedure, told, sheet, belief),
        ],
        remarks=[
            *([PEDESTAL] if procedure.encoding == "single" else []),
            *(trim_told or _balance(procedure, sheet)),
            *told.warnings,
            *([_no_drift(readings)] if drift is None else []),
        ],
    )


def _finding(sheet: MultiplierDatasheet) -> str:
    product, shifted, swing = (value_of(sheet, name) for name in ("product_error", "bilinear_error", "swing"))
    return f"{sheet.quadrants} Product error {product} of the swing of {swing}; with an offset of y free {shifted}."


def _balance(procedure: Multiplier, sheet: MultiplierDatasheet) -> list[str]:
    """Return what would balance both branches of a differential circuit, where they are not alike."""
    offset = sheet.extraction.estimate("y_offset")
    if procedure.encoding == "single" or offset is None or abs(offset.value) < 3 * offset.uncertainty:
        return []
    text = f"The two branches are not alike: the product is zero at y = {estimate(offset, 'V')}, not at 0."
    if procedure.encoding == "resistor":
        return [f"{text} With `middle` at about {plain(procedure.middle + offset.value, 'V', digits=4)} they would be."]
    return [f"{text} With `trim=measured` they would be made to."]


def _no_drift(readings: Sequence[Reading]) -> str:
    """Return why the run tells nothing of drift with temperature."""
    kelvin = sorted({round(one.temperature, 1) for one in readings if one.temperature is not None})
    if not kelvin:
        return "Drift with temperature is not told: no thermometer is on this bench."
    all_at = ", ".join(f"{one:g} K" for one in kelvin)
    return f"Drift with temperature is not told: all readings were taken at {all_at} (`warming` is 0)."
