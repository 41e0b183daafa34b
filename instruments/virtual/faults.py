"""Faults on request: what goes wrong, on which instrument, when; from the bench file, the command line or Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from smtjlab.instruments.errors import BenchFileError, InstrumentMistake, QuantityError
from smtjlab.instruments.quantity import parse_quantity
from smtjlab.simulation.toml_file import TomlFile

KEYS = ("instrument", "kind", "at", "after", "delay", "count", "size")


class FaultKind(StrEnum):
    """How an instrument fails."""

    TIMEOUT = "timeout"
    """The message is carried out, its answer is lost."""
    LATE = "late"
    """The answer comes after `delay`."""
    GARBLED = "garbled"
    """The answer comes with wrong characters."""
    TRUNCATED = "truncated"
    """The answer breaks off in the middle."""
    DUPLICATED = "duplicated"
    """The answer comes twice."""
    ONE_BEHIND = "one_behind"
    """From then on each question gets the answer to the one before, until somebody connects anew or clears."""
    WRONG_IDENTITY = "wrong_identity"
    """From then on the instrument says that it is another one."""
    DROP = "drop"
    """The connection breaks; the message is lost."""
    POWER_CYCLE = "power_cycle"
    """The instrument is off for a moment: outputs, settings and connections are gone."""
    STUCK = "stuck"
    """Readings do not change any more."""
    DRIFT_STEP = "drift_step"
    """Readings are off by the fraction `size` more than before; levels too, once they are set anew."""
    RANGE_RELAY = "range_relay"
    """A relay sticks: the measuring range used next reads a tenth."""
    ERROR_STORM = "error_storm"
    """The error queue fills with `size` errors."""
    INTERLOCK = "interlock"
    """The interlock opens: the output goes off, and stays off."""
    LOST_CONTACT = "lost_contact"
    """The needles lose contact until they are set down anew; the instrument is the prober."""
    RUNAWAY = "runaway"
    """The temperature runs away by `size` K; the instrument is the thermometer."""
    LEAKAGE_STEP = "leakage_step"
    """The gate to which the instrument is wired leaks by `size` S more from then on."""
    COMPLIANCE_STORM = "compliance_storm"
    """What the instrument is wired to, a barrier or a gate, has broken down: all its readings are in compliance."""
    QUENCH = "quench"
    """The field of the magnet that the instrument drives collapses, and its output goes off."""


ON_ANSWERS = (
    FaultKind.TIMEOUT,
    FaultKind.LATE,
    FaultKind.GARBLED,
    FaultKind.TRUNCATED,
    FaultKind.DUPLICATED,
    FaultKind.ONE_BEHIND,
)
"""Faults between an instrument and its client, seen where an answer goes out."""
ON_INSTRUMENTS = (
    FaultKind.POWER_CYCLE,
    FaultKind.WRONG_IDENTITY,
    FaultKind.STUCK,
    FaultKind.DRIFT_STEP,
    FaultKind.RANGE_RELAY,
    FaultKind.ERROR_STORM,
    FaultKind.INTERLOCK,
    FaultKind.LOST_CONTACT,
    FaultKind.RUNAWAY,
    FaultKind.LEAKAGE_STEP,
    FaultKind.COMPLIANCE_STORM,
    FaultKind.QUENCH,
)
"""Faults of the instrument itself, or of what it works on: they strike at their moment, asked or not."""
SIZES = {
    FaultKind.DRIFT_STEP: 1e-3,
    FaultKind.ERROR_STORM: 50.0,
    FaultKind.RUNAWAY: 100.0,
    FaultKind.LEAKAGE_STEP: 1e-6,
}
"""Sizes where none is given: a relative step, a number of errors, a step in K, a conductance in S."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault that awaits an instrument; `count` of it are left. Raises InstrumentMistake where it cannot be."""

    instrument: str
    kind: FaultKind
    at: float | None = None
    """Bench time in s from which the fault is due."""
    after: int | None = None
    """Number of messages that go well before it."""
    delay: float = 1.0
    """Lateness in s: of the computer's time on a socket, of bench time in process."""
    count: int = 1
    size: float | None = None
    """How large it is, where that makes sense: see SIZES."""
    channel: str = field(default="", init=False)
    """Channel that it strikes, where its instrument is named by the part that the channel plays; empty for all."""

    def __post_init__(self) -> None:
        if (self.at is None) == (self.after is None):
            raise InstrumentMistake("A fault must have either `at` or `after`.")
        for name in ("at", "after", "delay"):
            if (getattr(self, name) or 0) < 0:
                raise InstrumentMistake(f"`{name}` of a fault must not be below 0, but is {getattr(self, name)!r}.")
        if self.count < 1:
            raise InstrumentMistake(f"`count` of a fault must be at least 1, but is {self.count!r}.")
        if self.size is not None and self.kind not in SIZES:
            raise InstrumentMistake(f"`size` must be of {', '.join(SIZES)}, but is of {self.kind}.")

    @property
    def strength(self) -> float:
        """Return its size, or the one that goes without saying."""
        return SIZES.get(self.kind, 0.0) if self.size is None else self.size

    @classmethod
    def parse(cls, text: str, instruments: Sequence[str]) -> Fault:
        """Return the fault that a command line spells: `gate:timeout@3s`, `gate:late@#10,delay=2s,count=3`.

        What follows the `@` is a bench time, or with `#` a number of messages that go well before. Raises
        InstrumentMistake.
        """
        named, at, rest = text.partition("@")
        instrument, colon, kind = named.partition(":")
        when, *others = rest.split(",")
        if not (at and colon and when):
            raise InstrumentMistake(
                f"A fault must be written INSTRUMENT:KIND@WHEN, such as 'gate:timeout@3s' or 'gate:drop@#10', "
                f"but is {text!r}."
            )
        table: dict[str, Any] = {"instrument": instrument, "kind": kind}
        table["after" if when.startswith("#") else "at"] = when.removeprefix("#")
        for other in others:
            name, equals, value = other.partition("=")
            if name.strip() not in ("delay", "count", "size") or not equals:
                raise InstrumentMistake(f"What follows a fault must be delay=, count= or size=, but is {other!r}.")
            table[name.strip()] = value.strip()
        return _fault(table, instruments)


