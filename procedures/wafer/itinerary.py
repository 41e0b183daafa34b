"""Which site comes next: the order of the recipe, and what people ask for while the wafer is measured."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any

from smtjlab.instruments.wafer.wafer import Site


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
        self._left = list(sites)
        self._known = set(self._left)

    def __len__(self) -> int:
        return len(self._left)

    @property
    def left(self) -> Sequence[Site]:
        """The sites that are left."""
        return tuple(self._left)

    def next(self) -> Site | None:
        """Return the site to visit now; None where none is left. It stays the next until it is `done`."""
        return self._left[0] if self._left else None

    def done(self, site: Site) -> None:
        """Take it that a site has an outcome."""
        if site in self._left:
            self._left.remove(site)

    def heed(self, wish: Wish, sites: Sequence[Site]) -> list[Site]:
        """Do what somebody wishes, and return the sites for which that means anything; others are not on the list."""
        meant = [site for site in sites if site in self._known]
        match wish:
            case Wish.SKIP:
                meant = [site for site in meant if site in self._left]
                self._left = [site for site in self._left if site not in set(meant)]
            case Wish.RETEST:
                self._left += [site for site in meant if site not in self._left]
            case Wish.FIRST:
                meant = [site for site in meant if site in self._left]
                self._left = [*meant, *(site for site in self._left if site not in set(meant))]
        return meant


def sites_named(words: Iterable[str], known: Collection[Site]) -> tuple[list[Site], list[str]]:
    """Return the sites that words name, `3,-2/a1` or `3,-2` for a whole die, and the words that name none."""
    by_name: dict[str, list[Site]] = {}
    for site in known:
        by_name.setdefault(str(site), []).append(site)
        by_name.setdefault(f"{site.column},{site.row}", []).append(site)
    found: list[Site] = []
    unknown: list[str] = []
    for word in words:
        meant = by_name.get(word.replace(" ", ""), [])
        found += [site for site in meant if site not in found]
        if not meant:
            unknown.append(word)
    return found, unknown


def wish_of(payload: dict[str, Any]) -> tuple[Wish, list[str]]:
    """Return what an event of a journal wishes. Raises ValueError for what is no wish."""
    return Wish(str(payload.get("wish"))), [str(word) for word in payload.get("sites", ())]
