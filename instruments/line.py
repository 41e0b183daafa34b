"""The wire under a session: one VISA resource, bytes out and bytes in, every failure told as a fault of the world."""

from __future__ import annotations

import contextlib
import socket
import time
import warnings
from typing import Any, Protocol

import pyvisa
from pyvisa.constants import StatusCode
from pyvisa.errors import VisaIOError

from .errors import (
    InstrumentFault,
    InstrumentMistake,
    Interrupted,
    NotConnected,
    SessionPoisoned,
    SessionTimeout,
)
from .socket_wire import SocketWire, Woken

END = "\n"
SLACK = 0.1
"""Share of a deadline that sending may take before what is left for the answer is worked out."""


def resource_manager(library: str) -> pyvisa.ResourceManager:
    """Return PyVISA's manager for a `visa_library` of a bench file; InstrumentMistake where there is none."""
    # A package for GPIB says so at each start where no GPIB is; who opens such an address hears of it anyway.
    warnings.filterwarnings("ignore", message="GPIB library not found")
    try:
        return pyvisa.ResourceManager(library)
    except (ValueError, OSError) as problem:
        raise InstrumentMistake(
            f"`visa_library` must be one that PyVISA finds, but {library!r} is not: {problem}."
        ) from None


class Wire(Protocol):
    """What a session speaks through: a line, or whoever listens in on one."""

    def send(self, message: str) -> None:
        """Send one message."""
        ...

    def exchange(self, message: str, timeout: float) -> str:
        """Send one message and return its answer, or raise."""
        ...

    def clear(self) -> bool:
        """Send a device clear; return False where there is none."""
        ...

    def close(self) -> None:
        """Give the resource back; never raises."""
        ...


class Line:
    """An open VISA resource with line ends of LF. Opening sends nothing; one thread at a time may use it."""

    def __init__(self, manager: pyvisa.ResourceManager, address: str, *, name: str, timeout: float) -> None:
        self.name = name
        self.address = address
        self.timeout = timeout
        try:
            self._resource: Any = manager.open_resource(
                address, open_timeout=int(1000 * timeout), read_termination=END, write_termination=END
            )
        except Exception as problem:  # PyVISA-py raises bare Exceptions here
            raise NotConnected(f"`{name}` must be reachable at {address}, but is not: {problem}.") from problem
        self._resource.timeout = 1000 * timeout
        self._visa_timeout = timeout
        self.used = time.monotonic()
        """Moment in s at which it was last spoken to."""
        self._socket = self._find_socket()

    def _find_socket(self) -> SocketWire | None:
        """Return the raw socket where PyVISA-py opened one; other back ends and transports hide theirs."""
        sessions = getattr(self._resource.visalib, "sessions", None)
        if not self.address.upper().endswith("::SOCKET") or not isinstance(sessions, dict):
            return None
        interface = getattr(sessions.get(self._resource.session), "interface", None)
        return SocketWire(interface) if isinstance(interface, socket.socket) else None

    def send(self, message: str) -> None:
        """Send one message."""
        self.used = time.monotonic()
        self._send(message, self.used + self.timeout, self.timeout)

    def exchange(self, message: str, timeout: float) -> str:
        """Send one message and return its answer, or raise about when `timeout` s have passed for both together."""
        if self._socket is not None:
            self._check_quiet(self._socket)
        self.used = time.monotonic()
        deadline = self.used + timeout
        self._send(message, deadline, timeout)
        try:
            answer = self._visa_answer(deadline, timeout) if self._socket is None else self._socket.line(deadline)
        except Exception as problem:  # PyVISA-py raises bare ones here too
            raise self._fault(problem, message, timeout) from problem
        return self._decoded(answer, message)

    def _send(self, message: str, deadline: float, timeout: float) -> None:
        if END in message or not message.isascii():
            raise ValueError(f"A message must be one line of ASCII, but is {message!r}.")
        data = f"{message}{END}".encode()
        try:
            if self._socket is None:
                self._set_visa_timeout(timeout)
                self._resource.write_raw(data)
            else:
                self._socket.send(data, deadline)
        except Exception as problem:
            raise self._fault(problem, message, timeout) from problem

    def interrupt(self) -> None:
        """End the wait for an answer, here where the line is a raw socket; takes no lock and waits for nothing."""
        if self._socket is not None:
            self._socket.wake()

    def go_on(self) -> None:
        """Let exchanges wait again after `interrupt`."""
        if self._socket is not None:
            self._socket.calm()

    def clear(self) -> bool:
        """Send a device clear; return False where the transport has none, as a raw socket, or the clear fails."""
        if self._socket is not None:
            return False
        try:
            self._resource.clear()
        except Exception:  # noqa: BLE001 - whatever it is, the line must be opened anew then
            return False
        return True

    def close(self) -> None:
        """Give the resource back. Never raises: it must not hide the error that led here."""
        with contextlib.suppress(Exception):
            self._resource.close()
        if self._socket is not None:
            self._socket.close()

    def _check_quiet(self, line: SocketWire) -> None:
        """Refuse to ask while an answer that nobody asked for lies there: the next one would be taken for it."""
        try:
            unread = line.unasked()
        except OSError as problem:
            raise self._dropped(problem) from problem
        if unread:
            text = unread[:64].decode("latin-1")
            raise SessionPoisoned(
                f"`{self.name}` must speak only when asked, but {text!r} lay on the line ({self.address})."
            )

    def _visa_answer(self, deadline: float, timeout: float) -> bytes:
        left = deadline - time.monotonic()
        if left < (1 - SLACK) * timeout:  # sending took long
            self._set_visa_timeout(max(left, SLACK * timeout))
        answer: bytes = self._resource.read_raw()
        return answer

    def _set_visa_timeout(self, timeout: float) -> None:
        if timeout != self._visa_timeout:
            self._resource.timeout, self._visa_timeout = 1000 * timeout, timeout

    def _decoded(self, answer: bytes, message: str) -> str:
        try:
            text = answer.decode("ascii")
        except UnicodeDecodeError:
            text = ""
        if not text or (self._socket is not None and not text.endswith(END)):
            raise SessionPoisoned(
                f"`{self.name}` must answer {message!r} in one line of ASCII, but answered {answer[:64]!r}."
            )
        return text.rstrip("\r\n")

    def _fault(self, problem: Exception, message: str, timeout: float) -> InstrumentFault:
        code = problem.error_code if isinstance(problem, VisaIOError) else None
        if code == StatusCode.error_timeout or isinstance(problem, TimeoutError):
            return SessionTimeout(
                f"`{self.name}` must answer {message!r} within {timeout:g} s, but did not ({self.address})."
            )
        if isinstance(problem, Woken):
            return Interrupted(f"`{self.name}` must be waited for until it answers {message!r}, but was not.")
        return self._dropped(problem.description if isinstance(problem, VisaIOError) else problem)

    def _dropped(self, problem: Exception | str) -> NotConnected:
        reason = (problem.strerror if isinstance(problem, OSError) else "") or str(problem) or type(problem).__name__
        return NotConnected(f"`{self.name}` must be reachable at {self.address}, but is not: {reason.rstrip('.')}.")