def read_faults(file: TomlFile, instruments: Sequence[str]) -> list[Fault]:
    """Return the faults that a bench file asks for. Raises BenchFileError."""
    tables = file.data.get("faults", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BenchFileError(f"`faults` must be tables [[faults]], but is {tables!r} ({file.where('faults')}).")
    found = []
    for number, table in enumerate(tables):
        try:
            found.append(_fault(table, instruments))
        except _Wrong as problem:
            key = f"faults.{number}.{problem.key}" if problem.key else f"faults.{number}"
            raise BenchFileError(f"{str(problem).removesuffix('.')} ({file.where(key)}).") from None
        except InstrumentMistake as problem:
            raise BenchFileError(f"{str(problem).removesuffix('.')} ({file.where(f'faults.{number}')}).") from None
    return found


class _Wrong(InstrumentMistake):
    """A key of a fault is wrong."""

    def __init__(self, sentence: str, key: str = "") -> None:
        super().__init__(sentence)
        self.key = key


def _fault(table: dict[str, Any], instruments: Sequence[str]) -> Fault:
    """Return the fault of a table; numbers may be text. Raises InstrumentMistake."""
    for name in table:
        if name not in KEYS:
            raise _Wrong(f"A key of [[faults]] must be one of {', '.join(KEYS)}, but is {name!r}.", name)
    for name, choices in (("instrument", instruments), ("kind", [*FaultKind])):
        if table.get(name) not in choices:
            raise _Wrong(f"`{name}` must be one of {', '.join(choices)}, but is {table.get(name)!r}.", name)
    numbers: dict[str, Any] = {name: _whole(name, table[name]) for name in ("after", "count") if name in table}
    for name, unit in (("at", "s"), ("delay", "s"), ("size", "")):
        if name in table:
            numbers[name] = _quantity(name, table[name], unit)
    return Fault(instrument=table["instrument"], kind=FaultKind(table["kind"]), **numbers)


def _whole(name: str, value: Any) -> int:
    number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    if type(number) is not int or number < 0:
        raise _Wrong(f"`{name}` must be a whole number, but is {value!r}.", name)
    return number


def _quantity(name: str, value: Any, unit: str) -> float:
    try:
        return parse_quantity(value, unit)
    except QuantityError as problem:
        raise _Wrong(f"`{name}` must be in {unit or 'plain numbers'}: {problem}", name) from None
