"""What the page of a divider shows: outputs, ratio error, figures of the datasheet, and what the circuits are off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.divider import SOURCES, Divider
from smtjlab.procedures.divider_law import DividerLaw
from smtjlab.simulation.inference.divider import DIVIDER_FIGURES
from smtjlab.simulation.measured_circuit import MeasuredCircuit

from .circuit_page import CircuitView, Drawing, Table
from .circuit_readings import CircuitReadings
from .looks import BLUE, DARK, GREEN, ORANGE, VERMILION, marker_size
from .rounding import estimate, plain
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.divider import DividerDatasheet

_COLOURS = (BLUE, VERMILION, GREEN, ORANGE)
_UNITS = {"scale": "V", "shift": "V", "range_start": "V", "range_stop": "V"}
_KEY = ("scale", "ratio_error", "shift", "range_ratio")
PEDESTAL = (
    "The divisor is the conductance of the junction, which the gate can change by a factor of 2 R_AP/(R_P + R_AP) at "
    "most (4/3 at R_AP = 2 R_P): no divisor is near 0 and none is negative. As a function of V_G the output follows "
    "k V_1/(V_G − d) over a window only, with d far below the first gate voltage."
)
SUPPLY = "The energy at the end of this page leaves out what the amplifier draws from its supply."
OUTPUTS = (
    "Output over dividend for each dividend: the same curve for all of them where the divider is one. Error bars are "
    "smaller than the markers."
)
ERRORS = (
    "Ratio error V_out V_G/(k V_1) − 1 against the divisor V_G, and after the offset d of the divisor is taken off: "
    "V_out (V_G − d)/(k′ V_1) − 1. Dotted: the tolerance of the usable range. Line: the closed form with the "
    "junction as believed."
)


def view(run: Run, readings: Sequence[Reading], found: CircuitReadings, belief: Belief, mark: str) -> CircuitView:
    """Return the view of a run. Raises InferenceError where the readings cannot tell anything."""
    procedure = cast(Divider, run.procedure)
    sheet = procedure.datasheet(readings)
    amplifiers = MeasuredCircuit.from_dict(run.meta["circuit"]).amplifiers
    law = DividerLaw.of(procedure, amplifiers, belief.junction, run.meta["model"])
    told = sheet.extraction
    span = f"{plain(float(sheet.divisor.min()), 'V')} to {plain(float(sheet.divisor.max()), 'V')}"
    text = f"Ratio error {_percent(sheet, 'ratio_error')} of V_1/V_G over divisors of {span}"
    if told.estimate("shifted_ratio_error") is not None:
        shift = estimate(told.estimate("shift"), "V")
        text += f"; {_percent(sheet, 'shifted_ratio_error')} once the offset d = {shift} is taken off"
    text += (
        f" (closed form: {100 * law.figures['ratio_error']:.3g} %, {100 * law.figures['shifted_ratio_error']:.2g} %)"
    )
    return CircuitView(
        finding=f"{text}.",
        key=[(DIVIDER_FIGURES[name].symbol, _value(sheet, name)) for name in _KEY if name in told.names],
        drawings=[
            Drawing(title="Output", svg=_outputs(procedure, found, mark), caption=OUTPUTS),
            Drawing(title="Ratio error", svg=_errors(procedure, sheet, law, mark), caption=ERRORS),
        ],
        tables=[_figures(sheet, law), _laws(procedure, law)],
        remarks=[PEDESTAL, *([SUPPLY] if procedure.form == "amplifier" else [])],
    )


def _value(sheet: DividerDatasheet, name: str) -> str:
    return estimate(sheet.extraction.estimate(name), _UNITS.get(name, ""))


def _closed(law: DividerLaw, name: str) -> str:
    return plain(law.figures.get(name), _UNITS.get(name, ""), digits=4)


def _percent(sheet: DividerDatasheet, name: str) -> str:
    found = sheet.extraction.estimate(name)
    return "unknown" if found is None else f"({100 * found.value:.3g} ± {100 * found.uncertainty:.2g}) %"


def _figures(sheet: DividerDatasheet, law: DividerLaw) -> Table:
    told = sheet.extraction
    rows = [
        (DIVIDER_FIGURES[name].symbol, _value(sheet, name), _closed(law, name),
         DIVIDER_FIGURES[name].meaning)
        for name in told.names
    ]  # fmt: skip
    rows += [(DIVIDER_FIGURES[name].symbol, "–", _closed(law, name), reason) for name, reason in told.reasons.items()]
    note = (
        f"The usable range keeps to {100 * sheet.tolerance:g} %.",
        "Closed form: " + law.formula + ", with G(V_G) of the junction as believed, at all inputs of the run.",
        *told.remarks,
    )
    head = ("figure", "value ± standard uncertainty", "closed form", "meaning")
    return Table(title="Datasheet", head=head, rows=rows, note=" ".join(note))


def _laws(procedure: Divider, law: DividerLaw) -> Table:
    """Return what the circuits must be off, for the believed junction at both ends of the sweep."""
    from smtjlab.simulation.inference.divider import amplifier_divider_error, passive_divider_error

    ends = np.array([procedure.start, procedure.stop])
    siemens = law.conductance(ends)
    passive = passive_divider_error(procedure.series, siemens)
    amplified = amplifier_divider_error(procedure.series, siemens, law.gain)
    driven = f"A is {plain(law.gain)}" if math.isfinite(law.gain) else "there is no amplifier, or an ideal one"
    rows = [
        (plain(float(volts), "V"), plain(float(g), "S"), f"{100 * float(low):.3g} %", f"{100 * float(off) + 0.0:.2g} %")
        for volts, g, low, off in zip(ends, siemens, passive, amplified, strict=True)
    ]
    return Table(
        title="What the circuits are off by themselves",
        head=("V_G", "G as believed", "passive, V_out against V_1/(R_s G)", "active, |V_out| against V_1/(R_in G)"),
        rows=rows,
        note="Passive: −1/(1 + R_s G). Active, the junction in an amplifier's feedback: −(1 + 1/(R_in G))/A, nothing "
        f"where V_1/R_in is forced; here {driven}. Neither makes G proportional to V_G: that error is the ratio "
        "error above.",
    )


def _outputs(procedure: Divider, found: CircuitReadings, mark: str) -> str:
    source = SOURCES[procedure.form]
    first = found.wanted[source] / procedure.per_volt
    ratio = np.where(found.valid, found.value / (found.levels[source] / procedure.per_volt), np.nan)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for number, volts in enumerate(np.unique(np.round(first, 9))):
            here = np.isclose(first, volts)
            axes.plot(
                1e3 * found.levels["gate"][here], 1e3 * ratio[here], "os^Dv"[number % 5], color=_COLOURS[number % 4],
                mfc="none", ms=marker_size(len(found)), label=f"V₁ = {plain(float(volts), 'V', digits=3)}",
            )  # fmt: skip
        axes.set_xlabel("gate voltage $V_G$ (mV)")
        axes.set_ylabel("$V_{out}/V_1$ (mV/V)")
        figure.legend(loc="outside upper center", ncols=4)

    return drawn("outputs", "output over dividend against gate voltage", draw, width=7.1, height=3.6, mark=mark)


def _errors(procedure: Divider, sheet: DividerDatasheet, law: DividerLaw, mark: str) -> str:
    told = sheet.extraction
    scale, shift = (told.estimate(name) for name in ("scale", "shift"))
    quotient: Any = (1 + sheet.ratio_error) * (scale.value if scale else 1.0) / sheet.divisor

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for level in (-100 * procedure.tolerance, 100 * procedure.tolerance):
            axes.axhline(level, color=DARK, linestyle=":", linewidth=0.8)
        axes.plot(1e3 * sheet.divisor, 100 * sheet.ratio_error, "o", color=BLUE, ms=3, label="divisor $V_G$")
        if shift is not None:
            moved = quotient * (sheet.divisor - shift.value)
            middle = (moved.max() + moved.min()) / 2
            axes.plot(
                1e3 * sheet.divisor, 100 * (moved / middle - 1), "s", color=VERMILION, mfc="none", ms=3.5,
                label="divisor $V_G - d$",
            )  # fmt: skip
        gates, wanted = law.ratio_error
        axes.plot(1e3 * gates, 100 * wanted, color=DARK, linewidth=0.9, label="closed form")
        axes.set_xlabel("gate voltage $V_G$ (mV)")
        axes.set_ylabel("ratio error (%)")
        figure.legend(loc="outside upper center", ncols=3)

    return drawn("ratio", "ratio error against gate voltage", draw, width=7.1, height=3.2, mark=mark)
