"""A cache of expectations on disk: what was computed once, from the same inputs by the same code, is read back.

The name of an entry is the SHA-256 of everything that its arrays depend on: every field of every junction, every
option, and the source of this room. The files are NumPy's own archives rather than pickles of a caching library:
reading one cannot run code, and what a `Junction` has remembered of itself (cached properties, which pickles hold)
stays out of the name. A seal behind the archive, the SHA-256 of name and content, tells a whole entry from a torn one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import io
import os
import struct
import tempfile
import warnings
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError

Arrays = dict[str, NDArray[Any]]

_SUFFIX, _DRAFT = ".npz", ".part"
_SEAL_BYTES = 32


class ExpectationCache:
    """A folder of results, kept below a size; many processes may use it at once.

    The folder is the argument, else $SMTJLAB_CACHE, else `smtjlab` in the user's cache folder ($XDG_CACHE_HOME or
    ~/.cache). Past `limit` bytes the entries that were not used for longest are removed.
    """

    def __init__(self, folder: str | Path | None = None, *, limit: int = 2**30) -> None:
        if limit < 0:
            raise ModelError(f"`limit` must be at least 0 bytes, but is {limit}.")
        self.folder = Path(folder) if folder is not None else _usual_folder()
        self.limit = limit

    def recall(self, key: str, compute: Callable[[], Arrays]) -> Arrays:
        """Return the arrays stored under a key of `content_key`, computing and storing them if need be."""
        arrays = self.get(key)
        if arrays is None:
            arrays = compute()
            self.put(key, arrays)
        return arrays

    def get(self, key: str) -> Arrays | None:
        """Return the arrays stored under a key; None where there are none, or none that are whole."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            os.utime(path)  # "Used just now", for the day when room is made.
        except OSError:
            return None  # Absent, or removed just now by another process.
        payload, seal = content[:-_SEAL_BYTES], content[-_SEAL_BYTES:]
        if _seal(key, payload) != seal:
            return None
        with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    def put(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Store arrays under a key, whole or not at all; warns where the folder cannot be written."""
        archive = io.BytesIO()
        np.savez(archive, allow_pickle=False, **arrays)
        payload = archive.getvalue()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_at_once(self._path(key), payload + _seal(key, payload))
            self._make_room()
        except OSError as error:
            # The result is there and was dear: a full disk must not cost it.
            warnings.warn(f"The cache must be writable, but is not ({error}): a result is not kept.", stacklevel=3)

    def clear(self) -> None:
        """Remove all entries, and what killed writers left."""
        for path in (*self.folder.glob(f"*{_SUFFIX}"), *self.folder.glob(f"*{_DRAFT}")):
            path.unlink(missing_ok=True)

    @property
    def size(self) -> int:
        """Bytes that the entries take."""
        return sum(size for _, size, _ in self._entries())

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _entries(self) -> list[tuple[float, int, Path]]:
        """Return time of last use, bytes and path of each entry, the longest unused first."""
        entries = []
        for path in self.folder.glob(f"*{_SUFFIX}"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # Another process made room.
            entries.append((status.st_mtime, status.st_size, path))
        return sorted(entries)

    def _make_room(self) -> None:
        entries = self._entries()
        excess = sum(size for _, size, _ in entries) - self.limit
        for _, size, path in entries:
            if excess <= 0:
                return
            path.unlink(missing_ok=True)
            excess -= size


def content_key(kind: str, **inputs: Any) -> str:
    """Return the name of what follows from these inputs by today's code: 64 hexadecimal digits.

    Inputs are dataclasses (their fields count, nothing else they carry), arrays, numbers, texts, enums, None, and
    sequences and mappings of these. Equal numbers of different types are different inputs. Raises ModelError.
    """
    digest = hashlib.sha256()
    _feed(digest.update, (physics_digest(), kind, inputs))
    return digest.hexdigest()


@cache
def physics_digest() -> str:
    """Return the SHA-256 of this room's source and of the libraries that compile and run it."""
    digest = hashlib.sha256()
    for library in ("numpy", "numba", "scipy"):
        digest.update(f"{library} {importlib.metadata.version(library)}\n".encode())
    room = Path(__file__).parent
    for path in sorted([*room.glob("*.py"), *(room / "populations").glob("*.py")]):
        source = path.read_bytes()
        digest.update(f"{path.name} {len(source)}\n".encode())
        digest.update(source)
    return digest.hexdigest()


def _feed(update: Callable[[bytes], object], value: Any) -> None:
    """Feed a value to a hash such that no two values give the same bytes: each with its type and its length."""
    if type(value) is float:  # Most of what comes.
        update(b"f" + struct.pack("<d", value))
    elif value is None or (isinstance(value, int) and not isinstance(value, Enum)):
        update(f"i{value};".encode())
    elif isinstance(value, Enum):
        update(f"e{type(value).__name__}.{value.name};".encode())
    elif isinstance(value, str):
        text = value.encode()
        update(b"s%d;" % len(text) + text)
    elif isinstance(value, (np.ndarray, np.generic)) and value.dtype != np.dtype(object):
        update(f"a{value.dtype.str}{value.shape};".encode() + np.ascontiguousarray(value).tobytes())
    else:
        _feed_many(update, value)


def _feed_many(update: Callable[[bytes], object], value: Any) -> None:
    if isinstance(value, Mapping):
        parts = [part for name in sorted(value) for part in (name, value[name])]
        kind = "m"
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, field.name) for field in dataclasses.fields(value)]
        kind = f"d{type(value).__name__}"
    elif isinstance(value, (list, tuple)):
        parts, kind = list(value), "l"
    else:
        raise ModelError(f"What a result depends on must be plain data, but is {type(value).__name__}.")
    update(f"{kind}{len(parts)};".encode())
    for part in parts:
        _feed(update, part)


def _seal(key: str, payload: bytes) -> bytes:
    return hashlib.sha256(key.encode() + payload).digest()


def _write_at_once(path: Path, content: bytes) -> None:
    """Write a file that others see whole or not at all."""
    descriptor, draft = tempfile.mkstemp(suffix=_DRAFT, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _usual_folder() -> Path:
    chosen = os.environ.get("SMTJLAB_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smtjlab"
