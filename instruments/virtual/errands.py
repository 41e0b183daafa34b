"""Work that somebody who may not wait leaves to a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from .world import BenchClosedError

LOG = logging.getLogger(__name__)


class Errands:
    """A thread that runs what it is given, one after the other."""

    def __init__(self, name: str) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def run(self, errand: Callable[[], None]) -> None:
        """Have something done soon."""
        self._waiting.put(errand)

    def close(self) -> None:
        """End the thread once it has done what waits."""
        self._waiting.put(None)

    def _run(self) -> None:
        while (errand := self._waiting.get()) is not None:
            try:
                errand()
            except (OSError, BenchClosedError) as problem:
                LOG.debug("a client has gone: %s", problem)
            except Exception:  # whatever one errand meets, the next is run
                LOG.exception("an errand of the virtual bench failed")
