"""Proof that a line leads to an instrument that answers for itself, and for nothing that was said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ForeignIdentity, SessionPoisoned
from .line import Wire

if TYPE_CHECKING:
    from .session import Session


def prove(session: Session, line: Wire, nonce: int) -> None:
    """Ask for a nonce that only a fresh answer can hold, and for the identity seen before.

    Raises SessionPoisoned, ForeignIdentity or what the line raises. Where the instrument knows no nonce, and where it
    was never identified, that part is left out.
    """
    for number in (nonce, 0) if session.echo is not None else ():
        assert session.echo is not None
        answer = line.exchange(session.echo.format(nonce=number), session.timeout)
        if not _is_number(answer, number):
            raise SessionPoisoned(f"`{session.name}` must give {number} back, but answered {answer!r}.")
    if session.identity is None:
        return
    identity = line.exchange(session.identity_query, session.timeout)
    if identity != session.identity:
        raise ForeignIdentity(
            f"`{session.name}` must be {session.identity!r} as before, but {session.address} now answers {identity!r}."
        )


def _is_number(answer: str, wanted: int) -> bool:
    try:
        return float(answer) == wanted
    except ValueError:
        return False
