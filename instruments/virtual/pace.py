"""How fast time passes on a virtual bench, and how much noise its instruments make: for teaching."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from smtjlab.instruments.errors import InstrumentMistake

from .clock import BenchTime, ScaledClock, VirtualClock

FASTEST = math.inf
"""Speed of a bench on which time passes at once where anybody waits."""
LARGEST_SPEED = 1e6
LARGEST_NOISE = 1000.0


@dataclass(frozen=True)
class Pace:
    """Seconds on the bench for each of ours, and noise in units of what is specified; None where nothing is said."""

    speed: float | None = None
    noise: float | None = None

    @classmethod
    def parse(cls, speed: str | None, noise: str | None) -> Self:
        """Return what somebody has written: `10` or `fastest`, `3`. Raises InstrumentMistake.

        Slower than the computer's time would be no patience of a session any more.
        """
        fast, loud = _number(speed), _number(noise)
        if speed is not None and not (fast == FASTEST or 1 <= fast <= LARGEST_SPEED):
            raise InstrumentMistake(
                f"`speed` must be 1 (our time) to {LARGEST_SPEED:g}, or `fastest`, but is {str(speed)[:40]!r}."
            )
        if noise is not None and not 0 <= loud <= LARGEST_NOISE:
            raise InstrumentMistake(f"`noise` must be 0 to {LARGEST_NOISE:g}, but is {str(noise)[:40]!r}.")
        return cls(None if speed is None else fast, None if noise is None else loud)

    def clock(self, before: BenchTime) -> BenchTime:
        """Return a clock of this speed that goes on where another one is."""
        if self.speed is None:
            return before
        if self.speed != FASTEST:
            return ScaledClock(self.speed, before.now())
        made = VirtualClock(before.now())
        if isinstance(before, VirtualClock) and before.flows:
            made.flow()
        return made

    @property
    def speed_in_words(self) -> str:
        """How fast time passes."""
        if self.speed is None or self.speed == FASTEST:
            return "at once where somebody waits"
        return "as ours does" if self.speed == 1 else f"{self.speed:g} times as fast as ours"

    @property
    def note(self) -> str:
        """What a record must say of it; empty where nothing is out of the ordinary."""
        if self.noise is None or self.noise == 1:
            return ""
        return (
            f"The instruments of this virtual bench make {self.noise:g} times the noise of their specifications; "
            "no uncertainty here knows it."
        )


def _number(text: str | None) -> float:
    if text is None:
        return math.nan
    if str(text).strip() in ("fastest", "inf"):
        return FASTEST
    try:
        return float(text)
    except ValueError:
        return math.nan
