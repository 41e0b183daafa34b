"""Data storage of a virtual SR830: both displays, at a rate or at triggers, and three ways to fetch them.

The fast transfer mode (`FAST`), in which the instrument talks unasked, is kept as a setting but sends nothing.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.sr830_specification import LARGEST_STORE, SAMPLE_RATES

from .command_tree import Command
from .scpi import ScpiError
from .sr830_language import Whole

if TYPE_CHECKING:
    from .sr830 import SR830

BY_TRIGGER = 14
"""Number of the sample rate that stores at triggers."""
DELAY_OF_STRD = 0.5
"""Seconds until a delayed start (manual, page 5-18)."""
TRIGGERED = 64
"""Bit of the lock-in status."""


@dataclass(slots=True)
class Store:
    """What is stored, and when the next point is due."""

    rate: int = 4
    loop: int = 1
    starts_by_trigger: int = 0
    fast: int = 0
    running: bool = False
    next: float = math.inf
    """Bench time of the next point in s; infinite where none is due."""
    points: list[tuple[float, float]] = field(default_factory=list)

    @property
    def interval(self) -> float:
        """Return the seconds between points; infinite where triggers tell."""
        return math.inf if self.rate == BY_TRIGGER else 1 / SAMPLE_RATES[self.rate]

    def due(self, until: float) -> Iterator[float]:
        """Yield the bench times of the points up to `until`, in their order; those that loop would drop are left out.

        The caller adds a point at each.
        """
        if math.isinf(self.next):
            return
        late = int((until - self.next) / self.interval) - LARGEST_STORE
        if self.loop and late > 0:
            self.next += late * self.interval
        while self.running and self.next <= until:
            yield self.next
            self.next += self.interval

    def add(self, point: tuple[float, float]) -> None:
        """Add a point; a full store drops its oldest one, or ends."""
        if len(self.points) >= LARGEST_STORE:
            if not self.loop:
                self.running, self.next = False, math.inf
                return
            del self.points[0]
        self.points.append(point)


def start(twin: SR830, delay: float = 0.0) -> None:
    """Begin to store, or go on."""
    store = twin.store
    if not store.running:
        store.running = twin.status.storing = True
        store.next = twin.world.time + delay if store.rate != BY_TRIGGER else math.inf


def pause(twin: SR830) -> None:
    """Stop storing; what is stored stays."""
    twin.store.running = twin.status.storing = False
    twin.store.next = math.inf


def clear(twin: SR830) -> None:
    """Stop storing and forget."""
    pause(twin)
    twin.store.points.clear()


def trigger(twin: SR830) -> None:
    """Do what a trigger does: begin, or store a point."""
    store = twin.store
    twin.status.lock_in |= TRIGGERED
    if store.starts_by_trigger and not store.running:
        start(twin)
    if store.running and store.rate == BY_TRIGGER:
        store.add(twin.displays())


def _change(twin: SR830, name: str, value: int) -> None:
    clear(twin)
    setattr(twin.store, name, value)


def _count(twin: SR830) -> str:
    twin.was_polled()
    twin.live()
    return str(len(twin.store.points))


def _taken(twin: SR830, display: int, first: int, count: int) -> list[float]:
    """Return some stored points of a display; an execution error where there are fewer."""
    twin.live()
    if first + count > len(twin.store.points):
        raise ScpiError(-222)
    return [point[display - 1] for point in twin.store.points[first : first + count]]


def _ascii(twin: SR830, display: int, first: int, count: int) -> str:
    return "".join(f"{_three_digits(value)}," for value in _taken(twin, display, first, count))


def _three_digits(value: float) -> str:
    mantissa, _, exponent = f"{value:+.6e}".partition("e")
    return f"{mantissa}e{int(exponent):+04d}"


def _ieee(twin: SR830, display: int, first: int, count: int) -> str:
    values = _taken(twin, display, first, count)
    return twin.binary(struct.pack(f"<{count}f", *values))


def _native(twin: SR830, display: int, first: int, count: int) -> str:
    return twin.binary(b"".join(native(value) for value in _taken(twin, display, first, count)))


def native(value: float) -> bytes:
    """Return a number as the instrument keeps it: m 2^(e - 124), both in two bytes, lowest byte first (page 5-17)."""
    exponent = 0 if value == 0 else min(max(math.frexp(value)[1] - 15 + 124, 0), 248)
    mantissa = round(math.ldexp(value, 124 - exponent))
    if abs(mantissa) > 32767:
        exponent, mantissa = exponent + 1, mantissa // 2
    return struct.pack("<hh", mantissa, exponent)


_PART = (Whole(1, 2), Whole(0, LARGEST_STORE), Whole(1, LARGEST_STORE))

COMMANDS = (
    Command(header="SRAT", takes=(Whole(0, BY_TRIGGER),), query=lambda twin: str(twin.store.rate), note="sample rate",
            write=lambda twin, value: _change(twin, "rate", value)),
    Command(header="SEND", takes=(Whole(0, 1),), query=lambda twin: str(twin.store.loop), note="1: loop",
            write=lambda twin, value: _change(twin, "loop", value)),
    Command(header="TSTR", takes=(Whole(0, 1),), query=lambda twin: str(twin.store.starts_by_trigger),
            write=lambda twin, value: setattr(twin.store, "starts_by_trigger", value)),
    Command(header="TRIG", write=trigger),
    Command(header="STRT", write=start, note="begins or resumes storing"),
    Command(header="STRD", write=lambda twin: start(twin, DELAY_OF_STRD), note="begins half a second later"),
    Command(header="PAUS", write=pause),
    Command(header="REST", write=clear, note="forgets what is stored"),
    Command(header="FAST", takes=(Whole(0, 2),), query=lambda twin: str(twin.store.fast), note="kept; sends nothing",
            write=lambda twin, value: setattr(twin.store, "fast", value)),
    Command(header="SPTS", query=_count, polls=True, note="points stored"),
    Command(header="TRCA", query=_ascii, asks=_PART, ask_needed=3, note="points in ASCII, a comma after each"),
    Command(header="TRCB", query=_ieee, asks=_PART, ask_needed=3, note="points as floats of four bytes"),
    Command(header="TRCL", query=_native, asks=_PART, ask_needed=3, note="points as mantissa and exponent"),
)  # fmt: skip
"""Data storage and transfer."""
