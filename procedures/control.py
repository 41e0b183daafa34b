"""Requests from outside to a running engine: stop, pause, resume. Honoured between points and while waiting."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol


class StopNow(Exception):
    """Somebody asked to stop without finishing the point."""


class Clock(Protocol):
    """Time on the bench."""

    def now(self) -> float:
        """Return the time in s."""

    def sleep(self, seconds: float) -> None:
        """Return when that time has passed."""


class Control:
    """What the faces asked for. Set from any thread, read by the engine's."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stop = False
        self._now = False
        self._paused = False
        self._later = False
        self.at_once: Callable[[], None] | None = None
        """What a stop that does not wait for the point sets off, in the thread of whoever asks; it must not block."""

    def stop(self, *, now: bool = False) -> None:
        """Ask for a safe end, after this point or now."""
        with self._changed:
            self._stop = True
            self._now = self._now or now
            self._changed.notify_all()
            at_once = self.at_once if now else None
        if at_once is not None:
            at_once()

    def pause(self) -> None:
        """Ask to hold after this point, outputs as they are."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Go on."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget what was asked of the last run."""
        with self._changed:
            self._stop = self._now = self._paused = False

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop

    @property
    def stopping_now(self) -> bool:
        """Whether a stop was asked for that does not wait for the point."""
        return self._now

    @property
    def paused(self) -> bool:
        """Whether a pause was asked for and no stop since."""
        return self._paused and not self._stop and not self._later

    @contextmanager
    def pausing_later(self) -> Iterator[None]:
        """While this lasts no pause holds anything: one that is asked for meanwhile holds from its end on."""
        self._later = True
        try:
            yield
        finally:
            self._later = False

    def wait_while_paused(self, seconds: float) -> None:
        """Return when resumed or stopped, or after `seconds` of real time."""
        with self._changed:
            self._changed.wait_for(lambda: not self.paused, seconds)

    def heed(self) -> None:
        """Raise StopNow if that was asked for."""
        if self._now:
            raise StopNow


PIECE = 0.025
"""Longest sleep in s of real time without a look: a stop must be heard well within a tenth of a second."""


class HeedingClock:
    """The bench's clock, looking up from every long sleep: `heed` raises where the sleep must not go on.

    The slices are short in real time: a slice that cost nothing (virtual time) lets the next one be longer, up to
    `longest` s of the bench's time.
    """

    def __init__(self, clock: Clock, heed: Callable[[], None], *, longest: float = math.inf) -> None:
        self._clock = clock
        self._heed = heed
        self._longest = longest

    def now(self) -> float:
        """Return the bench's time in s."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Return when that time has passed on the bench, or raise what `heed` raises."""
        left, piece = seconds, min(PIECE, self._longest)
        while left > 0:
            self._heed()
            begun = time.monotonic()
            self._clock.sleep(min(left, piece))
            left -= piece
            if time.monotonic() - begun < piece / 10:
                piece = min(2 * piece, self._longest)


class Clocks(NamedTuple):
    """The bench's clock, three times over, by what a sleeper looks up for."""

    patient: HeedingClock
    """For a stop now and the guardian."""
    watchful: HeedingClock
    """For monitors as well."""
    held: HeedingClock
    """For any stop: no point is being taken."""


def clocks_of(clock: Clock, heed: Callable[..., None], shortest: float) -> Clocks:
    """Return the three; `heed` is told `watching` or `held`, `shortest` s lie between looks of monitors."""
    return Clocks(
        HeedingClock(clock, heed),
        HeedingClock(clock, lambda: heed(watching=True), longest=shortest),
        HeedingClock(clock, lambda: heed(held=True)),
    )
