"""Whether a recipe can be done here: places within travel, touches within limits, programs that tell people."""

from __future__ import annotations

import shutil
from itertools import pairwise

from smtjlab.instruments.errors import LimitError
from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.wafer.wafer import Site, Wafer

from .recipe import Recipe


def touchdowns(wafer: Wafer, sites: list[Site]) -> int:
    """Return how often needles go down, were every contact made at once: once for devices behind the same pads."""
    pads = [wafer.pads(site) for site in sites]
    return sum(one != other for one, other in pairwise([None, *pads]))


def check_notices(recipe: Recipe) -> None:
    """Raise RecipeError, with file and line, where a program that tells people is not on this computer.

    For whoever begins a wafer: one that goes on elsewhere goes on without.
    """
    for number, notice in enumerate(recipe.notices):
        if shutil.which(notice.command[0]) is None:
            raise recipe.mistake(
                f"`command` of a notice must be a program of this computer, but {notice.command[0]!r} is none",
                f"notify.{number}.command",
            )


def check_reach(recipe: Recipe, wafer: Wafer, prober: str, limits: ContactLimits) -> None:
    """Raise RecipeError, with file and line, where limits of a prober would end the wafer on its way."""
    sites = list(recipe.sites(wafer))
    for site in sites:
        x, y = wafer.from_home(site)
        try:
            limits.check_place(x, y, instrument=prober, where=str(site))
        except LimitError as problem:
            raise recipe.mistake(str(problem), "order") from None
    if (count := touchdowns(wafer, sites)) > limits.contacts:
        raise recipe.mistake(
            f"A recipe must ask for no more than the {limits.contacts} touchdowns of [limits.{prober}], but asks for "
            f"{count}",
            "order",
        )
