"""The page of a multiplier at ac: response, distortion and settling, with the small signals of its circuit beside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.multiplier_ac import GATE, MultiplierAc
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.gate_energy import OperationEnergy, gate_steps_energy
from smtjlab.simulation.inference.reference_parts import AD633, AD734
from smtjlab.simulation.models import Model
from smtjlab.simulation.predict import predict

from .circuit_page import Drawing, Table
from .energy_table import ASSUMED, energy_headings, energy_rows
from .facts import belief_rows, events, limit_rows, parameter_rows
from .frame import frame_of
from .markup import rendered, safe
from .multiplier_at_ac import WORDS, AcResult, analyse_at_ac
from .multiplier_at_ac_figures import (
    DISTORTION,
    EDGE,
    RESIDUALS,
    RESPONSE,
    distortion_figure,
    edge_figure,
    residual_figure,
    response_figure,
)
from .rounding import MISSING, plain
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief

KEY = {"gain": "gain", "bandwidth": "bandwidth", "settling": "settling", "distortion": "distortion"}
BOUGHT = {"bandwidth": ("bandwidth", "Hz"), "settling": ("settling", "s")}
"""Figures that data sheets of integrated multipliers print, by their names there."""
NOTE = (
    "± is scatter, and of the gain the gains of both channels; of what is believed it is the spread over circuits with "
    "junctions drawn from the belief. Distortion is that of the largest peak at the lowest frequency. The AD734 "
    "settles to 0.1 %."
)
SLOW = (
    "The gate is held: the speed of V_in2 is told by the model alone, on the page of the procedure “multiplier”. "
    "Bandwidth and settling are those of R_s, the junction and the capacitance of cable and oscilloscope, which the "
    "circuit file states."
)
ENERGY = (
    f"{ASSUMED} An operation is one product at full speed: a sine of the largest peak at V_in1 for the settling time, "
    "over R_s and the junction as believed; leakage as the gate’s meter read it, over that time."
)


def multiplier_at_ac_page(run: Run) -> str:
    """Return the page as text; the same journals give the same bytes."""
    belief, procedure = believed(run), cast(MultiplierAc, run.procedure)
    result, reason = _result(run)
    sentence = reason if result is None else result.sentence
    remarks = [SLOW, *(() if result is None else result.figures.remarks)]
    frame = frame_of(run, [], sentence, agrees=None if result is None else result.agrees, remarks=remarks)
    mark = str(frame["banner"]["text"])
    told = {} if result is None else {one.name: one for one in result.compared}
    frame["key"] = [(words, told[name].told("measured")) for name, words in KEY.items() if name in told]
    context = _context(run, procedure, result, belief, mark)
    return rendered("circuit.html", {**frame, **context, "belief": belief_rows(belief)})


def _result(run: Run) -> tuple[AcResult | None, str]:
    try:
        return analyse_at_ac(run), ""
    except (SimulationMistake, ProcedureMistake) as mistake:
        return None, str(mistake)


def _context(
    run: Run, procedure: MultiplierAc, result: AcResult | None, belief: Belief, mark: str
) -> Mapping[str, Any]:
    drawings = [] if result is None else _drawings(procedure, result, mark)
    energies = _energies(run, procedure, result, belief)
    return {
        "figures": [{"title": d.title, "svg": safe(d.svg), "caption": d.caption, "missing": ""} for d in drawings],
        "tables": [] if result is None else [_table(procedure, result), _sines(result)],
        "beside": safe("" if result is None else residual_figure(result, mark)),
        "beside_caption": RESIDUALS,
        "energy_head": energy_headings(energies),
        "energy": energy_rows(energies),
        "energy_note": ENERGY,
        "junction": run.meta["junction"],
        "events": events(run),
        "left_out": 0,
        "parameters": parameter_rows(run.meta),
        "limits": limit_rows(run.meta),
    }


def _drawings(procedure: MultiplierAc, result: AcResult, mark: str) -> list[Drawing]:
    return [
        Drawing(title="Response", svg=response_figure(result, mark), caption=RESPONSE),
        Drawing(title="Settling", svg=edge_figure(procedure, result, mark), caption=EDGE),
        Drawing(title="Distortion", svg=distortion_figure(result, mark), caption=DISTORTION),
    ]


def _table(procedure: MultiplierAc, result: AcResult) -> Table:
    rows = []
    for one in result.compared:
        words = f"settling to {100 * procedure.band:g} %" if one.name == "settling" else WORDS[one.name]
        rows.append((words, one.told("measured"), one.told("expected"), f"{one.sigmas:+.1f} σ", *_bought(one.name)))
    head = ("figure", "measured", "as believed", "difference", "AD633", "AD734")
    return Table(title="Figures", head=head, rows=rows, note=NOTE)


def _bought(name: str) -> tuple[str, str]:
    if name not in BOUGHT:
        return "", ""
    key, unit = BOUGHT[name]
    found = [part.figures.get(key) for part in (AD633, AD734)]
    first, second = (MISSING if one is None else plain(one.value, unit) for one in found)
    return first, second


def _sines(result: AcResult) -> Table:
    rows = []
    for one, expected in zip(result.figures.sines, result.distortion, strict=True):
        told = f"{100 * one.distortion.value:.2g} %" if one.seen else f"below {100 * one.bound:.2g} %"
        shown = "none" if expected < 1e-11 else f"{100 * expected:.2g} %"
        row = plain(one.frequency, "Hz", digits=4), plain(one.peak, "V", digits=3), f"{one.ratio.value:.5f}"
        rows.append((*row, told, f"{100 * one.floor:.2g} %", shown))
    head = ("frequency", "peak", "output/input", "distortion", "floor", "distortion as believed")
    return Table(title="Every sine", head=head, rows=rows, note="The floor is what noise and the input’s own make.")


def _energies(run: Run, procedure: MultiplierAc, result: AcResult | None, belief: Belief) -> dict[str, OperationEnergy]:
    begun = gate_steps_energy(belief.junction, [0.0, procedure.gate], 0.0, bias=0.0)
    if result is None or result.figures.settling is None:
        return {"switching on": begun}
    lasting = result.figures.settling.value
    siemens = float(predict(belief.junction, Model.BOLTZMANN, np.array([procedure.gate])).conductance[0])
    through = siemens / (1 + procedure.series * siemens)
    rows = run.rows()
    leaked = math.fsum(row.values[GATE] * (row.values["gate_current"] or 0.0) for row in rows) / len(rows)
    read = procedure.input**2 / 2 * through * lasting
    return {"per operation": OperationEnergy(read=read, leakage=max(leaked, 0.0) * lasting), "switching on": begun}
