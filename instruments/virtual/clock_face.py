"""The face of a served bench's clock: other processes of this computer look at it instead of asking.

Bench time is an offset plus a rate times the computer's monotonic time, which all processes share; both numbers lie in
memory that whoever may open the server's descriptors can map. Where the system has no such memory, nobody sees a face,
and the control channel is asked as before. Stdlib only.
"""

from __future__ import annotations

import mmap
import os
import sys
import time
import weakref

SIZE = 24
"""Bytes of three numbers: offset in s, rate, and a count that is odd while both change."""


class ClockFace:
    """The server's end."""

    def __init__(self) -> None:
        self.path: str | None = None
        """Where other processes find it; None where this system cannot show it."""
        self._memory: mmap.mmap | None = None
        if sys.platform == "linux":
            descriptor = os.memfd_create("smtjlab-clock")
            os.ftruncate(descriptor, SIZE)
            self._memory = mmap.mmap(descriptor, SIZE)
            self._numbers = memoryview(self._memory).cast("d")
            weakref.finalize(self, os.close, descriptor)  # open until then: it is the file's only name
            self.path = f"/proc/{os.getpid()}/fd/{descriptor}"

    def show(self, offset: float, rate: float) -> None:
        """Show that bench time is `offset` s plus `rate` times the monotonic time."""
        if self._memory is None:
            return
        if rate == self._numbers[1]:
            self._numbers[0] = offset
            return
        self._numbers[2] += 1
        self._numbers[1] = rate
        self._numbers[0] = offset
        self._numbers[2] += 1


class SeenClock:
    """A client's view of a face. Raises OSError or ValueError where there is none."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            self._numbers = memoryview(mmap.mmap(file.fileno(), SIZE, access=mmap.ACCESS_READ)).cast("d")

    def now(self) -> float:
        """Return bench time in s; of two numbers that are changing just now none is believed."""
        while True:
            count = self._numbers[2]
            now = float(self._numbers[0] + self._numbers[1] * time.monotonic())
            if count == self._numbers[2] and count % 2 == 0:
                return now
