"""Dies that a file names one by one, in a list of its own or in a table beside it: `column,row` and perhaps `bin`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from smtjlab.instruments.errors import InstrumentMistake, WaferFileError
from smtjlab.instruments.toml_reader import TomlReader

from .csv_map import read_csv
from .reticle import Die

LARGEST_MAP = 1 << 24
"""Bytes of a table."""


def read_dies(reader: TomlReader, key: str, value: Any) -> tuple[Die, ...]:
    """Return the dies of a list, of a table of that name, or of `{ file = ..., bins = [...] }`, in their order.

    Raises the reader's mistake with file and line.
    """
    if isinstance(value, list):
        return tuple(reader.whole_pair(f"{key}.{n}", one, "A die must be [column, row]") for n, one in enumerate(value))
    bins: list[int] | None = None
    if isinstance(value, dict):
        table = reader.table(key, value, needed=("file",), allowed=("file", "bins"))
        if "bins" in table:
            numbers = reader.sequence(f"{key}.bins", table["bins"])
            bins = [reader.whole_number(f"{key}.bins", one, 0) for one in numbers]
        value = table["file"]
    if not isinstance(value, str) or not value.endswith(".csv"):
        name = key.rpartition(".")[2]
        reader.fail(key, f"`{name}` must be a list of dies or a table of them, 'dies.csv', but is {value!r}")
    found = _table(reader, key, Path(reader.file.path).parent / Path(value).expanduser())
    named = tuple(die for die, number in found.items() if bins is None or number in bins)
    if not named:
        reader.fail(key, f"`{value}` must tell a die{'' if bins is None else f' of bins {bins}'}, but tells none")
    return named


def self_contained(reader: TomlReader, key: str) -> str:
    """Return the text of a file with the dies of the table that a key names written into it, for a copy elsewhere.

    Raises the reader's mistake.
    """
    table, _, name = key.rpartition(".")
    holder = reader.file.data.get(table, {}) if table else reader.file.data
    value = holder.get(name) if isinstance(holder, dict) else None
    if value is None or isinstance(value, list):
        return reader.file.text
    lines = reader.file.text.splitlines(keepends=True)
    place = (reader.file.line_of(key) or 1) - 1
    if not re.match(rf"\s*{name}\s*=", lines[place]):
        reader.fail(key, f"`{name}` must name its table within one line of its own, but does not")
    dies = ", ".join(f"[{column}, {row}]" for column, row in read_dies(reader, key, value))
    lines[place] = f"{name} = [{dies}]\n"
    return "".join(lines)


def _table(reader: TomlReader, key: str, path: Path) -> dict[Die, int | None]:
    try:
        if path.stat().st_size > LARGEST_MAP:
            reader.fail(key, f"A table of dies must have at most {LARGEST_MAP} bytes, but `{path}` has more")
        return read_csv(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError, WaferFileError) as problem:
        if isinstance(problem, InstrumentMistake):
            reason = str(problem).removesuffix(".")
        else:
            reason = getattr(problem, "strerror", None) or "it is no UTF-8 text"
        reader.fail(key, f"`{path}` must be a readable table of dies, but: {reason}")
