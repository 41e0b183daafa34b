"""Chi-square of what has been measured so far, in a few characters for a corner of the plot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smtjlab.gui import texts


@dataclass(frozen=True)
class ChiSquareTold:
    """Words, empty before a verdict, and whether what was measured differs from the model by more than chance."""

    text: str = ""
    differs: bool = False
    sentence: str = ""
    """The verdict."""


def chi_square_told(verdict: Mapping[str, Any] | None, taken: int) -> ChiSquareTold:
    """Return what the last verdict of the model makes of `taken` readings; of how many it is, where not of all."""
    if verdict is None or not verdict.get("dof"):
        return ChiSquareTold()
    dof, answered = int(verdict["dof"]), verdict.get("readings")
    told = texts.CHI_SQUARE.format(reduced=float(verdict["chi_square"]) / dof, dof=dof)
    if isinstance(answered, int) and answered < taken:
        told += texts.CHI_SQUARE_OF.format(answered=answered)
    return ChiSquareTold(told, verdict.get("agrees") is False, str(verdict.get("sentence", "")))
