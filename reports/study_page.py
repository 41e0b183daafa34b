"""The page of a study: one HTML file that stands alone; the same study makes the same bytes."""

from __future__ import annotations

import math
from typing import Any

from .facts import belief_rows
from .markup import rendered, safe
from .rounding import MISSING, plain
from .study import Column, Study

MOST_ROWS = 90
"""Rows of a table on a page; of a longer one every so many-th row is shown, all of them are in the file."""
_NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def study_page(study: Study) -> str:
    """Return the page as text."""
    return rendered("study.html", _context(study))


def standalone_svg(svg: str) -> str:
    """Return a figure of a page as a file of its own, which needs the name spaces that HTML does without."""
    style = "<style>*{stroke-linejoin:round;stroke-linecap:butt}</style>"
    element, _, rest = svg.replace("<svg ", f"<svg {_NAMESPACES} ", 1).partition(">")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{element}>{style}{rest}\n'


def _context(study: Study) -> dict[str, Any]:
    columns = [column for column in study.columns if column.on_page]
    count = len(columns[0].values)
    every = -(-count // MOST_ROWS)
    shown = list(range(0, count, every))
    if shown and shown[-1] != count - 1:
        shown.append(count - 1)
    return {
        "title": study.title,
        "about": f"{study.about} · smtjlab {study.version}",
        "finding": study.finding,
        "figures": [(figure.title, safe(figure.svg), figure.caption) for figure in study.figures],
        "facts": study.facts,
        "remarks": study.remarks,
        "headings": [_heading(column) for column in columns],
        "rows": [[_shown(column, k) for column in columns] for k in shown],
        "every": every,
        "count": count,
        "table": f"{study.name}.csv",
        "assumptions": study.assumptions,
        **_junctions(study),
        "seed": "none was drawn: no number here is random" if study.seed is None else str(study.seed),
        "version": study.version,
        "command": study.command,
    }


def _junctions(study: Study) -> dict[str, Any]:
    """Return the parameters of the junctions, one column each; a dash where a junction does not have one."""
    tables = [dict(belief_rows(belief)) for belief in study.junctions.values()]
    names = dict.fromkeys(name for table in tables for name in table)
    return {
        "junctions": list(study.junctions),
        "parameters": [(name, [table.get(name, MISSING) for table in tables]) for name in names],
    }


def _heading(column: Column) -> tuple[str, str, bool]:
    return column.title, column.shown_unit, not isinstance(column.values[0], str)


def _shown(column: Column, place: int) -> tuple[str, bool]:
    value = column.values[place]
    if isinstance(value, str):
        return value, False
    return number(float(value) * column.factor, column.form), True


def number(value: float, form: str) -> str:
    """Return a number in a format, with a true minus sign and 10⁻⁹ for e-09; a dash for nan, ∞ for inf."""
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    mantissa, _, exponent = f"{value:{form}}".partition("e")
    text = mantissa.replace("-", "−")
    if value == 0:
        return "0"
    if exponent and 0 <= int(exponent) < 6:
        return f"{float(f'{value:{form}}'):,.0f}".replace(",", "\u2009").replace("-", "−")
    if not exponent:
        return text
    return f"{text}\u2009×\u200910" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def span(low: float, high: float, unit: str, *, digits: int = 4) -> str:
    """Return "263.6 mV to 292.8 mV", in the order given."""
    return f"{plain(low, unit, digits=digits)} to {plain(high, unit, digits=digits)}"
