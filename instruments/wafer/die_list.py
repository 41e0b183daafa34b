"""Dies that a file names one by one: in a list of its own, in a table beside it, or in a printed map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smtjlab.instruments.errors import InstrumentMistake, WaferFileError
from smtjlab.instruments.toml_reader import TomlReader

from .csv_map import read_csv
from .reticle import Die
from .semi_xml import read_xml
from .wafer import Wafer

LARGEST_MAP = 1 << 24
"""Bytes of a file of dies."""


def read_dies(reader: TomlReader, key: str, value: Any, wafer: Wafer | None = None) -> tuple[Die, ...]:
    """Return the dies of a list, of a table of that name, or of `{ file = ..., bins = [...] }`, in their order.

    Of a `wafer` that is drawn the file may be a printed map, SEMI G85 or E142, too. Raises the reader's mistake with
    file and line.
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
    kinds = (".csv",) if wafer is None else (".csv", ".xml")
    if not isinstance(value, str) or not value.endswith(kinds):
        such = " or ".join(f"'dies{kind}'" for kind in kinds)
        reader.fail(
            key, f"`{key.rpartition('.')[2]}` must be a list of dies or a file of them, {such}, but is {value!r}"
        )
    found = _told(reader, key, Path(reader.file.path).parent / Path(value).expanduser(), wafer)
    named = tuple(die for die, number in found.items() if bins is None or number in bins)
    if not named:
        reader.fail(key, f"`{value}` must tell a die{'' if bins is None else f' of bins {bins}'}, but tells none")
    return named


def self_contained(reader: TomlReader, key: str, dies: Iterable[Die]) -> str:
    """Return the text of a file with the dies of the table that a key names written into it, for a copy elsewhere.

    Raises the reader's mistake where the key has no line of its own.
    """
    table, _, name = key.rpartition(".")
    holder = reader.file.data.get(table, {}) if table else reader.file.data
    if not isinstance(holder, dict) or isinstance(holder.get(name, []), list):
        return reader.file.text
    lines = reader.file.text.splitlines(keepends=True)
    place = (reader.file.line_of(key) or 1) - 1
    if not re.match(rf"\s*{name}\s*=", lines[place]):
        reader.fail(key, f"`{name}` must name its table within one line of its own, but does not")
    lines[place] = f"{name} = [{', '.join(f'[{column}, {row}]' for column, row in dies)}]\n"
    return "".join(lines)


def _told(reader: TomlReader, key: str, path: Path, wafer: Wafer | None) -> Mapping[Die, int | None]:
    try:
        if path.stat().st_size > LARGEST_MAP:
            reader.fail(key, f"A file of dies must have at most {LARGEST_MAP} bytes, but `{path}` has more")
        text = path.read_text(encoding="utf-8")
        return (
            read_csv(text, path.name) if wafer is None or path.suffix == ".csv" else read_xml(text, path.name).on(wafer)
        )
    except (OSError, UnicodeDecodeError, WaferFileError) as problem:
        if isinstance(problem, InstrumentMistake):
            reason = str(problem).removesuffix(".")
        else:
            reason = getattr(problem, "strerror", None) or "it is no UTF-8 text"
        reader.fail(key, f"`{path}` must be a readable file of dies, but: {reason}")
