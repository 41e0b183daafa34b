"""Remote procedure calls as VXI-11 uses them: XDR (RFC 4506), ONC RPC version 2 (RFC 5531) and its record marking."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from .listener import Incoming

WORD = struct.Struct("!I")
LAST_FRAGMENT = 0x80000000
LARGEST_RECORD = 2**18 + 2048
"""Bytes of a call, headers and data; whoever sends more is hung up on."""
LONGEST_AUTHENTICATION = 400
RPC_VERSION = 2
CALL, REPLY = 0, 1


class RecordError(ConnectionError):
    """What comes is no remote procedure call: there is nothing to answer."""


class ArgumentError(ValueError):
    """The arguments of a call cannot be read."""


class Outcome(IntEnum):
    """What became of a call that was accepted."""

    SUCCESS = 0
    PROGRAM_UNAVAILABLE = 1
    PROGRAM_MISMATCH = 2
    PROCEDURE_UNAVAILABLE = 3
    GARBAGE_ARGUMENTS = 4


class Unpacker:
    """XDR data, taken apart from its beginning. Everything raises ArgumentError where the data ends too soon."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def unsigned(self) -> int:
        """Return the next unsigned integer."""
        return int(WORD.unpack(self._take(4))[0])

    def opaque(self, longest: int) -> bytes:
        """Return the next bytes of variable length."""
        length = self.unsigned()
        if length > longest:
            raise ArgumentError(f"At most {longest} bytes must be given, but it is {length}.")
        data = self._take(length)
        self._take(-length % 4)
        return data

    def _take(self, count: int) -> bytes:
        data = self._data[self._position : self._position + count]
        if len(data) < count:
            raise ArgumentError(f"{count} bytes must follow, but there are {len(data)}.")
        self._position += count
        return data


def words(*values: int) -> bytes:
    """Return integers as XDR."""
    return b"".join(WORD.pack(value & 0xFFFFFFFF) for value in values)


def opaque(data: bytes) -> bytes:
    """Return bytes of variable length as XDR."""
    return WORD.pack(len(data)) + data + bytes(-len(data) % 4)


def record(body: bytes) -> bytes:
    """Return a record of one fragment."""
    return WORD.pack(LAST_FRAGMENT | len(body)) + body


def next_record(stream: Incoming) -> bytes:
    """Return the next record. Raises RecordError where it is too long, HungUp at the end."""
    body = bytearray()
    while True:
        (header,) = WORD.unpack(stream.exactly(4))
        length = header & ~LAST_FRAGMENT
        if len(body) + length > LARGEST_RECORD:
            raise RecordError(f"A call must have at most {LARGEST_RECORD} bytes, but has more.")
        body += stream.exactly(length)
        if header & LAST_FRAGMENT:
            return bytes(body)


@dataclass(frozen=True, slots=True)
class Program:
    """What can be called: `procedures` by number, each with its arguments in and its result out, both as XDR."""

    number: int
    version: int
    procedures: Mapping[int, Callable[[Unpacker], bytes]]

    def reply(self, body: bytes) -> bytes:
        """Return the reply to a call. Raises RecordError where it is no call."""
        call = Unpacker(body)
        try:
            xid, kind, rpc = call.unsigned(), call.unsigned(), call.unsigned()
            if kind != CALL:
                raise RecordError("A record must be a call.")
            if rpc != RPC_VERSION:
                return words(xid, REPLY, 1, 0, RPC_VERSION, RPC_VERSION)
            number, version, procedure = call.unsigned(), call.unsigned(), call.unsigned()
            for _ in ("credentials", "verifier"):
                call.unsigned()
                call.opaque(LONGEST_AUTHENTICATION)
        except ArgumentError as problem:
            raise RecordError(str(problem)) from None
        outcome, result = self._called(number, version, procedure, call)
        return words(xid, REPLY, 0, 0, 0, outcome) + result

    def _called(self, number: int, version: int, procedure: int, arguments: Unpacker) -> tuple[Outcome, bytes]:
        if number != self.number:
            return Outcome.PROGRAM_UNAVAILABLE, b""
        if version != self.version:
            return Outcome.PROGRAM_MISMATCH, words(self.version, self.version)
        if procedure == 0:
            return Outcome.SUCCESS, b""
        if procedure not in self.procedures:
            return Outcome.PROCEDURE_UNAVAILABLE, b""
        try:
            return Outcome.SUCCESS, self.procedures[procedure](arguments)
        except ArgumentError:
            return Outcome.GARBAGE_ARGUMENTS, b""


def call(xid: int, number: int, version: int, procedure: int, arguments: bytes) -> bytes:
    """Return a call without credentials."""
    return words(xid, CALL, RPC_VERSION, number, version, procedure, 0, 0, 0, 0) + arguments
