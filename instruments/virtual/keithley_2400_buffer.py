"""The reading buffer of a virtual 2400, its statistics, and how readings are written (manual, section 9)."""

from __future__ import annotations

import statistics
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from smtjlab.instruments.specification import OVERFLOW

from .command_tree import Command, setting
from .keithley_2400_kinds import FUNCTION_NAMES, numbered
from .keithley_2400_limits import fed
from .parameter import Choice, Integer
from .scpi import Argument, ScpiError

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400
    from .keithley_2400_meter import MeterReading

LARGEST_SIZE = 2500
DEFAULT_SIZE = 100
WRAP = 99_999.999
"""Seconds after which the timestamp starts over (page 18-50)."""
NOT_A_NUMBER = 9.91e37
BYTES_OF_A_READING = 24
"""Room of one reading in bytes, for `:TRACe:FREE?`."""
READING_AVAILABLE, READING_OVERFLOW, BUFFER_AVAILABLE, BUFFER_FULL, COMPLIANCE = 64, 128, 256, 512, 16384
"""Bits of the measurement register (pages 15-13 and 15-14)."""
ELEMENTS = ("VOLT", "CURR", "RES", "TIME", "STAT")
"""Elements of a reading in the order of answers, whatever the order in which they were asked for."""


@dataclass(slots=True)
class Buffer:
    """The one buffer; `*RST` does not touch it (table 18-10)."""

    size: int = DEFAULT_SIZE
    feed: str = "SENS"
    control: str = "NEV"
    timestamps: str = "ABS"
    readings: list[MeterReading] = field(default_factory=list)

    @property
    def storing(self) -> bool:
        """Return whether readings go into the buffer."""
        return self.control == "NEXT"


def store(twin: Keithley2400, one: MeterReading) -> None:
    """Tell the registers of a reading, and put it into the buffer while that stores; a full one stores no more."""
    register, buffer = twin.status.measurement, twin.buffer
    register.event |= READING_AVAILABLE
    if max(abs(one.voltage), abs(one.current)) == OVERFLOW:
        register.event |= READING_OVERFLOW
    if buffer.storing:
        buffer.readings.append(one)
        full = len(buffer.readings) >= buffer.size
        buffer.control = "NEV" if full else "NEXT"
        register.raise_condition((BUFFER_AVAILABLE if len(buffer.readings) >= 2 else 0) | (BUFFER_FULL if full else 0))
    register.lower_condition(0 if one.limited else COMPLIANCE)
    if one.limited:
        register.raise_condition(COMPLIANCE)
    twin.status.update()


def clear(twin: Keithley2400) -> None:
    """Empty the buffer."""
    twin.buffer.readings.clear()
    twin.status.measurement.lower_condition(BUFFER_AVAILABLE | BUFFER_FULL)


def data(twin: Keithley2400, readings: Sequence[MeterReading], since: float) -> str:
    """Return readings in the format in use, times counted from bench time `since`."""
    return _written(twin, [value for one in readings for value in _elements(twin, one, since)])


def _written(twin: Keithley2400, numbers: Sequence[float]) -> str:
    if twin.data_format == "ASC":
        return ",".join(f"{value:+.6E}" for value in numbers)
    order = "<" if twin.byte_order == "SWAP" else ">"
    return "#0" + struct.pack(f"{order}{len(numbers)}f", *numbers).decode("latin-1")


def _elements(twin: Keithley2400, one: MeterReading, since: float) -> list[float]:
    values = (one.voltage, one.current, one.resistance, (one.time - since) % WRAP, float(one.status))
    return [value for name, value in zip(ELEMENTS, values, strict=True) if name in twin.elements]


def _trace_data(twin: Keithley2400) -> str:
    """Return the whole buffer, its first reading at 0 s; with delta timestamps each counts from the one before."""
    readings = twin.buffer.readings
    if not readings:
        raise ScpiError(-230)
    if twin.buffer.feed == "CALC2":
        return _written(twin, [fed(twin, one) for one in readings])
    if twin.buffer.timestamps == "DELT":
        before = [readings[0].time, *(one.time for one in readings[:-1])]
        readings = [replace(one, time=one.time - last) for one, last in zip(readings, before, strict=True)]
        return data(twin, readings, 0.0)
    return data(twin, readings, readings[0].time)


def _set_size(twin: Keithley2400, size: int) -> None:
    _check_idle_storage(twin)
    twin.buffer.size = size
    clear(twin)


def _set_feed(twin: Keithley2400, feed: str) -> None:
    _check_idle_storage(twin)
    twin.buffer.feed = feed


