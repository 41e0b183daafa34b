"""Messages that no manual knows: the commands of a model with extreme arguments, in sequences, and mutated.

The same seed gives the same messages. They are text of Latin-1, as an instrument finds them on a wire.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from smtjlab.instruments.virtual.twin import Twin

NUMBERS = (
    "0", "1", "2", "-1", "+3", "0.1", "1e-3", ".5", "5.", "10", "99", "1e9", "-1e9", "65535", "65536", "2147483648",
    "-2147483649", "18446744073709551616", "1e37", "9.9e37", "9.91E37", "1e308", "-1e308", "1e309", "1e-400", "1e99999",
    "NAN", "-nan", "INF", "NINF", "infinity", "#HFF", "#HFFFFFFFFFFFFFFFFFFFFFFFFFF", "#B102", "#Q8", "0x10", "1_000",
    "1e", "1e+", "--1", "+-1", "1.2.3", "1,5", "9" * 300, "0." + "0" * 300 + "1", "1 mV", "2 MOHM", "3 kHz",
    "4 furlong", "\u00bd", "\u00b2", "1\u00b5V",
)  # fmt: skip
WORDS = (
    "MIN", "MAX", "DEF", "minimum", "MAXimum", "ON", "OFF", "NONE", "AUTO", "ALL", "A", "B", "VOLT", "CURR", "RES",
    '"CURR"', "'VOLT:DC'", '"defbuffer1"', '""', "''", '"', "'", '"a""b"', '"\'"', "'\"'", '"a\';"', '"' * 7, "nil",
    "true", "{1,2,3}", "(@1)", "(@1:24)", "(@101:99999999999)", "(@)", "(", ")", "((1))", "#", "#0", "#0tail",
    "#15hello", "#19x", "#3abc", "#99999999999", "#800000005abcde", "#1\u00ff1", "\u00e9", "\u00b5A", "\u00ff" * 9,
    "\x00",
    "a b c", "x" * 400, "%s%n%x", "../../etc/passwd", "$(id)", "\\", "\\n", "0 ,, 1", ",", ",,", " , ",
)  # fmt: skip
DEBRIS = (
    ";", ";;", ":", "::", ",", ",,", "?", "??", "*", "**", " ", "\t", "\r", "\x00", "\x07", "\x1b", "\x7f", "\x80",
    "\xa0", "\xff", '"', "'", "(", ")", "(@", "#", "#0", "#9", "[", "]", "{", "}", "<", ">", "=", "==", ".", "..", "-",
    "+", "/", "\\", "%", "&", "~", "1", "0", "e", "\u00e9", "\n", "\n\n", ";:", "?;", ":;:", "@", "!", "--", "--[[",
)  # fmt: skip
"""What is strewn into a message; LF among it makes two of one."""
LONG = (3_000, 70_000, 300_000)
"""Characters of a long message: of some length, of more than a chunk, of more than an instrument takes."""

_OPTIONAL = re.compile(r"\[(:?[A-Za-z*][^\[\]<>]*(?:\[\d+\])?)\]")
_CHANNELS = re.compile(r"<(\d+)\.\.(\d+)>")


class Messages:
    """A source of messages for one model, by its table of commands and the kinds of their arguments."""

    def __init__(self, model: type[Twin], seed: int) -> None:
        self._random = random.Random(seed)
        self._commands = [(one.command, one.forms) for one in model.supported()]
        self._kinds = {one.header.replace(":*", "*"): (one.takes, one.asks) for one in getattr(model, "commands", ())}
        self._separator = "," if any("query" in forms for _, forms in self._commands) else ", "
        self._ways: tuple[tuple[int, Callable[[], str]], ...] = (
            (40, self._mutated), (24, self._valid), (16, self._sequence), (8, self._crossed), (5, self._rubbish),
            (4, self._deep), (3, self._mutated_sequence),
        )  # fmt: skip
        self._weights = [weight for weight, _ in self._ways]
        self._makers = [make for _, make in self._ways]

    def take(self, count: int) -> list[str]:
        """Return the next messages."""
        messages = [make() for make in self._random.choices(self._makers, self._weights, k=count)]
        for length in LONG:  # few: each is worth a thousand others in bytes
            messages[self._random.randrange(count)] = self._long(length)
        return messages

    # Messages

    def _valid(self) -> str:
        command, forms = self._random.choice(self._commands)
        return self._lua(command, forms) if "." in command or "call" in forms else self._line(command, forms)

    def _line(self, command: str, forms: str) -> str:
        asks = forms == "query" or ("query" in forms and self._random.random() < 0.5)
        kinds = self._kinds.get(command, ((), ()))[asks]
        if kinds and self._random.random() < 0.7:
            arguments = [self._within(kind) for kind in kinds]
        else:
            count = self._random.choice((0, 0, 0, 1) if asks else (0, 1, 1, 1, 2, 3, 5))
            arguments = [self._argument() for _ in range(count)]
        return (
            f"{self._header(command)}{'?' if asks else ''}{' ' if arguments else ''}{self._separator.join(arguments)}"
        )

    def _header(self, command: str) -> str:
        """Return a header of a manual as somebody may send it: optional parts or not, short or long, any channel."""
        draw = self._random.random
        while (optional := _OPTIONAL.search(command)) is not None:
            command = command[: optional.start()] + optional[1] * (draw() < 0.5) + command[optional.end() :]
        command = re.sub(r"\[\d+\]", lambda one: one[0][1:-1] * (draw() < 0.5), command)
        command = _CHANNELS.sub(lambda ends: str(self._random.randint(int(ends[1]) - 1, int(ends[2]) + 1)), command)
        short = re.sub(r"(?<=[A-Z])[a-z]+", "", command) if ":" in command and draw() < 0.6 else command
        return short.lower() if draw() < 0.2 else short

    def _lua(self, command: str, forms: str) -> str:
        draw = self._random
        name = command.replace("smuX", draw.choice(("smua", "smub"))).replace("[N]", f"[{draw.randint(-1, 9)}]")
        name = name.replace("bufferVar", draw.choice(("smua.nvbuffer1", "smub.nvbuffer2", "smua.makebuffer(9)")))
        arguments = ", ".join(self._argument() for _ in range(draw.choice((0, 1, 1, 2, 3))))
        if "call" in forms:
            called = f"{name.removesuffix('()')}({arguments})"
            return called if draw.random() < 0.5 else f"print({called})"
        return f"{name} = {arguments or 0}" if "write" in forms and draw.random() < 0.5 else f"print({name})"

    def _argument(self) -> str:
        chance = self._random.random()
        if chance < 0.45:
            return self._random.choice(NUMBERS)
        if chance < 0.8:
            return self._random.choice(WORDS)
        if chance < 0.9:
            return f"{self._random.uniform(-100, 100):.3g}"
        return self._random.choice(self._commands)[0].rpartition(":")[2]

    def _within(self, kind: Any) -> str:
        """Return what a kind takes: within its limits, on them, or one of its words."""
        draw = self._random
        if words := getattr(kind, "words", ()):
            return self._header(draw.choice(list(words)))
        if hasattr(kind, "low") and hasattr(kind, "high"):
            low, high = max(kind.low, -1e12), min(kind.high, 1e12)
            inside = low + (high - low) * 10 ** draw.uniform(-9, 0)
            # Seldom the most: a million readings are many, and end by a device clear only.
            value = draw.choice(
                (low, low, inside, inside, inside, getattr(kind, "default", low), high if draw.random() < 0.2 else low)
            )
            return f"{value:.0f}" if isinstance(kind.low, int) and draw.random() < 0.9 else f"{value:.6g}"
        return draw.choice(("0", "1", "ON", "OFF", "0.1", *WORDS))

    def _sequence(self) -> str:
        return self._random.choice((";", ";", "; ", ";:", " ; ", "\n")).join(
            self._valid() for _ in range(self._random.randint(2, 6))
        )

    def _mutated(self) -> str:
        return self._mutate(self._valid())

    def _mutated_sequence(self) -> str:
        return self._mutate(self._sequence())

    def _crossed(self) -> str:
        """Return the head of one message on the tail of another."""
        first, second = self._valid(), self._valid()
        return first[: self._random.randint(0, len(first))] + second[self._random.randint(0, len(second)) :]

    def _rubbish(self) -> str:
        return self._random.randbytes(self._random.randint(0, 60)).decode("latin-1")

    def _deep(self) -> str:
        """Return one part many times: a path that leads nowhere, empty units, brackets in brackets."""
        part = self._random.choice(
            (":SOUR", ":A", ";", ":", "*", '"', "(", "[", "{", "?", "((@1", "-", "a.", "a=", "not ")
        )
        return self._random.choice((self._valid(), "")) + part * self._random.randint(20, 400)

    def _long(self, length: int) -> str:
        piece = self._random.choice((self._valid(), ":", ";", "9", '"', " ", "\xff", "A" * 50, "1,", "*ESE 1;")) or "x"
        return (piece * (length // len(piece) + 1))[:length]

    # Mutations

    def _mutate(self, message: str) -> str:
        for _ in range(self._random.choice((1, 1, 1, 2, 3, 6))):
            message = self._random.choice(_MUTATIONS)(self._random, message)
        return message


def _place(draw: random.Random, message: str) -> int:
    return draw.randrange(len(message) + 1)


def _delete(draw: random.Random, message: str) -> str:
    at = _place(draw, message)
    return message[:at] + message[at + 1 :]


def _double(draw: random.Random, message: str) -> str:
    at = _place(draw, message)
    return message[:at] + message[at : at + 1] + message[at:]


def _swap(draw: random.Random, message: str) -> str:
    at = _place(draw, message)
    return message[:at] + message[at : at + 2][::-1] + message[at + 2 :]


def _strew(draw: random.Random, message: str) -> str:
    at = _place(draw, message)
    return message[:at] + draw.choice(DEBRIS) + message[at:]


def _replace(draw: random.Random, message: str) -> str:
    at = _place(draw, message)
    return message[:at] + chr(draw.randrange(256)) + message[at + 1 :]


def _cut(draw: random.Random, message: str) -> str:
    return message[: _place(draw, message)]


def _behead(draw: random.Random, message: str) -> str:
    return message[_place(draw, message) :]


def _repeat(draw: random.Random, message: str) -> str:
    first, last = sorted((_place(draw, message), _place(draw, message)))
    return message[:last] + message[first:last] * draw.randrange(1, 5) + message[last:]


def _change_separators(draw: random.Random, message: str) -> str:
    old, new = draw.choice((" ,", ", ", ",;", ";,", ":.", ".:", "? ", "?!", ", ", ";:"))
    return message.replace(old, new)


def _change_number(draw: random.Random, message: str) -> str:
    return re.sub(r"\d+", lambda _: draw.choice(NUMBERS), message, count=1)


_MUTATIONS: tuple[Callable[[random.Random, str], str], ...] = (
    _delete, _double, _swap, _strew, _strew, _replace, _cut, _behead, _repeat, _change_separators, _change_number,
)  # fmt: skip
