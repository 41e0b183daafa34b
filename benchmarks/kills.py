"""Engines killed at random moments of runs on the served virtual bench: what is lost, what is left live, what resumes.

python benchmarks/kills.py [--kills 100] [--points 100] [--seed 1]

Each run is a transfer curve of the real processes: engine, guardian, shadow, bench server. The engine gets SIGKILL at a
random moment, one time in five before its first point. The gate's own buffer tells how many readings it took for the
run: each point takes one, so what it took beyond the journal is lost, one point at most. Then the status must be
truthful, the guardian must have read back that the bench is safe, the bench itself must have all outputs off, and the
lease must be free. Then the run is resumed (one that still waited goes to the next engine) and must be whole; its
readings are compared with those of a run that nobody killed: the sum of squared differences over combined scatter is
chi-square distributed, and a run fails where its p-value is below the false-alarm rate stated.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.lease import lease_names, leases
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import ensure_served, find_served, stop_served
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import Started, measure, resume, submit
from smtjlab.procedures.station import Station
from smtjlab.procedures.status import State

FALSE_ALARMS = 1e-5
"""Share of right runs whose chi-square is called too large."""
EARLY = 0.2
"""Share of kills that come before the first point."""
PATIENCE = 60.0
"""Seconds for which anything is waited for."""


@dataclass
class Found:
    """What came of one kill."""

    taken: int
    """Points in the journal."""
    lost: int
    """Points that the gate was read for and the journal has not."""
    seconds: float
    """From the kill to the safe state read back; nan where nothing had been switched on."""
    faults: list[str] = field(default_factory=list)
    p_value: float | None = None
    """Of the joined run against a whole one."""


class Place:
    """A runs folder with a served virtual bench in it."""

    def __init__(self, out: Path, points: int) -> None:
        self.out = out
        self.bench = Bench.load("virtual")
        self.station = Station.of(out.resolve(), self.bench.name, self.bench.path).folder
        self.procedure = TransferCurve(points=points, direction="up", averaging=1)
        ensure_served(self.bench.path, self.station)

    def measured(self) -> Run:
        """Return a run that nobody kills."""
        return measure(self.procedure, bench="virtual", junction="fig5", model="static", out=self.out)

    def begun(self) -> Started:
        """Return a run on its way."""
        return submit(self.procedure, bench="virtual", junction="fig5", model="static", out=self.out)

    def gate_readings(self) -> int:
        """Return how many readings the gate's instrument has taken, as it counts them itself."""
        served = find_served(self.station)
        assert served is not None
        with socket.create_connection(("127.0.0.1", int(served.addresses["gate"].split("::")[2])), PATIENCE) as gate:
            gate.sendall(b':TRAC:ACT? "defbuffer1"\n')
            return int(gate.makefile("rb").readline())

    def outputs(self) -> dict[str, bool]:
        """Return which outputs are on, as the bench itself knows."""
        served = find_served(self.station)
        assert served is not None
        with ControlChannel(*served.control) as channel:
            return channel.outputs()

    def lease_is_free(self) -> bool:
        """Return whether the bench can be leased at once."""
        with leases(lease_names(self.bench, self.station), "a look", patience=PATIENCE):
            return True


