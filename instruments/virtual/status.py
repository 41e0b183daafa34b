"""What an instrument knows about itself: error queue, event registers, status byte (IEEE 488.2 chapter 11, SCPI-99)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

QUEUE_DEPTH = 32
"""Entries of the error queue; the newest gives way to -350 when one more comes."""

TEXTS = {
    0: "No error",
    -101: "Invalid character", -102: "Syntax error", -103: "Invalid separator", -104: "Data type error",
    -105: "GET not allowed",
    -108: "Parameter not allowed", -109: "Missing parameter", -113: "Undefined header",
    -114: "Header suffix out of range", -121: "Invalid character in number", -123: "Exponent too large",
    -124: "Too many digits", -131: "Invalid suffix", -138: "Suffix not allowed", -151: "Invalid string data",
    -158: "String data not allowed", -161: "Invalid block data", -171: "Invalid expression",
    -211: "Trigger ignored", -213: "Init ignored", -221: "Settings conflict", -222: "Data out of range",
    -223: "Too much data", -224: "Illegal parameter value", -225: "Out of memory", -230: "Data corrupt or stale",
    -310: "System error", -350: "Queue overflow", -363: "Input buffer overrun",
    -410: "Query INTERRUPTED", -420: "Query UNTERMINATED", -430: "Query DEADLOCKED",
    -440: "Query UNTERMINATED after indefinite response",
}  # fmt: skip
"""Error texts of SCPI-99 volume 2, chapter 21."""

OPERATION_COMPLETE, QUERY_ERROR, DEVICE_ERROR, EXECUTION_ERROR, COMMAND_ERROR, POWER_ON = 1, 4, 8, 16, 32, 128
"""Bits of the standard event status register."""

MEASUREMENT, ERROR_AVAILABLE, QUESTIONABLE, MESSAGE_AVAILABLE, STANDARD_EVENT, SERVICE, OPERATION = (
    1, 4, 8, 16, 32, 64, 128,
)  # fmt: skip
"""Bits of the status byte, as Keithley uses them."""


@dataclass(slots=True)
class Register:
    """One event register with its condition and its enable mask; 15 bits, set on a rising condition."""

    condition: int = 0
    event: int = 0
    enable: int = 0

    def raise_condition(self, bits: int) -> None:
        """Set condition bits; those that were not set become events."""
        self.event |= bits & ~self.condition
        self.condition |= bits

    def lower_condition(self, bits: int) -> None:
        """Clear condition bits; the events stay until they are read."""
        self.condition &= ~bits

    def take_event(self) -> int:
        """Return the event bits and clear them."""
        event, self.event = self.event, 0
        return event

    @property
    def summary(self) -> bool:
        """Return whether an enabled event has happened."""
        return bool(self.event & self.enable)


def event_bit(code: int) -> int:
    """Return the bit of the standard event status register that an error sets."""
    if -199 <= code <= -100:
        return COMMAND_ERROR
    if -299 <= code <= -200 or code > 0:
        return EXECUTION_ERROR
    if -399 <= code <= -300:
        return DEVICE_ERROR
    return QUERY_ERROR if -499 <= code <= -400 else 0


@dataclass(slots=True)
class Status:
    """Error queue, standard event register, the three SCPI registers, and the byte that sums them up."""

    errors: deque[tuple[int, str]] = field(default_factory=deque)
    event: int = POWER_ON
    event_enable: int = 0
    service_enable: int = 0
    operation: Register = field(default_factory=Register)
    questionable: Register = field(default_factory=Register)
    measurement: Register = field(default_factory=Register)
    message_available: bool = False
    """Kept by the message exchange; stays False where there is none (raw sockets)."""
    on_service_request: Callable[[], None] | None = None
    texts: Mapping[int, str] = field(default_factory=lambda: TEXTS)
    """Text of each error number."""
    depth: int = QUEUE_DEPTH
    """Entries of the error queue."""
    _requesting: bool = False
    _polled: bool = False

    def report(self, code: int, detail: str = "") -> None:
        """Put an error into the queue and set its event bit; a full queue ends in -350."""
        text = self.texts.get(code, "Error") + (f"; {detail}" if detail else "")
        if len(self.errors) >= self.depth:
            self.errors[-1] = (-350, self.texts[-350])
            self.event |= DEVICE_ERROR
        else:
            self.errors.append((code, text))
        self.event |= event_bit(code)
        self.update()

    def next_error(self) -> tuple[int, str]:
        """Return the oldest error and remove it; (0, "No error") where there is none."""
        return self.errors.popleft() if self.errors else (0, self.texts[0])

    def clear(self) -> None:
        """Do what `*CLS` does: events and queue go, enables stay."""
        self.errors.clear()
        self.clear_events()

    def clear_events(self) -> None:
        """Clear all event registers."""
        self.event = 0
        for register in self.registers:
            register.event = 0
        self.update()

    def preset(self) -> None:
        """Do what `:STATus:PRESet` does: no SCPI event is enabled."""
        for register in self.registers:
            register.enable = 0

    @property
    def registers(self) -> tuple[Register, Register, Register]:
        """Return the operation, the questionable and the measurement register."""
        return self.operation, self.questionable, self.measurement

    def take_event(self) -> int:
        """Return the standard event register and clear it."""
        event, self.event = self.event, 0
        return event

    @property
    def byte(self) -> int:
        """Return the status byte with MSS in bit 6, as `*STB?` answers it."""
        byte = sum(bit for bit, summary in self._summaries() if summary)
        return byte | SERVICE if byte & self.service_enable & ~SERVICE else byte

    def serial_poll(self) -> int:
        """Return the status byte with RQS in bit 6, and clear RQS."""
        self.update()
        byte = (self.byte & ~SERVICE) | (SERVICE if self._requesting and not self._polled else 0)
        self._polled = True
        return byte

    def update(self) -> None:
        """Request service where a reason to do so is new."""
        reason = bool(self.byte & SERVICE)
        if reason and not self._requesting:
            self._polled = False
            if self.on_service_request is not None:
                self.on_service_request()
        self._requesting = reason

    def _summaries(self) -> tuple[tuple[int, bool], ...]:
        return (
            (MEASUREMENT, self.measurement.summary),
            (ERROR_AVAILABLE, bool(self.errors)),
            (QUESTIONABLE, self.questionable.summary),
            (MESSAGE_AVAILABLE, self.message_available),
            (STANDARD_EVENT, bool(self.event & self.event_enable)),
            (OPERATION, self.operation.summary),
        )
