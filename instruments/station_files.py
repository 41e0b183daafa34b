"""Files by which the processes of a station find each other and keep out of each other's way. Stdlib only."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

FAR_BEYOND = 0x7FFF0000
"""Byte of a file that stands for all of it where Windows locks bytes; none of ours grows so long."""


def write_private(path: Path, content: Mapping[str, Any], *, durable: bool = False) -> None:
    """Write JSON that only the owner can read, whole or not at all; `durable` is on disk when it returns."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # created with mode 0600
    try:
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(name, path)
        if durable and sys.platform != "win32":  # Windows opens no folders
            _sync_folder(path.parent)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def lock(file: IO[str], *, wait: bool = False) -> bool:
    """Return whether the file is now locked by us; the lock lasts until its last holder has closed it or died."""
    if sys.platform == "win32":
        import msvcrt

        # It locks from where the file stands, against reading too: one place for all, beyond what is written there.
        stands = os.lseek(file.fileno(), 0, os.SEEK_CUR)
        os.lseek(file.fileno(), FAR_BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file.fileno(), stands, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
