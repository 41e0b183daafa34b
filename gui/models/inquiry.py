"""Questions that take a moment: asked in a thread, answered when there is time, stale answers dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")

PATIENCE = 0.1
"""Seconds that a window which is closed waits for an answer."""


class Inquiry(Generic[Answer]):
    """The latest question of one kind. Whoever asks anew does not want to know what he asked before."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._question: Callable[[], Answer] | None = None
        self._answers: list[Answer] = []
        self._asked = self._ends = False
        self._working = False
        self._thread = threading.Thread(target=self._work, name="inquiry", daemon=True)
        self._thread.start()

    def ask(self, question: Callable[[], Answer]) -> None:
        """Put a question in the place of one that has not been answered yet. It must raise nothing."""
        with self._changed:
            self._question, self._asked = question, True
            self._answers.clear()
            self._changed.notify_all()

    @property
    def pending(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked

    def take(self) -> Answer | None:
        """Return the answer to the latest question, once; None while there is none."""
        with self._changed:
            return self._answers.pop() if self._answers else None

    def close(self) -> None:
        """End the thread once it has answered what it is at; nobody waits for a long answer."""
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ends or self._question is not None)
                question, self._question = self._question, None
                if self._ends or question is None:
                    return
            answer = question()
            with self._changed:
                if self._question is None:  # nobody has asked anything else meanwhile
                    self._answers[:] = [answer]
                    self._asked = False
