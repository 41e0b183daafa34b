"""PyMeasure's idea of a connection, standing on a session: its drivers gain deadlines and lose stale answers."""

from __future__ import annotations

from typing import Any

from pymeasure.adapters import Adapter

from .session import Session


class SessionAdapter(Adapter):  # type: ignore[misc]  # PyMeasure ships no types
    """An adapter that hands each message to a session. A message that asks is exchanged whole when it is written."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._answer: str | None = None

    def _write(self, command: str, **kwargs: Any) -> None:
        self._answer = None
        if "?" in command:
            self._answer = self.session.query(command)
        else:
            self.session.write(command)

    def _read(self, **kwargs: Any) -> str:
        answer, self._answer = self._answer, None
        if answer is None:
            raise ValueError(f"`{self.session.name}` must be asked before it is read, but nothing was asked.")
        return answer

    def close(self) -> None:
        """Do nothing: the session belongs to the bench, and an adapter dies with its driver."""

    def flush_read_buffer(self) -> None:
        """Forget an answer that was not read."""
        self._answer = None
