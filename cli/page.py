"""How things are laid on the screen: tables that fit 80 columns, plain text where there is no terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

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
    """Print a table; the columns named in `right` are set flush right; the last one wraps, as do those in `wrapped`.

    Where the others need more than there is, lines grow longer: nothing is cut off. From MANY rows on nothing wraps.
    """
    rows, wrapping = list(rows), {columns[-1], *wrapped}
    if len(rows) >= MANY:
        print("\n".join(_lines(columns, rows, right)))
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="")
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in right else "left"
        table.add_column(Text(column), justify=justify, no_wrap=column not in wrapping, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    where = console()
    where.width = max(where.width, _least_width(columns, rows, wrapping))
    # Rich fills the width with blanks; whoever reads a pipe has no use for them.
    with where.capture() as captured:
        where.print(table)
    print("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


def _lines(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str]) -> list[str]:
    """Return the lines of a table laid out as any other, at a hundredth of Rich's time a row, without wrapping."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    marks = [">" if column in right else "<" for column in columns]
    form = (" " * GAP).join(f"{{:{mark}{width}}}" for mark, width in zip(marks, widths, strict=True))
    rule = "─" * (sum(widths) + GAP * (len(columns) - 1))
    return [form.format(*columns).rstrip(), rule, *(form.format(*row).rstrip() for row in rows)]


def _least_width(columns: Sequence[str], rows: Sequence[Sequence[str]], wrapping: Collection[str]) -> int:
    """Return the width below which a table would lose letters: whole cells, or words where a column wraps."""
    whole = GAP * (len(columns) - 1)
    for number, column in enumerate(columns):
        cells = [column, *(row[number] for row in rows)]
        if column in wrapping:
            whole += min(max((len(word) for cell in cells for word in cell.split()), default=0), LONGEST_WORD)
        else:
            whole += max(map(len, cells))
    return whole


MANY = 500
"""Rows of a table from which on it is laid out line by line."""
GAP = 3
"""Blanks between two columns."""
LONGEST_WORD = 20
"""Letters from which on a word in a column that wraps is broken."""


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
