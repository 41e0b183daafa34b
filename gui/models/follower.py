"""The thread that reads journals for the window: Qt's own thread never waits for a disk."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from smtjlab.procedures.errors import MISTAKES, EngineFault, JournalFault

from .log_line import Line
from .points import Points
from .run_feed import Glance, RunFeed

LOOK = 0.05
"""Seconds between two looks at a run that goes on."""
BETWEEN_PORTIONS = 0.005
"""Seconds between two looks at one of which there is more to read: the window's thread shall come to its turn."""
LOOK_AT_ENDED = 0.5
"""Seconds between two looks at one that has ended: its model may still answer."""
PATIENCE = 0.3
"""Seconds that a window which is closed waits for the thread."""


@dataclass(frozen=True)
class Seen:
    """What the thread has found: a glance with its points, or why there is none."""

    generation: int
    """Counts the runs that were followed; what belongs to an earlier one is stale."""
    glance: Glance | None = None
    points: Points | None = None
    fault: str = ""


class Follower:
    """Follows one run at a time. `follow` and `take` are the window's; everything else happens in a thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._folder: Path | None = None
        self._generation = 0
        self._seen: Seen | None = None
        self._lines: list[Line] = []
        self._ends = False
        self._thread = threading.Thread(target=self._work, name="follower", daemon=True)
        self._thread.start()

    def follow(self, folder: Path) -> int:
        """Follow this run from now on, from its beginning; return its generation."""
        with self._changed:
            self._folder, self._seen, self._lines = folder, None, []
            self._generation += 1
            self._changed.notify_all()
            return self._generation

    def take(self) -> tuple[Seen | None, list[Line]]:
        """Return what is new since the last call: the latest look, None where there was none, and all new lines."""
        with self._changed:
            seen, lines = self._seen, self._lines
            self._seen, self._lines = None, []
            return seen, lines

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        feed: RunFeed | None = None
        generation = 0
        while True:
            with self._changed:
                if self._ends:
                    return
                if self._folder is None:
                    self._changed.wait()
                    continue
                if generation != self._generation:
                    feed, generation = None, self._generation
                folder = self._folder
            feed, seen = _looked(feed, folder, generation)
            with self._changed:
                if generation == self._generation:
                    self._put(seen)
                    self._changed.wait_for(
                        lambda: self._ends or generation != self._generation,  # noqa: B023 - asked here and now
                        _pause(seen),
                    )

    def _put(self, seen: Seen) -> None:
        self._seen = seen
        if seen.glance is not None:
            self._lines.extend(seen.glance.lines)


def _pause(seen: Seen) -> float:
    """Return the time in s until the next look."""
    if seen.glance is not None and seen.glance.behind:
        return BETWEEN_PORTIONS
    return LOOK_AT_ENDED if seen.glance is None or seen.glance.state.ended else LOOK


def _looked(feed: RunFeed | None, folder: Path, generation: int) -> tuple[RunFeed | None, Seen]:
    """Look once; a journal that cannot be read is told in a sentence, and looked at again from its beginning."""
    try:
        feed = feed or RunFeed(folder)
        return feed, Seen(generation, feed.look(), feed.points)
    except (JournalFault, EngineFault, OSError, *MISTAKES) as error:
        return None, Seen(generation, fault=str(error))
    except Exception as error:  # noqa: BLE001 - a slip of ours must be told, and the next run followed all the same
        return None, Seen(generation, fault=f"{type(error).__name__}: {error}")
