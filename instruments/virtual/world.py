"""The world behind a virtual bench: one time, the devices in it, the wires to them, and what happens meanwhile."""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .chuck import Chuck
from .circuit import Drive, OperatingPoint
from .clock import BenchTime, VirtualClock
from .fair_lock import FairLock
from .magnet import Magnet
from .netlist import Netlist
from .ports import Integral
from .record import frequencies, record
from .stage import Stage
from .surroundings import Surroundings
from .wafer_devices import lay_wafer
from .waves import FloatArray

T = TypeVar("T")
Doing = Generator[float, None, T]
"""Something that takes bench time: yields how many seconds it waits, and returns its outcome."""

ATTENTION_SPAN = 0.02
"""Seconds of the computer's time after which a long stretch of imagined time lets other clients have a word."""


class BenchClosedError(Exception):
    """The world has ended while somebody waited in it."""


@dataclass(slots=True, eq=False)
class Operation:
    """Something that goes on by itself while clients do other things."""

    doing: Doing[None]
    done: bool = False


class World:
    """One bench's world. Everything but `now`, `sleep` and `close` is called with `lock` held."""

    def __init__(self, netlist: Netlist, surroundings: Surroundings, clock: BenchTime) -> None:
        self.lock = FairLock()
        self.clock = clock
        self.time = 0.0
        """Bench time in s up to which everything has happened."""
        self.netlist = netlist
        self.surroundings = surroundings
        self.links: dict[str, object] = {}
        """Instruments that reach another by a cable of their own, by terminal (`source.link`)."""
        self.before_change: list[Callable[[], None]] = []
        """Called before a drive, a relay or a contact changes, by instruments with a memory: a lock-in's filter."""
        self.kernels_ready = True
        """Set False by a server that compiles the kernels beside its first answers."""
        self._closed = False
        self._advancing = False
        self._last_breath = 0.0
        self._agenda: list[tuple[float, int, Operation]] = []
        self._number = itertools.count()
        for terminal in surroundings.chucks:
            lay_wafer(self, self.chuck(terminal))

    # The bench's clock, for whoever waits

    def now(self) -> float:
        """Return bench time in s."""
        with self.lock:
            return self.clock.now()

    def sleep(self, seconds: float) -> None:
        """Let bench time pass."""
        with self.lock:
            self.begin_turn()
            self.wait(seconds)

    def close(self) -> None:
        """End the world; whoever waits in it is told."""
        with self.lock:
            self._closed = True
            self.lock.notify_all()

    # What instruments do

    def drive(self, name: str, drive: Drive) -> None:
        """Change what an output does to its terminals; `name` is the port, `gate` or `dual.a`."""
        port = self.netlist.port(name)
        if drive != port.drive:
            self._ready_to_change()
            self.netlist.drive(port, drive, self.time)

    def begin(self, name: str, duration: float) -> Integral:
        """Begin to measure what a port sees for `duration` s; they pass while the caller waits."""
        integral = Integral(self.time + duration)
        self.netlist.port(name).integrals.append(integral)
        return integral

    def seen_by(self, name: str) -> OperatingPoint:
        """Return what a port sees at this moment. Takes no time."""
        self.catch_up()
        self._need_kernels()
        return self.netlist.seen_by(self.netlist.port(name), self.time)

    def record(self, name: str, times: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return the voltage in V at a port at bench times in s, shape (n,), as its drives of this moment make it."""
        self.catch_up()
        self._need_kernels()
        return record(self.netlist, self.netlist.port(name), times, self.time, rng)

    def frequencies(self, name: str) -> list[float]:
        """Return the frequencies in Hz of the waves that reach a port."""
        return frequencies(self.netlist, self.netlist.port(name))

    def magnet(self, terminal: str) -> Magnet:
        """Return the magnet that a terminal is wired to."""
        return self.surroundings.magnet(terminal)

    def chuck(self, terminal: str) -> Chuck:
        """Return the chuck that a terminal is wired to."""
        chuck = self.surroundings.chuck(terminal)
        chuck.on_change = self.rewire
        return chuck

    @property
    def stage(self) -> Stage:
        """Return the thermal stage under all devices."""
        return self.surroundings.stage

    def set_relays(self, name: str, closed: Iterable[tuple[str, str]]) -> None:
        """Close these crosspoints of a switch, pairs of its terminals, and open all its others."""
        self._ready_to_change()
        self.netlist.set_relays(name, closed, self.time)
        for chuck in self.surroundings.chucks.values():
            chuck.relays_moved()

    def through(self, first: str, second: str) -> float:
        """Return the current in A at this moment through a closed relay, from a terminal, `switch.1.r1`, to another."""
        self.catch_up()
        self._need_kernels()
        return self.netlist.through(first, second, self.time)

    def rewire(self) -> None:
        """Let the circuit follow what has moved or broken, before anything else happens."""
        self._ready_to_change()
        self.netlist.rewire(self.time)

    def _ready_to_change(self) -> None:
        self.catch_up()
        for watcher in self.before_change:
            watcher()

    def wait(self, seconds: float, ended_by: Operation | None = None) -> None:
        """Let `seconds` of bench time pass, or until `ended_by` is done; on real time other clients act meanwhile."""
        deadline = self.time + seconds
        while self.time < deadline and not (ended_by is not None and ended_by.done):
            self._check_open()
            self.clock.pass_time(self.lock, deadline - max(self.time, self.clock.now()))
            self._advance(min(deadline, self.clock.now()))
            self._breathe()

    def carry_out(self, doing: Doing[T]) -> T:
        """Do something from its beginning to its end, waiting where it waits; return its outcome."""
        self._need_kernels()
        while True:
            try:
                seconds = next(doing)
            except StopIteration as end:
                outcome: T = end.value
                return outcome
            self.wait(seconds)

    def start(self, doing: Doing[None]) -> Operation:
        """Let something go on by itself from this moment."""
        self._need_kernels()
        operation = Operation(doing)
        self._schedule(self.time, operation)
        return operation

    def wait_for(self, operation: Operation, longest: float = math.inf) -> None:
        """Return when an operation is done, or when `longest` s of bench time have passed."""
        deadline = self.time + longest
        while not operation.done and self.time < deadline and self._agenda:
            self.wait(min(self._agenda[0][0], deadline) - self.time, operation)
            self._advance(self.time)
            self._breathe()

    def _breathe(self) -> None:
        """Let go of the lock for a moment after a long stretch."""
        if time.monotonic() - self._last_breath > ATTENTION_SPAN:
            self.lock.let_pass(ATTENTION_SPAN)
            self._last_breath = time.monotonic()

    def abort(self, operation: Operation) -> None:
        """End an operation before its time."""
        operation.doing.close()
        operation.done = True
        self._agenda = [entry for entry in self._agenda if entry[2] is not operation]
        heapq.heapify(self._agenda)
        self.lock.notify_all()

    def catch_up(self) -> None:
        """Let everything happen that should have happened by now."""
        self._check_open()
        self._advance(self.clock.now())

    def begin_turn(self) -> None:
        """Catch up; from now on whoever has taken the lock may keep others waiting for a while."""
        self._last_breath = time.monotonic()
        self.catch_up()

    def go_on_by(self, clock: BenchTime) -> None:
        """Let time pass by another clock, which must begin where this one is; whoever waits does so by it."""
        self.clock = clock
        self.lock.notify_all()

    @property
    def jumps(self) -> bool:
        """Return whether time passes only when somebody waits."""
        return isinstance(self.clock, VirtualClock)

    # How time passes

    def _advance(self, until: float) -> None:
        """Let time pass up to `until`. What happens on the way may not push it further."""
        if not self._advancing:
            self._advancing = True
            try:
                self._pass(until)
            finally:
                self._advancing = False

    def _pass(self, until: float) -> None:
        while True:
            while self._agenda and self._agenda[0][0] <= self.time:
                self._resume(heapq.heappop(self._agenda)[2])
            if self.time >= until:
                return
            self._elapse(self._next_turn(until))

    def _resume(self, operation: Operation) -> None:
        try:
            seconds = next(operation.doing)
        except StopIteration:
            operation.done = True
            self.lock.notify_all()
        else:
            if not operation.done:
                self._schedule(self.time + max(seconds, 0.0), operation)

    def _schedule(self, moment: float, operation: Operation) -> None:
        heapq.heappush(self._agenda, (moment, next(self._number), operation))

    def _next_turn(self, until: float) -> float:
        """Return the end of the interval, from now, in which nothing changes."""
        turns = [self._agenda[0][0]] if self._agenda else []
        turns += self.netlist.turns(self.time)
        turns += self.surroundings.turns(self.time)
        return min((turn for turn in turns if self.time < turn < until), default=until)

    def _elapse(self, end: float) -> None:
        """Let an interval of constant drives pass for the devices and for all measurements under way."""
        self.netlist.elapse(self.time, end)
        self.time = end

    def _need_kernels(self) -> None:
        while not self.kernels_ready:
            self._check_open()
            self.lock.wait(1.0)

    def _check_open(self) -> None:
        if self._closed:
            raise BenchClosedError


class Turn:
    """A world held still for one message, everything due having happened: for `with`, any number of times."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __enter__(self) -> None:
        self._world.lock.__enter__()
        try:
            self._world.begin_turn()
        except BaseException:
            self._world.lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        self._world.lock.release()
