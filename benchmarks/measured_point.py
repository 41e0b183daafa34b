"""Whole cost of a measured point through the engine: drive, read, validate, record, notify; against bare PyVISA-py.

python benchmarks/measured_point.py [--points 2000]

A point is one setpoint of a transfer curve that moves the gate by one step and reads once, as the engine's own loop
takes it: level set and read back, slew time waited, gate read (leakage), junction read, reading validated with its
uncertainty, appended to the journal, which is how faces are notified. It is measured with the journal's sync and
without. The reference is one write and one query of bare PyVISA-py without Nagle: it neither reads the level back nor
looks at the gate. What bare PyVISA-py needs for all three exchanges of the point stands beside. All run on a served
virtual bench and on an echo that answers at once, where only the client's cost is left, and take turns in blocks.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from loopback import HEADER, MACHINE, Times, bare, echo_server, in_turn, repeated, stalls

from smtjlab.instruments.device import DeviceUnderTest
from smtjlab.instruments.open_bench import OpenBench, open_bench
from smtjlab.instruments.session import Session
from smtjlab.instruments.virtual.clock import VirtualClock
from smtjlab.procedures.control import Control, HeedingClock
from smtjlab.procedures.engine import Execution
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.transfer_curve import TransferCurve
from smtjlab.procedures.watch import Watch

ROUNDS = 20
GOAL = 2.5
"""Most that a point may cost, journal's sync apart, in points of bare PyVISA-py."""
STEP = 1e-3
"""Gate step in V."""
READ = ':READ? "defbuffer1",READ,SOUR;:SOUR:VOLT:ILIM:TRIP?;:OUTP?'


class Clocked(Journal):
    """A journal that notes when each reading was on it."""

    def append(self, number: int, payload: Any) -> None:
        """Append, and look at the clock."""
        super().append(number, payload)
        self.moments.append(time.perf_counter())

    moments: list[float]


class Attendants:
    """Guardian and shadow as an engine sees them while they live."""

    lost = False

    def newly_lost(self) -> bool:
        """Return that the model lives."""
        return False


class Points:
    """Points of the engine on one device, with one journal."""

    def __init__(self, device: DeviceUnderTest, journal: Clocked, plan: Plan) -> None:
        self._device, self._journal, self._plan = device, journal, plan
        self._taken = 0

    def take(self, count: int) -> list[float]:
        """Return the times of so many points."""
        control, attendants = Control(), Attendants()
        execution = Execution(
            _Stretch(self._plan, count, self._taken), _From(self._journal, self._taken), control,
            open_bench=None, start_guardian=None, shadow=attendants,
        )  # fmt: skip
        self._journal.moments = [time.perf_counter()]
        bench = _Bench(self._device)
        execution._watch = Watch({}, {}, bench.clock.now, self._journal)
        execution._loop(bench, attendants, execution._clocks(bench, attendants))
        self._taken += count
        moments = self._journal.moments
        return [after - before for before, after in itertools.pairwise(moments)]


class _Stretch:
    """A piece of a plan."""

    def __init__(self, plan: Plan, count: int, first: int) -> None:
        self.procedure = plan.procedure
        self.setpoints = [plan.setpoints[(first + number) % len(plan.setpoints)] for number in range(count)]


class _From:
    """A journal whose numbers go on."""

    def __init__(self, journal: Clocked, first: int) -> None:
        self._journal, self._first = journal, first

    def append(self, number: int, payload: Any) -> None:
        self._journal.append(self._first + number, payload)


class _Bench:
    def __init__(self, device: DeviceUnderTest) -> None:
        self.device, self.clock = device, device.clock


def a_plan(folder: Path) -> Plan:
    """Return a transfer curve of steps of 1 mV, up and down, that reads once at each."""
    curve = TransferCurve(start=0.1, stop=0.5, points=round(0.4 / STEP) + 1, averaging=1)
    return Plan.of(Request.of(curve, bench="virtual", junction="fig5", model="boltzmann", runs=folder))


