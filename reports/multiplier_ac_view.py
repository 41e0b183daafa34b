"""What the page of a multiplier says of ac: bandwidth, amplitude error, settling and distortion, by the model alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.inference.amplitude_response import amplitude_response
from smtjlab.simulation.inference.reference_parts import AD633, AD734
from smtjlab.simulation.multiplier_ac import GATE_RESISTANCE, NODE_CAPACITANCE, AcPrediction, multiplier_at_ac

from .circuit_page import Drawing, Table
from .circuit_readings import Floats
from .looks import BLUE, DARK, VERMILION
from .rounding import MISSING, plain
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from smtjlab.procedures.multiplier import Multiplier
    from smtjlab.simulation.multiplier_circuit import MultiplierCircuit

CAPTION = (
    "By the model, not measured. Left: response of the output to a small sine at each input, over its value at rest; "
    "dotted: −3 dB. Right: total harmonic distortion of a sine at one input with the other at its end, against its "
    "peak as a share of the range; quasi-static, and so the same at every frequency far below the bandwidth."
)
NOTE = (
    f"By the small-signal model of the junction as believed: {plain(NODE_CAPACITANCE, 'F')} at the output node and "
    f"{plain(GATE_RESISTANCE, 'Ω')} before a gate of 17.7 fF, both assumed; the soft layer as two damped roots about "
    "its equilibrium. Piezo, wires and instruments are slower than all of it. No instrument of the bench was asked."
)
LEAST = 1e-9
"""Distortion below which rounding alone is seen."""


def ac_parts(procedure: Multiplier, circuit: MultiplierCircuit, mark: str) -> tuple[Drawing, Table]:
    """Return figure and table; where the model has no answer, why."""
    try:
        found = multiplier_at_ac(circuit, procedure.input, procedure.middle, procedure.swing)
    except ModelError as mistake:
        return Drawing(title="At ac", svg="", caption="", missing=str(mistake)), _table(None)
    return Drawing(title="At ac", svg=_figure(found, mark), caption=CAPTION), _table(found)


def _table(found: AcPrediction | None) -> Table:
    bought = [part.figures.get("bandwidth") for part in (AD633, AD734)]
    settled = AD734.figures.get("settling")
    rows: list[tuple[str, ...]] = []
    if found is not None:
        x, y = (_figures(found, response) for response in (found.by_input, found.by_gate))
        settling = [plain(one, "s", digits=3) for one in (found.settling_input, found.settling_gate)]
        quick = "" if settled is None else f"{plain(settled.value, 's')} (to 0.1 %)"
        rows = [
            ("bandwidth, −3 dB", x[0], y[0], *(MISSING if one is None else plain(one.value, "Hz") for one in bought)),
            ("1 % amplitude error at", x[1], y[1], "", ""),
            ("settling to 1 %", *settling, "", quick),
            ("distortion at full range", _share(found.distortion_input, -1), _share(found.distortion_gate, -1), "", ""),
            ("distortion at a tenth", _share(found.distortion_input, 0), _share(found.distortion_gate, 0), "", ""),
        ]
    head = ("figure", "V_in1", "V_in2 (gate)", "AD633", "AD734")
    return Table(title="At ac, by the model", head=head, rows=rows, note=NOTE)


def _figures(found: AcPrediction, response: object) -> tuple[str, str]:
    told = amplitude_response(found.frequency, np.asarray(response))
    values = dict(zip(told.names, told.values, strict=True))
    bandwidth, one_percent = (values.get(name) for name in ("bandwidth", "amplitude_error_frequency"))
    return plain(bandwidth, "Hz", digits=3), plain(one_percent, "Hz", digits=3)


def _share(values: Floats, place: int) -> str:
    return "none" if values[place] < LEAST else plain(100 * values[place], "%", digits=2)


def _figure(found: AcPrediction, mark: str) -> str:
    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        for response, colour, line, name in (
            (found.by_input, BLUE, "-", "$V_{in1}$"), (found.by_gate, VERMILION, "--", "$V_{in2}$ (gate)"),
        ):  # fmt: skip
            left.semilogx(found.frequency / 1e9, 20 * np.log10(np.abs(response)), line, color=colour, label=name)
        left.axhline(-20 * np.log10(2**0.5), color=DARK, linestyle=":", linewidth=0.8)
        left.set_ylim(-30, 12)
        left.set_xlim(1e-2, 1e2)
        left.set_xlabel("frequency (GHz)")
        left.set_ylabel("response (dB)")
        left.legend(loc="lower left")
        for values, colour, marker, name in (
            (found.distortion_input, BLUE, "o", "sine at $V_{in1}$"),
            (found.distortion_gate, VERMILION, "s", "sine at $V_{in2}$"),
        ):
            told = values >= LEAST
            name += "" if told.any() else ": none"
            right.loglog(found.amplitude[told], 100 * values[told], marker, color=colour, mfc="none", label=name)
        right.set_xlabel("peak, share of the range")
        right.set_ylabel("distortion (%)")
        right.legend(loc="best")

    return drawn("ac", "response and distortion at ac, by the model", draw, width=7.1, height=3.2, mark=mark)
