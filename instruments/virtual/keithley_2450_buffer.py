"""Reading buffers of a virtual 2450: elements, statistics, and the commands of TRACe (manual 2450-901-01, 6)."""

from __future__ import annotations

import statistics
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntFlag
from typing import Protocol

from smtjlab.instruments.specification import OVERFLOW

from .command_tree import Command
from .parameter import Choice, Integer, Text
from .scpi import ScpiError

DEFAULT_BUFFERS = ("defbuffer1", "defbuffer2")
DEFAULT_SIZE = 100_000
LARGEST_SIZE = 1_000_000
"""Readings that all user buffers may hold together (the real one holds more; memory here is finite too)."""
NO_BUFFER = 1133
"""Error number for the name of a buffer that does not exist."""
EPOCH = datetime(2026, 1, 1)
"""Date on the instrument when it is switched on: the same in every run, so that answers repeat."""


class MeasureStatus(IntFlag):
    """Bits of the element STATus (manual, buffer status values)."""

    QUESTIONABLE = 1
    TERMINAL = 8
    LOW_2 = 16
    HIGH_2 = 32
    LOW_1 = 64
    HIGH_1 = 128
    START_GROUP = 256


class SourceStatus(IntFlag):
    """Bits of the element SOURSTATus."""

    PROTECTION = 4
    READ_BACK = 8
    LIMIT = 32
    SENSE = 64
    OUTPUT = 128


@dataclass(frozen=True, slots=True)
class BufferReading:
    """One reading as a buffer keeps it."""

    value: float
    unit: str
    source: float
    source_unit: str
    time: float
    """Bench time in s."""
    status: MeasureStatus
    source_status: SourceStatus
    limited: bool = False


@dataclass(slots=True)
class Buffer:
    """Readings in the order of their arrival; a full one loses its oldest, or takes no more (fill mode ONCE)."""

    size: int = DEFAULT_SIZE
    fill_mode: str = "CONT"
    readings: list[BufferReading] = field(default_factory=list)
    passed_over: int = 0
    """How many of the oldest readings the statistics leave out."""

    def append(self, reading: BufferReading) -> None:
        """Add a reading."""
        if len(self.readings) < self.size:
            self.readings.append(reading)
        elif self.fill_mode == "CONT":
            del self.readings[0]
            self.passed_over = max(0, self.passed_over - 1)
            self.readings.append(reading)

    def clear(self) -> None:
        """Forget all readings."""
        self.readings.clear()
        self.passed_over = 0

    @property
    def full(self) -> bool:
        """Return whether there is no room left."""
        return len(self.readings) >= self.size


class BufferOwner(Protocol):
    """An instrument that keeps readings in such buffers, and how it answers with them."""

    buffers: dict[str, Buffer]
    precision: int
    data_format: str
    byte_order: str


ELEMENTS = Choice(("DATE", "FORMatted", "FRACtional", "READing", "RELative", "SEConds", "SOURce", "SOURFORMatted",
                   "SOURSTATus", "SOURUNIT", "STATus", "TIME", "TSTamp", "UNIT"))  # fmt: skip
UNIT_NAMES = {
    "VOLT": "Volt DC", "AMP": "Amp DC", "OHM": "Ohm", "VOLT:AC": "Volt AC", "AMP:AC": "Amp AC", "CELS": "Celsius",
    "HZ": "Hertz", "SEC": "Second", "WATT": "Watt DC",
}  # fmt: skip


def element(twin: BufferOwner, name: str, one: BufferReading, first: float) -> str:
    """Return one element of a reading; `first` is the bench time of the buffer's first reading."""
    return _ANSWERS[name](twin, one, first)


def _moment(one: BufferReading) -> datetime:
    return EPOCH + timedelta(seconds=one.time)


_ANSWERS: dict[str, Callable[[BufferOwner, BufferReading, float], str]] = {
    "READ": lambda twin, one, first: number(one.value, twin.precision),
    "SOUR": lambda twin, one, first: number(one.source, twin.precision),
    "REL": lambda twin, one, first: f"{one.time - first:.9f}",
    "SEC": lambda twin, one, first: str(int((_moment(one) - datetime(1970, 1, 1)).total_seconds())),
    "FRAC": lambda twin, one, first: f"{one.time % 1:.9f}",
    "STAT": lambda twin, one, first: str(int(one.status)),
    "SOURSTAT": lambda twin, one, first: str(int(one.source_status)),
    "UNIT": lambda twin, one, first: UNIT_NAMES[one.unit],
    "SOURUNIT": lambda twin, one, first: UNIT_NAMES[one.source_unit],
    "FORM": lambda twin, one, first: f"{one.value:+.6E} {UNIT_NAMES[one.unit]}",
    "SOURFORM": lambda twin, one, first: f"{one.source:+.6E} {UNIT_NAMES[one.source_unit]}",
    "DATE": lambda twin, one, first: _moment(one).strftime("%m/%d/%Y"),
    "TIME": lambda twin, one, first: _moment(one).strftime("%H:%M:%S"),
    "TST": lambda twin, one, first: _moment(one).strftime("%m/%d/%Y %H:%M:%S.%f"),
}


def number(value: float, precision: int) -> str:
    """Return a reading with `precision` digits, 0 for those of a 6 1/2 digit display."""
    return f"{value:.{(precision or 7) - 1}E}"


