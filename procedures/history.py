"""What a device with hysteresis remembers of the setpoints it has been through.

The state of a Preisach-like system, a ferroelectric under a gate voltage or a magnet in a field, depends on its
turning points alone, and a turning point is forgotten once a later one passes it ("wiping out"; I. D. Mayergoyz,
Mathematical Models of Hysteresis, Springer 1991, section 1.2). So a few setpoints bring a device back to where a long
sweep has left it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from smtjlab.instruments.reading import Setpoint

DRIVES: tuple[Callable[[Setpoint], float | None], ...] = (
    lambda one: one.gate,
    lambda one: one.field,
    lambda one: one.transverse_field,
)
"""What a device may have a memory of: gate voltage and both fields."""


def remembered(taken: Sequence[Setpoint], *, without: Collection[str] = ()) -> list[Setpoint]:
    """Return the setpoints that still matter, in their order; the last one of `taken` is the last of them.

    `without` names sources of a circuit that nothing has a memory of: they bias junctions, and move no gate.

    Each says all that held then, also what it had left as it was: setpoints before it are not among them. Where more
    than one of DRIVES was driven, every turning point of each is kept: one may undo what the other did.
    """
    if not taken:
        return []
    taken = whole(taken)
    sources = dict.fromkeys(name for one in taken for name in one.levels if name not in without)
    drives = (*DRIVES, *(_level_of(name) for name in sources))
    driven = [levels for levels in (_levels(taken, drive) for drive in drives) if len(set(levels)) > 1]
    numbers = {len(taken) - 1}
    for levels in driven:
        turns = turning_points(levels)
        numbers.update(not_wiped_out(levels, turns) if len(driven) == 1 else turns)
    return [taken[number] for number in sorted(numbers)]


def whole(taken: Sequence[Setpoint]) -> list[Setpoint]:
    """Return the setpoints with what each leaves as it was filled in from those before it."""
    held: dict[str, Any] = {}
    levels: dict[str, float] = {}
    filled = []
    for setpoint in taken:
        for name in ("gate", "bias", "field", "transverse_field", "temperature"):
            if (level := getattr(setpoint, name)) is not None:
                held[name] = level
        levels |= setpoint.levels
        filled.append(replace(setpoint, **held, levels=dict(levels)))
    return filled


def _level_of(source: str) -> Callable[[Setpoint], float | None]:
    return lambda one: one.levels.get(source)


def _levels(taken: Sequence[Setpoint], drive: Callable[[Setpoint], float | None]) -> list[float]:
    """Return the level of one drive at each setpoint: None leaves it where it was, at first at 0."""
    levels, level = [], 0.0
    for setpoint in taken:
        wanted = drive(setpoint)
        level = level if wanted is None else wanted
        levels.append(level)
    return levels


def turning_points(levels: Sequence[float]) -> list[int]:
    """Return where a sequence begins, where it turns back, and where it ends."""
    turns = [0]
    for number, level in enumerate(levels[1:], 1):
        if level == levels[turns[-1]]:
            continue
        if len(turns) > 1 and (level - levels[turns[-1]]) * (levels[turns[-1]] - levels[turns[-2]]) > 0:
            turns.pop()  # it goes on in the same direction
        turns.append(number)
    return turns


def not_wiped_out(levels: Sequence[float], turns: Sequence[int]) -> list[int]:
    """Return those turning points that no later one has passed, from the first of the two outermost on."""
    kept: list[int] = []
    for turn in turns:
        kept.append(turn)
        while len(kept) > 3:
            outer, inner, later = (abs(levels[b] - levels[a]) for a, b in pairwise(kept[-4:]))
            if inner > min(outer, later):
                break
            del kept[-3:-1]  # a loop within what lies around it
    outermost = (max, min)
    return kept[min(kept.index(find(kept, key=levels.__getitem__)) for find in outermost) :]
