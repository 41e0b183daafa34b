"""What every TSP instrument has beside its hardware: errors, format, node, display, timer, status byte, time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .tsp_parameter import ON_OFF, Anything, Flag, Number, OneOf, Parameter, Text, TspError
from .tsp_status import BYTE, STANDARD
from .tsp_tree import Attribute, Constant, Function, Lines, Member, Tree

LINE_FREQUENCY = 50
"""Power line frequency in Hz."""
EPOCH = 1_767_225_600
"""Time of day at bench time 0, in s since 1970: the first of January 2026."""
LONGEST_TEXT = 32
SEVERITY = 20
"""Severity of an error that one can recover from."""


def stored(name: str, default: Any, takes: Parameter, note: str = "") -> Attribute:
    """Return an attribute that is kept on the shelf of its object and means nothing to the world."""
    return Attribute(name, lambda shelf: shelf.get(name, default),
                     lambda shelf, value: shelf.__setitem__(name, value), takes, note)  # fmt: skip


def shelf_at(path: str) -> Callable[[Any], dict[str, Any]]:
    """Return what finds the shelf of one object."""

    def of(twin: Any) -> dict[str, Any]:
        found: dict[str, Any] = twin.shelf(path)
        return found

    return of


def _itself(twin: Any) -> Any:
    return twin


def _nothing(*arguments: Any) -> None:
    """Do what cannot be seen from outside."""


def _next_error(twin: Any) -> tuple[Any, ...]:
    code, text = twin.status.next_error()
    return code, text, SEVERITY if code else 0, 1


def _delay(twin: Any, seconds: float) -> None:
    twin.pass_time(seconds)


def _wait(twin: Any, *group: float) -> None:
    twin.wait_for_operations()


def _print_numbers(twin: Any, *numbers: float) -> Lines:
    return Lines((twin.written(list(numbers)),))


GLOBALS: tuple[Member, ...] = (
    Function("delay", _delay, (Number(0, 1e5),), note="s"),
    Function("waitcomplete", _wait, (Number(),), needed=0, note="waits for overlapped operations"),
    Function("opc", lambda twin: twin.when_operations_end(mark=True)),
    Function("reset", lambda twin, *system: twin.reset(), (Anything(),), needed=0),
    Function("printnumber", _print_numbers, (Number(),), repeats=True),
    Function("gettimezone", lambda twin: twin.shelf("localnode").get("zone", "0")),
    Function("settimezone", lambda twin, *zone: twin.shelf("localnode").__setitem__("zone", zone[0]), (Text(),),
             repeats=True),
    Function("settime", lambda twin, seconds: twin.shelf("localnode").__setitem__("time", seconds - twin.world.time),
             (Number(0, 4e9),)),
    Function("gettime", lambda twin: twin.shelf("localnode").get("time", EPOCH) + twin.world.time),
)  # fmt: skip

ERRORS: tuple[Member, ...] = (
    Function("next", _next_error, note="code, message, severity, node"),
    Function("clear", lambda twin: twin.status.errors.clear()),
    Attribute("count", lambda twin: len(twin.status.errors)),
)

FORMAT: tuple[Member, ...] = (
    stored("data", 1, OneOf((1, 2, 3)), "ASCII, REAL32, REAL64"),
    stored("byteorder", 1, ON_OFF, "0 NORMAL, 1 SWAPPED"),
    *(Constant(name, value) for name, value in {
        "ASCII": 1, "REAL32": 2, "SREAL": 2, "REAL64": 3, "REAL": 3, "DREAL": 3, "NORMAL": 0, "NETWORK": 0,
        "BIGENDIAN": 0, "SWAPPED": 1, "LITTLEENDIAN": 1,
    }.items()),
)  # fmt: skip

LOCALNODE: tuple[Member, ...] = (
    stored("prompts", 0, ON_OFF), stored("prompts4882", 1, ON_OFF), stored("showerrors", 0, ON_OFF),
    stored("autolinefreq", True, Flag()), stored("description", "", Text(63)),
    Attribute("passwordmode", lambda shelf: 0),
)  # fmt: skip

DISPLAY: tuple[Member, ...] = (
    stored("screen", 2, OneOf((0, 1, 2, 3)), "SMUA, SMUB, SMUA_SMUB, USER"),
    stored("locallockout", 0, ON_OFF), stored("numpad", 1, ON_OFF),
    Function("clear", lambda shelf: shelf.pop("text", None)),
    Function("settext", lambda shelf, text: shelf.__setitem__("text", (shelf.get("text", "") + text)[-LONGEST_TEXT:]),
             (Text(255),)),
    Function("gettext", lambda shelf, *how: re.sub(r"\$.", "", shelf.get("text", "")), (Anything(),) * 4, needed=0),
    Function("setcursor", _nothing, (Number(1, 2), Number(1, 32), Number(0, 1)), needed=2),
    Function("getcursor", lambda shelf: (1, 1, 0)),
    Function("sendkey", _nothing, (Number(0, 255),)),
    Function("getlastkey", lambda shelf: 0),
    Function("getannunciators", lambda shelf: 0),
    *(Constant(name, value) for name, value in {
        "SMUA": 0, "SMUB": 1, "SMUA_SMUB": 2, "USER": 3, "MEASURE_DCAMPS": 0, "MEASURE_DCVOLTS": 1, "MEASURE_OHMS": 2,
        "MEASURE_WATTS": 3, "DIGITS_4_5": 4, "DIGITS_5_5": 5, "DIGITS_6_5": 6, "LIMIT_IV": 0, "LIMIT_P": 1,
        "ENABLE": 1, "DISABLE": 0, "LOCK": 1, "UNLOCK": 0, "KEY_EXIT": 75, "KEY_ENTER": 82,
    }.items()),
)  # fmt: skip

CHANNEL_DISPLAY: tuple[Member, ...] = (
    stored("digits", 5, OneOf((4, 5, 6))), stored("measure.func", 1, OneOf((0, 1, 2, 3))),
    stored("limit.func", 0, ON_OFF),
)  # fmt: skip

BEEPER: tuple[Member, ...] = (
    stored("enable", 1, ON_OFF), Constant("ON", 1), Constant("OFF", 0),
    Function("beep", _nothing, (Number(0, 100), Number(20, 8000))),
)  # fmt: skip

TIMER: tuple[Member, ...] = (
    Function("reset", lambda twin: twin.shelf("timer").__setitem__("start", twin.world.time)),
    Function("measure.t", lambda twin: twin.world.time - twin.shelf("timer").get("start", 0.0),
             note="s since `timer.reset()`"),
)  # fmt: skip


def _write_bit(shelf: dict[str, Any], line: float, value: float) -> None:
    bit = 1 << (int(line) - 1)
    port = shelf.get("port", 0x3FFF)
    shelf["port"] = port | bit if value else port & ~bit


DIGIO: tuple[Member, ...] = (
    stored("writeprotect", 0, Number(0, 16383, whole=True)),
    Function("readbit", lambda shelf, line: shelf.get("port", 0x3FFF) >> (int(line) - 1) & 1, (Number(1, 14),)),
    Function("writebit", _write_bit, (Number(1, 14), Number(0, 1))),
    Function("readport", lambda shelf: shelf.get("port", 0x3FFF), note="open lines read high"),
    Function("writeport", lambda shelf, value: shelf.__setitem__("port", int(value)), (Number(0, 16383),)),
    *(Constant(name, value) for name, value in {
        "TRIG_BYPASS": 0, "TRIG_FALLING": 1, "TRIG_RISING": 2, "TRIG_EITHER": 3, "TRIG_SYNCHRONOUSA": 4,
        "TRIG_SYNCHRONOUS": 5, "TRIG_SYNCHRONOUSM": 6, "TRIG_RISINGA": 7, "TRIG_RISINGM": 8,
    }.items()),
)  # fmt: skip

TSPLINK: tuple[Member, ...] = (
    Attribute("state", lambda shelf: "offline"), stored("node", 1, Number(1, 64, whole=True)),
    Attribute("master", lambda shelf: 1), stored("group", 0, Number(0, 64, whole=True)),
    Function("reset", lambda shelf, *nodes: 1, (Number(),), needed=0),
)  # fmt: skip

EVENTLOG: tuple[Member, ...] = (
    stored("enable", 1, ON_OFF), Attribute("count", lambda shelf: 0), Function("clear", _nothing),
    Function("next", _nothing, (Anything(),), needed=0), Function("all", _nothing, (Anything(),), needed=0),
    stored("overwritemethod", 1, ON_OFF),
)  # fmt: skip


def _set_precision(twin: Any, digits: float) -> None:
    twin.host.precision = int(digits)


STATUS: tuple[Member, ...] = (
    Attribute("condition", lambda twin: twin.look("", lambda: twin.status.byte), note="the status byte"),
    Attribute("request_enable", lambda twin: twin.status.service_enable,
              lambda twin, mask: setattr(twin.status, "service_enable", int(mask) & ~64), Number(0, 255, whole=True)),
    Attribute("request_event", lambda twin: twin.status.byte & 64),
    Attribute("node_enable", lambda twin: twin.shelf("status").get("node", 0),
              lambda twin, mask: twin.shelf("status").__setitem__("node", mask), Number(0, 65535, whole=True)),
    Attribute("node_event", lambda twin: 0),
    Attribute("standard.condition", lambda twin: twin.status.event),
    Attribute("standard.event", lambda twin: twin.look("standard", twin.status.take_event)),
    Attribute("standard.enable", lambda twin: twin.status.event_enable,
              lambda twin, mask: setattr(twin.status, "event_enable", int(mask)), Number(0, 255, whole=True)),
    Function("reset", lambda twin: twin.reset_status()),
    *(Constant(name, bit) for name, bit in BYTE.items()),
    *(Constant(f"standard.{name}", bit) for name, bit in STANDARD.items()),
)  # fmt: skip


def mount_common(tree: Tree, model: str, version: str) -> None:
    """Hang what every TSP instrument has into a tree."""
    tree.mount("", GLOBALS, _itself)
    tree.mount("errorqueue", ERRORS, _itself)
    tree.mount("eventlog", EVENTLOG, shelf_at("eventlog"))
    tree.mount("format", FORMAT, shelf_at("format"))
    tree.mount("format", [Attribute("asciiprecision", lambda twin: twin.host.precision, _set_precision,
                                    Number(1, 16, whole=True))], _itself)  # fmt: skip
    tree.mount("localnode", LOCALNODE, shelf_at("localnode"))
    tree.mount("localnode", [
        Attribute("model", lambda twin: model), Attribute("version", lambda twin: version),
        Attribute("serialno", lambda twin: twin.serial_number), Attribute("revision", lambda twin: version),
        Attribute("linefreq", lambda twin: LINE_FREQUENCY), Function("reset", lambda twin: twin.reset()),
    ], _itself)  # fmt: skip
    tree.mount("display", DISPLAY, shelf_at("display"))
    tree.mount("beeper", BEEPER, shelf_at("beeper"))
    tree.mount("timer", TIMER, _itself)
    tree.mount("digio", DIGIO, shelf_at("digio"))
    tree.mount("tsplink", TSPLINK, shelf_at("tsplink"))
    tree.mount("status", STATUS, _itself)


def printed_columns(twin: Any, first: float, last: float, columns: list[list[Any]]) -> Lines:
    """Return columns side by side as `printbuffer` writes them; 4900 where there is nothing to print."""
    shortest = min(map(len, columns), default=0)
    begin, end = max(round(first), 1), min(round(last), shortest)
    if end < begin:
        raise TspError(4900)
    return Lines((twin.written([column[place - 1] for place in range(begin, end + 1) for column in columns]),))
