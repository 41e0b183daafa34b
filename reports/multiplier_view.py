"""What the page of a multiplier shows: the four-quadrant error map, the datasheet beside parts that can be bought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.multiplier import Multiplier
from smtjlab.simulation.inference.multiplier_figures import MULTIPLIER_FIGURES
from smtjlab.simulation.inference.reference_parts import REFERENCE_PARTS, PrintedFigure
from smtjlab.simulation.transfer_parameters import Estimate

from .circuit_page import CircuitView, Drawing, Table
from .circuit_readings import CircuitReadings
from .multiplier_figures import error_map_figure, lines_figure
from .rounding import MISSING, estimate, plain, rounded

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.product_map import MultiplierDatasheet
    from smtjlab.simulation.multiplier_prediction import MultiplierPrediction

MAP = (
    "Deviation of the output from k V_in1 y, in per cent of full scale, over the plane of both inputs; k is the scale "
    "factor that was predicted. White is no error; the two colours differ in hue and are told apart in grey by the "
    "contours."
)
LINES = (
    "Output along each input: left against V_in1 at several y, right against y at several V_in1. Lines: the best "
    "bilinear fit."
)
PAPER = (
    "The paper has V_out = κ R_s V_in1 V_in2 with |κ| = 1/(2 R_AP Γ). The exact slope at the threshold is smaller by "
    "1 − R_P/R_AP, and V_in2 = 0 is not reachable by one junction: in the branch that rotates, V_in2 is at least 2 Γ."
)
DEFINITIONS = (
    "Figures are defined on the page about multipliers of the documentation. Product error: the largest residual of "
    "k x y over the swing, one parameter. Bilinear error: that of k x (y − d), two parameters. They differ by orders "
    "of magnitude where a pedestal is in the swing."
)
_PER_CENT = frozenset(
    {
        "scale_error", "total_error", "x_nonlinearity", "y_nonlinearity", "x_feedthrough", "y_feedthrough",
        "x_feedthrough_nulled", "y_feedthrough_nulled", "product_error", "bilinear_error", "offset_share", "inl",
    }
)  # fmt: skip


def view(run: Run, readings: Sequence[Reading], found: CircuitReadings, belief: Belief, mark: str) -> CircuitView:
    """Return the view of a run. Raises InferenceError where the readings cannot tell anything."""
    procedure = cast(Multiplier, run.procedure)
    sheet = procedure.datasheet(readings, belief)
    told = procedure.prediction(belief)
    errors = [f"{name.replace('_', ' ')} {_value(sheet, name)}" for name in ("product_error", "total_error")]
    return CircuitView(
        finding=f"{sheet.quadrants} Scale factor {_value(sheet, 'scale')}, {', '.join(errors)} of full scale.",
        key=[
            (MULTIPLIER_FIGURES[name].symbol, _value(sheet, name))
            for name in ("scale", "product_error", "inl", "bits_noise_along_y")
            if name in sheet.extraction.names
        ],
        drawings=[
            Drawing(title="Error over both inputs", svg=error_map_figure(sheet, mark), caption=MAP),
            Drawing(title="Output", svg=lines_figure(procedure, readings, sheet, belief, mark), caption=LINES),
        ],
        tables=[_datasheet(sheet), _predicted(sheet, told), _paper(procedure, sheet, belief), _drift(readings)],
        remarks=[*_balance(procedure, sheet), *told.warnings],
    )


def _balance(procedure: Multiplier, sheet: MultiplierDatasheet) -> list[str]:
    """Return what would balance both junctions of a differential circuit, where they are not alike."""
    offset = sheet.extraction.estimate("y_offset")
    if procedure.encoding != "junction" or offset is None or abs(offset.value) < 3 * offset.uncertainty:
        return []
    return [
        f"The two junctions are not alike: the product is zero at y = {estimate(offset, 'V')}. A `trim` of the "
        f"reference gate of about {plain(procedure.trim + offset.value, 'V', digits=3)} would balance them."
    ]


def _value(sheet: MultiplierDatasheet, name: str) -> str:
    """Return a figure with its standard uncertainty, fractions in per cent."""
    found = sheet.extraction.estimate(name)
    if found is None:
        return MISSING
    if name in _PER_CENT:
        return _per_cent(found)
    return estimate(found, MULTIPLIER_FIGURES[name].unit.removesuffix("bit").strip())


def _per_cent(found: Estimate) -> str:
    return f"({rounded(100 * found.value, 100 * found.uncertainty)}) %"


def _datasheet(sheet: MultiplierDatasheet) -> Table:
    names = [*sheet.extraction.names, *(name for name in sheet.extraction.reasons if name in MULTIPLIER_FIGURES)]
    rows = []
    for name in MULTIPLIER_FIGURES:
        if name not in names:
            continue
        bought = [_printed(part.figures.get(name), name) for part in REFERENCE_PARTS]
        value = _value(sheet, name)
        meaning = sheet.extraction.reasons.get(name, MULTIPLIER_FIGURES[name].meaning)
        rows.append((MULTIPLIER_FIGURES[name].symbol, value, *bought, meaning))
    head = ("figure", "measured", *(part.name for part in REFERENCE_PARTS), "meaning")
    note = (
        f"{DEFINITIONS} Beside it what data sheets print of two integrated multipliers on ±15 V with 10 V full scale, "
        "typical or maximum (max); they are trimmed by their maker and drive a load."
    )
    return Table(title="Datasheet", head=head, rows=rows, note=" ".join([note, *sheet.extraction.remarks]))


def _printed(figure: PrintedFigure | None, name: str) -> str:
    if figure is None:
        return ""
    value = f"{100 * figure.value:g} %" if name in _PER_CENT else plain(figure.value, figure.unit, digits=3)
    return f"{value}{' (max)' if figure.kind == 'maximum' else ''}"


def _predicted(sheet: MultiplierDatasheet, told: MultiplierPrediction) -> Table:
    measured = {
        "scale factor": (plain(told.scale, "1/V", digits=4), _value(sheet, "scale")),
        "product error": (f"{100 * told.product_error:.3g} %", _value(sheet, "product_error")),
        "bilinear error": (f"{100 * told.shifted_product_error:.3g} %", _value(sheet, "bilinear_error")),
        "X feedthrough": (f"{100 * told.feedthrough:.3g} %", _value(sheet, "x_feedthrough")),
        "swing": (plain(told.swing, "V", digits=4), _value(sheet, "swing")),
        "loading error of the scale factor": (f"{100 * told.loading_error:.3g} %", ""),
        "fall of the TMR, on the output": (f"{100 * told.bias_error:.3g} %", ""),
        "largest bias across the junction": (plain(told.largest_bias, "V", digits=3), ""),
    }
    return Table(
        title="Predicted before the run, and measured",
        head=("", "predicted", "measured"),
        rows=[(name, *pair) for name, pair in measured.items()],
        note="Predicted of the junction as believed, without its uncertainty: a real one is another. What must agree "
        "within all uncertainties is judged by the model beside the run.",
    )


def _paper(procedure: Multiplier, sheet: MultiplierDatasheet, belief: Belief) -> Table:
    junction = belief.junction
    kappa = 1 / (2 * junction.resistance_antiparallel * junction.rotation_voltage)
    share = 1 - junction.resistance_parallel / junction.resistance_antiparallel
    rows = [
        ("k = κ R_s as the paper has it", plain(kappa * procedure.series, "1/V", digits=4)),
        ("k at the threshold, exact: κ R_s (1 − R_P/R_AP)", plain(kappa * share * procedure.series, "1/V", digits=4)),
        ("k measured", _value(sheet, "scale")),
        ("smallest V_in2 of one junction that rotates, 2 Γ", plain(2 * junction.rotation_voltage, "V", digits=4)),
    ]
    return Table(title="The paper’s circuit", head=("", "value"), rows=rows, note=PAPER)


def _drift(readings: Sequence[Reading]) -> Table:
    kelvin = {round(one.temperature, 1) for one in readings if one.temperature is not None}
    text = (
        "The bench read no temperature: run the same map at two temperatures or more on a bench with a thermometer."
        if not kelvin
        else f"All readings were taken at {', '.join(f'{one:g} K' for one in sorted(kelvin))}; drift takes others too."
    )
    return Table(
        title="Drift with temperature", head=("figure", "value"), rows=[("drift of k and offsets", MISSING)], note=text
    )
