"""What every driver of a TSP instrument does alike: errors from the queue, settings read back as Lua writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .errors import InstrumentReported, UnsafeError
from .strict_driver import StrictDriver, agrees

ECHO = "print({nonce})"


class TspDriver(StrictDriver):
    """What every driver of a TSP instrument does alike."""

    error_query: ClassVar[str] = "print(errorqueue.next())"
    echo: ClassVar[str | None] = ECHO

    def oldest_error(self) -> tuple[int, str]:
        """Return the oldest entry of the error queue, taken out of it; its number is 0 where there is none."""
        answer = self.session.query(self.error_query)
        code, _, rest = answer.partition("\t")
        try:
            return int(float(code)), rest.partition("\t")[0]
        except ValueError:
            self.session.poison(f"the error queue answered {answer!r}.")
            raise InstrumentReported(f"`{self.name}` must number its errors, but answered {answer!r}.") from None

    def verify(self, expected: Mapping[str, float | str]) -> None:
        """Raise UnsafeError where an expression reads back other than expected; all are asked in one message."""
        form = ";".join("%s" if isinstance(value, str) else "%.9g" for value in expected.values())
        answers = self.session.query(f'print(string.format("{form}", {", ".join(expected)}))').split(";")
        if len(answers) != len(expected):
            self.session.poison(f"the settings were answered with {len(answers)} values instead of {len(expected)}.")
            raise UnsafeError(f"`{self.name}` must read back {len(expected)} settings, but read back {len(answers)}.")
        for (expression, value), answer in zip(expected.items(), answers, strict=True):
            if not agrees(answer, value):
                raise UnsafeError(
                    f"{expression} of `{self.name}` must read {value} before its output goes on, but reads {answer!r}."
                )
