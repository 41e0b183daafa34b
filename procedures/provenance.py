"""What a reader must know to measure or compute the same again: versions, hashes, seeds."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("smtjlab", "numpy", "scipy", "numba", "pyvisa", "pyvisa-py", "pymeasure")
_ROOMS = ("simulation", "instruments", "procedures", "reports")


@cache
def versions() -> dict[str, str]:
    """Return the versions that shaped the data, Python's among them."""
    found = {"python": platform.python_version(), "platform": platform.platform(terse=True)}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # an optional one may be absent; that is worth recording too
            found[package] = "absent"
    return found


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_hash() -> str:
    """Return one SHA-256 over the source of all rooms that shape data, in hexadecimal, as this process found it."""
    house = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(p for room in _ROOMS for p in (house / room).rglob("*.py")):
        digest.update(path.relative_to(house).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
