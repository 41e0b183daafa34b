"""Faults on request: `[[faults]]` of the bench file says which instrument fails, how and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from smtjlab.instruments.errors import BenchFileError, QuantityError
from smtjlab.instruments.quantity import parse_quantity
from smtjlab.simulation.toml_file import TomlFile

KEYS = ("instrument", "kind", "at", "after", "delay", "count")
NOISE = "#~%&?!^|"
"""Characters of a garbled answer: no number holds any of them."""


class FaultKind(StrEnum):
    """How an instrument fails."""

    TIMEOUT = "timeout"
    """The message is carried out, its answer is lost."""
    LATE = "late"
    """The answer comes after `delay`."""
    GARBLED = "garbled"
    """The answer comes with wrong characters."""
    DROP = "drop"
    """The connection breaks; the message is lost."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One entry of the list; `count` of them are left."""

    instrument: str
    kind: FaultKind
    at: float | None = None
    """Bench time in s from which the fault is due."""
    after: int | None = None
    """Number of messages that go well before it."""
    delay: float = 1.0
    """Lateness in s: of the computer's time on a socket, of bench time in process."""
    count: int = 1


@dataclass(slots=True)
class Mishaps:
    """The faults of one instrument, and how many messages it has got."""

    faults: list[Fault]
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    messages: int = 0

    def next_message(self) -> None:
        """Count a message."""
        self.messages += 1

    def due(self, now: float, kinds: tuple[FaultKind, ...]) -> Fault | None:
        """Return a fault of one of the kinds that is due at bench time `now`, and use it up."""
        for fault in self.faults:
            reached = (fault.at is not None and now >= fault.at) or (
                fault.after is not None and self.messages > fault.after
            )
            if fault.kind in kinds and fault.count > 0 and reached:
                fault.count -= 1
                return fault
        return None

    def garbled(self, answer: bytes) -> bytes:
        """Return an answer with every other character wrong, its terminator spared."""
        noise = self.rng.choice(list(NOISE.encode()), size=len(answer))
        return bytes(int(noise[i]) if i % 2 == 0 and byte != 10 else byte for i, byte in enumerate(answer))


def read_faults(file: TomlFile, instruments: tuple[str, ...]) -> list[Fault]:
    """Return the faults that a bench file asks for. Raises BenchFileError."""
    tables = file.data.get("faults", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BenchFileError(f"`faults` must be tables [[faults]], but is {tables!r} ({file.where('faults')}).")
    return [_fault(file, f"faults.{number}", table, instruments) for number, table in enumerate(tables)]


def _fault(file: TomlFile, key: str, table: dict[str, Any], instruments: tuple[str, ...]) -> Fault:
    def fail(sentence: str, name: str = "") -> BenchFileError:
        return BenchFileError(f"{sentence} ({file.where(f'{key}.{name}' if name else key)}).")

    for name in table:
        if name not in KEYS:
            raise fail(f"A key of [[faults]] must be one of {', '.join(KEYS)}, but is {name!r}", name)
    if table.get("instrument") not in instruments:
        raise fail(
            f"`instrument` must be one of {', '.join(instruments)}, but is {table.get('instrument')!r}", "instrument"
        )
    if table.get("kind") not in [*FaultKind]:
        raise fail(f"`kind` must be one of {', '.join(FaultKind)}, but is {table.get('kind')!r}", "kind")
    if ("at" in table) == ("after" in table):
        raise fail("A fault must have either `at` or `after`")
    for name in ("after", "count"):
        if name in table and (type(table[name]) is not int or table[name] < 0):
            raise fail(f"`{name}` must be a whole number, but is {table[name]!r}", name)
    times: dict[str, Any] = {}
    for name in ("at", "delay"):
        if name in table:
            try:
                times[name] = parse_quantity(table[name], "s")
            except QuantityError as problem:
                raise fail(f"`{name}` must be in s: {str(problem).removesuffix('.')}", name) from None
    others: dict[str, Any] = {name: table[name] for name in ("instrument", "after", "count") if name in table}
    return Fault(kind=FaultKind(table["kind"]), **others, **times)
