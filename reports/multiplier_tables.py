"""The tables of a multiplier: its datasheet beside parts that can be bought, prediction, and the claim of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.inference.multiplier_figures import MULTIPLIER_FIGURES
from smtjlab.simulation.inference.reference_parts import REFERENCE_PARTS, PrintedFigure
from smtjlab.simulation.models import Model
from smtjlab.simulation.multiplier_circuit import MultiplierCircuit
from smtjlab.simulation.multiplier_prediction import MultiplierPrediction
from smtjlab.simulation.predict import predict

from .circuit_page import Table
from .rounding import MISSING, estimate, plain, rounded

if TYPE_CHECKING:
    from smtjlab.procedures.multiplier import Multiplier
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.product_map import MultiplierDatasheet
    from smtjlab.simulation.junction import Junction
    from smtjlab.simulation.measured_circuit import MeasuredCircuit

WORDS = {
    "scale": "scale factor", "full_scale": "full scale", "swing": "swing", "total_error": "total error",
    "x_nonlinearity": "X nonlinearity", "y_nonlinearity": "Y nonlinearity", "x_offset": "X offset",
    "y_offset": "Y offset", "output_offset": "output offset", "x_feedthrough": "X feedthrough",
    "y_feedthrough": "Y feedthrough", "x_feedthrough_nulled": "X feedthrough, nulled",
    "y_feedthrough_nulled": "Y feedthrough, nulled", "inl": "INL", "dnl": "DNL", "noise": "noise of a reading",
    "product_error": "product error", "bilinear_error": "bilinear error", "offset_share": "their difference",
    "shift": "offset d", "bits_inl": "bits from INL", "bits_noise": "bits from noise, whole swing",
    "bits_noise_along_y": "bits from noise, along y",
}  # fmt: skip
"""What data sheets call the figures."""
SHEET = tuple(WORDS)[:16]
PER_CENT = frozenset(
    {
        "total_error", "x_nonlinearity", "y_nonlinearity", "x_feedthrough", "y_feedthrough", "x_feedthrough_nulled",
        "y_feedthrough_nulled", "product_error", "bilinear_error", "offset_share", "inl",
    }
)  # fmt: skip
"""Fractions that a page shows in per cent: of full scale, or of the swing."""
IN_MILLIVOLTS = ("x_offset", "y_offset", "shift")
DRAWN = 24
"""Pairs of junctions drawn from the belief, for the range of a prediction."""
SHEET_NOTE = (
    "Full scale is |k| max|x| max|y|; per cent are of it, INL of the change along y. Noise alone: what a perfect "
    "multiplier of the same scale factor and offsets would show, read with the same scatter; a figure near it is a "
    "bound. AD633 and AD734: what the data sheets of Analog Devices print, typical or at most (≤), of integrated "
    "circuits on ±15 V with 10 V of full scale, trimmed by their maker."
)
ERRORS_NOTE = (
    "Both in per cent of the peak-to-peak of the output. They differ by orders of magnitude where a pedestal or an "
    "offset is in the output: which of the two a number is must be said with it."
)
PREDICTED_NOTE = (
    "Predicted by closed forms at 300 K before the run, for the junction as believed, and for {drawn} circuits whose "
    "junctions are drawn from the belief, one by one, trimmed where the run was: the range holds the middle 68 % of "
    "them. Offsets of the instruments are not in it. Whether readings and belief agree is judged by the model beside "
    "the run."
)
PAPER_NOTE = (
    "The paper has V_out = κ R_s V_in1 V_in2 with |κ| = 1/(2 R_AP Γ) and V_in2 = V_G − δ, δ = Γ − ν. Its slope lacks "
    "the factor 1 − R_P/R_AP. V_in2 = 0 is not in the branch in which the soft layer rotates: there |V_in2| is 2 Γ or "
    "more, so that G_AP, which the paper drops, is most of the output. One junction is therefore no multiplier of "
    "signed numbers or of zero; the difference to a reference branch at V_mid is one, in y = V_G − V_mid."
)


def value_of(sheet: MultiplierDatasheet, name: str) -> str:
    """Return a figure with its standard uncertainty, fractions in per cent."""
    found = sheet.extraction.estimate(name)
    if found is None:
        return MISSING
    if name in PER_CENT:
        return f"({rounded(100 * found.value, 100 * found.uncertainty)}) %"
    if name == "scale":
        return f"{estimate(found, 'V')}/V²"
    if name in IN_MILLIVOLTS:  # near 0 a prefix of its own would be one of the noise
        return f"({rounded(1e3 * found.value, 1e3 * found.uncertainty)}) mV"
    unit = MULTIPLIER_FIGURES[name].unit
    if unit == "bit":
        # Of a stated noise nobody knows the uncertainty: what is left of it is that of the swing alone.
        return f"{rounded(found.value, found.uncertainty) if name == 'bits_inl' else plain(found.value, digits=3)} bit"
    return plain(found.value, unit, digits=3) if name == "noise" else estimate(found, unit)


def datasheet_table(sheet: MultiplierDatasheet) -> Table:
    """Return the figures of the datasheet beside those of parts that can be bought."""
    rows = []
    for name in SHEET:
        bought = [_printed(part.figures.get(name), name) for part in REFERENCE_PARTS]
        meaning = MULTIPLIER_FIGURES[name].meaning
        if name in sheet.extraction.reasons:
            meaning = f"not told: {sheet.extraction.reasons[name]}"
        rows.append((WORDS[name], value_of(sheet, name), _floor(sheet, name), *bought, meaning))
    head = ("figure", "measured", "noise alone", *(part.name for part in REFERENCE_PARTS), "definition")
    return Table(title="Datasheet", head=head, rows=rows, note=" ".join([SHEET_NOTE, *sheet.extraction.remarks]))


def _floor(sheet: MultiplierDatasheet, name: str) -> str:
    floor = sheet.floors.get(name)
    if floor is None:
        return ""
    return f"{100 * floor:.2g} %" if name in PER_CENT else f"{floor:.2g}"


def _printed(figure: PrintedFigure | None, name: str) -> str:
    if figure is None:
        return ""
    value = f"{100 * figure.value:g} %" if name in PER_CENT else plain(figure.value, figure.unit, digits=3)
    return f"≤ {value}" if figure.kind == "maximum" else value


def errors_table(sheet: MultiplierDatasheet) -> Table:
    """Return product and bilinear error, each with its definition."""
    names = ("product_error", "bilinear_error", "offset_share", "shift")
    rows = [(WORDS[name], value_of(sheet, name), MULTIPLIER_FIGURES[name].meaning) for name in names]
    return Table(
        title="Product error and bilinear error", head=("figure", "measured", "definition"), rows=rows, note=ERRORS_NOTE
    )


def bits_table(sheet: MultiplierDatasheet, seconds: float) -> Table:
    """Return the effective bits by linearity and by noise; `seconds` is for how long a reading is integrated."""
    rows = [
        (WORDS[name], value_of(sheet, name), sheet.extraction.reasons.get(name, MULTIPLIER_FIGURES[name].meaning))
        for name in ("bits_inl", "bits_noise", "bits_noise_along_y")
    ]
    noise = sheet.extraction.estimate("noise")
    note = "" if noise is None or not seconds > 0 else (
        f"A reading scatters by {plain(noise.value, 'V', digits=2)} as its instruments are stated to, integrated over "
        f"{plain(seconds, 's', digits=2)} (noise bandwidth {plain(1 / (2 * seconds), 'Hz', digits=2)}). A faster one "
        "has fewer bits of noise; those of INL stay."
    )  # fmt: skip
    return Table(title="Effective bits", head=("figure", "measured", "definition"), rows=rows, note=note)


def predicted_table(
    procedure: Multiplier, measured: MeasuredCircuit, belief: Belief, sheet: MultiplierDatasheet
) -> Table:
    """Return what was predicted before the run beside what was measured."""
    told = procedure.prediction(measured, belief)
    drawn = drawn_predictions(procedure, measured, belief)
    alone = procedure.encoding == "single"
    rows = [
        (title, _shown(name, getattr(told, name)), _range(name, drawn), value_of(sheet, figure) if figure else "")
        for name, title, figure in (
            ("scale", "scale factor", "scale"),
            ("swing", "swing", "swing"),
            ("product_error", "product error", "product_error"),
            ("shifted_product_error", "bilinear error", "bilinear_error"),
            ("shape_error", "shape error (INL)", "inl"),
            ("loading_error", "loading by R_s, on the scale factor R_s dG/dV_G", ""),
            ("output_loading_error", "loading by R_s, on the output V_in1 R_s G of the junction", ""),
            ("bias_error", f"fall of the TMR with bias, on the {'output' if alone else 'scale factor'}", ""),
            ("pedestal", "pedestal over half the swing along y", ""),
            ("largest_bias", "largest voltage across the junction", ""),
        )
    ]
    found = sheet.extraction.estimate("scale")
    if found is not None:
        error = f"({rounded(100 * (found.value / told.scale - 1), 100 * found.uncertainty / abs(told.scale))}) %"
        rows.insert(1, ("scale error: measured over predicted, less 1", "", "", error))
    return Table(
        title="Predicted before the run, and measured",
        head=("figure", "predicted", "68 % of what is believed", "measured"),
        rows=rows,
        note=PREDICTED_NOTE.format(drawn=len(drawn)),
    )


def drawn_predictions(
    procedure: Multiplier, measured: MeasuredCircuit, belief: Belief, count: int = DRAWN
) -> list[MultiplierPrediction]:
    """Return predictions for circuits of junctions drawn from the belief, those of the reference by themselves.

    What a measured trim reaches makes both branches alike at V_mid.
    """
    from dataclasses import replace

    from smtjlab.simulation.multiplier_prediction import multiplier_prediction

    central = procedure.circuit(measured, belief)
    junctions = belief.draw(2 * count, seed=1)
    found = []
    for junction, reference in zip(junctions[:count], junctions[count:], strict=True):
        mismatch = _mismatch(procedure, measured, junction, reference)
        circuit: MultiplierCircuit = replace(central, junction=junction, mismatch=mismatch)
        try:
            found.append(multiplier_prediction(circuit, procedure.inputs, procedure.gates))
        except ModelError:
            continue  # a junction whose threshold lies above all gates has no product to predict
    return found


def _mismatch(procedure: Multiplier, measured: MeasuredCircuit, junction: Junction, reference: Junction) -> float:
    """Return by how much the reference conducts more than the junction at V_mid, relative."""
    if procedure.encoding == "single" or procedure.nulls:
        return 0.0
    own = float(predict(junction, Model.BOLTZMANN, np.array([procedure.middle])).conductance[0])
    if procedure.encoding == "resistor":
        return 1 / (measured.resistors["fixed"][0] * own) - 1
    held = np.array(procedure.reference_gates[:1])
    return float(predict(reference, Model.BOLTZMANN, held).conductance[0]) / own - 1


def _shown(name: str, value: float) -> str:
    if not np.isfinite(value):
        return MISSING
    if name == "scale":
        return f"{plain(value, 'V', digits=4)}/V²"
    if name in ("swing", "largest_bias"):
        return plain(value, "V", digits=3)
    return plain(value, digits=3) if name == "pedestal" else f"{plain(100 * value, digits=2)} %"


def _range(name: str, drawn: Sequence[MultiplierPrediction]) -> str:
    values = np.array([getattr(one, name) for one in drawn])
    values = values[np.isfinite(values)]
    if len(values) < 2 or np.ptp(values) <= 1e-9 * np.abs(values).max():
        return ""
    low, high = np.percentile(values, [16, 84])
    first, last = _shown(name, float(low)), _shown(name, float(high))
    unit = last.partition(" ")[2]
    return f"{first.removesuffix(unit).rstrip() if unit else first} to {last}"


def paper_table(procedure: Multiplier, told: MultiplierPrediction, sheet: MultiplierDatasheet, belief: Belief) -> Table:
    """Return the claim of the paper beside what the exact law gives and what was measured."""
    junction, r_s = belief.junction, procedure.series
    kappa = 1 / (2 * junction.resistance_antiparallel * junction.rotation_voltage)
    share = 1 - junction.resistance_parallel / junction.resistance_antiparallel
    ends = junction.gate_sign * procedure.gates + junction.rotation_voltage - junction.shape_voltage
    middle, half = float(ends.mean()), float(np.ptp(ends)) / 2
    steep = (
        f"{plain(kappa * share * r_s, 'V', digits=4)}/V² at the threshold, {_shown('scale', told.scale)} over this map"
    )
    rows = [
        ("dV_out/(V_in1 dV_in2)", f"κ R_s = {plain(kappa * r_s, 'V', digits=4)}/V²", steep, value_of(sheet, "scale")),
        ("the same over κ R_s", "1", f"{share:.3g} at the threshold, {told.scale / (kappa * r_s):.3g} over this map",
         _over(sheet, kappa * r_s)),
        ("least |V_in2|", "0", f"2 Γ = {plain(2 * junction.rotation_voltage, 'V', digits=3)}", ""),
        ("modulation of V_in2", "all of it", f"±{100 * half / middle:.2g} % on {plain(middle, 'V', digits=3)}", ""),
    ]  # fmt: skip
    return Table(title="The claim of the paper", head=("", "paper", "exact", "measured"), rows=rows, note=PAPER_NOTE)


def _over(sheet: MultiplierDatasheet, claimed: float) -> str:
    found = sheet.extraction.estimate("scale")
    return MISSING if found is None else rounded(found.value / claimed, found.uncertainty / claimed)


def in_a_strip(sheet: MultiplierDatasheet, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return name and value of some figures, for the strip below the finding."""
    return [(WORDS[name], value_of(sheet, name)) for name in names if name in sheet.extraction.names]
