"""How messages and answers change hands: by the protocol of a bus (IEEE 488.2 chapter 6), or bare on a raw socket."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import IntFlag

from .device_lock import DeviceLock, never
from .line_reader import LineReader
from .status import MESSAGE_AVAILABLE, SERVICE, Status
from .virtual_bench import VirtualBench

GLANCE = 0.02
"""Seconds of the computer's time between two looks at whether whoever waits has given up."""


class ConnectionDropped(ConnectionError):
    """The cable broke: a fault that was asked for."""


class Answerer:
    """One instrument of a bench as its transports use it: bytes in, bytes out, faults on the way."""

    def __init__(self, bench: VirtualBench, name: str) -> None:
        self.bench = bench
        self.instrument = bench.instruments[name]
        self.mishaps = bench.mishaps[name]
        self.lock = DeviceLock()
        self.turn = threading.RLock()
        """Held while a message from a bus is carried out: an instrument does one after the other."""
        self._unread: set[object] = set()
        self._listeners: list[Callable[[], None]] = []

    @property
    def status(self) -> Status:
        """Return the instrument's status, another one after it was switched off and on."""
        return self.instrument.status

    def answer(self, message: bytes) -> tuple[bytes, float] | None:
        """Carry out one message; return its answer, terminator at its end, and how many seconds late it comes.

        None where nothing was asked or where the answer is lost. Raises ConnectionDropped.
        """
        with self.bench.held():
            if self.mishaps.message_came():
                raise ConnectionDropped("the connection was dropped on request")
            text = self.instrument.execute(message.decode("latin-1"))
            if text is None:
                return None
            return self.mishaps.answered(message, (text + self.instrument.terminator).encode("latin-1", "replace"))

    def begins_anew(self) -> None:
        """Note that a client connects anew: nothing lies between it and the instrument."""
        with self.bench.held():
            self.mishaps.begins_anew()

    def overrun(self) -> None:
        """Report a message that was too long."""
        self.report(-363)

    def report(self, code: int) -> None:
        """Put an error of the exchange into the instrument's queue."""
        with self.bench.held():
            self.status.report(code)

    def poll(self) -> int:
        """Return the status byte, MSS in bit 6, as whoever asks after it finds it."""
        with self.bench.held():
            self.status.update()
            byte = self.status.byte
            self.instrument.was_polled()
            return byte

    def holds_answer(self, exchange: object, unread: bool) -> None:
        """Note whether an exchange holds an answer that nobody has read: any of them sets MAV."""
        with self.bench.world.lock:
            (self._unread.add if unread else self._unread.discard)(exchange)
            self.status.message_available = bool(self._unread)
            self.status.update()

    def listen(self, listener: Callable[[], None]) -> None:
        """Have a function called at each service request, with the world's lock held: it may not wait."""
        with self.bench.world.lock:
            self._listeners.append(listener)
            self.status.on_service_request = self._request_service

    def unlisten(self, listener: Callable[[], None]) -> None:
        """Call a function no more."""
        with self.bench.world.lock:
            self._listeners.remove(listener)

    def _request_service(self) -> None:
        for listener in self._listeners:
            listener()


class Ending(IntFlag):
    """Why a piece of an answer ends where it does; the numbers of VXI-11's device_read."""

    BUFFER = 0
    """A buffer was full; there is more."""
    COUNT = 1
    TERMINATOR = 2
    END = 4


