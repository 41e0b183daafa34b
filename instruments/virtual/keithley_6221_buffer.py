"""Readings of a virtual 6221: the buffer, units, elements, filter and statistics (reference manual, section 6, 13).

Readings come from delta mode only. The order of the elements is that of page 6-12: reading with its unit, timestamp,
source level, compliance, number. Not verified on a page: how compliance is written (T or F).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.keithley_6221_specification import DELTA_COUNT
from smtjlab.instruments.specification import OVERFLOW

from .command_tree import ON_OFF, Command, setting
from .parameter import Choice, Integer, Number, keyword_forms
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_6221 import Keithley6221

READING_OVERFLOW, READING_AVAILABLE, BUFFER_AVAILABLE, BUFFER_HALF_FULL, BUFFER_FULL = 1, 32, 128, 256, 512
"""Bits of the measurement register (manual, page 11-16)."""
ELEMENTS = ("READing", "TSTamp", "UNITs", "RNUMber", "SOURce", "COMPliance", "AVOLtage")
UNITS = {"V": "VDC", "OHMS": "OHM", "W": "W", "SIEM": "SIE"}

SHORT_WAIT, LONG_WAIT = 5e-3, 1.0
"""Seconds between two looks for a reading: the first two, and the last ones of a long wait."""


@dataclass(frozen=True, slots=True)
class DeltaReading:
    """One delta reading."""

    volts: float
    time: float
    """Seconds since the first reading of the run."""
    level: float
    """Level of the source in A at its last conversion."""
    limited: bool
    number: int


@dataclass(slots=True)
class Buffer:
    """Readings of a run; storing stops when it is full."""

    points: int = 100
    readings: list[DeltaReading] = field(default_factory=list)
    latest: DeltaReading | None = None
    fresh: bool = False
    """Whether the latest reading has not been handed out yet."""
    feed: str = "SENS"
    control: str = "NEV"
    stamps: str = "ABS"
    recent: list[float] = field(default_factory=list)
    """Readings in the moving filter, in V."""

    def start(self, points: int) -> None:
        """Make ready for a run of `points` readings."""
        self.points, self.control = points, "NEXT"
        self.readings.clear()
        self.recent.clear()
        self.latest, self.fresh = None, False


@dataclass(slots=True)
class Arithmetic:
    """Filter, mX+b and statistics."""

    average: bool = False
    average_count: int = 10
    average_type: str = "MOV"
    window: float = 0.0
    math: bool = False
    form: str = "MXB"
    factor: float = 1.0
    offset: float = 0.0
    statistic: str = "MEAN"
    statistics_on: bool = False


def store(twin: Keithley6221, one: DeltaReading) -> None:
    """Keep a reading, in the buffer too while that is being filled, and tell the registers."""
    buffer, register = twin.buffer, twin.status.measurement
    one = _filtered(twin, one)
    buffer.latest, buffer.fresh = one, True
    register.event |= READING_AVAILABLE | (READING_OVERFLOW if abs(one.volts) >= OVERFLOW else 0)
    if buffer.control != "NEV" and buffer.feed != "NONE" and len(buffer.readings) < buffer.points:
        buffer.readings.append(one)
        filled = len(buffer.readings)
        register.event |= BUFFER_AVAILABLE | (BUFFER_HALF_FULL if 2 * filled >= buffer.points else 0)
        register.event |= BUFFER_FULL if filled >= buffer.points else 0
    twin.status.update()


def _filtered(twin: Keithley6221, one: DeltaReading) -> DeltaReading:
    if not twin.arithmetic.average or abs(one.volts) >= OVERFLOW:
        return one
    recent = twin.buffer.recent
    recent.append(one.volts)
    del recent[: -twin.arithmetic.average_count]
    return DeltaReading(statistics.fmean(recent), one.time, one.level, one.limited, one.number)


def in_unit(twin: Keithley6221, volts: float) -> float:
    """Return a reading in the unit chosen: V, ohm, W or S, by the current of delta mode."""
    amperes = twin.delta.amplitude
    if abs(volts) >= OVERFLOW or twin.unit == "V":
        return volts
    if twin.unit == "W":
        return volts * amperes
    upper, lower = (volts, amperes) if twin.unit == "OHMS" else (amperes, volts)
    return upper / lower if lower else OVERFLOW


def after_math(twin: Keithley6221, volts: float) -> float:
    """Return a reading after mX+b or m/X+b."""
    arithmetic, value = twin.arithmetic, in_unit(twin, volts)
    if abs(value) >= OVERFLOW:
        return value
    if arithmetic.form == "MXB":
        return arithmetic.factor * value + arithmetic.offset
    return arithmetic.factor / value + arithmetic.offset if value else OVERFLOW


def number(value: float) -> str:
    """Return a number as the 6221 answers it."""
    return f"{value:+.6E}"


def _words(twin: Keithley6221, one: DeltaReading, value: float, since: float) -> Iterable[str]:
    unit = UNITS[twin.unit] if "UNIT" in twin.elements else ""
    words = {
        "READ": number(value) + unit,
        "TST": number(one.time - since),
        "SOUR": number(one.level),
        "AVOL": number(OVERFLOW),
        "COMP": "T" if one.limited else "F",
        "RNUM": f"{one.number:+06d}",
    }
    return [words[name] for name in words if name in twin.elements]


def _answer(twin: Keithley6221, readings: list[DeltaReading], work: Callable[..., float] = in_unit) -> str:
    if not readings:
        raise ScpiError(-230)
    words: list[str] = []
    since = 0.0
    for one in readings:
        words += _words(twin, one, work(twin, one.volts), since)
        since = one.time if twin.buffer.stamps == "DELT" else 0.0
    return ",".join(words)


def _latest(twin: Keithley6221, work: Callable[..., float] = in_unit) -> str:
    """Return the latest reading, having waited for the first, on imagined time for a new one; -221 without a run."""
    buffer = twin.buffer
    wait = SHORT_WAIT
    while twin.measures and (buffer.latest is None or (twin.world.jumps and not buffer.fresh)):
        twin.world.wait(wait)
        wait = min(2 * wait, LONG_WAIT)
    if buffer.latest is None:
        raise ScpiError(-221)
    buffer.fresh = False
    return _answer(twin, [buffer.latest], work)


def _fresh(twin: Keithley6221, work: Callable[..., float] = in_unit) -> str:
    if not twin.buffer.fresh:
        raise ScpiError(-230)
    return _latest(twin, work)


def _all(twin: Keithley6221) -> str:
    """Return the buffer; on imagined time whoever reads it has waited for the run to end."""
    twin.was_polled()
    return _answer(twin, twin.buffer.readings)


def _selected(twin: Keithley6221, start: int, count: int) -> str:
    return _answer(twin, twin.buffer.readings[start : start + count])


def _statistic(twin: Keithley6221) -> str:
    arithmetic = twin.arithmetic
    values = [in_unit(twin, one.volts) for one in twin.buffer.readings if abs(one.volts) < OVERFLOW]
    if not arithmetic.statistics_on or arithmetic.statistic == "NONE" or not values:
        raise ScpiError(-221)
    work: dict[str, Callable[[list[float]], float]] = {
        "MEAN": statistics.fmean,
        "SDEV": lambda numbers: statistics.stdev(numbers) if len(numbers) > 1 else 0.0,
        "MAX": max,
        "MIN": min,
        "PKPK": lambda numbers: max(numbers) - min(numbers),
    }
    return number(work[arithmetic.statistic](values))


def _set_points(twin: Keithley6221, points: int) -> None:
    twin.buffer.points = points
    twin.buffer.readings.clear()


def _set_elements(twin: Keithley6221, *elements: str) -> None:
    every = tuple(keyword_forms(word)[0] for word in ELEMENTS)
    twin.elements = {"ALL": every, "DEF": every[:2]}.get(elements[0], elements)


_ELEMENT = Choice((*ELEMENTS, "ALL", "DEFault"))
_COUNT = Integer(0, DELTA_COUNT, 1)

COMMANDS = (
    Command(header=":SENSe[1]:DATA[:LATest]", query=_latest),
    Command(header=":SENSe[1]:DATA:FRESh", query=_fresh),
    setting(":SENSe[1]:AVERage[:STATe]", "arithmetic.average", ON_OFF),
    setting(":SENSe[1]:AVERage:COUNt", "arithmetic.average_count", Integer(2, 300, 10)),
    setting(":SENSe[1]:AVERage:TCONtrol", "arithmetic.average_type", Choice(("MOVing", "REPeat"))),
    setting(":SENSe[1]:AVERage:WINDow", "arithmetic.window", Number(0, 10, 0)),
    setting(":UNIT[:VOLTage][:DC]", "unit", Choice(("V", "OHMS", "W", "SIEMens"))),
    Command(header=":FORMat:ELEMents", takes=(_ELEMENT,), repeats=True, write=_set_elements,
            query=lambda twin: ",".join(twin.elements)),
    Command(header=":TRACe:CLEar", write=lambda twin: twin.buffer.readings.clear()),
    Command(header=":TRACe:FREE", query=lambda twin: f"{16 * (DELTA_COUNT - len(twin.buffer.readings))}, "
                                                     f"{16 * twin.buffer.points}"),
    setting(":TRACe:POINts", "buffer.points", Integer(1, DELTA_COUNT, 100), write=_set_points),
    Command(header=":TRACe:POINts:ACTual", query=lambda twin: str(len(twin.buffer.readings)), polls=True),
    setting(":TRACe:FEED", "buffer.feed", Choice(("SENSe", "SENS1", "SENSE1", "CALCulate", "CALC1", "NONE"))),
    setting(":TRACe:FEED:CONTrol", "buffer.control", Choice(("NEVer", "NEXT", "ALWays"))),
    setting(":TRACe:TSTamp:FORMat", "buffer.stamps", Choice(("ABSolute", "DELTa"))),
    Command(header=":TRACe:DATA", query=_all),
    Command(header=":TRACe:DATA:SELected", query=_selected, asks=(_COUNT, _COUNT), ask_needed=2),
    Command(header=":TRACe:DATA:TYPE", query=lambda twin: "DELT" if twin.buffer.readings else "NONE"),
    setting(":CALCulate[1]:FORMat", "arithmetic.form", Choice(("MXB", "RECiprocal"))),
    setting(":CALCulate[1]:KMATh:MMFactor", "arithmetic.factor", Number(-9.99999e20, 9.99999e20, 1)),
    setting(":CALCulate[1]:KMATh:MBFactor", "arithmetic.offset", Number(-9.99999e20, 9.99999e20, 0)),
    setting(":CALCulate[1]:STATe", "arithmetic.math", ON_OFF),
    Command(header=":CALCulate[1]:DATA[:LATest]", query=lambda twin: _latest(twin, _calculated(twin))),
    Command(header=":CALCulate[1]:DATA:FRESh", query=lambda twin: _fresh(twin, _calculated(twin))),
    setting(":CALCulate2:FORMat", "arithmetic.statistic",
            Choice(("NONE", "MEAN", "SDEViation", "MAXimum", "MINimum", "PKPK"))),
    setting(":CALCulate2:STATe", "arithmetic.statistics_on", ON_OFF),
    Command(header=":CALCulate2:IMMediate", write=lambda twin: None, query=_statistic),
    Command(header=":CALCulate2:DATA", query=_statistic),
)  # fmt: skip
"""SENSe, UNIT, TRACe, CALCulate1 and CALCulate2."""


def _calculated(twin: Keithley6221) -> Callable[..., float]:
    return after_math if twin.arithmetic.math else in_unit
