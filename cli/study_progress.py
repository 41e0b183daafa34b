"""How far a calculation is, on stderr: a bar on a screen, nothing in a pipe."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self


class Computing:
    """Call it with the fraction that is done, inside a `with`; stdout is left to what was found."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=1.0)
        return self

    def __call__(self, fraction: float) -> None:
        """Show that this fraction of the work is done."""
        if self._bar is not None:
            self._bar.update(self._task, completed=fraction)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True, markup=False, emoji=False, highlight=False),
        expand=True,
        transient=True,
    )