class BusExchange:
    """The message exchange of a bus: one input, one output queue, END, status byte, clear.

    A message that begins before the last answer was read interrupts it (-410); a read without a question is
    unterminated (-420). On GPIB, in VXI-11 and in process all sessions of an instrument share its exchange.
    """

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self._lines = LineReader()
        self._output = b""
        self._ready_at = 0.0
        self.clears = 0
        """Device clears so far: what was sent before one is not carried out after it."""

    @property
    def unread(self) -> bytes:
        """Return the answer that waits to be read; empty where there is none."""
        return self._output

    @property
    def lateness(self) -> float:
        """Return for how many seconds of bench time the answer is not there yet."""
        return max(0.0, self._ready_at - self.answerer.bench.world.now())

    def write(self, data: bytes, end: bool = True, clears: int | None = None) -> None:
        """Take bytes; LF or END terminates a message, which is carried out at once.

        Nothing is taken any more if there were other than `clears` device clears: it was sent before the last.
        """
        if end and (data or not self._lines.empty) and not data.endswith(b"\n"):
            data += b"\n"
        if not data:  # END on the LF before it: nothing has begun
            return
        with self.answerer.turn:
            with self.answerer.bench.world.lock:
                lines, clears = self._lines, self.clears if clears is None else clears
            if clears != self.clears:
                return
            for message in lines.feed(data):
                self.interrupt()
                if message is None:
                    self.answerer.overrun()
                else:
                    self._carry_out(message, clears)
                if clears != self.clears:
                    return
            if not lines.empty:
                self.interrupt()

    def read(self, timeout: float) -> bytes | None:
        """Return the whole answer that waits, or None after `timeout` s of bench time."""
        piece = self.take(timeout)
        return None if piece is None else piece[0]

    def take(
        self,
        timeout: float,
        count: int | None = None,
        terminator: bytes | None = None,
        gave_up: Callable[[], bool] = never,
    ) -> tuple[bytes, Ending] | None:
        """Return up to `count` bytes of the answer that waits and why they end there; None after `timeout` s.

        The rest goes on waiting, and MAV with it. The time-out is bench time; `gave_up` cuts it short.
        """
        if not self._output:
            self.answerer.report(-420)
            self._pause(timeout, gave_up)
            return None
        late = self.lateness
        self._pause(min(late, timeout), gave_up)
        if late > timeout or gave_up():
            return None
        with self.answerer.bench.world.lock:
            output = self._output
            length, ending = _piece(output, count, terminator)
            self._set_output(output[length:])
        return output[:length], ending

    def forget(self) -> None:
        """Throw away what waits to be read, without an error."""
        self._set_output(b"")

    def interrupt(self) -> None:
        """Throw away what waits to be read, for something else has begun (-410)."""
        if self._output:
            self._set_output(b"")
            self.answerer.report(-410)

    def clear(self, device: bool = True) -> None:
        """Do a device clear: both queues are emptied and, with `device`, what was under way is aborted."""
        with self.answerer.bench.held():
            self.clears += 1
            self._lines = LineReader()
            self._set_output(b"")
            if device:
                self.answerer.instrument.clears += 1
                self.answerer.mishaps.begins_anew()
                self.answerer.instrument.device_clear()

    def serial_poll(self) -> int:
        """Return the status byte with RQS."""
        with self.answerer.bench.held():
            byte = self.answerer.status.serial_poll()
            self.answerer.instrument.was_polled()
            return byte

    def own_byte(self, unread: bool, requesting: bool) -> int:
        """Return the status byte as one of several sessions with an output queue of their own finds it."""
        byte = self.answerer.poll() & ~(MESSAGE_AVAILABLE | SERVICE)
        return byte | (MESSAGE_AVAILABLE if unread else 0) | (SERVICE if requesting else 0)

    def trigger(self) -> None:
        """Do a group execute trigger, as `*TRG`; amid a message it is refused (-105)."""
        with self.answerer.turn:
            self.interrupt()
            if self._lines.empty:
                self._carry_out(b"*TRG", self.clears)
            else:
                self.answerer.report(-105)

    def _carry_out(self, message: bytes, clears: int) -> None:
        try:
            with self.answerer.bench.held():
                answered = self.answerer.answer(message) if clears == self.clears else None
                if answered is None or clears != self.clears:  # an answer from before a clear is nobody's
                    return
                self._ready_at = self.answerer.bench.world.now() + answered[1]
                self._set_output(answered[0])
        except ConnectionDropped:
            self._lines = LineReader()  # what else was on its way is lost too
            raise
        if _asks_after_identity(message):
            self.answerer.report(-440)

    def _set_output(self, output: bytes) -> None:
        with self.answerer.bench.world.lock:
            self._output = output
            self.answerer.holds_answer(self, bool(output))

    def _pause(self, seconds: float, gave_up: Callable[[], bool]) -> None:
        """Let bench time pass, or the part of it before somebody gives up."""
        world = self.answerer.bench.world
        if world.jumps or gave_up is never:
            world.sleep(seconds)
            return
        end = world.now() + seconds
        while world.now() < end and not gave_up():
            with self.answerer.bench.held():
                world.lock.wait(GLANCE)


def _piece(output: bytes, count: int | None, terminator: bytes | None) -> tuple[int, Ending]:
    """Return how long the next piece of an answer is, and why."""
    length = len(output) if terminator is None else output.find(terminator) + 1 or len(output)
    length = length if count is None else min(length, count)
    ending = Ending.END if length == len(output) else Ending.BUFFER
    if terminator is not None and output[:length].endswith(terminator):
        ending |= Ending.TERMINATOR
    return length, ending | (Ending.COUNT if length == count else Ending.BUFFER)


def _asks_after_identity(message: bytes) -> bool:
    """Return whether a query follows `*IDN?`, whose answer has no end but that of the message."""
    _, found, rest = message.upper().partition(b"*IDN?")
    return bool(found) and b"?" in rest
