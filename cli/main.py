"""The command `smtjlab`: turns what goes wrong into one sentence and an exit code.

What takes a moment to import is imported when the command is already on its feet: Ctrl+C may come that early.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from .exit_codes import INTERRUPTED, WORLD_FAULT


def main() -> None:
    """Run the command line and exit: 0 done, 1 the world's fault, 2 a user's mistake, 130 interrupted."""
    try:
        from smtjlab.instruments.child_environment import BLAS_THREADS

        os.environ.setdefault(BLAS_THREADS, "1")  # before anybody imports NumPy
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError):  # a replaced stream need not be a text file
                stream.reconfigure(errors="replace")  # type: ignore[union-attr]
        code = execute(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def execute(arguments: Sequence[str]) -> int:
    """Return the exit code of one command; mistakes and faults are one sentence on stderr."""
    try:
        from .verbs import app

        code = app(list(arguments), prog_name="smtjlab", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - `_tell` raises again what is not for a user
        return _tell(error)
    return code if isinstance(code, int) else 0


def _tell(error: Exception) -> int:
    """Say on stderr what went wrong, and return the exit code. A fault of our own goes on as what it is."""
    from .failures import is_broken_pipe, sentence_of

    if is_broken_pipe(error):
        _forget_stdout()
        return WORLD_FAULT
    found = sentence_of(error)
    if found is None:
        raise error
    sentence, code = found
    if sentence:
        print(sentence, file=sys.stderr)
    if getattr(error, "ctx", None) is not None and not sentence.startswith("Usage"):
        print(f"`{error.ctx.command_path} --help` tells more.", file=sys.stderr)  # type: ignore[attr-defined]
    return code


def _forget_stdout() -> None:
    """Let the interpreter's last flush go nowhere: whoever read our output has had enough of it."""
    import os

    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
