"""How the time of a virtual bench passes: not at all until somebody waits, or with the computer's, faster or slower."""

from __future__ import annotations

import time
from threading import Condition
from typing import Protocol

from .clock_face import ClockFace

TICK = 2.0**-10
"""Steps in s in which imagined time flows: a world that stands still between two messages has nothing to work out."""


class BenchTime(Protocol):
    """What drives a world. `pass_time` is called with the world's lock held, and may let go of it while it waits."""

    def now(self) -> float:
        """Return bench time in s since the bench was switched on."""
        ...

    def pass_time(self, condition: Condition, seconds: float) -> None:
        """Return when `seconds` of bench time have passed, or earlier when the condition was notified."""
        ...

    def show_on(self, face: ClockFace) -> None:
        """Show the time on a face from now on."""
        ...


class VirtualClock:
    """Time that passes when somebody waits, and then at once; it may flow with the computer's beside that."""

    def __init__(self, begins: float = 0.0) -> None:
        """`begins` is the bench time in s at which it is set going."""
        self._now = begins
        self._flowing_since: float | None = None
        self._face: ClockFace | None = None

    def flow(self) -> None:
        """Let time pass with the computer's from now on: a client that sleeps of its own accord is not held up."""
        if self._flowing_since is None:
            self._flowing_since = time.monotonic()
            self._jump(0.0)

    @property
    def flows(self) -> bool:
        """Whether time passes with the computer's as well."""
        return self._flowing_since is not None

    def now(self) -> float:
        """Return bench time in s."""
        flown = 0.0 if self._flowing_since is None else time.monotonic() - self._flowing_since
        return self._now + flown // TICK * TICK

    def pass_time(self, condition: Condition, seconds: float) -> None:
        """Jump ahead. Never waits."""
        self._jump(seconds)

    def sleep(self, seconds: float) -> None:
        """Jump ahead. Never waits."""
        self._jump(seconds)

    def show_on(self, face: ClockFace) -> None:
        """Show the time on a face from now on."""
        self._face = face
        self._jump(0.0)

    def _jump(self, seconds: float) -> None:
        self._now += max(0.0, seconds)
        if self._face is not None:
            flowing = self._flowing_since is not None
            self._face.show(self._now - (self._flowing_since or 0.0), 1.0 if flowing else 0.0)


class ScaledClock:
    """Time that runs `factor` times as fast as the computer's; factor 1 is real time."""

    def __init__(self, factor: float = 1.0, begins: float = 0.0) -> None:
        """`begins` is the bench time in s at which it is set going."""
        if not factor > 0:
            raise ValueError(f"`factor` of a clock must be above 0, but is {factor}.")
        self.factor, self._begins = factor, begins
        self._start = time.monotonic()

    def now(self) -> float:
        """Return bench time in s."""
        return self._begins + (time.monotonic() - self._start) * self.factor

    def pass_time(self, condition: Condition, seconds: float) -> None:
        """Wait outside the lock."""
        if seconds > 0:
            condition.wait(seconds / self.factor)

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of bench time."""
        if seconds > 0:
            time.sleep(seconds / self.factor)

    def show_on(self, face: ClockFace) -> None:
        """Show the time on a face."""
        face.show(self._begins - self._start * self.factor, self.factor)
