"""The page of a synapse: conductance update by update, steps against conductance, the hold, figures, energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.synapse import Synapse
from smtjlab.procedures.synapse_figures import RIVALS
from smtjlab.simulation.errors import SimulationMistake

from .circuit_page import BESIDE, Drawing, Table
from .circuit_readings import CircuitReadings
from .extraction_page import against_model
from .facts import belief_rows, events, limit_rows, parameter_rows
from .frame import frame_of
from .markup import rendered, safe
from .sigma_figure import sigma_figure
from .synapse_drawings import hold_figure, steps_figure, updates_figure
from .synapse_words import CLAIMS, KEY, NAMES, figure_rows, value_of
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.synapses.metrics import SynapseFigures

UPDATES = (
    "Conductance after each update: cycles over one another, up (filled) and down (open); the band is where 95 % of "
    "such readings were expected beforehand."
)
STEPS = (
    "Size of each step up and down against the conductance between its ends, mean of all cycles with its standard "
    "uncertainty: where both agree, an update up is undone by one down."
)
HELD = (
    "Conductance while nothing is done, with the standard uncertainty of each reading and the 95 % band of the model."
)
ENERGY = {
    "s-mtj": "Of one gate step: charging C (ΔV)²/2 with 17.7 fF as assumed, and Gilbert loss; reading is not in it. "
    "The state lasts only while the gate is held.",
    "memristor": "Of one pulse of the model, V²G t at 2 V and 100 ns: assumptions. The bench’s own slow pulses count "
    "for nothing.",
    "domain-wall": "Of one current pulse of the model, I²R t in the heavy metal: assumptions. The bench’s own slow "
    "pulses count for nothing.",
}


def synapse_page(run: Run) -> str:
    """Return the page as text; the same journals give the same bytes."""
    readings, belief = run.readings(), believed(run)
    procedure = cast(Synapse, run.procedure)
    found = CircuitReadings.of(readings, run.expectations())
    figures, reason = figures_or_reason(procedure, readings, belief)
    frame = frame_of(run, readings, reason if figures is None else _finding(procedure, figures))
    mark = str(frame["banner"]["text"])
    frame["key"] = [] if figures is None else [(symbol, value_of(figures, name)) for name, symbol in KEY.items()]
    frame["status"] += against_model(run)
    context = _context(run, procedure, readings, found, figures, mark)
    return rendered("circuit.html", {**frame, **context, "belief": _believed(procedure, belief)})


def figures_or_reason(
    procedure: Synapse, readings: Sequence[Reading], belief: Belief
) -> tuple[SynapseFigures | None, str]:
    """Return the figures of a run, or None and why there are none."""
    try:
        return procedure.figures(readings, belief), ""
    except (SimulationMistake, ProcedureMistake) as mistake:
        return None, str(mistake)


def _finding(procedure: Synapse, figures: SynapseFigures) -> str:
    return (
        f"{NAMES[procedure.device]}: nonlinearity {value_of(figures, 'nonlinearity_up')} of the span, asymmetry "
        f"{value_of(figures, 'asymmetry')}, {value_of(figures, 'levels')} levels."
    )


def _context(
    run: Run,
    procedure: Synapse,
    readings: Sequence[Reading],
    found: CircuitReadings,
    figures: SynapseFigures | None,
    mark: str,
) -> Mapping[str, Any]:
    drawings = [Drawing(title="Updates", svg=updates_figure(procedure, readings, found, mark), caption=UPDATES)]
    if figures is not None:
        drawings.append(Drawing(title="Symmetry", svg=steps_figure(procedure, readings, mark), caption=STEPS))
    drawings.append(
        Drawing(title="Hold", svg=hold_figure(readings, found, mark), caption=HELD, missing="The run has no hold.")
    )
    return {
        "figures": [
            {"title": d.title, "svg": safe(d.svg), "caption": d.caption, "missing": d.missing} for d in drawings
        ],
        "tables": [] if figures is None else _tables(procedure, figures),
        "beside": safe(sigma_figure(found, mark)),
        "beside_caption": BESIDE,
        "energy_head": ("part", "per update"),
        "energy": [("update", "–" if figures is None else value_of(figures, "energy"))],
        "energy_note": ENERGY[procedure.device],
        "junction": procedure.device if procedure.pulsed else run.meta["junction"],
        "events": events(run),
        "left_out": int((~found.valid).sum()),
        "parameters": parameter_rows(run.meta),
        "limits": limit_rows(run.meta),
    }


def _tables(procedure: Synapse, figures: SynapseFigures) -> list[Table]:
    note = " ".join(figures.remarks)
    rows = figure_rows({NAMES[procedure.device]: figures})
    claims = [(claim, found) for claim, found in CLAIMS.items()]
    return [
        Table(title="Figures", head=("figure", "value ± standard uncertainty", "meaning"), rows=rows, note=note),
        Table(title="What the paper says of linear synapses", head=("claim", "what holds"), rows=claims),
    ]


def _believed(procedure: Synapse, belief: Belief) -> list[tuple[str, str]]:
    if not procedure.pulsed:
        return list(belief_rows(belief))
    device: Any = RIVALS[procedure.device]
    return [(name.replace("_", " "), f"{getattr(device, name)}") for name in device.__dataclass_fields__]
