"""Commands as data, and the tree that finds one from a header as it was sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from .parameter import Boolean, Integer, Kind, Number, keyword_forms
from .scpi import Argument, ScpiError, Unit

_NODE = re.compile(r"(\[?):(\*?[A-Za-z_][A-Za-z0-9_]*)(?:\[(\d+)\]|<(\d+)\.\.(\d+)>)?(\]?)")
_SENT = re.compile(r"(.*?)(\d*)$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One line of an instrument's command table.

    The header is written as in manuals: `:SOURce[1]:VOLTage[:LEVel]`, short form in capitals, optional keywords in
    brackets, `USER<1..5>` for a numeric suffix that is handed on. `write` and `query` are called with the instrument,
    the suffixes handed on, then the values of the arguments; what is None does not exist and answers -113.
    """

    header: str
    write: Callable[..., None] | None = None
    query: Callable[..., str] | None = None
    takes: tuple[Kind, ...] = ()
    """Kinds of the arguments of the write form."""
    needed: int | None = None
    """How many of them must be given; None for all."""
    asks: tuple[Kind, ...] = ()
    """Kinds of the arguments of the query form, none of which must be given unless `ask_needed`."""
    ask_needed: int = 0
    repeats: bool = False
    """Whether the last kind may be repeated at will."""
    polls: bool = False
    """Whether clients ask this to learn if something has ended."""
    note: str = ""
    """What it does, for the documentation, where the header does not say it."""


def setting(header: str, path: str, kind: Any, *, write: Callable[..., None] | None = None) -> Command:
    """Return the command of a plain setting at a dotted attribute path of the instrument, written and asked alike.

    Numbers are asked with MIN, MAX or DEF as well. `write` replaces the plain assignment.
    """
    *owners, name = path.split(".")

    def owner(instrument: Any) -> Any:
        return reduce(getattr, owners, instrument)

    def assign(instrument: Any, value: Any) -> None:
        setattr(owner(instrument), name, value)

    def answer(instrument: Any, special: Any = None) -> str:
        return str(kind.write(getattr(owner(instrument), name) if special is None else special))

    asks: tuple[Kind, ...] = (Extreme(kind),) if isinstance(kind, Number | Integer) else ()
    return Command(header=header, write=write or assign, query=answer, takes=(kind,), asks=asks)


@dataclass(frozen=True, slots=True)
class Extreme:
    """MIN, MAX or DEF behind a query."""

    of: Number | Integer

    def read(self, argument: Argument) -> float:
        """Return what the word stands for."""
        value = self.of.special(argument)
        if value is None:
            raise ScpiError(-224)
        return value

    def write(self, value: float) -> str:
        """Return the number as its setting is answered."""
        return self.of.write(value)  # type: ignore[arg-type]


@dataclass(slots=True)
class Node:
    """One place in the tree; `suffix` are the numbers that may follow its keyword, `handed` whether it is passed on."""

    children: dict[str, Node] = field(default_factory=dict)
    command: Command | None = None
    suffixes: range = range(1, 2)
    handed: bool = False
    inherited: tuple[int, ...] = ()
    """Suffixes on the way here, of which a relative header after `;` is not sent again."""


@dataclass(frozen=True, slots=True)
class Found:
    """A command, the suffixes sent with it, and the node that a following relative header starts from."""

    command: Command
    suffixes: tuple[int, ...]
    parent: Node


class CommandTree:
    """All commands of one model."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self.commands = tuple(commands)
        self.root = Node()
        for command in self.commands:
            for path in _paths(command.header):
                self._plant(path, command)

    def _plant(self, path: Sequence[tuple[str, range, bool]], command: Command) -> None:
        node = self.root
        for keyword, suffixes, handed in path:
            short, long = keyword_forms(keyword)
            child = node.children.get(short) or Node(suffixes=suffixes, handed=handed)
            node.children[short] = node.children[long] = child
            node = child
        if node.command is not None and node.command is not command:
            raise ValueError(f"Each header must be one command, but {command.header} is two.")
        node.command = command

    def find(self, unit: Unit, path: Node) -> Found:
        """Return the command that a unit names, from the current path or from the root; -113 where there is none."""
        node = parent = self.root if unit.from_root or unit.common else path
        suffixes = before = node.inherited
        for keyword in unit.keywords:
            parent, before = node, suffixes
            node, suffix = _child(node, keyword)
            if node.handed:
                suffixes = (*suffixes, suffix)
        if node.command is None:
            raise ScpiError(-113)
        if unit.common:
            return Found(node.command, suffixes, path)
        return Found(node.command, suffixes, replace(parent, inherited=before) if before else parent)


def values(command: Command, unit: Unit) -> list[Any]:
    """Return the values of a unit's arguments; -108 where there are too many, -109 where too few."""
    kinds = command.asks if unit.query else command.takes
    needed = command.ask_needed if unit.query else len(kinds) if command.needed is None else command.needed
    given = unit.arguments
    if command.repeats and kinds and len(given) > len(kinds):
        kinds = (*kinds, *[kinds[-1]] * (len(given) - len(kinds)))
    if len(given) > len(kinds):
        raise ScpiError(-108)
    if len(given) < needed:
        raise ScpiError(-109)
    return [kind.read(argument) for kind, argument in zip(kinds, given, strict=False)]


def arguments_of(command: Command) -> str:
    """Return what a command takes, for the documentation: numbers with limits and units, words, text."""
    needed = len(command.takes) if command.needed is None else command.needed
    told = [_told(kind) if number < needed else f"[{_told(kind)}]" for number, kind in enumerate(command.takes)]
    asked = [_told(kind) for kind in command.asks if not isinstance(kind, Extreme)]
    written = ", ".join(told) + (" ..." if command.repeats and told else "")
    return "; ".join(part for part in (written, f"? {', '.join(asked)}" if asked else "") if part)


def _told(kind: Kind) -> str:
    """Return what a kind says of itself; where it says nothing, the first words about its class."""
    if type(kind).__str__ is not object.__str__:
        return str(kind)
    first = (type(kind).__doc__ or type(kind).__name__).strip().splitlines()[0]
    return re.split(r"\.(?:\s|$)|;\s", first)[0]


def _child(node: Node, sent: str) -> tuple[Node, int]:
    if sent in node.children and node.children[sent].suffixes.start <= 1:
        return node.children[sent], 1
    split = _SENT.match(sent)
    assert split is not None
    name, digits = split[1], split[2]
    child = node.children.get(name)
    if child is None or not digits:
        raise ScpiError(-113)
    if len(digits) > 9 or int(digits) not in child.suffixes:
        raise ScpiError(-114)
    return child, int(digits)


def _paths(header: str) -> Iterator[list[tuple[str, range, bool]]]:
    """Yield every way of writing a header, as keywords with their suffixes, optional ones present or left out."""
    ways: list[list[tuple[str, range, bool]]] = [[]]
    place = 0
    for node in _NODE.finditer(header):
        if node.start() != place:
            break
        place = node.end()
        one, low, high = node[3], node[4], node[5]
        step = (node[2], range(int(low or 1), int(high or one or 1) + 1), low is not None)
        longer = [[*way, step] for way in ways]
        ways = [*ways, *longer] if node[1] else longer
    if place != len(header):
        raise ValueError(f"A header must be written as in a manual, but is {header!r}.")
    return iter(ways)


ON_OFF = Boolean()
"""The one kind that has no limits of its own."""
