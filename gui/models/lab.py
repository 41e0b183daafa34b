"""The lab as the window sees it: what is measured, what is planned, what is shown. Nothing here waits."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smtjlab.gui.texts import ALL_ANSWER, CONNECTED, ONE_ANSWERS
from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.procedures.errors import MISTAKES
from smtjlab.procedures.procedure import Procedure
from smtjlab.procedures.run import REQUEST
from smtjlab.procedures.station import Station

from .bench_facts import InstrumentFacts, facts_of
from .desk import Desk
from .follower import Follower, Seen
from .in_use import InUse
from .left_unsafe import Left, leaves_unsafe
from .log_line import Line, Severity
from .measurement import Measurement
from .pile import Pile
from .plan_list import PlanList, Planned
from .prober import Prober, begin_goto
from .queue_look import QueueLook, look_at_queue
from .results import Results
from .run_feed import Glance
from .safe_now import SafeNow, Safety
from .told import Told

QUEUE_LOOK = 0.5
"""Seconds between two looks at the queue."""


@dataclass(frozen=True)
class News:
    """What is new since the last look."""

    seen: Seen | None
    """A look at the run that is shown."""
    told: list[Told]
    lines: list[Line]
    safety: list[Safety]
    begun: Path | None
    """A run that has begun since the one that is shown has ended."""


class Lab:
    """Everything that a window holds. `look` is called many times a second."""

    def __init__(self, bench: str, runs: Path) -> None:
        """Raises a mistake where the bench cannot be read."""
        self.runs = runs
        self.desk = Desk(bench, runs)
        self.in_use = InUse()
        self.measurement = Measurement(bench, runs, self.in_use)
        self.plan = PlanList()
        self.results = Results(runs)
        self.follower = Follower()
        self.glance: Glance | None = None
        """The last look at the run that is shown."""
        self._looks: Mapping[str, Mapping[str, Any]] = {}
        self._bench_of_run: Bench | None = None
        self._address = bench
        self._generation = 0
        self._queue, self._looked = QueueLook(), 0.0
        self._chosen = False
        self._shown: Path | None = None
        self._running: Mapping[Path, Station] = {}
        self._others: Mapping[Path, Station] = {}
        """Runs that engines were at the last two times, without the one that was shown."""
        self._left = Left()
        self._safe_after = -1  # points of the run shown when its bench was read back as safe while it went on
        self.safety = SafeNow(self.desk.command)
        self.prober = Prober(begin_goto(runs))
        self.pile = Pile(runs)
        self.opened = time.time()
        """When the window was opened (Unix time in s): older lines of a run are no news."""

    @property
    def bench(self) -> Bench:
        """The bench of the run that is shown where that is the window's, `virtual` standing for several; else this."""
        return self._bench_of_run if self._bench_of_run is not None and self._is_ours else self.desk.used

    @property
    def simulated(self) -> bool:
        """Whether the window's bench is made of programs: what Run starts moves nothing else then."""
        return self.desk.used.virtual is not None

    @property
    def shown_elsewhere(self) -> str:
        """Name of the bench of the run that is shown, where it is not the window's; else empty."""
        return "" if self._is_ours or self._bench_of_run is None else self._bench_of_run.name

    @property
    def _is_ours(self) -> bool:
        if self._bench_of_run is None or self._bench_of_run.path == self.desk.used.path:
            return True
        wired = self.desk.bench == Procedure.virtual_bench and self._bench_of_run.virtual is not None
        return wired and self._bench_of_run.path.is_relative_to(PACKAGED)

    def facts(self) -> list[InstrumentFacts]:
        """Return what is known of the instruments of `bench`."""
        out, told = self.in_use.out_of(self.bench), self._left.told(self._address, self.glance, past=self._chosen)
        glance = told if self._is_ours else None
        made_safe = glance is not None and not glance.state.ended and glance.taken == self._safe_after
        found = facts_of(self.bench, glance, self._looks, out, made_safe=made_safe)
        if not self._is_held_by_another:
            return found
        return [one if one.state == "out of use" else replace(one, state="in use", reading="") for one in found]

    @property
    def under_way(self) -> Path | None:
        """A run that an engine is at while another one is shown; None where there is none."""
        return next(iter(self._others), None)

    @property
    def _is_held_by_another(self) -> bool:
        """Whether the bench is held by a run that is not shown: what the shown one tells of it is long past."""
        place = self.desk.place_of(self.bench).folder.name
        return any(station.folder.name == place for station in self._others.values())

    def look_at_bench(self) -> None:
        """Ask the instruments that are in use who they are."""
        self.desk.look(self._looked_at, self.in_use.those_of(self.bench))

    def disconnect(self, name: str) -> None:
        """Take an instrument out of use; nothing is run on its bench then."""
        self.in_use.take_out(self.bench, name)
        self.measurement.check()

    def connect(self, name: str) -> None:
        """Ask an instrument that is out of use who it is; where it answers and complains of nothing it is in use."""
        self.desk.look(self._looked_at, [name], "connect")

    @property
    def _looked_at(self) -> str:
        return self._address if self._is_ours else self.desk.bench

    def run(self) -> None:
        """Hand in what is filled in. Raises a mistake."""
        self.desk.submit(self.measurement.wish())

    def add_to_plan(self) -> None:
        """Put what is filled in at the end of the plan. Raises a mistake."""
        checked = self.measurement.checked
        seconds = None if checked is None else checked.seconds
        self.plan.add(Planned(self.measurement.form.name, self.measurement.wish(), seconds))

    def start_plan(self) -> None:
        """Hand in all that is planned, in order. Raises a mistake where an instrument of the bench is out of use."""
        if fault := self.in_use.fault(self.bench):
            raise InstrumentMistake(fault)
        for line in self.plan.lines:
            self.desk.submit(line.wish)
        self.plan.clear()

    def show(self, folder: Path, *, by_hand: bool = False) -> None:
        """Follow a run from now on; one that somebody chose `by_hand` is not left for the next that begins."""
        self.glance, self._looks, self._chosen, self._shown, self._safe_after = None, {}, by_hand, folder, -1
        self._others = {one: at for one, at in self._running.items() if by_hand and not self._is_shown(one)}
        self._generation = self.follower.follow(folder)
        self._address = _address_of(folder)
        try:
            self._bench_of_run = Bench.load(self._address) if self._address else None
        except (*MISTAKES, OSError):  # a run of a stranger whose bench is not here is shown all the same
            self._bench_of_run = None

    def _follow_on(self) -> Path | None:
        """Look at the queues, now and then; return the run that has begun since the one shown has ended, if any."""
        now = time.monotonic()
        if now - self._looked < QUEUE_LOOK:
            return None
        self._looked = now
        self._queue = look_at_queue(self.desk.place_of(self.bench), self.runs, self._queue)
        before, self._running = self._running, self.desk.running()
        others = {one: station for one, station in self._running.items() if not self._is_shown(one)}
        self._others = {one: station for one, station in others.items() if one in before}
        for gone in [one for one in before if one not in self._running and not self._is_shown(one)]:
            self.desk.look_back(gone, _address_of(gone))
        place = self.desk.place_of(self._bench_of_run or self.bench)
        self.prober.hold(place.folder.name in [station.folder.name for station in self._running.values()])
        if self._chosen or (self.glance is not None and not self.glance.state.ended):
            return None
        return next(iter(others), None)

    def _is_shown(self, folder: Path) -> bool:
        return self._shown is not None and folder.name == self._shown.name

    def safe_now(self) -> None:
        """Make safe, at once, the window's bench and every other one of this runs folder that measures or travels."""
        travelled = self.prober.end()
        running = self.desk.running()
        benches = [_address_of(folder) for folder in running]
        if travelled or (self.glance is not None and not self._is_past(self.glance)):
            benches.append(self._address)
        benches += self._left.benches
        known = [one for one in dict.fromkeys([*benches, self.desk.bench]) if one]
        self.safety.press(self.desk.stations(), known)

    def _is_past(self, glance: Glance) -> bool:
        """Whether the run that is shown leaves nothing to be made safe: it has, or is only looked at from afar."""
        return glance.state.ended and not (leaves_unsafe(glance) and self._is_ours)

    def waiting(self) -> QueueLook:
        """Return what waits at the engine of `bench`, as it was lately."""
        return self._queue

    def change_queue(self, act: str, run: str) -> None:
        """Do something with what waits: `pause`, `go`, `remove` or `first`."""
        self.desk.change_queue(self.bench, act, run)
        self._looked = 0.0

    def look(self) -> News:
        """Return what is new."""
        seen, lines = self.follower.take()
        if seen is not None and seen.generation != self._generation:
            seen, lines = None, []
        if seen is not None and seen.glance is not None:
            if self.glance is not None and seen.glance.state != self.glance.state:
                self._looks = {}  # what was asked before is not how it stands now
            self.glance = seen.glance
            self._left.heed(self._address, seen.glance, past=self._chosen)
        told = self.desk.take()
        for one in told:
            if one.errand == "left":
                self._left.look_back(one)
            if one.looks and one.bench in (self._address, self.desk.bench):
                self._looks = {**self._looks, **{str(look["instrument"]): look for look in one.looks}}
                self._take_connected(one)
                self.prober.looked(one.looks)
        found = self.safety.take()
        for safety in [one for one in found if one.safe]:
            shown = self.glance if safety.bench == self._address else None
            self._safe_after = self._safe_after if shown is None else shown.taken
            self._left.made_safe(safety.bench, shown)
        lines += [line for one in told for line in lines_of_told(one)]
        lines += [line for one in found for line in lines_of_safety(one)] + self.prober.lines()
        return News(seen, told, lines, found, self._follow_on())

    def _take_connected(self, told: Told) -> None:
        """Take into use what was asked whether it is well, and is."""
        for look in told.looks if told.errand == "connect" else ():
            if not look["fault"]:
                self.in_use.bring_back(self.bench, str(look["instrument"]))
        if told.errand == "connect":
            self.measurement.check()

    def close(self) -> None:
        """End every thread; runs go on."""
        self.follower.close()
        self.measurement.close()
        self.results.close()
        self.pile.close()
        self.desk.close()


