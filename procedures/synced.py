"""Puts a file on disk before anything else happens, name and content."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import IO


def sync(file: IO[str] | IO[bytes]) -> None:
    """Return when what was written into an open file is on disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on disk; Windows opens no folders and keeps its names in a log."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_names(folder: Path) -> None:
    """Return when a folder is on disk with the names in it, and its own."""
    for place in (folder, folder.parent):
        sync_folder(place)


def replace_text(path: Path, text: str) -> None:
    """Put a text in place of a file's content, whole or not at all, even if the power is cut. Raises OSError."""
    replace_bytes(path, text.encode("utf-8"))


def replace_bytes(path: Path, content: bytes) -> None:
    """Put bytes in place of a file's content, whole or not at all, even if the power is cut. Raises OSError."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            sync(file)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
