"""A TOML file that knows on which line each of its keys stands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .errors import TomlError

_HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


@dataclass(frozen=True)
class TomlFile:
    """The content of a TOML file, with the lines at which its keys stand."""

    path: Path
    text: str
    data: dict[str, Any]

    @classmethod
    def read(cls, path: str | Path) -> TomlFile:
        """Return the file's content. Raises TomlError, with file and line, where it cannot be read."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise TomlError(f"`{path}` must be UTF-8 text, but its byte {error.start} is not.") from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise TomlError(f"`{path}` must be a readable TOML file, but: {reason}.") from None
        return cls.parse(text, path)

    @classmethod
    def parse(cls, text: str, path: str | Path) -> TomlFile:
        """Return the content of `text`, which errors call by the name of `path`."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TomlError(_syntax_sentence(Path(path), text, str(error))) from None
        return cls(Path(path), text, data)

    def line_of(self, key: str) -> int | None:
        """Return the line (from 1) of a dotted key or table, such as `limits.gate.voltage` or `faults.0.kind`.

        A key that stands in no line of its own (inside an inline table) has the line of the nearest table
        around it; None if there is none of these either.
        """
        while key:
            if key in self._lines:
                return self._lines[key]
            key = key.rpartition(".")[0]
        return None

    def where(self, key: str = "") -> str:
        """Return where a key stands, in words: `bench.toml, line 12`."""
        line = self.line_of(key)
        return self.path.name if line is None else f"{self.path.name}, line {line}"

    @cached_property
    def _lines(self) -> dict[str, int]:
        lines: dict[str, int] = {}
        arrays: dict[str, int] = {}
        table = ""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if header := _HEADER.match(line):
                table = _dotted(header[2])
                if header[1] == "[[":
                    arrays[table] = arrays.get(table, -1) + 1
                    lines.setdefault(table, number)
                    table = f"{table}.{arrays[table]}"
                lines.setdefault(table, number)
            elif key := _KEY.match(line):
                lines.setdefault(_join(table, _dotted(key[1])), number)
        return lines


def _dotted(name: str) -> str:
    """Return a TOML key without its quotes: `wiring."gate.hi"` becomes `wiring.gate.hi`."""
    return ".".join("".join(part) for part in _PART.findall(name))


def _join(table: str, key: str) -> str:
    return f"{table}.{key}" if table else key


def _syntax_sentence(path: Path, text: str, message: str) -> str:
    place = re.search(r"line (\d+)", message)
    line = int(place[1]) if place else len(text.splitlines()) or 1
    reason = re.sub(r"\s*\(at .*\)$", "", message).rstrip(".")
    return f"The file must be valid TOML, but: {reason} ({path.name}, line {line})."
