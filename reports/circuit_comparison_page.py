"""The page of compared circuits: their figures side by side, by how much they differ, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from smtjlab.simulation.inference.extraction import Estimate

from .circuit_comparison import CircuitComparison, CircuitDifference
from .comparison import FALSE_ALARM_RATE
from .comparison_page import VALIDITY, cancelled_sentence, run_row
from .facts import parameter_rows, status_sentence
from .figure_differences import sigma_of
from .frame import FOOTER, banner, verdict_box
from .looks import BLUE, GREEN, PURPLE, VERMILION
from .markup import rendered, safe
from .provenance import provenance_of
from .rounding import MISSING, with_p
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOOKS = (("o", BLUE), ("s", VERMILION), ("D", GREEN), ("^", PURPLE))
LEFT_OUT = "What the piezo remembers of before each run is not in it: it may make runs of one circuit differ."
_FOREST = "Each figure of a run less that of the first one, in standard uncertainties of the difference."


def circuit_comparison_page(found: CircuitComparison) -> str:
    """Return the page as text; the same journals give the same bytes."""
    runs = [one.run for one in found.members]
    mark = banner([run.meta.get("simulated") for run in runs])
    return rendered(
        "circuit_comparison.html",
        {
            "title": "Comparison",
            "id": " ".join(run.id for run in runs),
            "about": " · ".join(f"{run.id} ({found.procedure})" for run in runs),
            "banner": mark,
            "hazards": list(dict.fromkeys(run.hazard for run in runs if run.hazard)),
            "verdict": verdict_box(verdict_sentence(found), all(one.agrees for one in found.differences)),
            "status": [f"Run {run.id}: {status_sentence(run)}" for run in runs],
            "remarks": remarks_of(found),
            "tags": "",
            "said": [],
            "key": [],
            "provenance": _provenance(found),
            "validity": VALIDITY,
            "footer": FOOTER,
            "head": (*table_head(found), "meaning"),
            "table": [
                (*row, found.words.of(name).meaning)
                for name, row in zip(found.figures, table_rows(found), strict=True)
            ],
            "forest": safe(_forest(found, str(mark["text"]))),
            "forest_caption": _FOREST,
            "cancelled": [
                cancelled_sentence(found.members[number].run.id, runs[0].id, one.shared, one.apart)
                for number, one in enumerate(found.differences, 1)
            ],
            "run_rows": [run_row(run, run.points_taken) for run in runs],
            "rate": f"{100 * FALSE_ALARM_RATE:g} %",
            "left_out": LEFT_OUT,
        },
    )  # fmt: skip


def verdict_sentence(found: CircuitComparison) -> str:
    """Return what came of it in one sentence with a number for each run."""
    return " ".join(_told(found, one, number) for number, one in enumerate(found.differences, 1))


def _told(found: CircuitComparison, one: CircuitDifference, number: int) -> str:
    first, other = found.members[0].run.id, found.members[number].run.id
    if one.largest is None:
        return f"{other} and {first} have no figure whose difference has an uncertainty."
    text = (
        f"{other} {'agrees with' if one.agrees else 'differs from'} {first}: the largest of {len(one.figures)} "
        f"differences is {sigma_of(one.figures[one.largest]):+.1f} σ, of {found.words.of(one.largest).symbol}, "
        f"{with_p(one.p_value)} with so many (false-alarm rate at most {100 * one.rate:.2g} %)."
    )
    return text.replace("-", "−", 1) if sigma_of(one.figures[one.largest]) < 0 else text


def table_head(found: CircuitComparison) -> tuple[str, ...]:
    """Return the headings of the rows below."""
    first, *others = (one.run.id for one in found.members)
    return ("figure", first, *others, *(text for other in others for text in (f"{other} less {first}", "σ")))


def table_rows(found: CircuitComparison) -> list[tuple[str, ...]]:
    """Return one row a figure: its symbol, its value in each run, and each run's difference from the first."""
    words = found.words
    return [
        (
            words.of(name).symbol,
            *(words.text(name, one.told.estimate(name)) for one in found.members),
            *(
                text
                for one in found.differences
                for text in (words.text(name, one.figures.get(name)), _sigma(one, name))
            ),
        )
        for name in found.figures
    ]


def _sigma(one: CircuitDifference, name: str) -> str:
    found = one.figures.get(name, Estimate(0.0, 0.0))
    return f"{sigma_of(found):+.1f}".replace("-", "−") if found.uncertainty > 0 else MISSING


def remarks_of(found: CircuitComparison) -> list[str]:
    """Return in what runs differ by intent: each parameter that is not the same in all of them, belief and circuit."""
    runs = [one.run for one in found.members]
    told = [dict(parameter_rows(run.meta)) for run in runs]
    remarks = []
    for name in told[0]:
        values = [one.get(name, MISSING) for one in told]
        if len(set(values)) > 1:
            each = ", ".join(f"{run.id} {value}" for run, value in zip(runs, values, strict=True))
            remarks.append(f"The runs differ in their {name}: {each}.")
    if len({str(run.meta["circuit"]) for run in runs}) > 1:
        remarks.append("The circuits of the runs are not the same: their files or their benches differ.")
    return remarks + [f"Run {one.run.id}: {text}" for one in found.members for text in one.told.remarks]


def _provenance(found: CircuitComparison) -> list[dict[str, Any]]:
    return [
        {**table, "head": (f"run {one.run.id}: {table['head'][0]}", *table["head"][1:])}
        for one in found.members
        for table in provenance_of(one.run, one.run.readings())
    ]


def _forest(found: CircuitComparison, mark: str) -> str:
    names = [name for name in found.figures if any(_known(one, name) for one in found.differences)]
    if not names:
        return ""
    symbols = [_lettered(found.words.of(name).symbol) for name in names]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvspan(-1, 1, color="#eeeeee", lw=0)
        axes.axvline(0, color="#bbbbbb", lw=0.9)
        for number, one in enumerate(found.differences):
            places, sigmas = _points(one, names)
            marker, colour = _LOOKS[number % len(_LOOKS)]
            axes.plot(sigmas, places, marker, color=colour, ms=4, mfc="none", label=found.members[number + 1].run.id)
        axes.set_yticks(range(len(names)), symbols)
        axes.invert_yaxis()
        axes.set_xlabel(f"less {found.members[0].run.id} (standard uncertainties)")
        figure.legend(loc="outside upper center", ncols=6)

    height = 1.0 + 0.2 * len(names)
    return drawn("forest", "differences of all figures in sigma", draw, width=7.1, height=height, mark=mark)


def _lettered(symbol: str) -> str:
    """Return a symbol for a figure, what follows `_` set low."""
    return re.sub(r"([^\W\d_]+)_(\w+)", r"$\\mathrm{\1}_{\\mathrm{\2}}$", symbol)


def _known(one: CircuitDifference, name: str) -> bool:
    return name in one.figures and one.figures[name].uncertainty > 0


def _points(one: CircuitDifference, names: Sequence[str]) -> tuple[list[int], list[float]]:
    known = [(place, sigma_of(one.figures[name])) for place, name in enumerate(names) if _known(one, name)]
    return [place for place, _ in known], [sigma for _, sigma in known]
