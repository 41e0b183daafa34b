"""A chuck that a person sends to a device of a wafer: what is checked beforehand, what moves, what is read back.

Checked before anything moves: that the device was drawn, that it lies within travel, that its pads and the needles may
touch once more, that home, contact height and vacuum are set, that overtravel is within its limit. Then every source
is read back as off, or brought there (bias, gate, off, read back); the needles separate; the chuck travels and is read
back; and where that is asked for, sources are read as off once more and the needles go down.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.open_bench import OpenBench
from smtjlab.instruments.prober_driver import ProberDriver
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, Run

from .itinerary import sites_named
from .needles import TOUCHED, since_cleaning, touches
from .plans import prober_of
from .reading_back import outcomes_of
from .stillness import be_still, on_at_needles
from .wafer_walk import WAFER

BY_HAND = "hand"
"""By whom needles were set down, in an event `touched` that is no wafer run's own."""


@dataclass(frozen=True)
class Chuck:
    """Where a chuck is and how the needles stand, as read back."""

    x: float
    """m from home, to the right on the wafer."""
    y: float
    """m from home, upwards."""
    needles: str
    """`up`, `down` or `between`."""


@dataclass(frozen=True)
class Travel:
    """The way to a device, checked as far as files tell."""

    run: Run
    """The wafer run whose wafer lies on the chuck."""
    wafer: Wafer
    site: Site
    prober: str
    limits: ContactLimits
    contact: bool
    """Whether the needles go down there."""
    touched: int
    """How often its pads were touched before, as far as the run knows."""
    since_cleaning: int
    """Touchdowns since the needles were cleaned."""

    @property
    def place(self) -> tuple[float, float]:
        """Where it is, in m from home."""
        return self.wafer.from_home(self.site)


@dataclass(frozen=True)
class Outlook:
    """What stands before a travel, as read back while nothing moves."""

    before: Chuck
    on: tuple[str, ...]
    """Instruments whose outputs are on, and will be ramped down and off."""
    distance: float
    """Way of the chuck in m."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**_told(self.before), "on": list(self.on), "distance": self.distance}


def travel_to(run: Run, word: str, bench: Bench, *, contact: bool) -> Travel:
    """Return the way to a device of a wafer run: `3,-2/a1`, or a die, which stands for its first sub-site.

    Raises ProcedureMistake for a run that is none of a wafer or goes on, a device that was not drawn, a bench without a
    prober; LimitError for a place out of travel, and for pads that may not be touched once more.
    """
    outcomes, prober = outcomes_of(run), prober_of(bench)
    if not run.status.ended:
        raise ProcedureMistake(f"A wafer must not be measured while its chuck is sent away, but run {run.id} goes on.")
    wafer, limits = read_wafer(run.folder / WAFER), bench.limits[prober]
    assert isinstance(limits, ContactLimits), "`prober_of` has seen to that"
    known = list(wafer.all_sites)
    found, _ = sites_named([word], known)
    if not found:
        raise ProcedureMistake(
            f"A device must be one of wafer {wafer.name!r}, such as {known[0]}, or one of its dies, but {word!r} is "
            "none."
        )
    touched = touches(wafer, outcomes, run.events())[wafer.pads(found[0])]
    limits.check_place(*wafer.from_home(found[0]), instrument=prober, where=str(found[0]))
    if contact:
        limits.check_pad(touched, instrument=prober, where=str(found[0]))
    return Travel(run, wafer, found[0], prober, limits, contact, touched, since_cleaning(run, prober))


def foresee(bench: OpenBench, travel: Travel) -> Outlook:
    """Return what stands before a travel; nothing moves and nothing is set.

    Raises LimitError where needles must be cleaned first or overtravel is beyond its limit, UnsafeError where home,
    contact height or vacuum are gone.
    """
    prober: ProberDriver = bench.drivers[travel.prober]
    prober.check_ready()
    prober.check_overtravel(travel.limits)
    _know(prober, travel)
    before = chuck_of(prober)
    x, y = travel.place
    return Outlook(before, tuple(on_at_needles(bench)), math.hypot(x - before.x, y - before.y))


def go(
    bench: OpenBench, travel: Travel, tell: Callable[[str], None], may_move: Callable[[], None] = lambda: None
) -> Chuck:
    """Go there, and return what was read back. Raises as `foresee` does, UnsafeError where a source does not go off.

    `may_move` is asked right before the chuck travels and right before the needles go down, and raises where they must
    not: somebody has made the bench safe meanwhile.
    """
    prober: ProberDriver = bench.drivers[travel.prober]
    foresee(bench, travel)
    prober.configure(travel.limits)  # type: ignore[attr-defined]
    be_still(bench, tell)
    may_move()
    x, y = prober.go_to(*travel.place)
    if travel.contact:
        prober.know_pads({(x, y): travel.touched})
        prober.check_pads()
        be_still(bench, tell)
        may_move()
        _note(travel, x, y, prober.since_cleaning + 1)  # before the movement, as a wafer run does
        prober.contact()
    return chuck_of(prober)


def chuck_of(prober: ProberDriver) -> Chuck:
    """Return where a chuck is and how its needles stand."""
    return Chuck(*prober.position(), str(prober.needles()))


def _know(prober: ProberDriver, travel: Travel) -> None:
    prober.limits, prober.since_cleaning = travel.limits, travel.since_cleaning
    if travel.contact:
        prober.check_clean(travel.limits)


def _note(travel: Travel, x: float, y: float, since: int) -> None:
    site = travel.site
    with closing(Journal(travel.run.folder / JOURNAL)) as journal:
        place = {"column": site.column, "row": site.row, "site": site.name, "x": x, "y": y}
        journal.note(TOUCHED, **place, since_cleaning=since, by=BY_HAND)


def _told(chuck: Chuck) -> dict[str, Any]:
    return {"x": chuck.x, "y": chuck.y, "needles": chuck.needles}
