"""The page of a synapse: conductance update by update, steps against conductance, the hold, figures, energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.synapse import Synapse
from smtjlab.procedures.synapse_holds import expected_changes
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.gate_energy import gate_capacitance
from smtjlab.simulation.synapses.holds import creep_per_decade

from .circuit_page import BESIDE, Drawing, Table
from .circuit_readings import CircuitReadings
from .extraction_page import against_model
from .facts import belief_rows, events, limit_rows, parameter_rows
from .frame import frame_of
from .markup import rendered, safe
from .rounding import plain
from .sigma_figure import sigma_figure
from .synapse_drawings import hold_figure, steps_figure, updates_figure
from .synapse_energy import synapse_energy
from .synapse_words import CLAIMS, KEY, NAMES, figure_rows, percent, value_of
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.synapse_holds import ExpectedChange
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.synapses.holds import HeldChange
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
    "Change of the conductance while nothing is done, by the time of the hold: the weight is set anew before each, "
    "by an update down and one up, and read at once and after the time. Mean of the repeats with its standard "
    "uncertainty; line and band are those of copies of the device as believed, which live through the same."
)
LET_GO = (
    "The gate of the s-MTJ is held all the while. Let go, its voltage would fall to 1/e in R C, which is {time} at "
    "1 TΩ and the capacitance assumed: the state is not kept by the device."
)
RIVAL = (
    "the model is one of the literature, with numbers that are assumptions unless `believed` says otherwise; one pulse "
    "is one update, whatever its height and length."
)
"""Limits of validity of what compares with the model of a memristor or a domain wall."""
UNITS = {
    "conductance_min": "S", "conductance_max": "S", "conductance_parallel": "S", "conductance_antiparallel": "S",
    "write_voltage": "V", "pulse_duration": "s", "length": "m", "pulse_step": "m", "mobility": "m³/(A s)",
    "threshold": "A/m²", "barrier": "kT", "attempt_frequency": "Hz", "cross_section": "m²", "resistivity": "Ω m",
}  # fmt: skip
"""Field of a memristor or a domain wall to its unit; `scatter` is a part of the one's range, and in m of the other."""
TITLE = ("What was believed of the device", "copies of it live through the run beside it")


def synapse_page(run: Run) -> str:
    """Return the page as text; the same journals give the same bytes."""
    readings, belief = run.readings(), believed(run)
    procedure = cast(Synapse, run.procedure)
    found = CircuitReadings.of(readings, run.expectations())
    figures, reason = figures_or_reason(procedure, readings, belief)
    finding = reason if figures is None else _finding(procedure, figures)
    frame = frame_of(run, readings, finding, remarks=procedure.hidden_loop(belief))
    mark = str(frame["banner"]["text"])
    if procedure.pulsed:
        frame["validity"] = RIVAL
    frame["key"] = [] if figures is None else [(symbol, value_of(figures, name)) for name, symbol in KEY.items()]
    frame["status"] += against_model(run)
    context = _context(run, procedure, readings, found, figures, belief, mark)
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
    belief: Belief,
    mark: str,
) -> Mapping[str, Any]:
    drawings = [Drawing(title="Updates", svg=updates_figure(procedure, readings, found, mark), caption=UPDATES)]
    tables: list[Table] = []
    if figures is not None:
        drawings.append(Drawing(title="Symmetry", svg=steps_figure(procedure, readings, mark), caption=STEPS))
        expected = expected_changes(procedure, readings, belief, figures.span.value)
        held = hold_figure(figures.holds, expected, mark)
        drawings.append(Drawing(title="Hold", svg=held, caption=HELD, missing="The run has no hold."))
        tables = _tables(procedure, figures, expected)
    energy_head, energy, energy_note = synapse_energy(procedure, readings, belief)
    return {
        "figures": [
            {"title": d.title, "svg": safe(d.svg), "caption": d.caption, "missing": d.missing} for d in drawings
        ],
        "tables": tables,
        "beside": safe(sigma_figure(found, mark)),
        "beside_caption": BESIDE,
        "energy_head": energy_head,
        "energy": energy,
        "energy_note": energy_note,
        "belief_title": TITLE,
        "junction": procedure.device if procedure.pulsed else run.meta["junction"],
        "events": events(run),
        "left_out": int((~found.valid).sum()),
        "parameters": parameter_rows(run.meta),
        "limits": limit_rows(run.meta),
    }


def _tables(procedure: Synapse, figures: SynapseFigures, expected: Sequence[ExpectedChange]) -> list[Table]:
    note = " ".join(figures.remarks)
    rows = figure_rows({NAMES[procedure.device]: figures})
    claims = Table(
        title="What the paper says of linear synapses", head=("claim", "what holds"), rows=list(CLAIMS.items())
    )
    return [
        Table(title="Figures", head=("figure", "value ± standard uncertainty", "meaning"), rows=rows, note=note),
        *([holds_table(procedure, figures.holds, expected)] if figures.holds else []),
        *([] if procedure.pulsed else [claims]),
    ]


def holds_table(procedure: Synapse, holds: Sequence[HeldChange], expected: Sequence[ExpectedChange]) -> Table:
    """Return the change by the time of the hold, measured and as believed, in per cent of the span."""
    rows = [
        (
            plain(one.time, "s", digits=3),
            percent(one.mean),
            plain(100 * other.mean, "%", digits=2),
            percent(one.drift),
            plain(100 * other.drift, "%", digits=2),
        )
        for one, other in zip(holds, expected, strict=True)
    ]
    note = []
    if len(holds) > 1:
        note.append(f"The mean change grows by {percent(creep_per_decade(holds))} of the span per decade of time.")
    if not procedure.pulsed:
        note.append(LET_GO.format(time=plain(1e12 * gate_capacitance(), "s", digits=2)))
    head = ("hold", "mean change", "as believed", "rms change", "as believed")
    return Table(title="Retention", head=head, rows=rows, note=" ".join(note))


def _believed(procedure: Synapse, belief: Belief) -> list[tuple[str, str]]:
    if not procedure.pulsed:
        return list(belief_rows(belief))
    device: Any = procedure.believed_rival
    units = UNITS | ({"scatter": "m"} if procedure.device == "domain-wall" else {})
    return [
        (name.replace("_", " "), _told(getattr(device, name), units.get(name, "")))
        for name in device.__dataclass_fields__
    ]


def _told(value: float | None, unit: str) -> str:
    return "none" if value is None else plain(value, unit)
