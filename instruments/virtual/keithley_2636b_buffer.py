"""Reading buffers of a Series 2600B: what scripts call `smua.nvbuffer1` and what `smua.makebuffer()` makes."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .tsp_parameter import ON_OFF, Number, OneOf, TspError
from .tsp_tree import Attribute, Function, Tree

NONVOLATILE_CAPACITY = 140_000
"""Readings that a dedicated buffer holds."""
LARGEST_BUFFER = 250_000
"""Readings that a buffer of a script may hold."""
MOST_BUFFERS = 500
"""Buffers that scripts may hold at once."""

COMPLIANCE, REMOTE_SENSE, RELATIVE, FILTERED, AUTORANGE_MEASURE, AUTORANGE_SOURCE = 64, 16, 32, 128, 4, 8
"""Bits of a reading's status (manual, `bufferVar.statuses`)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One entry of a buffer."""

    value: float
    function: str
    """`Amps`, `Volts`, `Ohms` or `Watts`."""
    range: float
    time: float
    """Seconds since the first reading of the buffer was begun, or since power-up before it is stored."""
    status: int
    source: float
    source_function: str
    source_range: float
    output: bool


COLUMNS: dict[str, Callable[[Reading], Any]] = {
    "readings": lambda entry: entry.value,
    "timestamps": lambda entry: entry.time,
    "statuses": lambda entry: entry.status,
    "measureranges": lambda entry: entry.range,
    "measurefunctions": lambda entry: entry.function,
    "sourcevalues": lambda entry: entry.source,
    "sourceranges": lambda entry: entry.source_range,
    "sourcefunctions": lambda entry: entry.source_function,
    "sourceoutputstates": lambda entry: "On" if entry.output else "Off",
}


@dataclass(slots=True, eq=False)
class Buffer:
    """One reading buffer."""

    capacity: int
    count: Callable[[Buffer], int]
    """Tells how many readings there are to somebody who asks again and again."""
    entries: list[Reading] = field(default_factory=list)
    base: float = 0.0
    """Bench time of the first reading."""
    appends: bool = False
    fills_once: bool = True
    collects_times: bool = False
    collects_sources: bool = False
    caches: bool = True
    resolution: float = 1e-6

    def begin(self) -> None:
        """Prepare for what one measuring command stores: without append mode it starts anew."""
        if not self.appends:
            self.clear()

    def add(self, entry: Reading) -> None:
        """Store a reading; a full buffer refuses it, or in window mode forgets its oldest."""
        if len(self.entries) >= self.capacity:
            if self.fills_once:
                raise TspError(4905)
            self.entries.pop(0)
        if not self.entries:
            self.base = entry.time
        moment = round((entry.time - self.base) / self.resolution) * self.resolution
        self.entries.append(
            Reading(entry.value, entry.function, entry.range, moment, entry.status, entry.source,
                    entry.source_function, entry.source_range, entry.output)
        )  # fmt: skip

    def clear(self) -> None:
        """Forget all readings."""
        self.entries.clear()

    def column(self, name: str) -> list[Any]:
        """Return one column; times and source values must have been collected."""
        if (name == "timestamps" and not self.collects_times) or (
            name.startswith("source") and not self.collects_sources
        ):
            raise TspError(4900)
        return [COLUMNS[name](entry) for entry in self.entries]

    def at(self, name: str, key: float) -> Any:
        """Return one element of a column; 4900 where there is none."""
        place = round(key) - 1
        if not 0 <= place < len(self.entries):
            raise TspError(4900)
        if name == "readings":
            return self.entries[place].value
        return self.column(name)[place]

    def statistics(self) -> dict[str, Any]:
        """Return what `smuX.buffer.getstats` tells."""
        values = [entry.value for entry in self.entries]
        if not values:
            return {"n": 0}
        low, high = min(self.entries, key=lambda entry: entry.value), max(self.entries, key=lambda entry: entry.value)
        return {
            "n": len(values),
            "mean": statistics.fmean(values),
            "stddev": statistics.stdev(values) if len(values) > 1 else 0.0,
            "min": _record(low),
            "max": _record(high),
        }


def _record(entry: Reading) -> dict[str, Any]:
    return {
        "reading": entry.value, "measurefunction": entry.function, "measurerange": entry.range,
        "timestamp": entry.time, "status": entry.status, "sourcevalue": entry.source,
        "sourcefunction": entry.source_function, "sourcerange": entry.source_range,
    }  # fmt: skip


def _option(name: str, field_name: str, note: str = "", *, turned: bool = False) -> Attribute:
    """Return an attribute of 0 or 1."""
    return Attribute(
        name,
        lambda buffer: int(getattr(buffer, field_name) != turned),
        lambda buffer, on: setattr(buffer, field_name, bool(on) != turned),
        ON_OFF,
        note,
    )


MEMBERS = (
    Attribute("n", lambda buffer: buffer.count(buffer), note="number of readings"),
    Attribute("next", lambda buffer: len(buffer.entries) + 1),
    Attribute("capacity", lambda buffer: buffer.capacity),
    Attribute("basetimestamp", lambda buffer: buffer.base, note="in s of the bench's time"),
    Attribute("timestampresolution", lambda buffer: buffer.resolution,
              lambda buffer, seconds: setattr(buffer, "resolution", seconds), OneOf((1e-6, 2e-6, 1e-3, 1.0))),
    _option("appendmode", "appends"),
    _option("collecttimestamps", "collects_times"),
    _option("collectsourcevalues", "collects_sources"),
    _option("cachemode", "caches"),
    _option("fillmode", "fills_once", "FILL_ONCE (0) or FILL_WINDOW (1)", turned=True),
    Function("clear", Buffer.clear),
    Function("clearcache", lambda buffer: None),
)  # fmt: skip


def _element(name: str) -> Attribute:
    """Return one element of a column, asked for by its number."""
    return Attribute(name, lambda place: place[0].at(name, place[1]))


def _getter(name: str) -> Function:
    """Return the function that some clients call in place of an index."""
    return Function("getreading", lambda buffer, place: buffer.at(name, place), (Number(),))


def define_buffers(tree: Tree, of: Callable[[Any, int], Buffer]) -> None:
    """Declare reading buffers and their columns in a tree."""
    tree.define("bufferVar", "reading_buffer", MEMBERS, of)
    node = tree.description["classes"]["bufferVar"]
    tree.indexed(node, Attribute("readings", lambda place: place[0].at("readings", place[1])), of)
    objects = node.setdefault("objects", {})
    for name in COLUMNS:
        objects[name] = {"luatype": "synchronous_table"}
        tree.indexed(objects[name], _element(name), of)
        tree.extend(objects[name], _getter(name), of)
        tree.list_as(f"bufferVar.{name}[N]")
    node["columns"] = dict.fromkeys(COLUMNS, True)