def _address_of(folder: Path) -> str:
    """Return the bench of a run as its request names it; empty where that cannot be read."""
    try:
        told = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
        return str(told["bench"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def lines_of_told(told: Told) -> list[Line]:
    """Return what came of an errand, as lines."""
    now = time.time()
    if told.fault:
        return [Line(now, Severity.ALARM, told.fault)]
    if told.looks:
        wrong = [f"{look['instrument']}: {look['fault']}" for look in told.looks if look["fault"]]
        many = ALL_ANSWER.format(count=len(told.looks)) if len(told.looks) > 1 else ONE_ANSWERS
        back = CONNECTED.format(name=told.looks[0]["instrument"])
        fine = Line(now, Severity.NOTE, back if told.errand == "connect" else many)
        return [Line(now, Severity.WARNING, text) for text in wrong] or [fine]
    return [Line(now, Severity.NOTE, text) for text in told.text.splitlines()]


def lines_of_safety(found: Safety) -> list[Line]:
    """Return what was read back when a bench was made safe, as lines."""
    severity = Severity.NOTE if found.safe else Severity.WARNING
    lines = [Line(time.time(), severity, text) for text in found.text.splitlines()]
    if not found.safe and lines:  # one alarm, not one for each step that went well
        lines[-1] = replace(lines[-1], severity=Severity.ALARM)
    return lines
