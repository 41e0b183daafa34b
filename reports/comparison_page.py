"""The page of a comparison: runs laid over each other, their differences, and what of them is sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.simulation.inference.extraction import Estimate

from .comparison import FALSE_ALARM_RATE, Comparison, Difference
from .extraction_page import quantity_of
from .extraction_tables import named, value_of
from .facts import status_sentence
from .figure_differences import sigma_of
from .frame import FOOTER, banner, moment, verdict_box
from .markup import rendered, safe
from .provenance import provenance_of
from .rounding import MISSING, chance, plain, rounded, with_p

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

VALIDITY = (
    "what differs between two runs may be the device, its surroundings or the instruments; errors of an instrument are "
    "taken as the same in both runs only where its identity and calibration are, and as unchanged in between."
)
"""Limits of validity of whatever compares runs."""
LEFT_OUT = (
    "Neither 1/f noise of the junction nor what its piezo remembers of before each run is in it: either may make runs "
    "of one junction differ."
)
"""What chi-square of a comparison does not know."""


def comparison_page(found: Comparison) -> str:
    """Return the page as text."""
    first = found.members[0]
    quantity = quantity_of(first.readings)
    return rendered("comparison.html", {**_frame(found), **_context(found, quantity)})


def verdict_sentence(found: Comparison) -> str:
    """Return what came of it in one sentence with a number for each run."""
    return " ".join(_told(found, one, number) for number, one in enumerate(found.differences, 1))


def _frame(found: Comparison) -> dict[str, Any]:
    runs = [member.run for member in found.members]
    agrees = all(one.agrees for one in found.differences)
    tables = []
    for member in found.members:
        tables += [{**table, "head": (f"run {member.label}: {table['head'][0]}", *table["head"][1:])}
                   for table in provenance_of(member.run, member.readings)]  # fmt: skip
    return {
        "title": "Comparison",
        "id": " ".join(run.id for run in runs),
        "about": " · ".join(f"{run.id} ({run.meta['procedure_name']})" for run in runs),
        "banner": banner([run.meta.get("simulated") for run in runs]),
        "hazards": list(dict.fromkeys(run.hazard for run in runs if run.hazard)),
        "verdict": verdict_box(verdict_sentence(found), agrees),
        "status": [f"Run {run.id}: {status_sentence(run)}" for run in runs],
        "remarks": [],
        "tags": "",
        "said": [],
        "key": [],
        "provenance": tables,
        "validity": VALIDITY,
        "footer": FOOTER,
    }


def _context(found: Comparison, quantity: tuple[str, str]) -> dict[str, Any]:
    from .comparison_figures import difference_figure, overlay_figure

    mark = banner([member.run.meta.get("simulated") for member in found.members])["text"]
    names = [member.label for member in found.members]
    return {
        "overlay": safe(overlay_figure(found, quantity, mark)),
        "difference": safe(difference_figure(found, quantity, mark)),
        "run_rows": [run_row(member.run, len(member.readings)) for member in found.members],
        "statistics": [_statistics(found, one, number) for number, one in enumerate(found.differences, 1)],
        "interpolated": any(one.pairs.interpolated for one in found.differences),
        "parameter_head": ("parameter", *names, *_heads(found)),
        "parameters": _parameter_rows(found),
        "reasons": [f"Run {m.label}: {m.extracted.reason}" for m in found.members if m.extracted.reason],
        "cancelled": [
            cancelled_sentence(found.members[number].label, names[0], one.shared, one.apart)
            for number, one in enumerate(found.differences, 1)
        ],
        "rate": f"{100 * FALSE_ALARM_RATE:g} %",
        "left_out": LEFT_OUT,
    }


def _heads(found: Comparison) -> list[str]:
    return [
        text for member in found.members[1:] for text in (f"{member.label} less {found.members[0].label}", "σ", "p")
    ]


def run_row(run: Run, count: int) -> tuple[str, ...]:
    """Return the row of a run in the table of all that are compared; `count` readings."""
    return (
        run.id,
        moment(run.meta["created"]),
        str(run.meta["bench"]),
        str(count),
        ", ".join(run.said.tags) or MISSING,
    )


def _told(found: Comparison, one: Difference, number: int) -> str:
    n, worst = len(one.value), int(np.argmax(np.abs(one.pulls)))
    where = plain(float(one.along[worst]), found.members[0].along.unit, digits=4)
    p = with_p(one.p_value)
    text = (
        f"{found.members[number].label} {'agrees with' if one.agrees else 'differs from'} {found.members[0].label}: "
        f"χ²/ν = {one.chi_square / n:.3g} (ν = {n}), {p}, largest residual {abs(one.pulls[worst]):.1f} σ at {where}"
    )
    surest = max(one.parameters, key=lambda name: abs(sigma_of(one.parameters[name])), default=None)
    if surest is not None and abs(sigma_of(one.parameters[surest])) > 3:
        text += f"; {named(surest).symbol} by {sigma_of(one.parameters[surest]):+.1f} σ".replace("-", "−")
    return f"{text} (false-alarm rate {100 * one.rate:.2g} %)."


def _statistics(found: Comparison, one: Difference, number: int) -> tuple[str, ...]:
    mean = float(np.average(one.value, weights=1 / one.scatter**2))
    unit = quantity_of(found.members[0].readings)[1]
    grid = "interpolated along each branch" if one.pairs.interpolated else "at the same setpoints"
    skipped = f", {one.pairs.skipped} readings without a partner" if one.pairs.skipped else ""
    return (
        found.members[number].label,
        f"{len(one.value)} pairs, {grid}{skipped}",
        rounded(mean, float(1 / np.sqrt(np.sum(1 / one.scatter**2))), unit),
        f"{one.chi_square:.4g}",
        str(len(one.value)),
        chance(one.p_value),
    )


def _parameter_rows(found: Comparison) -> list[tuple[str, ...]]:
    names = list(dict.fromkeys(name for one in found.differences for name in one.parameters))
    rows = []
    for name in names:
        values = [
            MISSING if m.extracted.extraction is None else value_of(m.extracted.extraction, name) for m in found.members
        ]
        told = [
            text for one in found.differences for text in _difference_texts(one.parameters.get(name), named(name).unit)
        ]
        rows.append((named(name).symbol, *values, *told))
    return rows


def _difference_texts(found: Estimate | None, unit: str) -> tuple[str, str, str]:
    from scipy.special import ndtr

    if found is None or not found.uncertainty > 0:
        return MISSING, MISSING, MISSING
    sigma = sigma_of(found)
    text = rounded(found.value, found.uncertainty, unit)
    return text, f"{sigma:+.1f}".replace("-", "−"), chance(2 * float(ndtr(-abs(sigma))))


def cancelled_sentence(other: str, first: str, shared: Sequence[str], apart: Sequence[str]) -> str:
    """Return which common errors two runs share, and which are each run's own."""
    if not (shared or apart):
        return f"{other} and {first}: neither run has a common error."
    told = (
        f"the same unknown in both runs, so that only the difference of its effects counts: {', '.join(shared)}. "
        if shared
        else "no common error is the same in both runs. "
    )
    owned = f"Each run's own, added in squares: {', '.join(apart)}." if apart else "None is a run's own."
    return f"{other} and {first}: {told}{owned}"
