"""The desk: what the window asks of the engine, each errand in a thread that may wait for it.

Runs are handed in one after another, in the order in which they were asked for; nothing else waits for anything else.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smtjlab.gui.texts import EXPORTED, NO_TAGS, NOT_RUNNING, NOT_SERVED, REPORT_WRITTEN, TAGGED
from smtjlab.gui.wafer_texts import WISHED
from smtjlab.instruments.bench import Bench
from smtjlab.instruments.child_environment import child_environment
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import find_served
from smtjlab.procedures.commands import EngineClient
from smtjlab.procedures.errors import MISTAKES, EngineFault
from smtjlab.procedures.procedure import Procedure
from smtjlab.procedures.queue_commands import change_queue, go_on
from smtjlab.procedures.run import Run
from smtjlab.procedures.run_notes import change
from smtjlab.procedures.run_queue import read_queue
from smtjlab.procedures.station import Station

from . import teaching
from .left_unsafe import looked_back
from .run_feed import RunFeed
from .told import PaceTold, Told
from .words import id_of

REPORT = "report.html"
ENGINE_ANSWER = 10.0
"""Seconds that an engine has to answer before it is said that it does not."""
HANDED_IN = 5.0
"""Seconds that a window which is closed waits for runs that are being handed in."""


@dataclass(frozen=True)
class Wish:
    """A measurement as it was planned: what, on which belief, by which model."""

    procedure: Procedure
    junction: str
    model: str


class Desk:
    """Sends commands for one bench and one runs folder. Answers are taken by `take`."""

    def __init__(self, bench: str, runs: Path) -> None:
        """Raises a mistake where the bench cannot be read."""
        self.bench, self.runs = bench, runs
        self.used = Bench.load(bench)
        """The bench as its file says."""
        self._handing_in = 0
        self._told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self._errands: queue.SimpleQueue[Callable[[], Told] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="desk", daemon=True)
        self._thread.start()

    def submit(self, wish: Wish) -> None:
        """Hand a measurement to the engine; it goes to the end of the queue and needs nobody who watches."""

        def errand() -> Told:
            from smtjlab.procedures.start import submit

            started = submit(
                wish.procedure, bench=self.bench, junction=wish.junction, model=wish.model, out=self.runs, queue=True
            )
            with started:
                return Told("submit", run=started.run.folder)

        self._handing_in += 1
        self._errands.put(errand)

    @property
    def handing_in(self) -> bool:
        """Whether a run is on its way to the engine."""
        return self._handing_in > 0

    def stop(self, run: str) -> None:
        """End a run after its present point."""
        self._send(lambda: self._asked("stop", run=run))

    def pause(self, run: str) -> None:
        """Hold a run before its next point, outputs as they are."""
        self._send(lambda: self._asked("pause", run=run))

    def go_on(self, run: str) -> None:
        """Let a paused run go on."""
        self._send(lambda: self._asked("resume", run=run))

    def change_queue(self, bench: Bench, act: str, run: str = "") -> None:
        """Do something with the queue of a bench: `pause`, `go`, `remove` or `first`."""

        def errand() -> Told:
            station = self.station_of(bench)
            if act == "go":
                go_on(station)
            else:
                change_queue(station, act, run)
            return Told(f"queue {act}")

        self._send(errand)

    def wish(self, run: Path, wish: str, sites: Sequence[str]) -> None:
        """Ask a wafer's run to visit sites `first`, to `retest` or to `skip` them."""

        def errand() -> Told:
            from smtjlab.procedures.wafer.reading_back import ask

            found = ask(Run(run), wish, sites)
            return Told("wish", text=WISHED.format(run=id_of(run), wish=wish, sites=", ".join(map(str, found))))

        self._send(errand)

    def look(self, bench: str, only: Sequence[str], name: str = "look") -> None:
        """Ask these instruments who they are and whether their outputs are on, in a process of its own."""

        def errand() -> Told:
            named = [word for one in only for word in ("--only", one)]
            done = self.command("bench", "look", bench, "--json", *named)
            try:
                looks = tuple(json.loads(done.stdout))
            except ValueError:
                return Told(name, fault=(done.stderr or done.stdout).strip())
            return Told(name, bench=bench, looks=looks)

        self._send(errand, name)

    def let_fail(self, bench: Bench, what: str) -> None:
        """Let a fault await an instrument of a virtual bench: `gate:timeout@#0`."""
        self._send(lambda: teaching.let_fail(self._control(bench), what), "fail")

    def set_pace(self, bench: Bench, speed: str, noise: str) -> None:
        """Let time pass otherwise on a virtual bench, and let its instruments make other noise."""
        self._send(lambda: teaching.set_pace(self._control(bench), self.station_of(bench), speed, noise), "pace")

    def ask_pace(self, bench: Bench) -> None:
        """Ask how time passes on a virtual bench, and how much noise there is; one that is not in use has not begun."""

        def errand() -> Told:
            if find_served(self.place_of(bench).folder) is None:
                return Told("pace", pace=PaceTold(NOT_SERVED.format(bench=bench.name)))
            return teaching.pace(self._control(bench))

        self._send(errand)

    def reveal(self, bench: Bench) -> None:
        """Ask what the junctions of a virtual bench really are."""
        self._send(lambda: teaching.truth(self._control(bench)), "truth")

    def _control(self, bench: Bench) -> ControlChannel:
        served = find_served(self.station_of(bench).folder)
        if served is None:
            raise EngineFault(NOT_SERVED.format(bench=bench.name))
        return ControlChannel(*served.control)

    def report(self, runs: Sequence[Path]) -> None:
        """Write the report of each run, in a process of its own: it may take a while and a lot of memory."""
        self._send_all([partial(self._reported, run) for run in runs], "report")

    def _reported(self, run: Path) -> Told:
        done = self.command("report", str(run))
        fault = (done.stderr or done.stdout).strip() if done.returncode else ""
        text = REPORT_WRITTEN.format(run=id_of(run), path=run / REPORT)
        return Told("report", run=run, fault=fault, text="" if fault else text)

    def read(self, run: Path) -> None:
        """Read another run, to be drawn beneath the one that is shown."""

        def errand() -> Told:
            feed = RunFeed(run)
            while feed.look().behind:
                pass
            return Told("read", run=run, points=feed.points)

        self._send(errand)

    def look_back(self, run: Path, bench: str) -> None:
        """Look how a run on a bench has ended."""
        self._send(lambda: looked_back(run, bench))

    def export(self, runs: Sequence[Path]) -> None:
        """Write the readings of each run as a table, beside its journal, one after another."""
        self._send_all([partial(self._exported, run) for run in runs], "export")

    def _exported(self, run: Path) -> Told:
        done = self.command("export", str(run), "--to", "csv")
        fault = (done.stderr or done.stdout).strip() if done.returncode else ""
        return Told("export", fault=fault, text="" if fault else EXPORTED.format(path=done.stdout.strip()))

    def tag(self, runs: Sequence[Path], words: Sequence[str], gone: Sequence[str]) -> None:
        """Put words on runs, and take others away where they are."""

        def errand() -> Told:
            lines = []
            for run in runs:
                notes = change(run, lambda notes: notes.tagged(words).untagged(set(gone) & set(notes.tags)))
                lines.append(TAGGED.format(run=id_of(run), tags=", ".join(notes.tags) or NO_TAGS))
            return Told("tag", text="\n".join(lines))

        self._send(errand, "tag")

    def take(self) -> list[Told]:
        """Return what errands have come to since the last call."""
        found = []
        while not self._told.empty():
            found.append(self._told.get())
        return found

    def station_of(self, bench: Bench) -> Station:
        """Return the station of a bench in this runs folder."""
        return Station.of(self.runs.resolve(), bench.name, bench.path)

    def place_of(self, bench: Bench) -> Station:
        """Return the same without making its folder."""
        return Station(Station.place(self.runs.resolve(), bench.name, bench.path))

    def close(self) -> None:
        """End the thread; wait a moment where a run is being handed in, and for nothing else."""
        self._errands.put(None)
        self._thread.join(HANDED_IN if self.handing_in else 0.2)

    def _send(self, errand: Callable[[], Told], name: str = "fault") -> None:
        """Carry out an errand in a thread of its own."""
        threading.Thread(target=lambda: self._told.put(_done(errand, name)), name="errand", daemon=True).start()

    def _send_all(self, errands: Sequence[Callable[[], Told]], name: str) -> None:
        """Carry out errands in a thread of their own, one after another."""

        def work() -> None:
            for errand in errands:
                self._told.put(_done(errand, name))

        threading.Thread(target=work, name="errand", daemon=True).start()

    def _work(self) -> None:
        while (errand := self._errands.get()) is not None:
            self._told.put(_done(errand, "submit"))
            self._handing_in -= 1

    def _asked(self, do: str, *, run: str) -> Told:
        """Send a command to the engine that has the run. Raises EngineFault where none has."""
        for station in self.stations():
            queue_of = read_queue(station.folder)
            places = [*queue_of.waiting, *([queue_of.running] if queue_of.running else [])]
            record = station.engine()
            if record is not None and run in [place.run for place in places]:
                with EngineClient(record["port"], record["token"], timeout=ENGINE_ANSWER) as client:
                    client.ask(do, run=run)
                return Told(do)
        raise EngineFault(NOT_RUNNING.format(run=run))

    def running(self) -> dict[Path, Station]:
        """Return the runs that engines of this runs folder are at, whoever began them, each with its station."""
        found = {}
        for station in self.stations():
            with suppress(EngineFault):  # a queue that cannot be read is told where it is shown
                running = read_queue(station.folder).running
                if running is not None and station.engine() is not None:
                    found[self.runs / running.run] = station
        return found

    def stations(self) -> list[Station]:
        """Return the stations of this runs folder."""
        return [Station(folder) for folder in sorted((self.runs / ".stations").glob("*/"))]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Carry out a command of the command line for this runs folder, in a process of its own."""
        command = [sys.executable, "-P", "-m", "smtjlab.cli.main", *words, "--out", str(self.runs)]
        return subprocess.run(
            command, capture_output=True, text=True, env=child_environment(), check=False, start_new_session=True
        )


def _done(errand: Callable[[], Told], name: str = "fault") -> Told:
    try:
        return errand()
    except (*MISTAKES, OSError) as error:
        return Told(name, fault=str(error))
    except Exception as error:  # noqa: BLE001 - a slip of ours must be told; the next errand is carried out all the same
        return Told(name, fault=f"{type(error).__name__}: {error}")
