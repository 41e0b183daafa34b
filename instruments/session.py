"""The one owner of a VISA resource: exchanges under a deadline, and no answer ever taken for another's.

States: `open → poisoned → open` (healed) `→ closed`. A timeout, a short read, an unasked or unreadable answer and a
dropped connection poison the session: from then on every write and query raises SessionPoisoned, until `heal` has
cleared or reopened the resource and the instrument has answered for itself. Beside that any thread may interrupt it.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

import pyvisa

from .errors import ForeignIdentity, InstrumentFault, Interrupted, SessionPoisoned
from .interruption import Interruption
from .line import Line, Wire, resource_manager
from .proof import prove

BACK_OFF = (0.0, 0.1, 0.5)
"""Waits in s before each attempt to heal, outside the bench's clock: it is the computer's network that recovers."""

ECHO = "*ESE {nonce};*ESE?"
"""What proves a healed line where IEEE 488.2 is spoken: the event-enable register, which ends at 0."""
IDENTITY_QUERY = "*IDN?"
CUT = "an exchange was cut in the middle."
PATIENCE = 1.0
"""Deadline in s of the question to an instrument that is idle, lest somebody wait for the end of it."""


class Session:
    """One instrument's line. Threads may share it: each exchange is whole.

    `library` is a manager or what PyVISA's ResourceManager is given; `timeout` is the deadline of an exchange in s.
    Opening sends nothing.
    """

    def __init__(self, library: str | pyvisa.ResourceManager, address: str, *, name: str, timeout: float = 5.0) -> None:
        self.name = name
        self.address = address
        self.timeout = timeout
        self.identity: str | None = None
        """Answer to the question who it is, once `identify` has asked."""
        self.echo: str | None = ECHO
        """Message that gives the number in `{nonce}` back; None where the instrument knows none."""
        self.identity_query = IDENTITY_QUERY
        """Question to which `identity` was the answer."""
        self._manager = resource_manager(library) if isinstance(library, str) else library
        self._lock = threading.RLock()
        self._poison: str | None = None
        self._interruption = Interruption(name)
        self._closed = False
        self._nonce = 0
        self._wrap: Callable[[Wire], Wire] | None = None
        self._bare: Line | None = None
        self._line: Wire | None = self._open()

    # Asking

    def write(self, message: str) -> None:
        """Send a message that asks for no answer."""
        if "?" in message:
            raise ValueError(f"A message to write must ask nothing, but is {message!r}.")
        with self._lock:
            line = self._usable(message)
            try:
                line.send(message)
            except BaseException as problem:  # an interruption from the keyboard too
                self._cut(problem, message)
                raise

    def query(self, message: str, *, timeout: float | None = None) -> str:
        """Return the answer to `message`, without its terminator.

        Raises SessionTimeout, NotConnected, SessionPoisoned or Interrupted; each leaves the session poisoned where
        the message was sent.
        """
        with self._lock:
            line = self._usable(message)
            try:
                return line.exchange(message, self.timeout if timeout is None else timeout)
            except BaseException as problem:
                self._cut(problem, message)
                raise

    def query_numbers(self, message: str, count: int, *, timeout: float | None = None) -> list[float]:
        """Return an answer of `count` numbers between `,` or `;`. Any other answer is foreign and poisons."""
        with self._lock:
            answer = self.query(message, timeout=timeout)
            try:
                numbers = [float(word) for word in answer.replace(";", ",").split(",")]
            except ValueError:
                numbers = []
            if len(numbers) != count:
                self._refuse(f"`{self.name}` must answer {message!r} with {count} numbers, but answered {answer!r}.")
            return numbers

    def identify(self, pattern: str, question: str = IDENTITY_QUERY) -> str:
        """Return the answer to who it is, and remember it; ForeignIdentity where `pattern` is not in it."""
        self.identity_query = question
        identity = self.query(question)
        if not re.search(pattern, identity):
            raise ForeignIdentity(
                f"`{self.name}` must be an instrument that answers {question} with {pattern!r}, "
                f"but {self.address} answers {identity!r}."
            )
        self.identity = identity
        return identity

    def speak_through(self, wrap: Callable[[Wire], Wire]) -> None:
        """Let what `wrap` makes of a line stand between session and line, also once it was reopened: a recorder."""
        with self._lock:
            self._wrap = wrap
            if self._line is not None:
                self._line = wrap(self._line)

    def again(self, timeout: float) -> Session:
        """Return another session with the same resource, on which nothing was said yet. Raises NotConnected.

        This one lets go of it until it is healed: there are instruments that take one connection at a time.
        """
        with self._lock:
            self.poison("its resource was opened anew.")
            self._release()
        fresh = Session(self._manager, self.address, name=self.name, timeout=timeout)
        fresh.echo = self.echo
        return fresh

    def ask_if_idle(self, idle: float) -> None:
        """Ask the instrument who it is where nobody has spoken to it for `idle` s; waits for nobody else to end.

        Another answer, or none within PATIENCE, poisons. Nothing is asked of one that is poisoned, interrupted, was not
        identified before, or is being recorded.
        """
        line = self._bare
        if line is None or time.monotonic() - line.used < idle or not self._lock.acquire(blocking=False):
            return
        try:
            if self.identity is not None and self._line is line and not (self._poison or self.interrupted):
                answer = line.exchange(self.identity_query, min(self.timeout, PATIENCE))
                if answer != self.identity:
                    self.poison(f"`{self.name}` must be {self.identity!r} while idle, but answered {answer!r}.")
        except InstrumentFault as problem:
            self.poison(f"It was idle. {problem}")
        except BaseException:
            self.poison(CUT)
            raise
        finally:
            self._lock.release()

    # Interrupting

    def interrupt(self, reason: str) -> None:
        """Refuse all exchanges until `go_on` or `heal`; from any thread, and without waiting for one under way.

        That one ends within about 10 ms on a raw socket, where it poisons unless its answer lies there whole; on any
        other transport by its own deadline. The first reason stays.
        """
        if not self._closed:
            self._interruption.come(reason)

    def go_on(self) -> None:
        """Lift an interruption, once an exchange under way has ended. One that was cut has poisoned: heal that."""
        with self._lock:
            self._interruption.lift()

    def undisturbed(self) -> AbstractContextManager[None]:
        """Return a block that no interruption cuts, but one that came ends: see `Interruption.undisturbed`."""
        return self._interruption.undisturbed()

    @property
    def interrupted(self) -> str | None:
        """Return why the session was interrupted, or None."""
        return self._interruption.reason

    def _cut(self, problem: BaseException, message: str) -> None:
        """Poison after an exchange that did not end well. Raises Interrupted where that is why."""
        if isinstance(problem, ValueError | AssertionError):
            return  # it cannot be sent, and was not; or a replay differs, which sends nothing
        fault = isinstance(problem, InstrumentFault)
        self.poison(str(problem) if fault else CUT)
        if fault and (self.interrupted is not None or isinstance(problem, Interrupted)):
            raise Interrupted(self._why_interrupted(message)) from problem

    def _why_interrupted(self, message: str) -> str:
        return f"`{self.name}` must not be interrupted to answer {message!r}, but was: {self.interrupted}"

    # Poison and cure

    @property
    def poisoned(self) -> str | None:
        """Return why the session may not be used, or None."""
        return self._poison

    def poison(self, reason: str) -> None:
        """Refuse all further exchanges until healed. The first reason stays."""
        self._poison = self._poison or reason

    def heal(self, attempts: int = len(BACK_OFF)) -> None:
        """Clear or reopen the resource and let the instrument answer for itself; a healthy session proves itself too.

        An interruption from before is lifted; one that comes meanwhile is not, and no further attempt is made.
        The proof is a nonce that only a fresh answer can hold (`*ESE n` written, `*ESE?` read back, with another n
        than before; the register ends at 0), then the identity seen before. Raises the last fault where
        all attempts fail, and at once where another instrument answers.
        """
        with self._lock:
            if self._closed:
                raise self._poisoned("heal")
            self.go_on()
            fault: InstrumentFault | None = None
            for wait in BACK_OFF[:attempts]:
                time.sleep(wait)
                try:
                    line = self._renew()
                    self._nonce = self._fresh_nonce()
                    prove(self, line, self._nonce)
                except ForeignIdentity as problem:
                    self.poison(str(problem))
                    raise
                except InstrumentFault as problem:
                    self._cut(problem, "whether it is healed")
                    fault = problem
                except BaseException:
                    self.poison(CUT)
                    raise
                else:
                    self._poison = None
                    return
            assert fault is not None
            raise fault

    def _renew(self) -> Wire:
        """Return a line on which nothing said before can be read again.

        A raw socket must be reopened for that, and whatever cannot prove by a nonce that a clear was enough.
        """
        if self._line is not None and self._line.clear() and self.echo is not None:
            return self._line
        self._release()
        line = self._open()
        self._line = line if self._wrap is None else self._wrap(line)
        return self._line

    def _fresh_nonce(self) -> int:
        return random.choice([n for n in range(1, 255) if n != self._nonce])  # noqa: S311  no secret

    def _usable(self, message: str) -> Wire:
        if self._interruption.reason is not None:
            raise Interrupted(self._why_interrupted(message))
        if self._poison is not None or self._line is None:
            raise self._poisoned(message)
        return self._line

    def _poisoned(self, message: str) -> SessionPoisoned:
        return SessionPoisoned(
            f"`{self.name}` must be healed before it is asked {message!r}, but is not. What happened: {self._poison}"
        )

    def _refuse(self, sentence: str) -> None:
        self.poison(sentence)
        raise SessionPoisoned(sentence)

    # Beginning and ending

    def _open(self) -> Wire:
        self._bare = Line(self._manager, self.address, name=self.name, timeout=self.timeout)
        self._interruption.hang(self._bare)
        return self._bare

    def _release(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def close(self) -> None:
        """Give the resource back. Never raises: it must not hide the error that led here."""
        with self._lock:
            self._closed, self._poison = True, "it is closed."
            self._interruption.forget()
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
