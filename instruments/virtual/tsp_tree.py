"""The objects that scripts of a TSP instrument see, declared: attributes, functions, constants, and who answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .tsp_host import ScriptError
from .tsp_parameter import ANYTHING, Parameter, TspError
from .twin import Supported


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that is read, and written where `write` is given."""

    name: str
    read: Callable[[Any], Any]
    write: Callable[[Any, Any], None] | None = None
    takes: Parameter = ANYTHING
    note: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """Something that is called with `takes`, of which the first `needed` must be there; None needs all."""

    name: str
    call: Callable[..., Any]
    takes: tuple[Parameter, ...] = ()
    needed: int | None = None
    repeats: bool = False
    """Whether the last parameter may come again and again."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A name for a number."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Lines:
    """An answer that is printed as it stands."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A new object of a class, for the script to hold."""

    kind: str
    handle: int


@dataclass(frozen=True, slots=True)
class Each:
    """Values that a script walks through: `for name in channel.pattern.catalog() do`."""

    values: tuple[str, ...]


Member = Attribute | Function | Constant


@dataclass(slots=True)
class Tree:
    """All members of a model, by the number that travels and by the description that a worker builds objects from."""

    description: dict[str, Any] = field(default_factory=lambda: {"objects": {}, "functions": {}, "classes": {}})
    members: list[tuple[Member, Callable[[Any, int], Any]]] = field(default_factory=list)
    table: dict[str, Supported] = field(default_factory=dict)
    """The table of commands, for the documentation."""

    def mount(self, path: str, members: Iterable[Member], of: Callable[[Any], Any], label: str | None = None) -> None:
        """Hang members into the object at `path` (empty for globals); `of` finds who answers, given the twin.

        `label` is the path in the table of commands where it is another; members of equal names are listed once.
        """
        self._add(self._node(path), members, lambda twin, _: of(twin), path if label is None else label)

    def define(self, kind: str, luatype: str, members: Iterable[Member], of: Callable[[Any, int], Any]) -> None:
        """Declare a class of objects; `of` finds one by its handle."""
        node = self.description["classes"].setdefault(kind, {"luatype": luatype})
        self._add(node, members, of, kind)

    def place(self, path: str, kind: str, handle: int) -> None:
        """Hang an object of a class, known by `handle`, at `path`."""
        above, _, name = path.rpartition(".")
        node = self._node(above)
        node.setdefault("objects", {})[name] = {**self.description["classes"][kind], "handle": handle}

    def indexed(self, node: dict[str, Any], read: Member, of: Callable[[Any, int], Any], put: bool = False) -> None:
        """Let an object of the description be read, and written if `put`, by whole numbers."""
        node["item"] = self._numbered(read, of)
        if put:
            node["put"] = node["item"]

    def extend(self, node: dict[str, Any], member: Function, of: Callable[[Any, int], Any]) -> None:
        """Let an object of the description have one more function, not listed in the table of commands."""
        node.setdefault("functions", {})[member.name] = self._numbered(member, of)

    def list_as(self, command: str, forms: str = "read", note: str = "") -> None:
        """Name a command in the table that no member stands for."""
        self.table.setdefault(command, Supported(command, forms, note))

    def at(self, path: str) -> dict[str, Any]:
        """Return the description of the object at `path`."""
        return self._node(path)

    def _add(self, node: dict[str, Any], members: Iterable[Member], of: Callable[[Any, int], Any], label: str) -> None:
        for member in members:
            *parents, name = member.name.split(".")
            home = node
            for parent in parents:
                home = home.setdefault("objects", {}).setdefault(parent, {})
            if isinstance(member, Constant):
                home.setdefault("constants", {})[name] = member.value
                continue
            number = self._numbered(member, of)
            if isinstance(member, Function):
                home.setdefault("functions", {})[name] = number
            else:
                home.setdefault("getters", {})[name] = number
                if member.write is not None:
                    home.setdefault("setters", {})[name] = number
            self._tabulate(member, label)

    def _tabulate(self, member: Attribute | Function, label: str) -> None:
        command = f"{label}.{member.name}" if label else member.name
        if isinstance(member, Function):
            line = Supported(f"{command}()", "call", member.note)
        else:
            line = Supported(command, "read" if member.write is None else "read write", member.note)
        self.table.setdefault(line.command, line)

    def _numbered(self, member: Member, of: Callable[[Any, int], Any]) -> int:
        self.members.append((member, of))
        return len(self.members) - 1

    def _node(self, path: str) -> dict[str, Any]:
        node = self.description
        for name, place in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
            node = node.setdefault("objects", {}).setdefault(name, {})
            if place:
                items: list[dict[str, Any]] = node.setdefault("items", [])
                while len(items) < int(place):
                    items.append({})
                node = items[int(place) - 1]
        return node

    # What a question becomes

    def read(self, twin: Any, number: int, handle: int, key: Any) -> list[Any]:
        """Return the answer to reading an attribute, or an element where there is a key."""
        member, of = self.members[number]
        if not isinstance(member, Attribute):
            raise TspError(-310)
        target = of(twin, handle)
        return _answer(member.read(target) if key is None else member.read((target, key)))

    def write(self, twin: Any, number: int, handle: int, key: Any, values: list[Any]) -> list[Any]:
        """Write an attribute."""
        member, of = self.members[number]
        if not isinstance(member, Attribute) or member.write is None or len(values) != 1:
            raise TspError(-310)
        value = member.takes.read(values[0])
        target = of(twin, handle)
        member.write(target if key is None else (target, key), value)
        return ["values"]

    def call(self, twin: Any, number: int, handle: int, values: list[Any]) -> list[Any]:
        """Call a function."""
        member, of = self.members[number]
        if not isinstance(member, Function):
            raise TspError(-310)
        return _answer(member.call(of(twin, handle), *_arguments(member, values)))


def _arguments(member: Function, values: list[Any]) -> list[Any]:
    needed = len(member.takes) if member.needed is None else member.needed
    if len(values) < needed:
        raise ScriptError(f"parameter {len(values) + 1} of `{member.name}' is missing")
    if len(values) > len(member.takes) and not member.repeats:
        raise TspError(-108)
    kinds = [*member.takes, *(member.takes[-1:] * len(values))]
    return [kind.read(value) for kind, value in zip(kinds, values, strict=False)]


def _answer(result: Any) -> list[Any]:
    """Return a result as it travels."""
    if result is None:
        return ["values"]
    if isinstance(result, Lines):
        return ["lines", *result.lines]
    if isinstance(result, Made):
        return ["object", result.kind, result.handle]
    if isinstance(result, Each):
        return ["each", *result.values]
    if isinstance(result, Mapping):
        return ["table", dict(result)]
    return ["values", *result] if isinstance(result, tuple) else ["values", result]
