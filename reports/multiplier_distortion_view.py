"""What the page of a multiplier's distortion shows: harmonics against the peak, measured and as the curves say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.multiplier_distortion import MultiplierDistortion
from smtjlab.procedures.multiplier_trim import tried_of
from smtjlab.simulation.circuits.harmonics import harmonics
from smtjlab.simulation.inference.ac_multiplier import Distortion
from smtjlab.simulation.multiplier_circuit import MultiplierCircuit, Reference

from .circuit_page import CircuitView, Drawing, Table
from .circuit_readings import CircuitReadings, Floats
from .looks import BLUE, DARK, VERMILION
from .rounding import plain, rounded
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief

CAPTION = (
    "Total harmonic distortion of the output against the peak of the sine: measured with its standard uncertainty, "
    "what noise alone would make of it, and what the curves of the junction as believed say. A circle below the dotted "
    "line is a bound, no more."
)
SLOW = (
    "The voltmeter is the digitiser, level by level: this is the distortion of the curves, the same at every frequency "
    "far below the bandwidth, which no instrument of this bench reaches."
)


def view(run: Run, readings: Sequence[Reading], found: CircuitReadings, belief: Belief, mark: str) -> CircuitView:
    """Return the view of a run. Raises InferenceError where no period was read whole."""
    procedure = cast(MultiplierDistortion, run.procedure)
    told = procedure.distortion(readings)
    expected = _believed(procedure, belief, told.amplitude)
    largest = f"({rounded(100 * float(told.thd[0]), 100 * float(told.thd_uncertainty[0]))}) %"
    bound = "" if told.seen[0] else ", which noise alone would show"
    return CircuitView(
        finding=f"Distortion {largest} at a peak of {plain(float(told.amplitude[0]), 'V')}{bound}; the curves as "
        f"believed have {100 * expected[0]:.3g} %.",
        key=[("distortion", largest), ("gain", rounded(float(told.gain[0]), float(told.gain_uncertainty[0])))],
        drawings=[Drawing(title="Distortion", svg=_figure(told, expected, mark), caption=CAPTION)],
        tables=[_table(told, expected)],
        remarks=[*_trimmed(procedure, readings), SLOW, *told.remarks],
    )


def _trimmed(procedure: MultiplierDistortion, readings: Sequence[Reading]) -> list[str]:
    """Return what was done about two junctions that differ."""
    if procedure.encoding != "junction":
        return []
    tried = tried_of(readings)
    if tried:
        return [
            f"Beforehand the gate of the reference junction was moved by "
            f"{plain(tried[-1].gate - procedure.middle, 'V', digits=4)} from V_mid in {len(tried)} steps, until the "
            f"product with zero was zero within {plain(procedure.trim_tolerance, 'V', digits=3)} of V_in2, and held."
        ]
    if procedure.held:
        return [f"The gate of the reference junction was held {plain(procedure.held, 'V')} from V_mid."]
    return ["The reference junction was held at V_mid, untrimmed: what the junctions differ by is in the gain."]


def _believed(procedure: MultiplierDistortion, belief: Belief, amplitudes: Floats) -> Floats:
    """Return the distortion of the curves for each peak, for the junction as believed."""
    circuit = MultiplierCircuit(
        junction=belief.junction,
        series_resistance=procedure.series,
        middle_gate=None if procedure.encoding == "single" else procedure.middle,
        reference=Reference.JUNCTION if procedure.encoding == "junction" else Reference.RESISTOR,
    )

    def output(levels: Floats) -> Floats:
        if procedure.sine == "gate":
            return np.asarray(circuit.output([procedure.input], levels)[0])
        return np.asarray(circuit.output(levels, [procedure.middle + procedure.swing])[:, 0])

    offset = procedure.middle if procedure.sine == "gate" else 0.0
    return np.array([harmonics(output, float(peak), offset).distortion for peak in amplitudes])


def _table(told: Distortion, expected: Floats) -> Table:
    rows = []
    for k in range(len(told.amplitude)):
        harmonic = [f"{100 * float(one):.2g} %" for one in told.harmonics[k][1:4]]
        value = f"({rounded(100 * float(told.thd[k]), 100 * float(told.thd_uncertainty[k]))}) %"
        rows.append(
            (plain(float(told.amplitude[k]), "V", digits=3), value, f"{100 * float(told.thd_floor[k]):.2g} %",
             f"{100 * float(expected[k]):.3g} %", *harmonic)
        )  # fmt: skip
    head = ("peak", "distortion", "by noise alone", "curves as believed", "2nd", "3rd", "4th harmonic")
    return Table(title="Harmonics", head=head, rows=rows, note="Harmonics over the fundamental, noise included.")


def _figure(told: Distortion, expected: Floats, mark: str) -> str:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        peaks = 1e3 * told.amplitude
        axes.errorbar(peaks, 100 * told.thd, 100 * told.thd_uncertainty, fmt="o", color=BLUE, label="measured")
        axes.plot(peaks, 100 * expected, "s--", color=VERMILION, mfc="none", label="curves as believed")
        axes.plot(peaks, 100 * told.thd_floor, ":", color=DARK, label="noise alone")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("peak of the sine (mV)")
        axes.set_ylabel("distortion (%)")
        axes.legend(loc="best")

    return drawn("distortion", "distortion against the peak of the sine", draw, width=7.1, height=3.4, mark=mark)