def data(twin: BufferOwner, readings: Sequence[BufferReading], elements: Sequence[str], first: float) -> str:
    """Return elements of readings in the format in use: text, or a binary block of numbers."""
    names = elements or ("READ",)
    words = [element(twin, name, one, first) for one in readings for name in names]
    if twin.data_format == "ASC":
        return ",".join(words)
    letter, size = ("d", 8) if twin.data_format == "REAL" else ("f", 4)
    order = "<" if twin.byte_order == "SWAP" else ">"
    try:
        numbers = [min(max(float(word), -OVERFLOW), OVERFLOW) for word in words]
    except ValueError:
        raise ScpiError(-221, "text has no binary form") from None
    length = str(size * len(numbers))
    return f"#{len(length)}{length}" + struct.pack(f"{order}{len(numbers)}{letter}", *numbers).decode("latin-1")


def named(twin: BufferOwner, name: str) -> Buffer:
    """Return the buffer of that name."""
    if name not in twin.buffers:
        raise ScpiError(NO_BUFFER, "parameter must be the name of a reading buffer")
    return twin.buffers[name]


def _make(twin: BufferOwner, name: str, size: int, style: str = "STAN") -> None:
    if name in twin.buffers or not name.isidentifier():
        raise ScpiError(NO_BUFFER, "parameter must be a new name")
    _check_room(twin, size)
    twin.buffers[name] = Buffer(size, fill_mode="ONCE")


def _check_room(twin: BufferOwner, size: int) -> None:
    taken = sum(buffer.size for name, buffer in twin.buffers.items() if name not in DEFAULT_BUFFERS)
    if taken + size > LARGEST_SIZE:
        raise ScpiError(-225)


def _delete(twin: BufferOwner, name: str) -> None:
    if name in DEFAULT_BUFFERS:
        raise ScpiError(-221)
    named(twin, name)
    del twin.buffers[name]


def _resize(twin: BufferOwner, size: int, name: str = "defbuffer1") -> None:
    buffer = named(twin, name)
    _check_room(twin, size)
    buffer.size = size
    buffer.clear()


def _data(twin: BufferOwner, start: int, end: int, name: str = "defbuffer1", *elements: str) -> str:
    readings = named(twin, name).readings
    if not 1 <= start <= end <= len(readings):
        raise ScpiError(-222)
    return data(twin, readings[start - 1 : end], elements, readings[0].time)


def _statistic(work: Callable[[list[float]], float]) -> Callable[..., str]:
    def answer(twin: BufferOwner, name: str = "defbuffer1") -> str:
        buffer = named(twin, name)
        readings = [one.value for one in buffer.readings[buffer.passed_over :] if abs(one.value) < OVERFLOW]
        return number(work(readings) if readings else 0.0, twin.precision)

    return answer


def _clear_statistics(twin: BufferOwner, name: str = "defbuffer1") -> None:
    """Begin the statistics anew; the readings stay."""
    buffer = named(twin, name)
    buffer.passed_over = len(buffer.readings)


NAME = Text(32)
_INDEX = Integer(0, 2**31, 1)
_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "AVERage": statistics.fmean,
    "MAXimum": max,
    "MINimum": min,
    "STDDev": lambda numbers: statistics.stdev(numbers) if len(numbers) > 1 else 0.0,
    "PK2Pk": lambda numbers: max(numbers) - min(numbers),
}


def _count(twin: BufferOwner, name: str = "defbuffer1") -> str:
    return str(len(named(twin, name).readings))


COMMANDS = (
    Command(header=":TRACe:MAKE", write=_make, needed=2,
            takes=(NAME, Integer(10, LARGEST_SIZE, 100), Choice(("COMPact", "STANdard", "FULL", "WRITable",
                                                                "FULLWRITable")))),
    Command(header=":TRACe:DELete", write=_delete, takes=(NAME,)),
    Command(header=":TRACe:CLEar", takes=(NAME,), needed=0,
            write=lambda twin, name="defbuffer1": named(twin, name).clear()),
    Command(header=":TRACe:POINts", write=_resize, takes=(Integer(10, LARGEST_SIZE, DEFAULT_SIZE), NAME), needed=1,
            query=lambda twin, name="defbuffer1": str(named(twin, name).size), asks=(NAME,)),
    Command(header=":TRACe:ACTual", query=_count, asks=(NAME,), polls=True),
    Command(header=":TRACe:ACTual:STARt", asks=(NAME,),
            query=lambda twin, name="defbuffer1": str(min(1, len(named(twin, name).readings)))),
    Command(header=":TRACe:ACTual:END", query=_count, asks=(NAME,)),
    Command(header=":TRACe:DATA", query=_data, asks=(_INDEX, _INDEX, NAME, ELEMENTS), ask_needed=2, repeats=True),
    Command(header=":TRACe:FILL:MODE", takes=(Choice(("CONTinuous", "ONCE")), NAME), needed=1, asks=(NAME,),
            write=lambda twin, mode, name="defbuffer1": setattr(named(twin, name), "fill_mode", mode),
            query=lambda twin, name="defbuffer1": named(twin, name).fill_mode),
    Command(header=":TRACe:STATistics:CLEar", write=_clear_statistics, takes=(NAME,), needed=0),
    *(Command(header=f":TRACe:STATistics:{word}", query=_statistic(work), asks=(NAME,))
      for word, work in _STATISTICS.items()),
)  # fmt: skip
