"""The page of compared synapses: one table of all devices, their order with error bars, and the paper's beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .comparison_page import run_row
from .facts import status_sentence
from .frame import FOOTER, banner, verdict_box
from .markup import rendered, safe
from .provenance import provenance_of
from .rounding import MISSING
from .synapse_comparison import ASSUMED, PAPER, SURE, SynapseComparison
from .synapse_comparison_words import DEVICES, FIGURES, MEANT, set_figure, set_sigma

if TYPE_CHECKING:
    from smtjlab.simulation.synapses.metrics import Ranking

_VALIDITY = (
    "a device is what its bench has under its probes; a virtual memristor or domain wall is a model of the literature "
    "with assumed numbers, so that its place in the order is that of those numbers."
)
_CLAIMS = (
    "The paper has linearity lead to symmetry; symmetry needs no more than a conductance without memory, straight or "
    "not (claim 12). It updates weights by pulses; the state of an s-MTJ lasts only while its gate is held, so that "
    "its weight is the stored gate voltage (claim 13), and its change over the hold is that of a held gate."
)
_LADDERS = (
    "Mean over all cycles, as a share of the range, with the standard deviation from cycle to cycle (bars; often "
    "smaller than the marker); both directions from the lower end, so that a symmetric device shows one curve. Grey: "
    "the line through the end points."
)
_FOREST = "Each figure with its standard uncertainty; further left is better, but for the levels, further right."
NOT_MEASURED = "none: by assumption, not measured"
_ANSWERS = {"confirmed": "confirmed", "contradicted": "contradicted", "open": "not told apart"}


def synapse_comparison_page(found: SynapseComparison) -> str:
    """Return the page as text; the same journals give the same bytes."""
    from .synapse_comparison_figures import forest_figure, ladders_figure

    runs = [one.run for one in found.members]
    mark = banner([run.meta.get("simulated") for run in runs])
    provenance = []
    for member in found.members:
        provenance += [
            {**table, "head": (f"{member.label}: {table['head'][0]}", *table["head"][1:])}
            for table in provenance_of(member.run, member.run.readings())
        ]
    return rendered(
        "synapse_comparison.html",
        {
            "title": "One table of synapses" if len(runs) != len(PAPER) else "One table, three devices",
            "id": " ".join(run.id for run in runs),
            "about": " · ".join(f"{one.label} (run {one.run.id})" for one in found.members),
            "banner": mark,
            "hazards": list(dict.fromkeys(run.hazard for run in runs if run.hazard)),
            "verdict": verdict_box(ranking_sentence(found), None),
            "status": [f"Run {run.id}: {status_sentence(run)}" for run in runs],
            "remarks": _remarks(found),
            "tags": "",
            "said": [],
            "key": [],
            "provenance": provenance,
            "validity": _VALIDITY,
            "footer": FOOTER,
            "head": table_head(found),
            "table": table_rows(found),
            "meant": MEANT,
            "claims": _CLAIMS,
            "ladders": safe(ladders_figure(found, mark["text"])),
            "ladders_caption": _LADDERS,
            "forest": safe(forest_figure(found, mark["text"])),
            "forest_caption": _FOREST,
            "run_rows": [run_row(one.run, one.run.points_taken) for one in found.members],
            "rate": f"{SURE:g}",
        },
    )


def table_head(found: SynapseComparison) -> tuple[str, ...]:
    """Return the headings of the rows below."""
    paper = ["the paper's order"] if found.answers else []
    return ("figure", *(one.label for one in found.members), "order, the best first", *paper)


def table_rows(found: SynapseComparison) -> list[tuple[str, ...]]:
    """Return one row a figure: its words, its value for each run, the order, and what that says of the paper's."""
    rankings = {one.metric: one for one in found.rankings}
    rows = []
    for name, words in FIGURES.items():
        cells = [set_figure(name, getattr(one.figures, name)) for one in found.members]
        unranked = NOT_MEASURED if name in ASSUMED else MISSING
        order = order_words(rankings[name]) if name in rankings else unranked
        answer = [_ANSWERS[found.answers[name]] if name in found.answers else MISSING] if found.answers else []
        rows.append((words, *cells, order, *answer))
    return rows


def order_words(ranking: Ranking) -> str:
    """Return "domain wall before s-MTJ (32.4 σ), level with memristor (0.7 σ)": each beside the next, at `SURE`."""
    told = ranking.devices[0]
    for name, lead in zip(ranking.devices[1:], ranking.leads, strict=True):
        joint = "," if told != ranking.devices[0] else ""
        told += f"{joint} {'before' if lead >= SURE else 'level with'} {name} ({set_sigma(lead)})"
    return told


def ranking_sentence(found: SynapseComparison) -> str:
    """Return what came of it: the order by straightness, symmetry and levels, and how the paper's order fares."""
    rankings = {one.metric: one for one in found.rankings}
    chief = {"nonlinearity_up": "Straightness", "asymmetry": "symmetry", "levels": "levels"}
    told = "; ".join(f"{words}: {order_words(rankings[name])}" for name, words in chief.items() if name in rankings)
    if not told:
        return "No figure is known of two of these runs, so nothing is ranked."
    return f"{told}.{_of_the_paper(found)}"


def _of_the_paper(found: SynapseComparison) -> str:
    if not found.answers:
        return ""
    named = {
        answer: " and ".join(FIGURES[name] for name, one in found.answers.items() if one == answer) or "no figure"
        for answer in ("confirmed", "contradicted")
    }
    return (
        f" The paper's order ({', '.join(DEVICES[one] for one in PAPER)}) is confirmed at {SURE:g} σ by "
        f"{named['confirmed']}, contradicted by {named['contradicted']}, and left open by the rest."
    )


def _remarks(found: SynapseComparison) -> list[str]:
    remarks = [f"{one.label}: {text}" for one in found.members for text in one.figures.remarks]
    full = [one.label for one in found.members if one.figures.levels.value > one.procedure.steps]
    if full:
        remarks.append(
            f"All levels there are were told apart ({', '.join(full)}): more updates might show more, so that the "
            "order by levels is that of the updates chosen."
        )
    for name, words in (("steps", "updates a direction"), ("cycles", "cycles"), ("hold", "s of hold")):
        values = [getattr(one.procedure, name) for one in found.members]
        if len(set(values)) > 1:
            told = ", ".join(f"{one.label} {value:g}" for one, value in zip(found.members, values, strict=True))
            remarks.append(f"The runs differ in their {words}: {told}.")
    return remarks
