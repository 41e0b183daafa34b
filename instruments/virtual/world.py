"""The world behind a virtual bench: one junction, one time, the wires to it, and what happens meanwhile."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .circuit import Capacitor, Drive, OperatingPoint, resistive
from .clock import BenchTime, VirtualClock
from .ports import Integral, Port, open_point, turned, turned_point, wired
from .truth import Flicker, LivingJunction, Truth

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

    def __init__(self, truth: Truth, wiring: Mapping[str, str], clock: BenchTime, seed: int) -> None:
        self.lock = threading.Condition(threading.RLock())
        self.clock = clock
        self.time = 0.0
        """Bench time in s up to which everything has happened."""
        self.truth = truth
        self.junction = LivingJunction(truth.junction, seed)
        self.gate = Capacitor(truth.gate_capacitance, truth.leakage_resistance)
        self.kernels_ready = True
        """Set False by a server that compiles the kernels beside its first answers."""
        self._closed = False
        self._advancing = False
        self._last_breath = 0.0
        self._rng = np.random.default_rng([seed, 1])
        self._flicker = Flicker(truth.flicker_noise, truth.junction.area, np.random.default_rng([seed, 2]))
        self._ports = {name.partition(".")[0]: Port("") for name in wiring}
        self._ports |= wired(wiring)
        self._agenda: list[tuple[float, int, Operation]] = []
        self._number = itertools.count()

    # The bench's clock, for whoever waits

    def now(self) -> float:
        """Return bench time in s."""
        with self.lock:
            return self.clock.now()

    def sleep(self, seconds: float) -> None:
        """Let bench time pass."""
        with self.lock:
            self.catch_up()
            self.wait(seconds)

    def close(self) -> None:
        """End the world; whoever waits in it is told."""
        with self.lock:
            self._closed = True
            self.lock.notify_all()

    # What instruments do

    def drive(self, name: str, drive: Drive) -> None:
        """Change what an output does to its terminals."""
        port = self._port(name)
        if drive == port.drive:
            return
        self.catch_up()
        port.drive = drive
        if port.place == "gate":
            self.gate.apply(turned(drive, port.polarity), self.time)

    def begin(self, name: str, duration: float) -> Integral:
        """Begin to measure what an instrument sees for `duration` s; they pass while the caller waits."""
        integral = Integral(self.time + duration)
        self._port(name).integrals.append(integral)
        return integral

    def seen_by(self, name: str) -> OperatingPoint:
        """Return what an instrument sees at this moment. Takes no time."""
        self.catch_up()
        port = self._port(name)
        if port.place == "gate":
            ahead = self.time + 1e-9
            return turned_point(self.gate.over(self.time, ahead), port.polarity)
        if port.place == "junction":
            self._need_kernels()
            return self._junction_point(port)
        return open_point(port.drive)

    def wait(self, seconds: float) -> None:
        """Let `seconds` of bench time pass; on real time other clients act meanwhile."""
        deadline = self.time + seconds
        while self.time < deadline:
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
            self.wait(min(self._agenda[0][0], deadline) - self.time)
            self._advance(self.time)
            self._breathe()

    def _breathe(self) -> None:
        """Let go of the lock for a moment after a long stretch."""
        if time.monotonic() - self._last_breath > ATTENTION_SPAN:
            self.lock.wait(1e-4)
            self._last_breath = time.monotonic()

    def abort(self, operation: Operation) -> None:
        """End an operation before its time."""
        operation.doing.close()
        operation.done = True
        self._agenda = [entry for entry in self._agenda if entry[2] is not operation]
        heapq.heapify(self._agenda)

    def catch_up(self) -> None:
        """Let everything happen that should have happened by now."""
        self._check_open()
        self._last_breath = time.monotonic()
        self._advance(self.clock.now())

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
        turns.append(self.gate.settled_at)
        turns += [integral.until for port in self._ports.values() for integral in port.integrals]
        return min((turn for turn in turns if self.time < turn < until), default=until)

    def _elapse(self, end: float) -> None:
        """Let an interval of constant drives pass for the junction and for all measurements under way."""
        duration = end - self.time
        at_gate = self.gate.over(self.time, end)
        measured = False
        for port in self._ports.values():
            if port.integrals:
                point = open_point(port.drive)
                if port.place == "gate":
                    point = turned_point(at_gate, port.polarity)
                elif port.place == "junction":
                    point, measured = self._read_junction(port, duration, at_gate.device_voltage), True
                for integral in port.integrals:
                    integral.add(point, duration)
                port.integrals[:] = [integral for integral in port.integrals if integral.until > end]
        if not measured:
            self.junction.live(duration, at_gate.device_voltage, 0.0)
        self.time = end

    def _junction_point(self, port: Port) -> OperatingPoint:
        gate = self.gate.voltage(self.time)
        drive = turned(port.drive, port.polarity)
        if drive.level == 0:
            return open_point(port.drive)
        point = resistive(drive, lambda bias: self.junction.conductance(gate, bias), 2 * self.truth.lead_resistance)
        return turned_point(point, port.polarity)

    def _read_junction(self, port: Port, duration: float, gate: float) -> OperatingPoint:
        """Let the junction be read: its mean over the interval, with thermal and 1/f noise."""
        bias = self._junction_point(port).device_voltage * port.polarity
        mean, thermal = self.junction.read(duration, gate, bias)
        siemens = (mean + thermal * float(self._rng.standard_normal())) * (1 + self._flicker.over(duration))
        drive = turned(port.drive, port.polarity)
        return turned_point(resistive(drive, lambda _: siemens, 2 * self.truth.lead_resistance), port.polarity)

    def _port(self, name: str) -> Port:
        return self._ports.setdefault(name, Port(""))

    def _need_kernels(self) -> None:
        while not self.kernels_ready:
            self._check_open()
            self.lock.wait(1.0)

    def _check_open(self) -> None:
        if self._closed:
            raise BenchClosedError
