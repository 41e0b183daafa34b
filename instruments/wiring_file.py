"""The tables `[wiring]` and `[components]` of a bench file: what is connected with what, every end checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn, Protocol

from .bench import Component, InstrumentEntry
from .roles import Role
from .terminals import PINS, SIDES, STAGE, UNCONNECTED, carries_current, reaches, terminals_of

DEVICE_WIRING = {
    "gate.hi": "gate",
    "gate.lo": "back",
    "junction.hi": "top",
    "junction.lo": "bottom",
}
"""Pins of the first device to which gate and junction of every bench are wired."""


class Reader(Protocol):
    """What reads a bench file, as far as tables of it need that."""

    def table(
        self, key: str, value: Any, *, needed: Iterable[str] = (), allowed: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """Return a table with the keys it needs and none it may not have."""
        ...

    def choice(self, key: str, value: Any, choices: Iterable[str], what: str = "") -> str:
        """Return one of several words."""
        ...

    def quantity(self, key: str, value: Any, unit: str) -> float:
        """Return a number in a unit."""
        ...

    def one_of(self, word: str, choices: Iterable[str]) -> str:
        """Return the choices for a sentence."""
        ...

    def fail(self, key: str, sentence: str) -> NoReturn:
        """Raise BenchFileError at a key."""
        ...


class WiringReader:
    """The table `[wiring]` on its way to wires."""

    def __init__(
        self,
        reader: Reader,
        instruments: Mapping[str, InstrumentEntry],
        devices: Sequence[str],
        magnets: Sequence[str],
        components: Mapping[str, Component],
        parts: Mapping[str, str],
        nets: Mapping[str, str] | None = None,
    ) -> None:
        """`nets` are those of the nodes of a circuit file, by the names they have here; None where there is none."""
        self.reader = reader
        self.instruments = instruments
        self.devices = devices
        self.magnets = magnets
        self.components = components
        self.parts = parts
        self.nets = nets

    def wires(self, table: Any) -> dict[str, str]:
        """Return the table `[wiring]`, terminal to node, every end of it checked."""
        wires = _flat(self.reader.table("wiring", table))
        pins = [f"{device}.{pin}" for device in self.devices for pin in PINS]
        nodes = [*pins, *(node for part in self.components.values() for node in part.between)]
        nodes += [node for terminal, node in wires.items() if self.is_row_or_column(terminal) and isinstance(node, str)]
        nodes += self.nets or []
        for terminal, node in wires.items():
            if self.is_row_or_column(terminal) and isinstance(node, str) and node != UNCONNECTED:
                check_node(self.reader, f"wiring.{terminal}", node, self.devices)
            self.check_wire(terminal, node, list(dict.fromkeys(nodes)))
        for terminal, pin in () if self.nets is not None else DEVICE_WIRING.items():
            node = f"{self.devices[0]}.{pin}"
            if wires.get(terminal) != node:
                self.reader.fail(
                    f"wiring.{terminal}" if terminal in wires else "wiring",
                    f'Wiring must say "{terminal}" = "{node}", but says {wires.get(terminal, "nothing")!r}',
                )
        wires = {terminal: (self.nets or {}).get(node, node) for terminal, node in wires.items()}
        # What a channel does under another name, it does at its own terminals.
        channels = {f"{self.parts[name]}.{pin}": node for name, _, pin, node in _split(wires) if name in self.parts}
        return dict(wires) | channels

    def is_row_or_column(self, terminal: str) -> bool:
        """Return whether a terminal is a switch's: what it is wired to is a node, for others to meet there."""
        entry = self.instruments.get(terminal.partition(".")[0])
        return entry is not None and entry.role is Role.SWITCH

    def check_wire(self, terminal: str, node: Any, nodes: list[str]) -> None:
        """Refuse a wire that begins or ends where it cannot."""
        key = f"wiring.{terminal}"
        name, _, pin = terminal.partition(".")
        named = [*self.instruments, *self.parts]
        if name not in named:
            self.reader.fail(key, f"Wiring must start at {self.reader.one_of(name, named)}, but starts at {terminal!r}")
        role = Role.SOURCE_METER if name in self.parts else self.instruments[name].role
        if carries_current(role, pin):
            if node != UNCONNECTED:
                self.reader.choice(key, node, nodes, what=f"Wiring of {terminal!r}")
            return
        places = {
            "magnet": self.magnets,
            "device": self.devices,
            STAGE: (STAGE,),
            "side": SIDES,
            "instrument": tuple(one for one in self.instruments if one != name),
        }
        kind = reaches(role, pin)
        if kind is None:
            self.reader.fail(key, f"A terminal of {name!r} must be {terminals_of(role)}, but is {pin!r}")
        if not places[kind]:
            self.reader.fail(key, f"Wiring of {terminal!r} must end at a {kind}, but `{kind}s` names none")
        self.reader.choice(key, node, places[kind], what=f"Wiring of {terminal!r}")


def read_component(reader: Reader, name: str, fields: Any, devices: Sequence[str]) -> Component:
    """Return a resistor of the table `[components]`. Raises BenchFileError."""
    key = f"components.{name}"
    fields = reader.table(key, fields, needed=("resistance", "between"), allowed=("resistance", "between"))
    resistance = reader.quantity(f"{key}.resistance", fields["resistance"], "ohm")
    if not resistance > 0:
        reader.fail(f"{key}.resistance", f"`resistance` must be above 0 ohm, but is {fields['resistance']!r}")
    nodes = fields["between"]
    if not isinstance(nodes, list) or len(nodes) != 2 or not all(isinstance(node, str) and node for node in nodes):
        reader.fail(f"{key}.between", f"`between` must be a pair of nodes, but is {nodes!r}")
    for node in nodes:
        check_node(reader, f"{key}.between", node, devices)
    return Component(resistance=resistance, between=(nodes[0], nodes[1]))


def _split(wires: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """Return instrument, dot, terminal and node of each wire."""
    return [(*terminal.partition("."), node) for terminal, node in wires.items()]


def check_node(reader: Reader, key: str, node: str, devices: Sequence[str]) -> None:
    """Refuse a node that is neither a device's pin nor a name of its own."""
    owner, _, pin = node.partition(".")
    if not pin or (owner in devices and pin not in PINS):
        reader.fail(
            key,
            f"A node must be a device's pin, such as '{devices[0]}.top', or have a name of its own with a dot, such as "
            f"'circuit.out', but is {node!r}",
        )


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return wires by `instrument.terminal`: without its quotes a TOML key with a dot is a table."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= (
            {f"{name}.{pin}": node for pin, node in _flat(value).items()} if isinstance(value, dict) else {name: value}
        )
    return flat
