"""The records of STDF V4 of which a wafer has most, packed by hand: part, test and result (PIR, PTR, PRR).

A library that packs field by field takes four milliseconds a device for them. What comes out is the same to the byte.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

HEAD, SITE = 1, 1
LONGEST = 255
"""Letters of a text."""
LARGEST = 2**32 - 1

ABNORMAL, FAILED = 1 << 2, 1 << 3
"""Bits of PART_FLG: testing ended before its end; the part failed."""
NO_VERDICT = 1 << 6
"""Bit of TEST_FLG: the test itself says neither pass nor fail; bins do."""
NO_LIMITS = 0b11001110
"""Bits of OPT_FLAG: one that must be set, no specification and no limit on either side."""

PIR, PTR, PRR = (5, 10), (15, 10), (5, 20)
"""Type and subtype."""


def text(words: str) -> str:
    """Return words as STDF can hold them."""
    return words.encode("ascii", "replace").decode()[:LONGEST]


def part(
    figures: Mapping[str, float | None],
    units: Mapping[str, str],
    *,
    place: tuple[int, int],
    name: str,
    device: str,
    number: int,
    flags: int,
    seconds: float,
) -> bytes:
    """Return the records of one device: its figures, in the order of `units`, are tests from 1; None is no test.

    `place` is column and row of its die, `number` its bin, `flags` are bits of PART_FLG.
    """
    tests = [(test, one, units[one]) for test, one in enumerate(units, 1) if figures.get(one) is not None]
    results = b"".join(_test(test, one, unit, float(figures[one] or 0.0)) for test, one, unit in tests)
    milliseconds = min(round(1e3 * seconds), LARGEST)
    body = struct.pack("<BBBHHHhhI", HEAD, SITE, flags, len(tests), number, number, *place, milliseconds)
    ended = _record(PRR, body, _texts((name, device)), b"\0")  # nothing was repaired
    return _record(PIR, bytes((HEAD, SITE))) + results + ended


def _test(number: int, name: str, unit: str, value: float) -> bytes:
    body = struct.pack("<IBBBBf", number, HEAD, SITE, NO_VERDICT, 0, value)
    scales_and_limits = bytes((NO_LIMITS, *bytes(3), *bytes(8)))
    formats_and_specification = bytes((*bytes(3), *bytes(8)))
    return _record(PTR, body, _texts((name, "")), scales_and_limits, _texts((unit,)), formats_and_specification)


def _texts(words: Iterable[str]) -> bytes:
    return b"".join(bytes((len(one),)) + one.encode("ascii") for one in map(text, words))


def _record(kind: tuple[int, int], *body: bytes) -> bytes:
    whole = b"".join(body)
    return struct.pack("<HBB", len(whole), *kind) + whole
