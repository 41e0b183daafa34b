"""Tektronix TPS2012 as a digitiser, a class of ours: PyMeasure's for its family knows one measurement and no record.

Language of the programmer manual 071-1075. The instrument moves numbers that it cannot do to the nearest it can,
without a word: everything is read back. Its channels are isolated from each other and from earth. A plain cable is
expected, no probe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from .clock import Clock
from .errors import LimitError, SessionTimeout, UnsafeError
from .roles import Role
from .session import Session
from .specification import InstrumentSpecification, RangeSpecification, range_for
from .strict_driver import StrictDriver
from .tektronix_tps2012_specification import (
    CHANNELS,
    DIVISIONS,
    LEVELS,
    POINTS,
    SPECIFICATION_TPS2012,
    TIME_BASES,
    VERTICAL,
)

CLIPPED = (-128, 127)
"""Levels at the ends of the digitiser: what is there may lie beyond."""
NO_MISTAKE = 400
"""Events from here to 499 tell of power and operations, not of mistakes (page 3-12)."""
POLL = 0.05
"""Seconds between two questions whether a record is taken."""


class TektronixTPS2012(StrictDriver):
    """A TPS2012 that takes single records, triggered on its first channel. Nothing is sent on construction."""

    role: ClassVar[Role] = Role.OSCILLOSCOPE
    identity_pattern: ClassVar[str] = r"(?i)^TEKTRONIX,\s*TPS 2012\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_TPS2012

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        self.stand_on(session, clock)
        self.scales: dict[int, RangeSpecification] = {}
        """Range of each channel that is shown; empty until configured."""
        self.interval = 0.0
        """Seconds between two points; 0 until configured."""

    # The role

    def configure(self, *, channels: Mapping[int, float], duration: float, points: int) -> None:
        """Show channels, each with its full scale (V, of either sign), over `duration` s in `points`; read back.

        Scales and time base are the next ones that hold the wish. Edge trigger on the first channel at 0 V, rising;
        a record comes without one too.
        """
        scales, base = self._ranges(channels), self._base(duration, points)
        self.scales = {}
        self.set_up("HEADER OFF;VERBOSE ON;:ACQUIRE:STATE STOP;MODE SAMPLE;STOPAFTER SEQUENCE")
        expected: dict[str, float | str] = {}
        for number in CHANNELS:
            self.set_up(f"SELECT:CH{number} {'ON' if number in scales else 'OFF'}")
        for number, spec in scales.items():
            scale = spec.range / DIVISIONS
            self.set_up(f"CH{number}:PROBE 1;COUPLING DC;INVERT OFF;BANDWIDTH OFF;POSITION 0;SCALE {scale:.9g}")
            expected |= {f":CH{number}:PROBE?": 1.0, f":CH{number}:COUPLING?": "DC", f":CH{number}:INVERT?": "OFF"}
            expected |= {f":CH{number}:POSITION?": 0.0, f":CH{number}:SCALE?": scale}
        first = min(scales)
        self.set_up(f"HORIZONTAL:MAIN:SCALE {base:.9g};POSITION 0")
        self.set_up(f"TRIGGER:MAIN:MODE AUTO;TYPE EDGE;LEVEL 0;EDGE:SOURCE CH{first};SLOPE RISE;COUPLING DC")
        self.set_up(f"DATA:ENCDG ASCII;WIDTH 1;START 1;STOP {points}")
        expected |= {":HORIZONTAL:MAIN:SCALE?": base, ":TRIGGER:MAIN:EDGE:SOURCE?": f"CH{first}"}
        expected |= {":TRIGGER:MAIN:MODE?": "AUTO", ":DATA:WIDTH?": 1.0, ":DATA:STOP?": float(points)}
        self.verify(expected)
        self.scales, self.interval = scales, 10 * base / POINTS

    def record(self) -> Mapping[int, Sequence[float | None]]:
        """Take one record and return the volts of each channel; None where one is clipped.

        Raises SessionTimeout where none was taken in twice its time and 5 s more.
        """
        if not self.scales:
            raise UnsafeError(f"`{self.name}` must be configured first, but is not.")
        self.set_up("ACQUIRE:STATE RUN")
        left = 2 * POINTS * self.interval + self.session.timeout
        while self.session.query_numbers("BUSY?", 1) != [0.0]:
            if left < 0:
                raise SessionTimeout(f"`{self.name}` must take a record, but none was taken ({self.session.address}).")
            self.clock.sleep(POLL)
            left -= POLL
        return {number: self._volts(number, spec) for number, spec in self.scales.items()}

    # What the role stands on

    def oldest_error(self) -> tuple[int, str]:
        """Return the first mistake among the events that have happened, which this clears; 0 for none."""
        self.session.query("*ESR?")
        answer = self.session.query("ALLEV?")
        words = answer.split('",')
        for word in words:
            code, _, text = word.partition(",")
            if not code.strip().isdigit():
                self.session.poison(f"the event queue answered {answer!r}.")
                break
            if int(code) > 1 and not NO_MISTAKE <= int(code) < NO_MISTAKE + 100:
                return int(code), text.strip('"')
        return 0, ""

    def _volts(self, number: int, spec: RangeSpecification) -> list[float | None]:
        self.set_up(f"DATA:SOURCE CH{number}")
        step, offset = (self.session.query_numbers(f"WFMPRE:{part}?", 1)[0] for part in ("YMULT", "YOFF"))
        (count,) = self.session.query_numbers("WFMPRE:NR_PT?", 1)
        if abs(step * LEVELS * DIVISIONS - spec.range) > 1e-6 * spec.range:
            raise UnsafeError(
                f"Channel {number} of `{self.name}` must show ±{spec.range:g} V, but shows another scale."
            )
        levels = self.session.query_numbers("CURVE?", int(count))
        low, high = CLIPPED
        return [None if level in (low, high) else (level - offset) * step for level in levels]

    def _ranges(self, channels: Mapping[int, float]) -> dict[int, RangeSpecification]:
        if not channels or not set(channels) <= set(CHANNELS):
            raise LimitError(f"`channels` of `{self.name}` must be some of 1 and 2, but are {sorted(channels)}.")
        return {number: range_for(_SCREEN, channels[number]) for number in sorted(channels)}

    def _base(self, duration: float, points: int) -> float:
        if not 2 <= points <= POINTS:
            raise LimitError(f"`points` of `{self.name}` must be within 2 and {POINTS}, but are {points}.")
        wanted = duration / points * POINTS / 10
        if not 0 < wanted <= TIME_BASES[-1]:
            longest = TIME_BASES[-1] * 10 * points / POINTS
            raise LimitError(
                f"`duration` of `{self.name}` must be within 0 s and {longest:g} s, but is {duration:g} s."
            )
        return next(base for base in TIME_BASES if wanted <= base * (1 + 1e-9))


_SCREEN = tuple(
    RangeSpecification(one.range, one.resolution, one.gain, one.offset, one.noise, usable=1.0) for one in VERTICAL
)
"""Half of the screen at each scale, no more."""
