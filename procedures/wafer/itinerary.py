"""Which site comes next: the order of the recipe, and what people ask for while the wafer is measured."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from smtjlab.instruments.wafer.wafer import Site
from smtjlab.procedures.journal import Event

WISH, HEEDED = "wish", "heeded"
"""Kinds of events: what somebody asks for, and what the walk has made of it."""


class Wish(StrEnum):
    """What a person may ask for."""

    SKIP = "skip"
    """Do not visit these sites."""
    RETEST = "retest"
    """Visit these sites once more, measured or skipped as they are."""
    FIRST = "first"
    """Visit these sites next, in this order."""


class Itinerary:
    """The sites that are left, in order. Equal wishes at equal counts of outcomes lead to equal orders."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self._left = dict.fromkeys(sites)  # in order, each once
        self._known = frozenset(self._left)

    def __len__(self) -> int:
        return len(self._left)

    @property
    def left(self) -> Sequence[Site]:
        """The sites that are left."""
        return tuple(self._left)

    def next(self) -> Site | None:
        """Return the site to visit now; None where none is left. It stays the next until it is `done`."""
        return next(iter(self._left), None)

    def after(self, site: Site) -> Site | None:
        """Return the site that follows one which is the next; None where none does, or nobody asks for it now."""
        first, second = (*itertools.islice(self._left, 2), None, None)[:2]
        return second if first == site else first

    def done(self, site: Site) -> None:
        """Take it that a site has an outcome."""
        self._left.pop(site, None)

    def heed(self, wish: Wish, sites: Sequence[Site]) -> list[Site]:
        """Do what somebody wishes, and return the sites for which that means anything; others are not on the list."""
        meant = [site for site in sites if site in self._known]
        match wish:
            case Wish.SKIP:
                meant = [site for site in meant if site in self._left]
                for site in meant:
                    self._left.pop(site, None)
            case Wish.RETEST:
                self._left |= dict.fromkeys(meant)
            case Wish.FIRST:
                meant = [site for site in meant if site in self._left]
                self._left = dict.fromkeys(meant) | self._left
        return meant


def sites_named(words: Iterable[str], known: Collection[Site]) -> tuple[list[Site], list[str]]:
    """Return the sites that words name, `3,-2/a1` or `3,-2` for a whole die, and the words that name none."""
    by_name: dict[str, list[Site]] = {}
    for site in known:
        by_name.setdefault(str(site), []).append(site)
        by_name.setdefault(f"{site.column},{site.row}", []).append(site)
    found: dict[Site, None] = {}
    unknown: list[str] = []
    for word in words:
        meant = by_name.get(word.replace(" ", ""), [])
        found |= dict.fromkeys(meant)
        if not meant:
            unknown.append(word)
    return list(found), unknown


def wish_of(payload: dict[str, Any]) -> tuple[Wish, list[str]]:
    """Return what an event of a journal wishes. Raises ValueError for what is no wish."""
    return Wish(str(payload.get("wish"))), [str(word) for word in payload.get("sites", ())]


def replay(itinerary: Itinerary, known: Collection[Site], events: Sequence[Event], done: Sequence[Site]) -> int:
    """Bring an itinerary to where a run left it, and return the number of the last event that it has heeded.

    `done` are the sites of its outcomes in their order; each heeded wish says after how many of them it came.
    """
    heeded = [event for event in events if event.kind == HEEDED]
    for count in range(len(done) + 1):
        for event in (one for one in heeded if one.payload["count"] == count):
            wish, words = wish_of(event.payload)
            itinerary.heed(wish, sites_named(words, known)[0])
        if count < len(done):
            itinerary.done(done[count])
    seen, answered = 0, len(heeded)
    for event in wishes(events):  # they are heeded in their order: the first so many are
        if answered == 0:
            break
        answered -= 1
        seen = event.number
    return seen


def wishes(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events that wish something; one that is none was left aside."""
    for event in events:
        if event.kind == WISH:
            try:
                wish_of(event.payload)
            except ValueError:
                continue
            yield event
