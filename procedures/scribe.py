"""Notes from a thread of its own, for whoever has something more urgent to do than to wait for a disk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, Self


class Scribe:
    """Writes notes in their order while its `with` goes on; its end waits until all of them are written.

    Outputs go off first: a disk that stalls, or a journal that somebody holds, must not keep them on.
    """

    def __init__(self, write: Callable[..., None]) -> None:
        """`write` takes kind and payload of an event, and raises nothing."""
        self._write = write
        self._notes: queue.SimpleQueue[tuple[str, dict[str, Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="scribe", daemon=True)

    def note(self, kind: str, **payload: Any) -> None:
        """Have an event written; returns at once."""
        self._notes.put((kind, payload))

    def _work(self) -> None:
        while (told := self._notes.get()) is not None:
            kind, payload = told
            self._write(kind, **payload)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._notes.put(None)
        self._thread.join()
