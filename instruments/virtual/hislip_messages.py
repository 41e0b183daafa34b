"""Messages of HiSLIP (IVI-6.1): sixteen bytes of header, then the payload."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from .listener import Incoming

HEADER = struct.Struct("!2sBBIQ")
PROLOGUE = b"HS"
FIRST_ID = 0xFFFFFF00
"""Number of the first message after a start or a device clear; each next one is greater by 2."""
LARGEST_MESSAGE = 2**20
"""Bytes of a message, its header with it, that this server accepts; VISA's own default."""


class MessageType(IntEnum):
    """Message types of version 1.0 (IVI-6.1, table 4)."""

    INITIALIZE = 0
    INITIALIZE_RESPONSE = 1
    FATAL_ERROR = 2
    ERROR = 3
    ASYNC_LOCK = 4
    ASYNC_LOCK_RESPONSE = 5
    DATA = 6
    DATA_END = 7
    DEVICE_CLEAR_COMPLETE = 8
    DEVICE_CLEAR_ACKNOWLEDGE = 9
    ASYNC_REMOTE_LOCAL_CONTROL = 10
    ASYNC_REMOTE_LOCAL_RESPONSE = 11
    TRIGGER = 12
    INTERRUPTED = 13
    ASYNC_INTERRUPTED = 14
    ASYNC_MAXIMUM_MESSAGE_SIZE = 15
    ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE = 16
    ASYNC_INITIALIZE = 17
    ASYNC_INITIALIZE_RESPONSE = 18
    ASYNC_DEVICE_CLEAR = 19
    ASYNC_SERVICE_REQUEST = 20
    ASYNC_STATUS_QUERY = 21
    ASYNC_STATUS_RESPONSE = 22
    ASYNC_DEVICE_CLEAR_ACKNOWLEDGE = 23
    ASYNC_LOCK_INFO = 24
    ASYNC_LOCK_INFO_RESPONSE = 25


FIRST_VENDOR_TYPE = 128


class Fatal(IntEnum):
    """Why a session is over (IVI-6.1, table 14)."""

    UNIDENTIFIED = 0
    BAD_HEADER = 1
    ONE_CHANNEL = 2
    BAD_INITIALIZATION = 3
    TOO_MANY_CLIENTS = 4


class Complaint(IntEnum):
    """What is wrong with a message, the session going on (IVI-6.1, table 16)."""

    UNIDENTIFIED = 0
    UNKNOWN_TYPE = 1
    UNKNOWN_CONTROL_CODE = 2
    UNKNOWN_VENDOR_MESSAGE = 3
    TOO_LARGE = 4


class FatalHislipError(ConnectionError):
    """A client broke the protocol beyond repair: it is told why, then both channels are closed."""

    def __init__(self, code: Fatal, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class HislipError(Exception):
    """A client sent a message that makes no sense: it is told so, and the session goes on."""

    def __init__(self, code: Complaint, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    type: int
    control: int = 0
    parameter: int = 0
    payload: bytes = b""

    def packed(self) -> bytes:
        """Return the bytes that stand for it."""
        return HEADER.pack(PROLOGUE, self.type, self.control, self.parameter, len(self.payload)) + self.payload


def next_message(stream: Incoming) -> Message:
    """Return the next message of a channel.

    Raises FatalHislipError where what comes is no HiSLIP; HislipError where the payload is longer than the server
    takes, and has been thrown away; HungUp at the end.
    """
    prologue, kind, control, parameter, length = HEADER.unpack(stream.exactly(HEADER.size))
    if prologue != PROLOGUE:
        raise FatalHislipError(Fatal.BAD_HEADER, f"A header must begin with HS, but begins with {prologue!r}.")
    if length > LARGEST_MESSAGE - HEADER.size:
        stream.skip(length)
        raise HislipError(Complaint.TOO_LARGE, f"A message must have at most {LARGEST_MESSAGE} bytes.")
    return Message(kind, control, parameter, stream.exactly(length))


def response(answer: bytes, message_id: int, largest: int) -> bytes:
    """Return an answer to the message of that number as Data and DataEnd messages, each of at most `largest` bytes."""
    room = largest - HEADER.size
    cuts = range(0, max(len(answer), 1), room)
    return b"".join(
        Message(
            MessageType.DATA if start + room < len(answer) else MessageType.DATA_END,
            0,
            message_id,
            answer[start : start + room],
        ).packed()
        for start in cuts
    )