@contextmanager
def place(points: int, out: Path | None = None) -> Iterator[Place]:
    """Yield a place; its bench is stopped at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        made = Place(out or Path(folder) / "runs", points)
        try:
            yield made
        finally:
            stop_served(made.station)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} must come within {PATIENCE:g} s, but did not.")
        time.sleep(0.001)


def engine_of(run: Run) -> int:
    """Return the process that executes a run: the one that said so last."""
    told = [event.payload["process"]["pid"] for event in run.events() if event.kind == "engine"]
    return int(told[-1] if told else run.meta["engine"]["pid"])


def killed(where: Place, chance: random.Random) -> tuple[Run, float]:
    """Begin a run and kill its engine somewhere; return the run and when the kill was sent."""
    started = where.begun()
    run = started.run
    if chance.random() < EARLY:
        time.sleep(chance.uniform(0, 0.5))
    else:
        target = chance.randrange(1, len(where.procedure.setpoints()))
        wait_until(lambda: run.points_taken >= target or run.status.ended, "a point")
        time.sleep(chance.uniform(0, 0.01))
    when, engine = time.monotonic(), engine_of(run)
    os.kill(engine, signal.SIGKILL)
    started.client.close()
    wait_until(lambda: not psutil.pid_exists(engine), "the end of a killed engine")
    return run, when


def had_begun(run: Run) -> bool:
    return any(event.payload["state"] == State.RUNNING for event in run.events() if event.kind == "state")


def examined(where: Place, run: Run, when: float, before: int) -> Found:
    """Return what the kill has left, once the guardian has done its work."""
    wait_until(lambda: run.status.ended, "the end of the run")
    finished = run.status is State.DONE  # it was quicker than we
    if had_begun(run) and not finished:
        wait_until(lambda: any(event.kind == "safety" for event in run.events()), "the guardian's word")
    safe = [event for event in run.events() if event.kind == "safety"]
    seconds = time.monotonic() - when if safe and not finished else math.nan
    free = where.lease_is_free()
    found = Found(len(run.readings()), where.gate_readings() - before - len(run.readings()), seconds)
    checks = {
        "more than one point is lost": found.lost in (0, 1),
        "the numbers of the readings have a gap": numbers(run) == list(range(found.taken)),
        f"the status is {run.status}": run.status is (State.DONE if whole(run) else State.INTERRUPTED),
        "the guardian did not read back a safe state": finished or not had_begun(run) or safe[-1].payload["safe"],
        "an output is on": not any(where.outputs().values()),
        "the lease is held": free,
    }
    found.faults += [fault for fault, fine in checks.items() if not fine]
    return found


def numbers(run: Run) -> list[int]:
    return [record.number for record in run._journal.records()]


def whole(run: Run) -> bool:
    return any(event.payload["state"] == State.DONE for event in run.events() if event.kind == "state")


def resumed(run: Run, reference: Run, found: Found) -> None:
    """Go on with the run and compare it with one that nobody killed."""
    complete = found.taken == len(numbers(reference))  # killed while it made safe: no point is left to take
    try:
        joined = run if complete else resume(run)
    except (ValueError, OSError) as error:
        found.faults.append(f"it was not resumed: {error}")
        return
    if not (complete or joined.status is State.DONE) or numbers(joined) != numbers(reference):
        found.faults.append(f"resumed, it is {joined.status} with {joined.points_taken} points")
        return
    found.p_value = agreement(joined, reference)
    if found.p_value < FALSE_ALARMS:
        found.faults.append(f"the joined run differs from a whole one (p = {found.p_value:.2g})")


def agreement(run: Run, reference: Run) -> float:
    """Return the p-value of the differences between two runs of one bench under their combined scatter."""
    from scipy.special import chdtrc

    total, count = 0.0, 0
    for ours, theirs in zip(run.readings(), reference.readings(), strict=True):
        scatter = math.hypot(ours.uncertainty.independent, theirs.uncertainty.independent)
        total, count = total + ((ours.value - theirs.value) / scatter) ** 2, count + 1
    return float(chdtrc(count, total))


def trial(where: Place, chance: random.Random, reference: Run) -> Found:
    before = where.gate_readings()
    run, when = killed(where, chance)
    if run.status is State.WAITING:
        return taken_over(where, run, before, reference)
    found = examined(where, run, when, before)
    if not whole(run):
        resumed(run, reference, found)
    return found


def taken_over(where: Place, run: Run, before: int, reference: Run) -> Found:
    """Let another engine carry out what still waited in the queue when its engine was killed."""
    with Station(where.station).client():
        wait_until(lambda: run.status.ended, "the end of a run that waited")
    found = Found(run.points_taken, where.gate_readings() - before - run.points_taken, math.nan)
    if run.status is State.DONE:
        found.p_value = agreement(run, reference)
    else:
        found.faults.append(f"the next engine left it {run.status}")
    return found


def report(found: list[Found], points: int) -> None:
    """Print what was lost, how long it took to be safe, and how the resumed runs compare."""
    seconds = sorted(one.seconds for one in found if not math.isnan(one.seconds))
    values = sorted(one.p_value for one in found if one.p_value is not None)
    taken, lost = sorted(one.taken for one in found), [one.lost for one in found]
    print(f"{len(found)} kills, at {taken[0]} to {taken[-1]} of {points} points")
    more = len(lost) - lost.count(0) - lost.count(1)
    print(f"points lost: none in {lost.count(0)} runs, one in {lost.count(1)}, more in {more}")
    if seconds:
        middle, worst = seconds[len(seconds) // 2], seconds[-1]
        print(f"kill to safe state read back: median {middle:.2f} s, worst {worst:.2f} s ({len(seconds)} runs)")
    if values:
        print(
            f"resumed and whole: {len(values)} runs, compared with one that nobody killed: smallest p {values[0]:.2g},"
        )
        print(f"median p {values[len(values) // 2]:.2f} (false alarms: {FALSE_ALARMS:g} a run)")
    print(f"runs with a fault: {sum(bool(one.faults) for one in found)}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--points", type=int, default=100, help="of each run")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    chance, found = random.Random(options.seed), []
    with place(options.points) as where:
        before = where.gate_readings()
        reference, other = where.measured(), where.measured()
        if where.gate_readings() - before != 2 * options.points:
            raise SystemExit("The gate must be read once for each point, but was not: points cannot be counted so.")
        print(f"two runs that nobody killed: p = {agreement(other, reference):.2f}", flush=True)
        with suppress(KeyboardInterrupt):  # what was found until then is told
            for number in range(options.kills):
                found.append(trial(where, chance, reference))
                for fault in found[-1].faults:
                    print(f"kill {number + 1} at {found[-1].taken} points: {fault}", flush=True)
    report(found, options.points)
    from machine import machine

    print(machine())
    return 1 if any(one.faults for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
