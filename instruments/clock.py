"""Time on a bench, passed in so that imagined seconds need not be waited for."""

from __future__ import annotations

import time
from typing import Protocol, runtime_checkable


@runtime_checkable
class Clock(Protocol):
    """What everything that waits is given. Benches with simulated time bring clocks of their own."""

    def now(self) -> float:
        """Return seconds since an arbitrary moment; never goes backwards."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on this clock."""
        ...


class RealClock:
    """The clock of a bench made of metal: monotonic, deaf to changes of the computer's date."""

    def now(self) -> float:
        """Return the monotonic time in s."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`; nothing happens for 0 or less."""
        if seconds > 0:
            time.sleep(seconds)
