"""What files of a station are read with: tables, words, numbers with units, each mistake told with its line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from smtjlab.simulation.toml_file import TomlFile

from .errors import BenchFileError, InstrumentMistake, QuantityError
from .quantity import parse_quantity


class TomlReader:
    """A TOML file on its way to what it describes."""

    mistake: type[InstrumentMistake] = BenchFileError
    """What is raised."""
    whole = "the bench file"
    """The file in a sentence."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file

    def table(
        self, key: str, value: Any, *, needed: Iterable[str] = (), allowed: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """Return `value` if it is a table with the keys it needs and none it may not have."""
        named = f"[{key}]" if key else self.whole
        if not isinstance(value, dict):
            self.fail(key, f"`{key}` must be a table, {named}, but is {value!r}")
        for name in value:
            if allowed is not None and name not in allowed:
                self.fail(
                    f"{key}.{name}".lstrip("."),
                    f"A key of {named} must be {self.one_of(name, allowed)}, but is {name!r}",
                )
        for name in needed:
            if name not in value:
                self.fail(key, f"{named[0].upper()}{named[1:]} must have {name!r}, but has not")
        return value

    def text(self, key: str, value: Any, *, empty: bool = False) -> str:
        """Return a text, which is empty only where it may be."""
        if not isinstance(value, str) or not (value.strip() or empty):
            self.fail(key, f"`{key.rpartition('.')[2]}` must be text, but is {value!r}")
        return str(value)

    def choice(self, key: str, value: Any, choices: Iterable[str], what: str = "") -> str:
        """Return one of several words."""
        choices = list(choices)
        if not isinstance(value, str) or value not in choices:
            what = what or f"`{key.rpartition('.')[2]}`"
            self.fail(key, f"{what} must be {self.one_of(str(value), choices)}, but is {value!r}")
        return value

    def quantity(self, key: str, value: Any, unit: str) -> float:
        """Return a number in a unit."""
        try:
            return parse_quantity(value, unit)
        except QuantityError as problem:
            kind = f"in {unit}" if unit else "a plain number"
            self.fail(key, f"`{key.rpartition('.')[2]}` must be {kind}: {str(problem).removesuffix('.')}")

    def sequence(self, key: str, value: Any, count: int | None = None, what: str = "entries") -> Sequence[Any]:
        """Return a list, of so many entries where a count is told."""
        name = key.rpartition(".")[2]
        if not isinstance(value, list) or (count is not None and len(value) != count):
            wanted = "a list" if count is None else f"a list of {count} {what}"
            self.fail(key, f"`{name}` must be {wanted}, but is {value!r}")
        return value

    def whole_number(self, key: str, value: Any, least: int | None = None) -> int:
        """Return a whole number, no smaller than `least`."""
        if type(value) is not int or (least is not None and value < least):
            above = "" if least is None else f" of at least {least}"
            self.fail(key, f"`{key.rpartition('.')[2]}` must be a whole number{above}, but is {value!r}")
        return int(value)

    def whole_pair(self, key: str, value: Any, what: str) -> tuple[int, int]:
        """Return two whole numbers, written `[1, -2]` or `"1,-2"`; `what` they are stands in the sentence."""
        words = value.split(",") if isinstance(value, str) else value
        try:
            first, second = (int(one) if isinstance(one, str) else one for one in words)
        except (TypeError, ValueError):
            first = second = None
        if type(first) is not int or type(second) is not int:
            self.fail(key, f"{what}, but is {value!r}")
        return first, second

    def one_of(self, word: str, choices: Iterable[str]) -> str:
        """Return the choices for a sentence, the nearest to `word` first."""
        choices = [str(choice) for choice in choices]
        near = get_close_matches(word, choices, n=1, cutoff=0.5)
        return " or ".join(repr(choice) for choice in sorted(choices, key=lambda choice: choice not in near))

    def fail(self, key: str, sentence: str) -> NoReturn:
        """Raise the mistake, with the line of `key` or of the nearest table around it."""
        raise self.mistake(f"{sentence} ({self.file.where(key)}).")
