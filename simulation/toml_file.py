"""A TOML file that knows on which line each of its keys stands.

It may come from a stranger: what would take long to read, or holds what no bench and no junction needs, is refused.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .errors import TomlError

LARGEST_FILE = 1 << 20
"""Bytes of a file; packaged ones have some thousand."""
LONGEST_TEXT = 1000
MOST_ENTRIES = 10_000
"""Keys of a table, or tables of one name."""
LONGEST_LIST = 100
LARGEST_NUMBER = 2**63
"""Below which the whole numbers of TOML lie."""
DEEPEST = 20
"""Tables and lists within each other, and words of one dotted key: deeper ones cost time by the square."""

_HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\[\]\s](?:[^\[\]]*[^\[\]\s])?)\s*\]{1,2}\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")
_WORD = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_TOO_DEEP = re.compile(rf"""(?<![\w"'-])(?:{_WORD}[ \t]*\.[ \t]*){{{DEEPEST},}}""")


@dataclass(frozen=True)
class TomlFile:
    """The content of a TOML file, with the lines at which its keys stand."""

    path: Path
    text: str
    data: dict[str, Any]

    @classmethod
    def read(cls, path: str | Path, *, long: Collection[str] = ()) -> TomlFile:
        """Return the file's content. Raises TomlError, with file and line, where it cannot be read.

        Lists of the keys in `long` may be as long as a table.
        """
        path = Path(path)
        try:
            text = _content(path).decode("utf-8")
        except UnicodeDecodeError as error:
            raise TomlError(f"`{path}` must be UTF-8 text, but its byte {error.start} is not.") from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise TomlError(f"`{path}` must be a readable TOML file, but: {reason}.") from None
        return cls.parse(text, path, long=long)

    @classmethod
    def parse(cls, text: str, path: str | Path, *, long: Collection[str] = ()) -> TomlFile:
        """Return the content of `text`, which errors call by the name of `path`."""
        if found := _TOO_DEEP.search(text):
            where = f"{Path(path).name}, line {text.count(chr(10), 0, found.start()) + 1}"
            raise TomlError(f"A key must have at most {DEEPEST} words, but has more ({where}).")
        try:
            data = tomllib.loads(text)
        except ValueError as error:  # TOMLDecodeError is one, and so is what a number of too many digits raises
            raise TomlError(_syntax_sentence(Path(path), text, str(error))) from None
        except RecursionError:
            raise TomlError(_syntax_sentence(Path(path), text, "it is nested too deeply")) from None
        file = cls(Path(path), text, data)
        file._check("", data, 0, long)
        return file

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

    def _check(self, key: str, value: Any, depth: int, long: Collection[str]) -> None:
        """Refuse what no file of ours needs, before somebody computes with it or prints it."""
        if depth > DEEPEST:
            raise TomlError(f"Tables and lists must be at most {DEEPEST} deep, but are deeper ({self.where(key)}).")
        if isinstance(value, dict | list) and len(value) > (most := _most(value, key in long)):
            entries = f"{most} entries, but has {len(value)}"
            raise TomlError(f"A table or list must have at most {entries} ({self.where(key)}).")
        if isinstance(value, dict):
            for name, inner in value.items():
                self._check_text(name, _join(key, name))
                self._check(_join(key, name), inner, depth + 1, long)
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                self._check(_join(key, str(number)), inner, depth + 1, long)
        elif isinstance(value, str):
            self._check_text(value, key)
        elif isinstance(value, int) and not -LARGEST_NUMBER <= value < LARGEST_NUMBER:
            raise TomlError(f"A whole number must have at most 64 bits, but has more ({self.where(key)}).")

    def _check_text(self, text: str, key: str) -> None:
        if len(text) > LONGEST_TEXT:
            words = f"{LONGEST_TEXT} characters, but has {len(text)}"
            raise TomlError(f"Text must have at most {words} ({self.where(key)}).")
        if not text.isprintable():  # control characters would steer the terminal that shows them
            raise TomlError(f"Text must be printable, but is {text[:60]!a} ({self.where(key)}).")

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


def _most(value: dict[str, Any] | list[Any], is_long: bool) -> int:
    """Return how many entries a table or a list may have; a list of tables counts as a table."""
    return (
        MOST_ENTRIES
        if is_long or isinstance(value, dict) or all(isinstance(one, dict) for one in value)
        else LONGEST_LIST
    )


def _content(path: Path) -> bytes:
    """Return the bytes of a file. Raises TomlError where it is none, or too large; nobody waits for a pipe."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise TomlError(f"`{path}` must be a readable TOML file, but is no ordinary file.")
    with path.open("rb") as stream:
        content = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise TomlError(f"`{path}` must have at most {LARGEST_FILE} bytes, but has more.")
    return content


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
