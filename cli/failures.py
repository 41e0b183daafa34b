"""What went wrong, as one sentence and an exit code."""

from __future__ import annotations

import errno
from typing import Any

import typer

from .exit_codes import MISTAKE, WORLD_FAULT

_USAGE: Any = typer.BadParameter.__mro__[1]
"""Typer's own class for a wrong option; Typer hands out only the children of it."""


def sentence_of(error: Exception) -> tuple[str, int] | None:
    """Return sentence and exit code for a mistake or a fault of the world; None for anything else, which is our bug."""
    from smtjlab.procedures.errors import MISTAKES

    if isinstance(error, _USAGE):
        return _usage(error), MISTAKE
    if isinstance(error, MISTAKES):
        return _one_line(str(error)), MISTAKE
    if isinstance(error, OSError):
        return _one_line(_os_sentence(error)), WORLD_FAULT
    return None


def is_broken_pipe(error: Exception) -> bool:
    """Return whether the reader of our output has gone (`smtjlab runs | head`)."""
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def _usage(error: Any) -> str:
    if type(error).__name__ == "NoArgsIsHelpError":  # a group without a verb: its message is the help page
        return str(error.ctx.get_help()) if getattr(error, "ctx", None) else ""
    sentence = _one_line(error.format_message())
    return sentence if sentence.endswith((".", "?")) else f"{sentence}."


def _os_sentence(error: OSError) -> str:
    """Return our own sentences as they are; name the file where the system gives a bare reason."""
    if error.strerror is None or error.errno is None:
        return str(error) or f"{type(error).__name__}."
    return f"{error.filename}: {error.strerror}." if error.filename is not None else f"{error.strerror}."


def _one_line(text: str) -> str:
    return " ".join(text.split())
