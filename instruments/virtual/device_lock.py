"""The lock of one instrument, which its clients on HiSLIP and VXI-11 share: exclusive, or shared by a key."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import IntEnum

GLANCE = 0.02
"""Seconds between two looks at whether whoever waits for the lock has given up."""


class LockOutcome(IntEnum):
    """What became of a request or a release; the numbers of HiSLIP's AsyncLockResponse (IVI-6.1, tables 19 and 20)."""

    REFUSED = 0
    """Others hold it still."""
    DONE = 1
    """Granted; the exclusive lock was given back."""
    SHARED_DONE = 2
    """The shared lock was given back."""
    WRONG = 3
    """It makes no sense: asked for twice, given back by somebody who had none."""


def never() -> bool:
    """Return that nobody gives up."""
    return False


@dataclass(slots=True)
class DeviceLock:
    """Who may speak to an instrument. Waiting takes the computer's time: it is the client's patience."""

    owner: Hashable | None = None
    """Holder of the exclusive lock."""
    key: bytes = b""
    sharers: set[Hashable] = field(default_factory=set)
    """Holders of the shared lock."""
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def request(
        self, holder: Hashable, key: bytes = b"", patience: float = 0.0, gave_up: Callable[[], bool] = never
    ) -> LockOutcome:
        """Lock, exclusively or with a key for sharing; wait up to `patience` s for others to give way."""
        outcome = LockOutcome.REFUSED

        def decided() -> bool:
            nonlocal outcome
            outcome = self._grant_shared(holder, key) if key else self._grant_exclusive(holder)
            return outcome is not LockOutcome.REFUSED

        self._wait_for(decided, patience, gave_up)
        return outcome

    def release(self, holder: Hashable) -> LockOutcome:
        """Give the exclusive lock back, or else the shared one."""
        with self._changed:
            exclusive = holder == self.owner
            if not exclusive and holder not in self.sharers:
                return LockOutcome.WRONG
            if exclusive:
                self.owner = None
            else:
                self.sharers.discard(holder)
            self._changed.notify_all()
            return LockOutcome.DONE if exclusive else LockOutcome.SHARED_DONE

    def forget(self, holder: Hashable) -> None:
        """Take back all that a client held: it has gone."""
        while self.release(holder) is not LockOutcome.WRONG:
            pass

    def admits(self, holder: Hashable, patience: float = 0.0, gave_up: Callable[[], bool] = never) -> bool:
        """Return whether a client may speak, after waiting up to `patience` s for others to give way."""
        return self._wait_for(lambda: self._open_to(holder), patience, gave_up)

    def holders(self) -> tuple[bool, int]:
        """Return whether the exclusive lock is held, and how many clients hold a lock."""
        with self._changed:
            return self.owner is not None, len(self.sharers | ({self.owner} if self.owner is not None else set()))

    def _open_to(self, holder: Hashable) -> bool:
        if self.owner is not None:
            return self.owner == holder
        return not self.sharers or holder in self.sharers

    def _grant_exclusive(self, holder: Hashable) -> LockOutcome:
        if self.owner == holder:
            return LockOutcome.WRONG
        if not self._open_to(holder):
            return LockOutcome.REFUSED
        self.owner = holder
        return LockOutcome.DONE

    def _grant_shared(self, holder: Hashable, key: bytes) -> LockOutcome:
        if holder in self.sharers or self.owner == holder:
            return LockOutcome.WRONG
        if key != self.key if self.sharers else self.owner is not None:
            return LockOutcome.REFUSED
        self.key = key
        self.sharers.add(holder)
        return LockOutcome.DONE

    def _wait_for(self, true: Callable[[], bool], patience: float, gave_up: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + patience
        with self._changed:
            while not true():
                left = deadline - time.monotonic()
                if left <= 0 or gave_up():
                    return False
                self._changed.wait(min(left, GLANCE))
            return True
