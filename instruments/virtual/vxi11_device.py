"""What the links of VXI-11 do with an instrument: one message exchange, one lock, and time-outs for everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from .device_lock import LockOutcome
from .errands import Errands
from .message_exchange import GLANCE, Answerer, BusExchange, Ending

PROMPT = 0.1
"""Seconds for which a write waits for its message to be carried out: then a poll that follows it finds the answer.

What takes longer goes on beside, as in an instrument that has put the message into its input buffer.
"""
LARGEST_PIECE = 2**20
"""Bytes of an answer that one call returns at most."""
MILLISECOND = 1e-3


class ErrorCode(IntEnum):
    """Errors of VXI-11 (specification 1.0, part B)."""

    NONE = 0
    DEVICE_NOT_ACCESSIBLE = 3
    INVALID_LINK = 4
    PARAMETER = 5
    CHANNEL_NOT_ESTABLISHED = 6
    NOT_SUPPORTED = 8
    OUT_OF_RESOURCES = 9
    LOCKED_BY_ANOTHER = 11
    NO_LOCK_HELD = 12
    IO_TIMEOUT = 15
    INVALID_ADDRESS = 21
    ABORT = 23
    CHANNEL_ALREADY_ESTABLISHED = 29


class Vxi11Error(Exception):
    """A call fails."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass(eq=False, slots=True)
class Link:
    """One client's link with the instrument."""

    number: int
    gone: Callable[[], bool]
    """Tells whether the client has hung up."""
    hang_up: Callable[[], None]
    """Breaks the client's connection."""
    handle: bytes | None = None
    """What the client wants to be told at a service request; None where it wants none."""
    aborted: threading.Event = field(default_factory=threading.Event)

    def gave_up(self) -> bool:
        """Return whether what is under way need not go on."""
        return self.aborted.is_set() or self.gone()


class Vxi11Device:
    """An instrument and the messages that its links send it. All links share its exchange, as on GPIB."""

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.exchange = BusExchange(answerer)
        self._worker = Errands("VXI-11 messages")
        self._free = threading.Condition()
        self._busy = False

    def close(self) -> None:
        """End the thread that carries messages out."""
        self._worker.close()

    def admit(self, link: Link, wait: bool, lock_timeout: int) -> None:
        """Return when no other link's lock is in the way, after waiting `lock_timeout` ms where asked to."""
        link.aborted.clear()
        if not self.answerer.lock.admits(link, lock_timeout * MILLISECOND if wait else 0.0, link.gave_up):
            raise Vxi11Error(ErrorCode.ABORT if link.aborted.is_set() else ErrorCode.LOCKED_BY_ANOTHER)

    def lock(self, link: Link, wait: bool, lock_timeout: int) -> None:
        """Lock; refused to a link that has the lock already."""
        link.aborted.clear()
        patience = lock_timeout * MILLISECOND if wait else 0.0
        if self.answerer.lock.request(link, b"", patience, link.gave_up) is not LockOutcome.DONE:
            raise Vxi11Error(ErrorCode.ABORT if link.aborted.is_set() else ErrorCode.LOCKED_BY_ANOTHER)

    def unlock(self, link: Link) -> None:
        """Give the lock back."""
        if self.answerer.lock.release(link) is LockOutcome.WRONG:
            raise Vxi11Error(ErrorCode.NO_LOCK_HELD)

    def write(self, link: Link, data: bytes, end: bool, io_timeout: int) -> None:
        """Take bytes; `io_timeout` ms pass at most until what was sent before is done with."""
        clears = self.exchange.clears
        self._do(link, lambda: self.exchange.write(data, end, clears), io_timeout)

    def trigger(self, link: Link, io_timeout: int) -> None:
        """Do a group execute trigger."""
        self._do(link, self.exchange.trigger, io_timeout)

    def read(self, link: Link, count: int, terminator: bytes | None, io_timeout: int) -> tuple[bytes, Ending]:
        """Return up to `count` bytes of an answer and why they end there."""
        timeout, begun = io_timeout * MILLISECOND, time.monotonic()
        self._wait_until_free(link, timeout)
        left = max(0.0, timeout - (time.monotonic() - begun))
        piece = self.exchange.take(left, min(count, LARGEST_PIECE), terminator, link.gave_up)
        if piece is None:
            raise Vxi11Error(ErrorCode.ABORT if link.aborted.is_set() else ErrorCode.IO_TIMEOUT)
        data, ending = piece
        return data, ending if len(data) == count else ending & ~Ending.COUNT

    def clear(self, link: Link, io_timeout: int) -> None:
        """Do a device clear; it is done when what was under way has ended."""
        self.exchange.clear()
        self._wait_until_free(link, io_timeout * MILLISECOND)

    def _do(self, link: Link, work: Callable[[], None], io_timeout: int) -> None:
        """Have the worker do something, and wait a moment for it."""
        self._wait_until_free(link, io_timeout * MILLISECOND, take=True)
        done = threading.Event()
        self._worker.run(lambda: self._carry_out(link, work, done))
        done.wait(PROMPT)

    def _carry_out(self, link: Link, work: Callable[[], None], done: threading.Event) -> None:
        try:
            work()
        except ConnectionError:
            link.hang_up()
        finally:
            with self._free:
                self._busy = False
                self._free.notify_all()
            done.set()

    def _wait_until_free(self, link: Link, timeout: float, *, take: bool = False) -> None:
        deadline = time.monotonic() + timeout
        with self._free:
            while self._busy:
                left = deadline - time.monotonic()
                if left <= 0 or link.gave_up():
                    raise Vxi11Error(ErrorCode.ABORT if link.aborted.is_set() else ErrorCode.IO_TIMEOUT)
                self._free.wait(min(left, GLANCE))
            self._busy = take
