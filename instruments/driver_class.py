"""The class that a bench file names for an instrument, checked against the role that it is to play."""

from __future__ import annotations

from typing import Any

from .bench import Bench, InstrumentEntry
from .driver_name import DriverName
from .errors import BenchFileError


def driver_class(bench: Bench, entry: InstrumentEntry) -> Any:
    """Return the class that a bench names, once it plays the role asked of it. Raises BenchFileError with the line."""
    found = DriverName.parse(entry.driver).load()
    where = f"({bench.path.name}, line {entry.line})"
    role = getattr(found, "role", None)
    if role != entry.role:
        raise BenchFileError(
            f"`driver` of {entry.name!r} must play the role {entry.role.value!r}, but {entry.driver} plays "
            f"{'none' if role is None else repr(str(role))} {where}."
        )
    missing = [name for name in EVERY_DRIVER_HAS if not hasattr(found, name)]
    if missing:
        raise BenchFileError(
            f"`driver` of {entry.name!r} must have what every driver has, but {entry.driver} lacks "
            f"{', '.join(missing)} {where}."
        )
    return found


EVERY_DRIVER_HAS = (
    "identity_pattern", "identity_query", "verify_language", "output_is_on", "check_errors", "safe_step",
)  # fmt: skip
"""What a class must have before anything is sent: see smtjlab.instruments.roles.Instrument."""
