"""What faces do with the record of a wafer run: read its outcomes, and ask it for something."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from smtjlab.instruments.wafer.wafer import Site
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, Run

from .itinerary import WISH, Itinerary, Wish, replay, sites_named, wish_of, wishes
from .outcome import COLUMNS, Outcome
from .recipe import Recipe
from .recipe_file import read_recipe
from .wafer_walk import RECIPE, WAFER


def is_wafer(run: Run) -> bool:
    """Return whether a run is that of a wafer."""
    return set(run.meta.get("columns") or {}) == set(COLUMNS)


def outcomes_of(run: Run) -> list[Outcome]:
    """Return the outcomes of a wafer run in their order; the last one of a site holds. ProcedureMistake for others."""
    if not is_wafer(run):
        raise ProcedureMistake(f"A wafer run must be named, but run {run.id} is a {run.meta['procedure_name']}.")
    return [Outcome.of(row.values) for row in run.rows()]


def ask(run: Run, wish: str, words: Sequence[str]) -> list[Site]:
    """Ask a wafer run for something, and return the sites that it means. ProcedureMistake where nothing can heed it."""
    outcomes_of(run)
    known = list(_recipe(run).sites(read_wafer(run.folder / WAFER)))
    found, unknown = sites_named(words, known)
    if unknown:
        raise ProcedureMistake(
            f"A site must be one of the recipe's, such as {known[0]}, or one of its dies, but {unknown[0]!r} is none."
        )
    with closing(Journal(run.folder / JOURNAL)) as journal:
        journal.note(WISH, wish=str(Wish(wish)), sites=[str(site) for site in found])
    return found


def lacks(run: Run) -> bool:
    """Return whether a wafer run has sites to visit: those without an outcome, and those that somebody asks for."""
    events = run.events()
    itinerary = Itinerary(_recipe(run).sites(read_wafer(run.folder / WAFER)))
    known = set(itinerary.left)
    seen = replay(itinerary, known, events, [one.site for one in outcomes_of(run)])
    for event in wishes(event for event in events if event.number > seen):
        wish, words = wish_of(event.payload)
        itinerary.heed(wish, sites_named(words, known)[0])
    return len(itinerary) > 0


def _recipe(run: Run) -> Recipe:
    """Return the recipe of a run, without its procedures: its record may come from anywhere."""
    return read_recipe(run.folder / RECIPE, look=False)
