"""The page of stacked wafers: yields, failures that come again, common parts, own parts, what to probe once more."""

from __future__ import annotations

import math
from collections.abc import Sequence

from smtjlab.procedures.run import Run

from .markup import rendered, safe
from .rounding import MISSING, chance, plain, rounded
from .wafer_parameters import symbol_of, unit_of
from .wafer_stack import Failing, Stacked, WaferStack, names_of
from .wafer_stack_maps import MOST_WAFERS, StackFigures

MOST = 60
"""Devices that the page lists one by one."""
MOST_COLUMNS = 6
"""Wafers of whose differences there is a table."""
DIFFERENT = 1e-3
"""Chance below which yields are called different."""


def stack_page(runs: Sequence[Run], found: WaferStack, figures: StackFigures) -> str:
    """Return the page as text; `runs` are those of the layers."""
    names = names_of(found.layers)
    simulated = any(bool(run.meta.get("simulated")) for run in runs)
    few = len(names) <= MOST_COLUMNS
    context = {
        "title": f"{len(names)} wafers stacked",
        "about": ", ".join(names) if few else f"{names[0]} to {names[-1]}",
        "banner": {
            "kind": "simulated" if simulated else "hardware",
            "text": "SIMULATED INSTRUMENTS" if simulated else "HARDWARE",
        },
        "sentence": sentence(found),
        "wafers": _wafers(found, names),
        "alike": _alike(found),
        "failures": safe(figures.failures.svg),
        "failing": [_failing_row(one) for one in found.failing[:MOST]],
        "failing_more": max(0, len(found.failing) - MOST),
        "common": [(title, safe(one.svg)) for title, one in figures.common],
        "own": [(title, safe(one.svg)) for title, one in figures.own],
        "undrawn": names[MOST_WAFERS:],
        "columns": 3 if len({one.parameter for one in found.stacks}) % 3 == 0 else 4,
        "levels": None if figures.levels is None else safe(figures.levels.svg),
        "stacks": [_stack_row(one) for one in found.stacks],
        "names": names if few else [],
        "differences": [_difference_row(one) for one in found.stacks] if few else [],
        "untold": found.untold,
        "again": found.again[:MOST],
        "more": max(0, len(found.again) - MOST),
        "facts": [(f"run {run.id}", str(run.folder)) for run in runs],
        "command": f"smtjlab wafer stack {' '.join(run.id for run in runs)}",
    }
    return rendered("wafer_stack.html", context)


def sentence(found: WaferStack) -> str:
    """Return what came of the stack, in a sentence or two."""
    good = sum(one.good.count for one in found.layers)
    devices = sum(len(one.frame) for one in found.layers)
    told = f"{good} of {devices} devices on {len(found.layers)} wafers are good: {100 * good / devices:.1f} %. "
    shares = [100 * one.stack.share for one in found.stacks if math.isfinite(one.stack.share)]
    if shares:
        told += f"{min(shares):.0f} to {max(shares):.0f} % of what varies within a wafer is common to all. "
    dies = sum(one.name.startswith("die ") for one in found.failing)
    if dies:
        told += f"{dies} {'die fails' if dies == 1 else 'dies fail'} again and again. "
    again = len(found.again)
    return told + ("1 device wants another look." if again == 1 else f"{again} devices want another look.")


def _wafers(found: WaferStack, names: Sequence[str]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, layer in zip(names, found.layers, strict=True):
        good = layer.good
        span = f"{100 * good.low:.1f} to {100 * good.high:.1f} %"
        started = layer.started[:16].replace("T", " ")
        share = f"{100 * good.share:.1f} %"
        rows.append((name, layer.run, started, str(len(layer.frame)), str(good.count), share, span))
    return rows


def _alike(found: WaferStack) -> str:
    if math.isnan(found.alike):
        return ""
    differ = "differ" if found.alike < DIFFERENT else "do not differ beyond chance"
    return f"Yields {differ}: as far apart or farther comes of one yield with a chance of {chance(found.alike)}."


def _failing_row(one: Failing) -> tuple[str, ...]:
    return one.name, f"{one.failed} of {one.of}", chance(one.chance)


def _stack_row(one: Stacked) -> tuple[str, ...]:
    unit, stack, parts = unit_of(one.parameter), one.stack, one.parts
    told = (
        symbol_of(one.parameter),
        one.device,
        str(int((stack.told_by >= 2).sum())),
        plain(float(stack.level.mean()), unit, digits=4),
        plain(stack.between, unit, digits=3),
        rounded(stack.spread, stack.spread_error, unit),
        rounded(stack.sigma, stack.sigma_error, unit),
        MISSING if math.isnan(stack.share) else f"{100 * stack.share:.0f} %",
    )
    radial = MISSING if parts is None else rounded(parts.radial, parts.errors["radial"], unit)
    return (*told, radial, str(len(one.outliers)))


def _difference_row(one: Stacked) -> tuple[str, ...]:
    off, errors = one.stack.differences
    told = [rounded(float(a), float(b), unit_of(one.parameter)) for a, b in zip(off, errors, strict=True)]
    return (symbol_of(one.parameter), one.device, *told)
