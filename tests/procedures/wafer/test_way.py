"""The way through a wafer with a visitor that only says what came of a visit: rules, stops, notices, going on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from smtjlab.instruments.wafer import Site
from smtjlab.procedures.control import Control, StopNow
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.own_loop import Recorder
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.outcome import COLUMNS, Outcome, SiteState
from smtjlab.procedures.wafer.reading_back import ask, lacks
from smtjlab.procedures.wafer.recipe import Notice, Recipe, StopRules
from smtjlab.procedures.wafer.recipe_file import read_recipe
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER
from smtjlab.procedures.wafer.way import Way

from .conftest import RECIPE as RECIPE_TEXT
from .conftest import WAFER as WAFER_TEXT
from .test_results import visited

SITES = [Site(*die, name) for die in ((0, 0), (1, 0), (0, 1)) for name in ("j1", "j2")]
GOOD = {site: visited(site, 0.5) for site in SITES}


class Scripted:
    """Says what came of each visit, with its needles up; `then` is done after it."""

    is_down = False

    def __init__(self, told: dict[Site, Outcome], then=lambda site: None) -> None:
        self.seen: list[Site] = []
        self._told, self._then = told, then

    def visit(self, site: Site, following: Site | None = None) -> Outcome:
        self.seen.append(site)
        self._then(site)
        return self._told[site]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "2026-11-27-0123abcd"
    place.mkdir()
    (place / WAFER).write_text(WAFER_TEXT, encoding="utf-8")
    (place / RECIPE).write_text(RECIPE_TEXT, encoding="utf-8")
    facts = {"id": "0123abcd", "created": "2026-11-27T10:00:00.000+00:00", "procedure_name": "wafer-walk"}
    facts |= {"planned": 6, "columns": COLUMNS, "engine": this_process()}
    Journal.create(place / JOURNAL, facts).close()
    return place


@contextmanager
def way(folder: Path, recipe: Recipe, control: Control) -> Iterator[Way]:
    """The way from where the record stands."""
    from smtjlab.instruments.wafer import read_wafer

    outcomes = [Outcome.of(row.values) for row in Run(folder).rows()]
    with Journal(folder / JOURNAL) as journal:
        recorder = Recorder(journal, lambda: 0.0, control=control, between=lambda: None, first=len(outcomes))
        yield Way(read_wafer(folder / WAFER), recipe, recorder, outcomes)


def walked(folder: Path, visitor: Scripted, **rules: object) -> Control:
    recipe = replace(read_recipe(folder / RECIPE, look=False), stops=StopRules(**rules))  # type: ignore[arg-type]
    control = Control()
    with way(folder, recipe, control) as found:
        found.through(visitor)  # type: ignore[arg-type]
    return control


def test_a_rule_ends_a_wafer_as_stopped_with_sites_left(folder: Path) -> None:
    missed = {site: replace(one, state=SiteState.NO_CONTACT, good=False) for site, one in GOOD.items()}
    visitor = Scripted(missed)
    assert walked(folder, visitor, contact_failures=2).stopping
    assert visitor.seen == SITES[:2]
    assert lacks(Run(folder))
    [warning] = [event.payload["text"] for event in Run(folder).events() if event.kind == "warning"]
    assert warning == "2 sites in a row had no contact, and 2 end the wafer."


def test_a_wafer_goes_on_where_it_was_left(folder: Path) -> None:
    first, second = Scripted(GOOD), Scripted(GOOD)
    walked(folder, first, time=4.0)
    assert first.seen == SITES[:3]
    walked(folder, second)
    assert second.seen == SITES[3:]
    assert not lacks(Run(folder))


def test_a_finished_wafer_lacks_what_somebody_asks_for_once_more(folder: Path) -> None:
    walked(folder, Scripted(GOOD))
    ask(Run(folder), "retest", ["1,0/j2"])
    assert lacks(Run(folder))
    again = Scripted(GOOD)
    walked(folder, again)
    assert again.seen == [Site(1, 0, "j2")]


def test_a_site_that_is_tested_again_counts_once_in_the_yield(folder: Path) -> None:
    """Two of three devices are bad until the last is tested again: one of three is below a half, two are not."""
    bad = {site: replace(GOOD[site], good=False) for site in SITES[1:3]}
    walked(folder, Scripted(GOOD | bad), time=4.0)
    ask(Run(folder), "retest", [str(SITES[2])])
    ask(Run(folder), "first", [str(SITES[2])])
    assert not walked(folder, Scripted(GOOD), yield_below=0.5, after=3).stopping


def test_what_is_asked_for_on_the_way_is_heeded_at_the_next_site(folder: Path) -> None:
    def after(site: Site) -> None:
        if site == SITES[0]:
            ask(Run(folder), "skip", ["1,0"])

    visitor = Scripted(GOOD, after)
    walked(folder, visitor)
    assert visitor.seen == [*SITES[:2], *SITES[4:]]


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({}, "Wafer W1 is measured."),
        ({"time": 2.0}, "3 s have passed, and 2 s end the wafer."),
    ],
)
def test_somebody_is_told_how_it_ended(folder: Path, rules: dict[str, float], sentence: str) -> None:
    told = folder / "told.txt"
    write = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    notice = Notice(command=(sys.executable, "-c", write, str(told)))
    recipe = replace(read_recipe(folder / RECIPE, look=False), stops=StopRules(**rules), notices=(notice,))
    with way(folder, recipe, Control()) as found:
        found.through(Scripted(GOOD))  # type: ignore[arg-type]
        found.farewell("W1")
    assert told.read_text() == sentence


def test_a_wafer_that_was_stopped_by_hand_is_not_said_to_be_measured(folder: Path) -> None:
    control = Control()
    recipe = replace(read_recipe(folder / RECIPE, look=False), notices=(Notice(command=("/nowhere/to/be/found",)),))
    with way(folder, recipe, control) as found:
        found.through(Scripted(GOOD, lambda site: control.stop()))  # type: ignore[arg-type]
        found.farewell("W1")
    [warning] = [event.payload["text"] for event in Run(folder).events() if event.kind == "warning"]
    assert warning.startswith("A notice could not be sent: ")
    assert len(Run(folder).rows()) == 1


def test_a_stop_within_a_visit_is_told_unless_it_does_not_wait(folder: Path) -> None:
    control = Control()

    def stop(site: Site) -> None:
        control.stop()
        raise StopNow

    def stop_now(site: Site) -> None:
        control.stop(now=True)
        raise StopNow

    with way(folder, read_recipe(folder / RECIPE, look=False), control) as found:
        found.through(Scripted(GOOD, stop))  # type: ignore[arg-type]
        control.clear()
        with pytest.raises(StopNow):
            found.through(Scripted(GOOD, stop_now))  # type: ignore[arg-type]
    assert not Run(folder).rows()
