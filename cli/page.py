"""How things are laid on the screen: tables that fit 80 columns, plain text where there is no terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """Return a console that takes no word for markup, and colours nothing where there is no terminal."""
    from rich.console import Console

    on_screen = sys.stdout.isatty()
    width = None if on_screen else PLAIN_WIDTH
    return Console(markup=False, emoji=False, highlight=False, force_terminal=on_screen, width=width)


PLAIN_WIDTH = 80
"""Width of a table that goes into a file or a pipe."""


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = (), wrapped: Sequence[str] = ()
) -> None:
    """Print a table; the columns named in `right` are set flush right; the last one wraps, as do those in `wrapped`."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="")
    for column in columns:
        wraps = column == columns[-1] or column in wrapped
        table.add_column(
            Text(column), justify="right" if column in right else "left", no_wrap=not wraps, overflow="fold"
        )
    for row in rows:
        table.add_row(*map(Text, row))
    where = console()
    # Rich fills the width with blanks; whoever reads a pipe has no use for them.
    with where.capture() as captured:
        where.print(table)
    print("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print names and values in two columns; long values run on, so that paths can be copied."""
    facts = list(facts)
    width = max((len(name) for name, _ in facts), default=0)
    for name, value in facts:
        print(f"{name:<{width}}  {value}".rstrip())


def print_json(value: Any) -> None:
    """Print standard JSON: what is not a finite number is null."""
    print(json.dumps(_standard(value), indent=2, ensure_ascii=False, allow_nan=False))


def _standard(value: Any) -> Any:
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {str(key): _standard(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_standard(item) for item in value]
    return value