def echoed(device: DeviceUnderTest, address: str, stack: ExitStack) -> DeviceUnderTest:
    """Return a device whose instruments are the echo, set up as those of a real bench were."""
    drivers = {}
    for name, original in (("gate", device.gate), ("junction", device.junction)):
        session = stack.enter_context(Session("@py", address, name=name))
        drivers[name] = type(original)(session)
        drivers[name].settings, drivers[name].limits = original.settings, original.limits
    made = DeviceUnderTest(**drivers, limits=device.limits, clock=VirtualClock())
    made.prepared, made._bias = True, 0.1
    return made


@contextmanager
def journal(folder: Path, name: str, *, synced: bool) -> Iterator[Clocked]:
    """Yield a journal, which waits for the disk at each reading if `synced`."""
    with Clocked.create(folder / f"{name}.sqlite", {}) as made:
        if not synced:
            made._connection.execute("PRAGMA synchronous=OFF")
        yield made


def numbers(answer: str) -> list[float]:
    return [float(word) for word in answer.replace(";", ",").split(",")]


def write_and_query(gate: Any, junction: Any) -> Any:
    """Return what writes a level and takes a reading, in one write and one query."""

    def act(number: int) -> None:
        gate.write(f":SOUR:VOLT {0.1 + STEP * (number % 400):.9g}")
        numbers(junction.query(READ))

    return act


def three_queries(gate: Any, junction: Any) -> Any:
    """Return what sets a level and reads it back, then reads gate and junction."""

    def act(number: int) -> None:
        numbers(gate.query(f":SOUR:VOLT {0.1 + STEP * (number % 400):.9g};:SOUR:VOLT?"))
        numbers(gate.query(READ))
        numbers(junction.query(READ))

    return act


def ways(bench: OpenBench, echo: str, folder: Path, stack: ExitStack) -> dict[str, Any]:
    """Return, by name, what takes so many points and returns their times."""
    plan = a_plan(folder)
    device = bench.device
    plan.procedure.prepare(device)
    device.clock = HeedingClock(bench.clock, lambda: None)
    devices = {"served": device, "echo": echoed(device, echo, stack)}
    addresses = {"served": [bench.sessions[name].address for name in ("gate", "junction")], "echo": [echo, echo]}
    found: dict[str, Any] = {}
    for where, one in devices.items():
        pair = [bare(address) for address in addresses[where]]
        for resource in pair:
            stack.callback(resource.close)
        found[f"{where}: write and query, bare"] = repeated(write_and_query(*pair))
        found[f"{where}: the three queries of a point, bare"] = repeated(three_queries(*pair))
        for how, synced in (("no sync", False), ("synced", True)):
            made = stack.enter_context(journal(folder, f"{where}-{how}", synced=synced))
            found[f"{where}: whole point, {how}"] = Points(one, made, plan).take
    return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=2000, help="of each way")
    count = max(1, parser.parse_args(arguments).points // ROUNDS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        echo = stack.enter_context(echo_server())
        bench = stack.enter_context(open_bench("virtual"))
        found = in_turn(ways(bench, echo, folder, stack), ROUNDS, count)
    report(found)


def report(found: dict[str, Times]) -> None:
    """Print the table, the cost of the sync, and the ratios against the goal."""
    print(MACHINE)
    print(f"{HEADER}   to bare")
    for name, times in found.items():
        reference = found[f"{name.partition(':')[0]}: write and query, bare"]
        print(times.row(name, None if times is reference else reference))
    for where in ("served", "echo"):
        reference = found[f"{where}: write and query, bare"]
        whole, synced = found[f"{where}: whole point, no sync"], found[f"{where}: whole point, synced"]
        cost = 1e6 * (statistics.median(synced.rounds) - statistics.median(whole.rounds))
        print(
            f"{where}: {whole.over(reference):.2f} points of bare PyVISA-py (goal {GOAL}), the journal's sync apart; "
            f"the sync adds {cost:.0f} us."
        )
    print(stalls(found))


if __name__ == "__main__":
    main()
