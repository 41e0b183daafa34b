"""What a 3706A or 707B tells of itself beside its channels: slots, memory, interfaces, the log of hot switching."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .tsp_instrument import LONGEST_SCRIPT
from .tsp_parameter import Anything, Flag, Number, OneOf
from .tsp_tree import Attribute, Function, Member, Tree

if TYPE_CHECKING:
    from .keithley_3706a import Keithley3706A
    from .keithley_3706a_relays import Relays

CARD_FIRMWARE = "01.40h"
ADDRESS = 16
"""Address on the bus as it leaves the factory."""
PATTERN_SIZE = 1024
"""Bytes of memory that a pattern takes: an assumption."""


def slot_members(slot: int) -> list[Member]:
    """Return what hangs at `slot[N]`; where no card is plugged, all but its name is nil."""

    def of_card(name: str, value: Callable[[Keithley3706A], Any], note: str = "") -> Attribute:
        return Attribute(name, lambda twin: value(twin) if slot in twin.names.slots else None, note=note)

    return [
        Attribute("idn", lambda twin: _card_name(twin, slot), note="model, description, firmware, serial number"),
        of_card("matrix", lambda twin: 1),
        of_card("rows.matrix", lambda twin: twin.specification.card.rows),
        of_card("columns.matrix", lambda twin: twin.specification.card.columns),
        of_card("banks.matrix", lambda twin: 1),
        of_card("maxvoltage", lambda twin: int(twin.specification.card.largest_voltage), "V"),
        *(of_card(f"poles.{name}", _knows_poles(poles)) for name, poles in (("one", 1), ("two", 2), ("four", 4))),
        *(Attribute(name, lambda twin: None, note="nil: no card of ours has it")
          for name in ("multiplexer", "isolated", "commonsideohms", "digio", "tempsensor", "thermal.state")),
        Attribute("pseudocard", lambda twin: 0),
    ]  # fmt: skip


def _knows_poles(poles: int) -> Callable[[Keithley3706A], int | None]:
    return lambda twin: 1 if twin.specification.card.poles == poles else None


def interlock_members(slot: int) -> list[Member]:
    """Return what hangs at `slot[N].interlock`."""
    return [
        Attribute("state", lambda twin: int(not twin.interlock_open) if slot in twin.names.slots else None,
                  note="0 open, 1 closed: open, no relay of the backplane closes"),
    ]  # fmt: skip


def _card_name(twin: Keithley3706A, slot: int) -> str:
    card = twin.specification.card
    if slot not in twin.names.slots:
        return "Empty Slot"
    return f"{card.model},{card.description},{CARD_FIRMWARE},{twin.serial_number}-{slot}"


def _memory(twin: Keithley3706A) -> tuple[float, ...]:
    """Return what is used of system, script, pattern and configuration memory, in percent."""
    scripts = 100 * sum(map(len, twin.host.scripts.values())) / LONGEST_SCRIPT
    patterns = 100 * PATTERN_SIZE * len(twin.relays.patterns) / LONGEST_SCRIPT
    return 0.5 + scripts, scripts, patterns, 0.0


def _percent(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


MEMORY: tuple[Member, ...] = (
    Function("used", lambda twin: _percent(_memory(twin)), note="percent of system, scripts, patterns, configurations"),
    Function("available", lambda twin: _percent(tuple(100 - value for value in _memory(twin)))),
)


def _interface(name: str, key: str, default: Any, takes: Flag | OneOf | Number) -> Attribute:
    """Return a setting of an interface, which outlives a reset and means nothing to the bench."""
    kind = type(default)
    return Attribute(name, lambda twin: twin.interfaces.get(key, default),
                     lambda twin, value: twin.interfaces.__setitem__(key, kind(value)), takes)  # fmt: skip


def _next_note(relays: Relays, *kind: Any) -> tuple[str | None]:
    return (relays.notes.popleft() if relays.notes else None,)


def _all_notes(relays: Relays, *kind: Any) -> tuple[str | None]:
    found = "\n".join(relays.notes) or None
    relays.notes.clear()
    return (found,)


EVENTLOG: tuple[Member, ...] = (
    Attribute("count", lambda relays: len(relays.notes)),
    Function("next", _next_note, (Anything(),), needed=0, note="time, HOT SWITCHING, channel, current in A; or nil"),
    Function("all", _all_notes, (Anything(),), needed=0),
    Function("clear", lambda relays: relays.notes.clear()),
)


def mount_mainframe(tree: Tree, slots: int, interlocked: bool) -> None:
    """Hang slots, memory, interfaces and the event log into a tree."""
    for slot in range(1, slots + 1):
        tree.mount(f"slot[{slot}]", slot_members(slot), lambda twin: twin, "slot[N]")
        if interlocked:
            tree.mount(f"slot[{slot}].interlock", interlock_members(slot), lambda twin: twin, "slot[N].interlock")
    tree.mount("memory", MEMORY, lambda twin: twin)
    tree.mount("comm", [_interface("gpib.enable", "gpib", True, OneOf((0, 1))),
                        _interface("lan.enable", "lan", True, OneOf((0, 1)))], lambda twin: twin)  # fmt: skip
    tree.mount("gpib", [_interface("address", "address", ADDRESS, Number(0, 30, whole=True))], lambda twin: twin)
    tree.mount("lan", [Attribute("status.ipaddress", lambda twin: "127.0.0.1"), Function("reset", lambda twin: None)],
               lambda twin: twin)  # fmt: skip
    tree.mount("eventlog", EVENTLOG, lambda twin: twin.relays)
