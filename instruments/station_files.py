"""Files by which the processes of a station find each other and keep out of each other's way. Stdlib only."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any


def write_private(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that only the owner can read, whole or not at all."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # created with mode 0600
    try:
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def lock(file: IO[str], *, wait: bool = False) -> bool:
    """Return whether the file is now locked by us; the lock lasts until its last holder has closed it or died."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
