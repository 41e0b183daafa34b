"""A right that one process at a time holds: a locked file, which nobody needs to clear away after a crash."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from smtjlab.instruments.station_files import lock

_LOOK = 0.02
"""Seconds between two tries."""


class FileLock:
    """The lock of one file, which exists only while it is held or its holder was killed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    @property
    def held(self) -> bool:
        """Whether it is ours."""
        return self._file is not None

    def acquire(self, patience: float = 0.0) -> bool:
        """Return whether it is ours now, or within `patience` (s). Raises OSError where no file can be made."""
        deadline = time.monotonic() + patience
        while self._file is None:
            file = self._path.open("a+", encoding="utf-8")
            if lock(file) and self._is_the_one(file):
                self._file = file
                break
            file.close()
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOOK)
        return True

    def release(self) -> None:
        """Let go of it; the file goes with it."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with suppress(OSError):  # Windows keeps an open file, and a folder may have become read-only or be gone
            self._path.unlink()
        file.close()

    def _is_the_one(self, file: IO[str]) -> bool:
        """Return whether the locked file is still the one that others find under its name."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:  # its holder let go of it between our opening and our locking
            return False
