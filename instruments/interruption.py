"""Why the exchanges of a session are refused for now: said by any thread, heard by the one that waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from .errors import Interrupted


class Bell(Protocol):
    """What ends the wait of a line."""

    def interrupt(self) -> None:
        """End the wait under way, and every one to come; waits for nothing."""
        ...

    def go_on(self) -> None:
        """Let exchanges wait again."""
        ...


class Interruption:
    """The reason, and the bell that goes with it: both change at once, under a lock that nobody holds for long."""

    def __init__(self, name: str) -> None:
        """`name` is the instrument's."""
        self._name = name
        self._lock = threading.RLock()  # a signal handler may come while its own thread holds it
        self._bell: Bell | None = None
        self._undisturbed = 0
        self._later: str | None = None
        self.reason: str | None = None
        """Why exchanges are refused, or None."""

    def hang(self, bell: Bell) -> None:
        """Take the bell of a new line; it rings at once where there is a reason."""
        with self._lock:
            self._bell = bell
            if self.reason is not None:
                bell.interrupt()

    def come(self, reason: str) -> None:
        """Refuse exchanges from now on, or once nobody is undisturbed any more. The first reason stays."""
        with self._lock:
            if self._undisturbed:
                self._later = self._later or reason
                return
            self.reason = self.reason or reason
            if self._bell is not None:
                self._bell.interrupt()

    def lift(self) -> None:
        """Let exchanges be again; what waits until nobody is undisturbed still comes."""
        with self._lock:
            if self._bell is not None:
                self._bell.go_on()
            self.reason = None

    def forget(self) -> None:
        """Forget everything: the session is closed."""
        with self._lock:
            self._bell = self._later = self.reason = None

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Let what comes wait until the block has ended, and raise Interrupted then: no way to 0 V is cut.

        What came before is raised at once: whoever interrupts makes safe.
        """
        with self._lock:
            if self.reason is not None:
                raise self._told(self.reason)
            self._undisturbed += 1
        try:
            yield
        finally:
            came = self._let_through()
        if came is not None:
            raise self._told(came)

    def _let_through(self) -> str | None:
        with self._lock:
            self._undisturbed -= 1
            came = self._later
            if came is not None and not self._undisturbed:
                self._later = None
                self.come(came)
            return came

    def _told(self, reason: str) -> Interrupted:
        return Interrupted(f"`{self._name}` must not be interrupted on its way into the safe state, but was: {reason}")
