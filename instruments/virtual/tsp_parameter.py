"""What a script may hand to a TSP instrument: numbers within limits, choices, texts, tables, objects; and errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


class TspError(Exception):
    """An error for the queue. The script goes on: only run-time errors of Lua (-286) end one."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(text or str(code))
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Number:
    """A number within limits: 1101 below them, 1102 above, -104 for what is none."""

    low: float = -math.inf
    high: float = math.inf
    whole: bool = False

    def read(self, value: Any) -> float:
        """Return the number that a script gave."""
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise TspError(-104)
        try:
            number = float(value)
        except ValueError:
            raise TspError(-104) from None
        if number < self.low:
            raise TspError(1101)
        if number > self.high or not math.isfinite(number):
            raise TspError(1102)
        return float(round(number)) if self.whole else number


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some numbers; a boolean stands for 0 or 1."""

    values: tuple[float, ...]

    def read(self, value: Any) -> int:
        """Return the number that a script gave; -224 for any other between the lowest and the highest."""
        number = Number(min(self.values), max(self.values)).read(int(value) if isinstance(value, bool) else value)
        if number not in self.values:
            raise TspError(-224)
        return int(number)


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""

    def read(self, value: Any) -> bool:
        """Return the boolean; -104 for anything else."""
        if not isinstance(value, bool):
            raise TspError(-104)
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """A string; numbers are written out."""

    longest: int = 255

    def read(self, value: Any) -> str:
        """Return the string, -104 for what is none, -223 where it is too long."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise TspError(-104)
        text = value if isinstance(value, str) else f"{value:g}"
        if len(text) > self.longest:
            raise TspError(-223)
        return text


@dataclass(frozen=True, slots=True)
class Numbers:
    """A table of numbers."""

    def read(self, value: Any) -> list[float]:
        """Return the numbers; -104 for what is no such table."""
        if isinstance(value, list) and value[:1] == ["list"]:
            return [float(number) for number in value[1]]
        raise TspError(-104)


@dataclass(frozen=True, slots=True)
class Reference:
    """An object of the instrument, such as a reading buffer or one of its columns."""

    def read(self, value: Any) -> tuple[int, str]:
        """Return the handle and the column; -104 for what is no such object."""
        if isinstance(value, list) and value[:1] == ["object"]:
            return int(value[1]), str(value[2])
        raise TspError(-104)


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever a script gives."""

    def read(self, value: Any) -> Any:
        """Return the value as it came."""
        return value


Parameter = Number | OneOf | Flag | Text | Numbers | Reference | Anything
ON_OFF = OneOf((0, 1))
BUFFER = Reference()
ANYTHING = Anything()
