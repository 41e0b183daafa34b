"""The page of a run on a circuit: what it found, figures, tables, measured against expected, energy."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.measured_circuit import MeasuredCircuit

from .circuit_readings import CircuitReadings
from .energy_table import energy_headings, energy_rows
from .extraction_page import against_model
from .facts import belief_rows, events, limit_rows, parameter_rows
from .frame import frame_of
from .markup import rendered, safe
from .run_energy import NOTE as ENERGY_NOTE
from .run_energy import energy_of_circuit
from .sigma_figure import sigma_figure
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief

VIEWS: dict[str, str] = {
    "matrix-product": "matrix_product_view",
    "divider": "divider_view",
    "multiplier": "multiplier_view",
    "all-spin-product": "all_spin_view",
    "learning": "learning_view",
    "multiplier-distortion": "multiplier_distortion_view",
}
"""Module of this room with a function `view(run, readings, found, belief, mark) -> CircuitView`, by procedure."""
BESIDE = (
    "Every reading in the order of measuring, less the median of what was expected of it, in standard deviations of "
    "what was expected: belief and instruments together. Neighbours share most of that, so that a steady offset of a "
    "deviation or two says little; the verdict takes it into account."
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a page: texts, and a note below."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure of a page, or why there is none."""

    title: str
    svg: str
    caption: str
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class CircuitView:
    """What a procedure's own module shows of a run."""

    finding: str
    """The chief finding in one sentence with numbers."""
    key: Sequence[tuple[str, str]] = ()
    """A few symbols and values, for the strip below it."""
    drawings: Sequence[Drawing] = ()
    tables: Sequence[Table] = field(default_factory=tuple)
    remarks: Sequence[str] = ()
    """Sentences that belong above everything: where a claim of the paper does not hold, what a circuit cannot do."""


def circuit_page(run: Run) -> str:
    """Return the page as text; the same journals give the same bytes."""
    readings, belief = run.readings(), believed(run)
    found = CircuitReadings.of(readings, run.expectations())
    mark = str(frame_of(run, readings, "")["banner"]["text"])
    shown = _view(run, readings, found, belief, mark)
    frame = frame_of(run, readings, shown.finding, remarks=shown.remarks)
    frame["key"] = list(shown.key)
    frame["status"] += against_model(run)
    energies = energy_of_circuit(readings, MeasuredCircuit.from_dict(run.meta["circuit"]), belief.junction)
    energy = {"energy_head": energy_headings(energies), "energy": energy_rows(energies), "energy_note": ENERGY_NOTE}
    context = _context(run, found, shown, mark)
    return rendered("circuit.html", {**frame, **context, **energy, "belief": belief_rows(belief)})


def _view(run: Run, readings: Sequence[Reading], found: CircuitReadings, belief: Belief, mark: str) -> CircuitView:
    name = VIEWS.get(str(run.meta["procedure_name"]))
    if name is None:
        return CircuitView(finding=f"{len(readings)} readings of a circuit, of which this procedure extracts nothing.")
    module: Any = importlib.import_module(f"smtjlab.reports.{name}")
    try:
        shown: CircuitView = module.view(run, readings, found, belief, mark)
    except (SimulationMistake, ProcedureMistake) as mistake:
        return CircuitView(finding=str(mistake))
    return shown


def _context(run: Run, found: CircuitReadings, shown: CircuitView, mark: str) -> Mapping[str, Any]:
    drawings = [
        {"title": d.title, "svg": safe(d.svg), "caption": d.caption, "missing": d.missing} for d in shown.drawings
    ]
    return {
        "figures": drawings,
        "tables": shown.tables,
        "beside": safe(sigma_figure(found, mark)),
        "beside_caption": BESIDE,
        "junction": run.meta["junction"],
        "events": events(run),
        "left_out": int((~found.valid).sum()),
        "parameters": parameter_rows(run.meta),
        "limits": limit_rows(run.meta),
    }
