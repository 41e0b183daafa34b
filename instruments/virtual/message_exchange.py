"""How messages and answers change hands: by the protocol of a bus (IEEE 488.2 chapter 6), or bare on a raw socket."""

from __future__ import annotations

from collections.abc import Iterator

from .faults import FaultKind
from .virtual_bench import VirtualBench

LONGEST_MESSAGE = 2**18
"""Bytes of one message; a longer one is thrown away (-363)."""
ANSWER_KINDS = (FaultKind.TIMEOUT, FaultKind.LATE, FaultKind.GARBLED)


class ConnectionDropped(ConnectionError):
    """The cable broke: a fault that was asked for."""


class Answerer:
    """One instrument of a bench as its transports use it: bytes in, bytes out, faults on the way."""

    def __init__(self, bench: VirtualBench, name: str) -> None:
        self.bench = bench
        self.instrument = bench.instruments[name]
        self.mishaps = bench.mishaps[name]

    def answer(self, message: bytes) -> tuple[bytes, float] | None:
        """Carry out one message; return its answer, LF at its end, and how many seconds late it comes.

        None where nothing was asked or where the answer is lost. Raises ConnectionDropped.
        """
        with self.bench.held():
            self.mishaps.next_message()
            if self.mishaps.due(self.bench.world.time, (FaultKind.DROP,)):
                raise ConnectionDropped("the connection was dropped on request")
            text = self.instrument.execute(message.decode("latin-1"))
            return None if text is None else self._with_faults(text.encode("latin-1") + b"\n")

    def overrun(self) -> None:
        """Report a message that was too long."""
        with self.bench.held():
            self.instrument.status.report(-363)

    def _with_faults(self, answer: bytes) -> tuple[bytes, float] | None:
        fault = self.mishaps.due(self.bench.world.time, ANSWER_KINDS)
        if fault is None:
            return answer, 0.0
        if fault.kind is FaultKind.TIMEOUT:
            return None
        if fault.kind is FaultKind.LATE:
            return answer, fault.delay
        return self.mishaps.garbled(answer), 0.0


class LineReader:
    """Bytes from a socket, cut into messages at each LF; never holds more than one message of the longest kind."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._discarding = False

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Yield the messages that are complete now, without CR LF; None for one that was too long."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            message = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            if self._discarding or end > LONGEST_MESSAGE:
                if not self._discarding:
                    yield None
                self._discarding = False
            else:
                yield message.removesuffix(b"\r")
        if len(self._buffer) > LONGEST_MESSAGE:
            self._buffer.clear()
            if not self._discarding:
                self._discarding = True
                yield None


class BusExchange:
    """The message exchange of a bus: one input, one output queue, END, status byte, clear.

    A message that arrives before the last answer was read interrupts it (-410); a read without a question is
    unterminated (-420). All sessions of an instrument share its exchange.
    """

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.status = answerer.instrument.status
        self._lines = LineReader()
        self._output = b""
        self._ready_at = 0.0

    def write(self, data: bytes, end: bool = True) -> None:
        """Take bytes; LF or END terminates a message, which is carried out at once."""
        if end and not data.endswith(b"\n"):
            data += b"\n"
        for message in self._lines.feed(data):
            self._interrupt()
            if message is None:
                self.answerer.overrun()
            else:
                self._carry_out(message)

    def read(self, timeout: float) -> bytes | None:
        """Return the whole answer that waits, or None after `timeout` s of bench time."""
        world = self.answerer.bench.world
        if not self._output:
            with self.answerer.bench.held():
                self.status.report(-420)
            world.sleep(timeout)
            return None
        wait = self._ready_at - world.now()
        if wait > timeout:
            world.sleep(timeout)
            return None
        if wait > 0:
            world.sleep(wait)
        answer = self._output
        self._set_output(b"")
        return answer

    def keep(self, rest: bytes) -> None:
        """Take back what a client has not fetched yet."""
        self._set_output(rest)

    def clear(self) -> None:
        """Do a device clear: both queues are emptied, what was under way is aborted."""
        self._lines = LineReader()
        self._set_output(b"")
        with self.answerer.bench.held():
            self.answerer.instrument.device_clear()

    def serial_poll(self) -> int:
        """Return the status byte with RQS."""
        with self.answerer.bench.held():
            byte = self.status.serial_poll()
            self.answerer.instrument.was_polled()
            return byte

    def trigger(self) -> None:
        """Do a group execute trigger, as `*TRG`."""
        self._carry_out(b"*TRG")

    def _interrupt(self) -> None:
        if self._output:
            self._set_output(b"")
            with self.answerer.bench.held():
                self.status.report(-410)

    def _carry_out(self, message: bytes) -> None:
        answered = self.answerer.answer(message)
        if answered is not None:
            answer, late = answered
            self._ready_at = self.answerer.bench.world.now() + late
            self._set_output(answer)
            if _asks_after_identity(message):
                with self.answerer.bench.held():
                    self.status.report(-440)

    def _set_output(self, output: bytes) -> None:
        with self.answerer.bench.world.lock:
            self._output = output
            self.status.message_available = bool(output)
            self.status.update()


def _asks_after_identity(message: bytes) -> bool:
    """Return whether a query follows `*IDN?`, whose answer has no end but that of the message."""
    _, found, rest = message.upper().partition(b"*IDN?")
    return bool(found) and b"?" in rest
