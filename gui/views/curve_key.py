"""The key of a plot of curves: what stands for each branch, or for each level and way where a run holds several."""

from __future__ import annotations

from smtjlab.gui import texts
from smtjlab.gui.models.curves import Curve, Curves

from .branch_items import BranchItems
from .signs import sign
from .theme import Theme

MOST = 12
"""Branches or levels that are named at the most."""


def curve_key(curves: Curves | None, theme: Theme) -> list[str]:
    """Return marks with words, as rich text."""
    if curves is None:
        return []
    parts = _families(curves.branches, theme) if curves.points.held else _branches(curves.branches, theme)
    model = [f"{sign(theme.median, '━')} {texts.EXPECTED}"] if curves.has_band else []
    return [*parts, *model]


def _branches(branches: list[Curve], theme: Theme) -> list[str]:
    looks = [BranchItems.look(curve, number, theme) for number, curve in enumerate(branches[:MOST])]
    words = [curve.branch or texts.MEASURED for curve in branches[:MOST]]
    named = [f"{sign(look.colour, look.sign)} {word}" for look, word in zip(looks, words, strict=True)]
    return [*named, *_further(len(branches))]


def _families(branches: list[Curve], theme: Theme) -> list[str]:
    """Return the colour of each level, then the mark of each way."""
    levels: dict[str, str] = {}
    ways: dict[str, str] = {}
    for number, curve in enumerate(branches):
        look, (way, level) = BranchItems.look(curve, number, theme), curve.told
        levels.setdefault(level, sign(look.colour, "■"))
        ways.setdefault(way, sign(theme.text, look.sign))
    named = [f"{mark} {level}" for level, mark in list(levels.items())[:MOST]]
    return [*named, *_further(len(levels)), *(f"{mark} {way}" for way, mark in ways.items() if way)]


def _further(count: int) -> list[str]:
    return [texts.MORE_BRANCHES.format(count=count - MOST)] if count > MOST else []
