"""What a virtual 2450 makes of a measured value: relative offset, math, limit tests (manual 2450-901-01, CALCulate)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.specification import OVERFLOW

from .command_tree import ON_OFF, Command, Extreme, setting
from .keithley_2450_buffer import MeasureStatus
from .parameter import Choice, Kind, Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450

LARGEST = 1e12
LARGEST_LIMIT = 9.99999e11
_LOW = {1: MeasureStatus.LOW_1, 2: MeasureStatus.LOW_2}
_HIGH = {1: MeasureStatus.HIGH_1, 2: MeasureStatus.HIGH_2}


@dataclass(slots=True)
class LimitTest:
    """One of the two tests against a lower and an upper bound."""

    enabled: bool = False
    lower: float = -1.0
    upper: float = 1.0
    clear_auto: bool = True
    audible: str = "NONE"
    failed: str = "NONE"
    """NONE, LOW, HIGH or BOTH."""

    def judge(self, value: float) -> str:
        """Take a value in; return how it fails: NONE, LOW or HIGH. Without auto clear a failure stays."""
        verdict = "LOW" if value < self.lower else "HIGH" if value > self.upper else "NONE"
        if self.clear_auto or self.failed == "NONE":
            self.failed = verdict
        elif verdict not in ("NONE", self.failed):
            self.failed = "BOTH"
        return verdict


@dataclass(slots=True)
class Calculation:
    """Relative offset, math and limits of one measure function."""

    relative: float = 0.0
    relative_on: bool = False
    math_on: bool = False
    form: str = "PERC"
    factor: float = 1.0
    offset: float = 0.0
    reference: float = 1.0
    limits: dict[int, LimitTest] = field(default_factory=lambda: {1: LimitTest(), 2: LimitTest()})

    def offset_by(self, value: float) -> float:
        """Return a value less the relative offset, if that is on."""
        return value - self.relative if self.relative_on and abs(value) < OVERFLOW else value

    def worked_on(self, value: float) -> float:
        """Return what is shown of a measured value: its relative offset, then the math; overflow where it has none."""
        value = self.offset_by(value)
        if not self.math_on or abs(value) >= OVERFLOW:
            return value
        if self.form == "MXB":
            return self.factor * value + self.offset
        if self.form == "REC":
            return 1 / value if value else OVERFLOW
        return 100 * (value - self.reference) / self.reference if self.reference else OVERFLOW

    def judged(self, value: float) -> MeasureStatus:
        """Return the bits of the limit tests that a shown value fails."""
        bits = MeasureStatus(0)
        for number, test in self.limits.items():
            if test.enabled:
                verdict = test.judge(value)
                bits |= {"LOW": _LOW[number], "HIGH": _HIGH[number]}.get(verdict, MeasureStatus(0))
        return bits


def _of(twin: Keithley2450, name: str) -> Calculation:
    calculation: Calculation = getattr(twin.sense, name).calculation
    return calculation


def _limit(header: str, name: str, field_: str, kind: Kind) -> Command:
    """Return the command of one setting of both limit tests of a function."""

    def write(twin: Keithley2450, number: int, value: object) -> None:
        setattr(_of(twin, name).limits[number], field_, value)

    def query(twin: Keithley2450, number: int, special: object = None) -> str:
        return kind.write(getattr(_of(twin, name).limits[number], field_) if special is None else special)

    asks: tuple[Kind, ...] = (Extreme(kind),) if isinstance(kind, Number) else ()
    return Command(header=header, write=write, query=query, takes=(kind,), asks=asks)


def _limit_commands(keyword: str, name: str) -> list[Command]:
    head = f":CALCulate2:{keyword}:LIMit<1..2>"

    def clear(twin: Keithley2450, number: int) -> None:
        _of(twin, name).limits[number].failed = "NONE"

    bound = [Number(-LARGEST_LIMIT, LARGEST_LIMIT, default) for default in (-1, 1)]
    return [
        _limit(f"{head}:STATe", name, "enabled", ON_OFF),
        _limit(f"{head}:LOWer[:DATA]", name, "lower", bound[0]),
        _limit(f"{head}:UPPer[:DATA]", name, "upper", bound[1]),
        _limit(f"{head}:CLEar:AUTO", name, "clear_auto", ON_OFF),
        _limit(f"{head}:AUDible", name, "audible", Choice(("NONE", "PASS", "FAIL"))),
        Command(header=f"{head}:CLEar[:IMMediate]", write=clear),
        Command(header=f"{head}:FAIL", query=lambda twin, number: _of(twin, name).limits[number].failed),
    ]


def _math_commands(keyword: str, name: str) -> list[Command]:
    head, path = f":CALCulate[1]:{keyword}:MATH", f"sense.{name}.calculation"
    return [
        setting(f"{head}:STATe", f"{path}.math_on", ON_OFF),
        setting(f"{head}:FORMat", f"{path}.form", Choice(("MXB", "PERCent", "RECiprocal"))),
        setting(f"{head}:MMFactor", f"{path}.factor", Number(-LARGEST, LARGEST, 1)),
        setting(f"{head}:MBFactor", f"{path}.offset", Number(-LARGEST, LARGEST, 0)),
        setting(f"{head}:PERCent", f"{path}.reference", Number(-LARGEST, LARGEST, 1)),
    ]


def _relative_commands(keyword: str, name: str, largest: float, measure: Callable[..., float]) -> list[Command]:
    """Return the relative offset of a function; `measure` takes a reading of it, without any offset."""
    head, path = f"[:SENSe[1]]:{keyword}:RELative", f"sense.{name}.calculation"

    def acquire(twin: Keithley2450) -> None:
        value = measure(twin, name)
        if abs(value) >= OVERFLOW or not math.isfinite(value):
            raise ScpiError(-230, "an overflow is no offset")
        _of(twin, name).relative = value

    return [
        setting(head, f"{path}.relative", Number(-largest, largest, 0)),
        setting(f"{head}:STATe", f"{path}.relative_on", ON_OFF),
        Command(header=f"{head}:ACQuire", write=acquire),
    ]


def commands(volts: float, amperes: float, measure: Callable[..., float]) -> tuple[Command, ...]:
    """Return the commands of all functions; `volts` and `amperes` are the largest offsets."""
    functions = (("VOLTage[:DC]", "voltage", volts), ("CURRent[:DC]", "current", amperes),
                 ("RESistance", "resistance", 1e10))  # fmt: skip
    return tuple(
        command
        for keyword, name, largest in functions
        for command in (
            *_math_commands(keyword, name),
            *_limit_commands(keyword, name),
            *_relative_commands(keyword, name, largest, measure),
        )
    )
