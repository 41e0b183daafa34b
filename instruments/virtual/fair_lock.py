"""The lock of a world: who holds it for long can see that others wait, and let them pass."""

from __future__ import annotations

import threading
import time

GLANCE = 1e-3
"""Seconds for which the lock is let go of at once."""


class FairLock(threading.Condition):
    """A condition on a reentrant lock. A lock of the system goes to whoever asks first, and that is its last holder."""

    def __init__(self) -> None:
        super().__init__(threading.RLock())
        self._counting = threading.Lock()
        self._waiting = 0

    def __enter__(self) -> bool:
        if self.acquire(blocking=False):
            return True
        with self._counting:
            self._waiting += 1
        try:
            return self.acquire()
        finally:
            with self._counting:
                self._waiting -= 1

    def let_pass(self, longest: float) -> None:
        """Let go of the lock until nobody waits for it any more, for `longest` s at most. Called while it is held."""
        deadline = time.monotonic() + longest
        while self._waiting and time.monotonic() < deadline:
            self.wait(GLANCE)
