"""What the commands of a QDAC-II have in common: channels in the header or in a list, trigger names, number lists."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.qdac2_specification import CHANNELS

from .command_tree import Command
from .parameter import Kind, Number
from .scpi import Argument, Form, ScpiError

if TYPE_CHECKING:
    from .qdac2 import QDAC2

_RANGE = re.compile(r"\s*(\d{1,4})\s*(?::\s*(\d{1,4})\s*)?")
_TRIGGER = re.compile(r"(IMM|IMMEDIATE|BUS|HOLD|INT\d{1,2}|INTERNAL\d{1,2}|EXT\d|EXTERNAL\d)")
INTERNAL_TRIGGERS = range(1, 17)
EXTERNAL_INPUTS = range(1, 5)


class ChannelList:
    """Channels as `(@1,3:5)`."""

    def read(self, argument: Argument) -> tuple[int, ...]:
        """Return the numbers; -222 where a channel does not exist."""
        text = argument.text
        if argument.form is not Form.EXPRESSION or not text.startswith("(@"):
            raise ScpiError(-104)
        found: list[int] = []
        for part in text[2:-1].split(","):
            match = _RANGE.fullmatch(part)
            if match is None:
                raise ScpiError(-171)
            first, last = int(match[1]), int(match[2] or match[1])
            if first not in CHANNELS or last not in CHANNELS:
                raise ScpiError(-222)
            found += range(first, last + 1) if first <= last else range(first, last - 1, -1)
        return tuple(found)

    def write(self, value: tuple[int, ...]) -> str:
        """Return the list."""
        return f"(@{','.join(map(str, value))})"


CHANNEL_LIST = ChannelList()


class TriggerName:
    """IMMediate, BUS, HOLD, INTernal<n> or EXTernal<n>; answered in short."""

    def read(self, argument: Argument) -> str:
        """Return the short name; -224 where it is none."""
        name = argument.text.upper()
        if argument.form is not Form.PLAIN or not _TRIGGER.fullmatch(name):
            raise ScpiError(-224)
        short = name[:4] if name == "HOLD" else name[:3] + name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        number = short[3:]
        if (short[:3] == "INT" and int(number) not in INTERNAL_TRIGGERS) or (
            short[:3] == "EXT" and int(number) not in EXTERNAL_INPUTS
        ):
            raise ScpiError(-222)
        return short

    def write(self, value: str) -> str:
        """Return the short name."""
        return value


class Samples(Number):
    """Numbers one by one, or a block of IEEE 754 singles, least significant byte first."""

    def read(self, argument: Argument) -> Any:
        """Return one number as a list, or those of a block."""
        if argument.form is not Form.BLOCK:
            return [Number.read(self, argument)]
        data = argument.text.encode("latin-1")
        if len(data) % 4:
            raise ScpiError(-161)
        values = list(struct.unpack(f"<{len(data) // 4}f", data))
        if not all(self.low <= value <= self.high for value in values):
            raise ScpiError(-222)
        return values


class OrInfinite(Number):
    """A number, or INFinity for the largest one."""

    def read(self, argument: Argument) -> float:
        """Return the number."""
        if argument.form is Form.PLAIN and argument.text.upper() in ("INF", "INFINITY"):
            argument = replace(argument, text="MAX")
        return Number.read(self, argument)


def per_channel(
    header: str,
    kind: Kind,
    name: str,
    *,
    part: str = "",
    act: Callable[[QDAC2, int, Any], None] | None = None,
    read: Callable[[QDAC2, int], Any] | None = None,
    root: str = ":SOURce",
    note: str = "",
) -> Command:
    """Return a setting of a channel: `:SOURce3:VOLTage 1`, or `:SOURce:VOLTage 1,(@3,4)` for several alike.

    It is the attribute `name` of the channel, or of its `part`; `act` and `read` do more than that.
    """

    def owner(twin: QDAC2, number: int) -> Any:
        channel = twin.channels[number]
        return getattr(channel, part) if part else channel

    def write(twin: QDAC2, number: int, value: Any, channels: tuple[int, ...] = ()) -> None:
        for one in channels or (number,):
            if act is None:
                setattr(owner(twin, one), name, value)
            else:
                act(twin, one, value)

    def query(twin: QDAC2, number: int, channels: tuple[int, ...] = ()) -> str:
        values = (getattr(owner(twin, one), name) if read is None else read(twin, one) for one in channels or (number,))
        return ",".join(kind.write(value) for value in values)

    return Command(
        header=f"{root}<1..{CHANNELS[-1]}>{header}",
        takes=(kind, CHANNEL_LIST),
        needed=1,
        asks=(CHANNEL_LIST,),
        write=write,
        query=query,
        note=note,
    )


def asked(header: str, answer: Callable[[QDAC2, int], str], *, root: str = ":SOURce", note: str = "") -> Command:
    """Return a question about a channel, or about a list of them."""

    def query(twin: QDAC2, number: int, channels: tuple[int, ...] = ()) -> str:
        return ",".join(answer(twin, one) for one in channels or (number,))

    return Command(header=f"{root}<1..{CHANNELS[-1]}>{header}", query=query, asks=(CHANNEL_LIST,), note=note)


def told(header: str, act: Callable[[QDAC2, int], None], *, root: str = ":SOURce", note: str = "") -> Command:
    """Return an order to a channel, or to a list of them."""

    def write(twin: QDAC2, number: int, channels: tuple[int, ...] = ()) -> None:
        for one in channels or (number,):
            act(twin, one)

    return Command(header=f"{root}<1..{CHANNELS[-1]}>{header}", write=write, takes=(CHANNEL_LIST,), needed=0, note=note)
