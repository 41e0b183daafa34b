"""Instruments on the network that nobody speaks to are asked who they are, so that no connection falls asleep unseen.

Firewalls and instruments drop connections that stay silent; what is found dead here is told at the next question
instead of being waited for then.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from .session import Session

IDLE = 60.0
"""Seconds of silence after which an instrument is asked."""
LOOKS = 10
"""How often within that time the sessions are looked at."""


class KeepAlive:
    """One thread that looks after the sessions of a bench, as long as it is not closed.

    Only sessions on the network are asked, and only where nobody else is speaking: see `Session.ask_if_idle`. Time is
    the computer's, for it is the network that forgets.
    """

    def __init__(self, sessions: Iterable[Session], idle: float = IDLE) -> None:
        self._sessions = [session for session in sessions if session.address.upper().startswith("TCPIP")]
        self._idle = idle
        self._asking: Session | None = None
        self._ended = threading.Event()
        if self._sessions:
            threading.Thread(target=self._look_after, name="keep alive", daemon=True).start()

    def _look_after(self) -> None:
        while not self._ended.wait(self._idle / LOOKS):
            for session in self._sessions:
                self._asking = session
                if self._ended.is_set():
                    return
                session.ask_if_idle(self._idle)
                self._asking = None

    def close(self) -> None:
        """End it without waiting, before the sessions are closed: a question under way on a raw socket is cut."""
        self._ended.set()
        if (session := self._asking) is not None:
            session.interrupt("the bench is being closed.")
