"""The end that does not wait: exchanges are cut, and where the engine itself hangs, a second session makes safe."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from smtjlab.instruments.open_bench import OpenBench
from smtjlab.instruments.safe_state import SafePlan, carry_out

GRACE = 0.04
"""Seconds that the engine's own thread has to begin making safe before a second session does."""


class SecondSession:
    """Stands by while a run goes on. `act` may be called from any thread or signal handler, and returns at once."""

    def __init__(self, bench: OpenBench, plan: SafePlan, note: Callable[..., None]) -> None:
        """`note` writes an event into the journal, and raises nothing."""
        self._bench = bench
        self._plan = plan
        self._note = note
        self._begun = threading.Event()
        self._deciding = threading.Lock()
        self._acting = threading.Lock()

    def act(self) -> None:
        """Cut every exchange under way; make the bench safe beside an engine that does not come out of its call."""
        threading.Thread(target=self._act, name="second session", daemon=True).start()

    def _act(self) -> None:
        with self._deciding:
            if self._begun.is_set():  # making safe must not be cut
                return
            self._bench.interrupt("Somebody asked to stop now.")
        if self._begun.wait(GRACE):
            return
        with self._acting:
            if not self._begun.is_set():
                report = carry_out(self._plan)
                self._note("safety", by="second session", safe=report.safe, findings=report.findings)

    @contextmanager
    def own_turn(self) -> Iterator[None]:
        """Let the engine's own thread make safe, once a second session that is at work has ended."""
        with self._deciding:
            self._begun.set()
        with self._acting:
            yield
