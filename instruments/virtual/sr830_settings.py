"""Settings of a virtual SR830: reference, input, gain, time constant, displays, offsets, auxiliary outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.sr830_specification import (
    AMPLITUDES,
    AUXILIARY,
    FREQUENCIES,
    RESERVES,
    SCALES,
    SINE,
    SLOWEST,
    TIME_CONSTANTS,
)

from .command_tree import Command
from .hidden_errors import quantised
from .line_language import Real
from .scpi import ScpiError
from .sr830_language import Whole

if TYPE_CHECKING:
    from .sr830 import SR830

FREQUENCY_DIGITS = 5
"""Digits of a frequency; four places behind the point at most (manual, page 5-4)."""
LONGEST_AT_HIGH = TIME_CONSTANTS.index(30.0)
"""Number of the longest time constant above the slowest detection frequency."""
RANGE_CHANGED, CONSTANT_CHANGED = 16, 32
"""Bits of the lock-in status: detection passed 200 Hz, and that changed the time constant (page 5-23)."""
LARGEST_OFFSET = 105.0
"""Per cent of the full scale."""


@dataclass(slots=True)
class Settings:
    """Settings as after `*RST` (manual, page 4-4); numbers where the commands take numbers."""

    phase: float = 0.0
    internal: int = 1
    frequency: float = 1000.0
    trigger_edge: int = 0
    harmonic: int = 1
    amplitude: float = 1.0
    """V rms."""
    source: int = 0
    grounding: int = 0
    coupling: int = 0
    notch: int = 0
    scale: int = 26
    reserve: int = 2
    constant: int = 8
    slope: int = 1
    synchronous: int = 0
    displays: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0), (0, 0)])
    """What displays 1 and 2 show, and by which auxiliary input they divide it."""
    outputs: list[int] = field(default_factory=lambda: [1, 1])
    offsets: list[tuple[float, int]] = field(default_factory=lambda: [(0.0, 0)] * 3)
    """Offset in per cent and expansion of X, Y and R."""
    auxiliary: list[float] = field(default_factory=lambda: [0.0] * 4)

    @property
    def unit(self) -> float:
        """Return what one V of the scale stands for: a millionth of an A behind the current inputs."""
        return 1e-6 if self.source > 1 else 1.0

    @property
    def full_scale(self) -> float:
        """Return the sensitivity in V or A rms."""
        return SCALES[self.scale] * self.unit

    @property
    def time_constant(self) -> float:
        """Return the time constant in s."""
        return TIME_CONSTANTS[self.constant]

    @property
    def headroom(self) -> float:
        """Return how much larger than the full scale an interference may be."""
        return float(10 ** (RESERVES[self.reserve] / 20))


def _set_frequency(twin: SR830, hertz: float) -> None:
    """Set the internal reference; an execution error where the harmonic would pass 102 kHz."""
    if not twin.settings.internal or hertz * twin.settings.harmonic > FREQUENCIES[1]:
        raise ScpiError(-221)
    places = max(0, min(4, FREQUENCY_DIGITS - len(str(int(hertz)))))
    _detect_at(twin, round(hertz, places if hertz >= 1 else 4), twin.settings.harmonic)


def _set_harmonic(twin: SR830, harmonic: int) -> None:
    """Set the harmonic; one beyond 102 kHz becomes the highest one below (page 5-4)."""
    frequency = twin.frequency() or twin.settings.frequency
    _detect_at(twin, twin.settings.frequency, min(harmonic, max(1, int(FREQUENCIES[1] / frequency))))


def _detect_at(twin: SR830, frequency: float, harmonic: int) -> None:
    settings = twin.settings
    before, after = settings.frequency * settings.harmonic, frequency * harmonic
    settings.frequency, settings.harmonic = frequency, harmonic
    if (before > SLOWEST) != (after > SLOWEST):
        twin.status.lock_in |= RANGE_CHANGED
    if after > SLOWEST and settings.constant > LONGEST_AT_HIGH:
        settings.constant = LONGEST_AT_HIGH
        twin.status.lock_in |= CONSTANT_CHANGED


def _set_constant(twin: SR830, number: int) -> None:
    settings = twin.settings
    if number > LONGEST_AT_HIGH and settings.frequency * settings.harmonic > SLOWEST:
        raise ScpiError(-221)
    settings.constant = number


def _set_phase(twin: SR830, degrees: float) -> None:
    """Set the phase, which wraps into -180 to 180 degrees (page 5-4)."""
    twin.settings.phase = round(wrapped(degrees), 2)


def wrapped(degrees: float) -> float:
    """Return an angle between -180 and 180 degrees."""
    return (degrees + 180) % 360 - 180


def _frequency(twin: SR830) -> str:
    return f"{twin.frequency() or 0.0:.6g}"


def _choice(header: str, name: str, highest: int, note: str = "") -> Command:
    return Command(
        header=header,
        takes=(Whole(0, highest),),
        query=lambda twin: str(getattr(twin.settings, name)),
        write=lambda twin, value: setattr(twin.settings, name, value),
        note=note,
    )


def _of_list(header: str, name: str, count: int, kinds: tuple[Any, ...], note: str = "") -> Command:
    """Return the command of a setting that each of `count` channels has, of one value or of two."""

    def write(twin: SR830, place: int, *given: Any) -> None:
        getattr(twin.settings, name)[place - 1] = given if len(kinds) > 1 else given[0]

    def ask(twin: SR830, place: int) -> str:
        value = getattr(twin.settings, name)[place - 1]
        found = value if len(kinds) > 1 else (value,)
        return ",".join(kind.write(one) for kind, one in zip(kinds, found, strict=True))

    first = Whole(1, count)
    return Command(header=header, write=write, query=ask, takes=(first, *kinds), asks=(first,), ask_needed=1, note=note)


def _auto(act: Callable[[SR830], None]) -> Callable[[SR830], None]:
    def found(twin: SR830) -> None:
        twin.live()
        act(twin)

    return found


def _auto_phase(twin: SR830) -> None:
    twin.settings.phase = round(wrapped(twin.settings.phase + twin.value(4)), 2)


def _auto_gain(twin: SR830) -> None:
    """Take the smallest scale that holds the magnitude; nothing happens above 1 s (page 4-21)."""
    if twin.settings.time_constant <= 1:
        size = abs(twin.output())
        wanted = [number for number, scale in enumerate(SCALES) if scale * twin.settings.unit > 1.05 * size]
        twin.settings.scale = wanted[0] if wanted else len(SCALES) - 1


def _auto_reserve(twin: SR830) -> None:
    """Take the smallest reserve that is not overloaded."""
    for reserve in (2, 1, 0):
        twin.settings.reserve = reserve
        if not twin.overloads() & 3:
            return


def _auto_offset(twin: SR830, which: int) -> None:
    size = twin.value(which) / twin.settings.full_scale * 100
    offset, expansion = twin.settings.offsets[which - 1]
    wanted = min(max(offset + size, -LARGEST_OFFSET), LARGEST_OFFSET)
    twin.settings.offsets[which - 1] = (round(wanted, 2), expansion)


COMMANDS = (
    Command(header="PHAS", takes=(Real(-360, 729.99, ".6g"),), write=_set_phase, note="degrees",
            query=lambda twin: f"{twin.settings.phase:.2f}"),
    _choice("FMOD", "internal", 1, "reference: 0 external, 1 internal"),
    Command(header="FREQ", takes=(Real(*FREQUENCIES, ".6g"),), write=_set_frequency, query=_frequency, note="Hz"),
    _choice("RSLP", "trigger_edge", 2),
    Command(header="HARM", takes=(Whole(1, 19999),), write=_set_harmonic,
            query=lambda twin: str(twin.settings.harmonic)),
    Command(header="SLVL", takes=(Real(*AMPLITUDES, ".6g"),), note="V rms, in steps of 2 mV",
            write=lambda twin, volts: setattr(twin.settings, "amplitude", quantised(volts, SINE.resolution)),
            query=lambda twin: f"{twin.settings.amplitude:.3f}"),
    _choice("ISRC", "source", 3, "input: A, A-B, 1 Mohm, 100 Mohm"),
    _choice("IGND", "grounding", 1),
    _choice("ICPL", "coupling", 1, "0 AC, 1 DC"),
    _choice("ILIN", "notch", 3, "line filters: none, line, twice the line, both"),
    _choice("SENS", "scale", 26, "full scale, 2 nV to 1 V"),
    _choice("RMOD", "reserve", 2, "high reserve, normal, low noise"),
    Command(header="OFLT", takes=(Whole(0, 19),), write=_set_constant, query=lambda twin: str(twin.settings.constant),
            note="time constant, 10 us to 30 ks"),
    _choice("OFSL", "slope", 3, "6, 12, 18, 24 dB/octave"),
    _choice("SYNC", "synchronous", 1, "filter below 200 Hz"),
    _of_list("DDEF", "displays", 2, (Whole(0, 4), Whole(0, 2)), "what a display shows, and its ratio"),
    _of_list("FPOP", "outputs", 2, (Whole(0, 1),), "what the front panel outputs carry"),
    _of_list("OEXP", "offsets", 3, (Real(-LARGEST_OFFSET, LARGEST_OFFSET, ".2f"), Whole(0, 2)), "offset and expansion"),
    _of_list("AUXV", "auxiliary", 4, (Real(*AUXILIARY, ".3f"),), "auxiliary outputs in V"),
    Command(header="AOFF", takes=(Whole(1, 3),), write=_auto_offset),
    Command(header="APHS", write=_auto(_auto_phase)),
    Command(header="AGAN", write=_auto(_auto_gain)),
    Command(header="ARSV", write=_auto(_auto_reserve)),
)  # fmt: skip
"""Settings of the lock-in."""
