"""The page of the fault matrix in the documentation, made from the table that the suite tests."""

from __future__ import annotations

from pathlib import Path

from .matrix import COLUMNS, ROWS

PAGE = Path(__file__).parent.parent.parent / "docs" / "user" / "fault-matrix.md"

HEAD = """# The fault matrix

What strikes, row by row, and what holds then, column by column. Each cell is a test: `python -m pytest tests/faults`
plays every row through the whole stack, command line, window or script, engine, guardian and model as processes of
their own, on a [virtual bench](virtual-bench.md) that is served to them, and asks afterwards the bench's own control
channel, which no driver sees, what is on. This page is made from the table that the tests read:
`python -m tests.faults`.

"""
TAIL = """
**Safe state.** All outputs are off as the bench itself tells, and every instrument was read back as safe in the run's
journal: by the engine, or by the guardian where the engine was dead. Where an instrument cannot be told from a stranger
nothing is sent to it, and the run is `unsafe`, in the journal, in the exit code and in capitals.

**Points kept.** What another process saw of the journal while the run went on is in it afterwards, bit for bit,
numbered without a gap.

**Message clear.** These words are in one sentence that the command line prints or the journal holds as a warning. No
sentence holds a traceback or the name of a class. A run that was begun in a window needs nobody who watches it: nothing
is said of a window that has gone, and one that is opened again shows the run.

**Resume works.** `smtjlab resume` takes the points that lack, the earlier ones untouched, and the repeated point
agrees. Where something must be repaired first, resuming is refused in words until it is; the repair is a changed bench
file here, and accepted by name. A run that has all its points is not resumed.

What is played otherwise than a lab would see it: a full disk is a limit on the size of files (`RLIMIT_FSIZE`), which
SQLite tells as an error of the disk; a clock is set back in the processes of the run and not in the computer; a lack
of memory is a limit on the model's process (`RLIMIT_AS`). Those three, SIGKILL and SIGSTOP are played on POSIX systems
only. The window of its row is drawn on no screen, and Run is pressed in it by a script.
"""


def page() -> str:
    """Return the page."""
    lines = [_line("", *COLUMNS), _line(*["---"] * (len(COLUMNS) + 1))]
    lines += [_line(row.fault, *(row.cells[column].words for column in COLUMNS)) for row in ROWS]
    cells = [row.cells[column] for row in ROWS for column in COLUMNS]
    excused = sum(cell.holds is None for cell in cells)
    count = f"\n{len(ROWS)} faults, {len(cells)} cells, {excused} of them with a reason instead of a test.\n"
    return HEAD + "\n".join(lines) + "\n" + count + TAIL


def _line(*words: str) -> str:
    return f"| {' | '.join(words)} |".replace("|  |", "| |")