def _check_idle_storage(twin: Keithley2400) -> None:
    if twin.buffer.storing:
        raise ScpiError(800)


def _set_control(twin: Keithley2400, control: str) -> None:
    if control == "NEXT" and not twin.buffer.storing:
        clear(twin)
    twin.buffer.control = control


def _free(twin: Keithley2400) -> str:
    used = BYTES_OF_A_READING * len(twin.buffer.readings)
    return f"{BYTES_OF_A_READING * LARGEST_SIZE - used},{used}"


STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "MEAN": statistics.fmean,
    "SDEV": lambda numbers: statistics.stdev(numbers) if len(numbers) > 1 else 0.0,
    "MAX": max,
    "MIN": min,
    "PKPK": lambda numbers: max(numbers) - min(numbers),
}


def _statistic(twin: Keithley2400) -> str:
    """Return the chosen statistic of each function that was measured: voltage, current, resistance (page 18-43)."""
    readings = twin.buffer.readings
    if not readings:
        return f"{NOT_A_NUMBER:+.6E}"
    if twin.buffer.feed == "CALC2":
        return f"{_statistic_of(twin, [fed(twin, one) for one in readings]):+.6E}"
    answers = []
    for name, attribute in zip(FUNCTION_NAMES, ("voltage", "current", "resistance"), strict=True):
        if name in readings[0].functions:
            answers.append(_statistic_of(twin, [getattr(one, attribute) for one in readings]))
    return ",".join(f"{value:+.6E}" for value in answers)


def _statistic_of(twin: Keithley2400, values: Sequence[float]) -> float:
    numbers = [value for value in values if abs(value) < OVERFLOW]
    return STATISTICS[twin.statistic](numbers) if numbers else NOT_A_NUMBER


class _Format(Choice):
    """ASCii, REAL or SREal; 32 after REAL is its only length."""

    def write(self, value: str) -> str:
        """Return the format with its length."""
        return "REAL,32" if value == "REAL" else value


class _Feed(Choice):
    """The source of buffered readings; SENSe1 and SENSe are one."""

    def read(self, argument: Argument) -> str:
        """Return SENS or CALC2."""
        same = {"SENS1": "SENS", "SENSE1": "SENS", "CALCULATE2": "CALC2"}
        return Choice.read(self, replace(argument, text=same.get(argument.text.upper(), argument.text)))


def _set_elements(twin: Keithley2400, *names: str) -> None:
    twin.elements = frozenset(names)


def _element_list(twin: Keithley2400) -> str:
    return ",".join(name for name in ELEMENTS if name in twin.elements)


_ELEMENT = Choice(("VOLTage", "CURRent", "RESistance", "TIME", "STATus"))
_FORMAT = _Format(("ASCii", "REAL", "SREal"))
_FEED = _Feed(("SENSe", "CALC2"))

COMMANDS = (
    *(command for root in (":TRACe", ":DATA") for command in (
        Command(header=f"{root}:DATA", query=_trace_data),
        Command(header=f"{root}:CLEar", write=clear),
        Command(header=f"{root}:FREE", query=_free),
        setting(f"{root}:POINts", "buffer.size", Integer(1, LARGEST_SIZE, DEFAULT_SIZE), write=_set_size),
        Command(header=f"{root}:POINts:ACTual", query=lambda twin: str(len(twin.buffer.readings)), polls=True),
        setting(f"{root}:FEED", "buffer.feed", _FEED, write=_set_feed),
        setting(f"{root}:FEED:CONTrol", "buffer.control", Choice(("NEVer", "NEXT")), write=_set_control),
        setting(f"{root}:TSTamp:FORMat", "buffer.timestamps", Choice(("ABSolute", "DELTa"))),
    )),
    Command(header=":FORMat[:DATA]", takes=(_FORMAT, Integer(32, 32, 32)), needed=1,
            write=lambda twin, word, length=32: setattr(twin, "data_format", word),
            query=lambda twin: _FORMAT.write(twin.data_format)),
    setting(":FORMat:BORDer", "byte_order", Choice(("NORMal", "SWAPped"))),
    Command(header=":FORMat:ELEMents[:SENSe[1]]", takes=(_ELEMENT,), repeats=True, write=_set_elements,
            query=_element_list),
    *numbered(Command(header=":CALCulate3:FORMat", query=lambda twin: twin.statistic,
                      takes=(Choice(("MEAN", "SDEViation", "MAXimum", "MINimum", "PKPK")),),
                      write=lambda twin, word: setattr(twin, "statistic", word))),
    *numbered(Command(header=":CALCulate3:DATA", query=_statistic)),
)  # fmt: skip
"""Commands of TRACe, FORMat and CALCulate3."""
