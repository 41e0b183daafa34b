"""Waveforms of a virtual 6221: sine, square and ramp around an offset (reference manual, section 7).

The shapes go into the world as they are; arbitrary ones are kept, but cannot be armed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.keithley_6221_specification import LARGEST_CURRENT, SOURCE_CURRENT
from smtjlab.instruments.specification import range_for

from .circuit import Wave
from .command_tree import ON_OFF, Command, setting
from .endless import EndlessNumber
from .parameter import Choice, Integer, Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_6221 import Keithley6221
    from .world import Doing

LARGEST_SHAPE = 65_536
"""Points of an arbitrary waveform."""
WAVE_STARTED = 16
"""Bit of the operation register."""
LONGEST_REST = 1e9
"""Seconds that stand for a waveform without end."""


@dataclass(slots=True)
class Waveform:
    """Settings of a waveform; amplitude and offset in A, frequency in Hz."""

    function: str = "SIN"
    frequency: float = 1e3
    amplitude: float = 1e-3
    offset: float = 0.0
    duty: float = 50.0
    """Per cent of a period that a square is high, or that a ramp rises."""
    cycles: float = math.inf
    ranging: str = "BEST"
    marker: float = 180.0
    marker_on: bool = False
    marker_line: int = 3
    shapes: dict[int, list[float]] = field(default_factory=lambda: {0: [1.0]})
    """Arbitrary waveforms by their place; 0 is the working copy."""

    @property
    def duration(self) -> float:
        """Return how long the waveform lasts, in s."""
        return self.cycles / self.frequency


def arm(twin: Keithley6221) -> None:
    """Prepare the waveform; -221 for an arbitrary one, which the world cannot carry."""
    waveform = twin.waveform
    if waveform.function.startswith("ARB"):
        raise ScpiError(-221, "arbitrary waveforms are not imitated")
    largest = abs(waveform.offset) + waveform.amplitude
    if not SOURCE_CURRENT[-1].holds(largest):
        raise ScpiError(-221)
    if waveform.ranging == "BEST":
        twin.source.fixed, twin.source.autorange = range_for(SOURCE_CURRENT, largest), False
    twin.arm(run)


def run(twin: Keithley6221) -> Doing[None]:
    """Drive the waveform as long as it lasts, then its offset."""
    waveform = twin.waveform
    twin.source.level, twin.source.output = waveform.offset, True
    twin.source.wave = Wave(
        frequency=waveform.frequency,
        amplitude=waveform.amplitude,
        shape=waveform.function,
        duty=waveform.duty / 100,
    )
    twin.apply()
    twin.status.operation.raise_condition(WAVE_STARTED)
    yield min(waveform.duration, LONGEST_REST)
    twin.end_run()


def _initiate(twin: Keithley6221) -> None:
    """Start the armed waveform; -221 where none is."""
    if twin.armed is not run:
        raise ScpiError(-221)
    twin.initiate()


def _set_duration(twin: Keithley6221, seconds: float) -> None:
    twin.waveform.cycles = seconds * twin.waveform.frequency


def _set_shape(twin: Keithley6221, *points: float) -> None:
    if len(points) > LARGEST_SHAPE:
        raise ScpiError(-223)
    twin.waveform.shapes[0] = list(points)


def _extend_shape(twin: Keithley6221, *points: float) -> None:
    _set_shape(twin, *twin.waveform.shapes[0], *points)


def _copy_shape(twin: Keithley6221, place: int) -> None:
    twin.waveform.shapes[place] = list(twin.waveform.shapes[0])


_POINT = Number(-1, 1, 0)

COMMANDS = (
    setting("[:SOURce[1]]:WAVE:FUNCtion", "waveform.function",
            Choice(("SINusoid", "SQUare", "RAMP", "ARB0", "ARB1", "ARB2", "ARB3", "ARB4"))),
    setting("[:SOURce[1]]:WAVE:FREQuency", "waveform.frequency", Number(1e-3, 1e5, 1e3, "HZ")),
    setting("[:SOURce[1]]:WAVE:AMPLitude", "waveform.amplitude", Number(2e-12, LARGEST_CURRENT, 1e-3, "A")),
    setting("[:SOURce[1]]:WAVE:OFFSet", "waveform.offset", Number(-LARGEST_CURRENT, LARGEST_CURRENT, 0, "A")),
    setting("[:SOURce[1]]:WAVE:DCYCle", "waveform.duty", Number(0, 100, 50)),
    setting("[:SOURce[1]]:WAVE:DURation:CYCLes", "waveform.cycles", EndlessNumber(1e-3, 99_999_999_900, 1)),
    setting("[:SOURce[1]]:WAVE:DURation:TIME", "waveform.duration", EndlessNumber(100e-9, 999_999.999, 1, "S"),
            write=_set_duration),
    setting("[:SOURce[1]]:WAVE:RANGing", "waveform.ranging", Choice(("BEST", "FIXed"))),
    setting("[:SOURce[1]]:WAVE:PMARk[:LEVel]", "waveform.marker", Number(-180, 360, 180)),
    setting("[:SOURce[1]]:WAVE:PMARk:STATe", "waveform.marker_on", ON_OFF),
    setting("[:SOURce[1]]:WAVE:PMARk:OLINe", "waveform.marker_line", Integer(1, 6, 3)),
    Command(header="[:SOURce[1]]:WAVE:ARBitrary:DATA", takes=(_POINT,), repeats=True, write=_set_shape,
            query=lambda twin: ",".join(_POINT.write(one) for one in twin.waveform.shapes[0])),
    Command(header="[:SOURce[1]]:WAVE:ARBitrary:APPend", takes=(_POINT,), repeats=True, write=_extend_shape),
    Command(header="[:SOURce[1]]:WAVE:ARBitrary:COPY", takes=(Integer(1, 4, 1),), write=_copy_shape),
    Command(header="[:SOURce[1]]:WAVE:ARBitrary:POINts", query=lambda twin: str(len(twin.waveform.shapes[0]))),
    Command(header="[:SOURce[1]]:WAVE:ARM", write=arm, note="prepares the waveform"),
    Command(header="[:SOURce[1]]:WAVE:INITiate", write=_initiate),
    Command(header="[:SOURce[1]]:WAVE:ABORt", write=lambda twin: twin.abort(disarm=True)),
)  # fmt: skip
"""SOURce:WAVE."""
