"""How a virtual TPS2012 hands out its record: preamble, curve in five encodings, measurements."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.tektronix_tps2012_specification import LEVELS, POINTS

from .command_tree import Command, setting
from .keysight_34461a_format import block
from .parameter import Choice
from .scpi import ScpiError
from .tektronix_tps2012_language import Whole, keyword, scientific
from .tektronix_tps2012_record import Record, Trace, latest

if TYPE_CHECKING:
    from .tektronix_tps2012 import TektronixTPS2012

NOT_ACTIVE = 2244
"""Event: a waveform was asked for that is not shown."""
INVALID = 9.9e37
"""A measurement that cannot be made."""
SOURCES = ("CH1", "CH2")
ENCODINGS = ("ASCIi", "RIBinary", "RPBinary", "SRIbinary", "SRPbinary")
MODES = {"SAM": "Sample mode", "PEAK": "Peak detect mode", "AVE": "Average mode"}
FloatArray = NDArray[np.float64]


def _trace(twin: TektronixTPS2012, source: str) -> tuple[Record, Trace]:
    record = latest(twin)
    number = int(source[-1])
    if record is None or number not in record.traces:
        raise ScpiError(NOT_ACTIVE)
    return record, record.traces[number]


def _bounds(twin: TektronixTPS2012) -> tuple[int, int]:
    first, last = sorted((twin.data.start, twin.data.stop))
    return first - 1, last


def _curve(twin: TektronixTPS2012) -> str:
    """Return the levels as DATa says."""
    _, trace = _trace(twin, twin.data.source)
    first, last = _bounds(twin)
    wide, encoding = twin.data.width == 2, twin.data.encoding
    levels = trace.levels[first:last].astype(np.int64) * (256 if wide else 1)
    if encoding == "ASCI":
        return ",".join(map(str, levels))
    signed = encoding in ("RIB", "SRI")
    kind = f"{'<' if encoding.startswith('S') else '>'}{'i' if signed else 'u'}{twin.data.width}"
    numbers = levels if signed else levels + (32768 if wide else 128)
    return block(numbers.astype(kind).tobytes().decode("latin-1"))


def _offset(twin: TektronixTPS2012, trace: Trace) -> float:
    """Return the level that stands for 0 V, in the encoding in use."""
    positive = twin.data.encoding in ("RPB", "SRP")
    return (trace.position * LEVELS + (128 if positive else 0)) * (256 if twin.data.width == 2 else 1)


def _step(twin: TektronixTPS2012, trace: Trace) -> float:
    return trace.scale / LEVELS / (256 if twin.data.width == 2 else 1)


def _name(twin: TektronixTPS2012, record: Record, trace: Trace) -> str:
    return (
        f'"Ch{twin.data.source[-1]}, {trace.coupling} coupling, {scientific(trace.scale)} V/div, '
        f'{scientific(record.interval * 250)} s/div, {POINTS} points, {MODES[record.mode]}"'
    )


Part = tuple[str, Callable[["TektronixTPS2012", Record, Trace], str]]

PREAMBLE: tuple[Part, ...] = (
    ("BYT_Nr", lambda twin, record, trace: str(twin.data.width)),
    ("BIT_Nr", lambda twin, record, trace: str(8 * twin.data.width)),
    ("ENCdg", lambda twin, record, trace: "ASC" if twin.data.encoding == "ASCI" else "BIN"),
    ("BN_Fmt", lambda twin, record, trace: "RP" if twin.data.encoding in ("RPB", "SRP") else "RI"),
    ("BYT_Or", lambda twin, record, trace: "LSB" if twin.data.encoding in ("SRI", "SRP") else "MSB"),
    ("NR_Pt", lambda twin, record, trace: str(_bounds(twin)[1] - _bounds(twin)[0])),
    ("WFId", lambda twin, record, trace: _name(twin, record, trace)),
    ("PT_Fmt", lambda twin, record, trace: "Y"),
    ("XINcr", lambda twin, record, trace: scientific(record.interval)),
    ("PT_Off", lambda twin, record, trace: "0"),
    ("XZEro", lambda twin, record, trace: scientific(record.start + record.interval * _bounds(twin)[0])),
    ("XUNit", lambda twin, record, trace: '"s"'),
    ("YMUlt", lambda twin, record, trace: scientific(_step(twin, trace))),
    ("YZEro", lambda twin, record, trace: "0.0E0"),
    ("YOFf", lambda twin, record, trace: scientific(_offset(twin, trace))),
    ("YUNit", lambda twin, record, trace: '"Volts"'),
)  # fmt: skip
"""The preamble in the order in which WFMPre? answers it."""


def _preamble(twin: TektronixTPS2012) -> str:
    record, trace = _trace(twin, twin.data.source)
    return ";".join(part(twin, record, trace) for _, part in PREAMBLE)


def _part(act: Callable[[TektronixTPS2012, Record, Trace], str]) -> Callable[[TektronixTPS2012], str]:
    return lambda twin: act(twin, *_trace(twin, twin.data.source))


def _waveform(twin: TektronixTPS2012) -> str:
    return f"{_preamble(twin)};{_curve(twin)}"


def _start_anew(twin: TektronixTPS2012, word: str) -> None:
    twin.data.encoding, twin.data.source, twin.data.start, twin.data.stop, twin.data.width = "RPB", "CH1", 1, POINTS, 1


def _crossings(volts: FloatArray, rising: bool) -> FloatArray:
    """Return where the record passes its middle, in points, noise about it left out."""
    low, high = float(volts.min()), float(volts.max())
    middle, slack = (low + high) / 2, (high - low) / 10
    states = np.where(volts > middle + slack, 1, np.where(volts < middle - slack, -1, 0))
    places = np.flatnonzero(states)
    kept = states[places]
    turns = np.flatnonzero((kept[1:] != kept[:-1]) & (kept[1:] == (1 if rising else -1)))
    return np.array([_between(volts, places[turn], places[turn + 1], middle) for turn in turns])


def _between(volts: FloatArray, first: int, last: int, middle: float) -> float:
    part = (middle - volts[first]) / (volts[last] - volts[first])
    return float(first + part * (last - first))


def _period(record: Record, trace: Trace) -> float:
    found = _crossings(trace.volts, rising=True)
    return INVALID if len(found) < 2 else float((found[-1] - found[0]) / (len(found) - 1)) * record.interval


def _cycle_rms(record: Record, trace: Trace) -> float:
    found, volts = _crossings(trace.volts, rising=True), trace.volts
    cycle = volts[round(found[0]) : round(found[1])] if len(found) > 1 else volts
    return math.sqrt(float(np.mean(cycle**2)))


def _width(record: Record, trace: Trace, rising: bool) -> float:
    begins, ends = _crossings(trace.volts, rising), _crossings(trace.volts, not rising)
    later = ends[ends > begins[0]] if len(begins) else ends[:0]
    return INVALID if not len(later) else float(later[0] - begins[0]) * record.interval


def _edge(record: Record, trace: Trace, rising: bool) -> float:
    """Return the time between 10 % and 90 % of the first edge."""
    volts = trace.volts if rising else -trace.volts
    found = _crossings(volts, rising=True)
    low, high = float(volts.min()), float(volts.max())
    if not len(found) or low == high:
        return INVALID
    place = round(found[0])
    before = np.flatnonzero(volts[: place + 1] <= low + 0.1 * (high - low))
    after = np.flatnonzero(volts[place:] >= low + 0.9 * (high - low))
    return INVALID if not len(before) or not len(after) else float(place + after[0] - before[-1]) * record.interval


def _inverse(value: float) -> float:
    return INVALID if value in (0, INVALID) else 1 / value


KINDS: dict[str, tuple[str, Callable[[Record, Trace], float]]] = {
    "FREQuency": ("Hz", lambda record, trace: _inverse(_period(record, trace))),
    "MEAN": ("V", lambda record, trace: float(np.mean(trace.volts))),
    "PERIod": ("s", _period),
    "PK2pk": ("V", lambda record, trace: float(np.ptp(trace.volts))),
    "CRMs": ("V", _cycle_rms),
    "MINImum": ("V", lambda record, trace: float(trace.volts.min())),
    "MAXImum": ("V", lambda record, trace: float(trace.volts.max())),
    "RISe": ("s", lambda record, trace: _edge(record, trace, rising=True)),
    "FALL": ("s", lambda record, trace: _edge(record, trace, rising=False)),
    "PWIdth": ("s", lambda record, trace: _width(record, trace, rising=True)),
    "NWIdth": ("s", lambda record, trace: _width(record, trace, rising=False)),
}
"""Measurements, with their units."""
_BY_SHORT = {"".join(letter for letter in name if not letter.islower()): kind for name, kind in KINDS.items()}


def _measured(twin: TektronixTPS2012) -> str:
    record, trace = _trace(twin, twin.measuring.source)
    return scientific(_BY_SHORT[twin.measuring.kind][1](record, trace))


COMMANDS = (
    Command(header=":CURVe", query=_curve, note="levels, as DATa says"),
    Command(header=":WFMPre", query=_preamble, note="sixteen values between semicolons"),
    Command(header=":WAVFrm", query=_waveform, note="preamble and curve"),
    *(Command(header=f":WFMPre:{name}", query=_part(act)) for name, act in PREAMBLE),
    keyword(":DATa:SOUrce", "data.source", SOURCES),
    keyword(":DATa:ENCdg", "data.encoding", ENCODINGS),
    setting(":DATa:WIDth", "data.width", Whole(1, 2)),
    setting(":DATa:STARt", "data.start", Whole(1, POINTS)),
    setting(":DATa:STOP", "data.stop", Whole(1, POINTS)),
    keyword(":DATa:DESTination", "data.destination", ("REFA", "REFB")),
    Command(header=":DATa", takes=(Choice(("INIT",)),), write=_start_anew),
    keyword(":MEASUrement:IMMed:SOUrce", "measuring.source", SOURCES),
    keyword(":MEASUrement:IMMed:TYPe", "measuring.kind", tuple(KINDS)),
    Command(header=":MEASUrement:IMMed:UNIts", query=lambda twin: f'"{_BY_SHORT[twin.measuring.kind][0]}"'),
    Command(header=":MEASUrement:IMMed:VALue", query=_measured, note="9.9E37 where it cannot be made"),
)  # fmt: skip
"""Waveforms and measurements."""
