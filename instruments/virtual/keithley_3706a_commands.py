"""What scripts find at `channel` of a 3706A, and of a 707B, which has neither poles nor a backplane."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from smtjlab.instruments.keithley_3706a_specification import SwitchSpecification

from .keithley_3706a_lists import invalid
from .keithley_3706a_relays import BREAK_BEFORE_MAKE, MAKE_BEFORE_BREAK, OFF, Relays
from .tsp_parameter import Number, OneOf, Parameter, Text, TspError
from .tsp_tree import Attribute, Constant, Each, Function, Member

LIST = Text(65535)
SWITCH, BACKPLANE = 1, 2
"""Values of `channel.gettype`: an assumption."""
CLOSED = 1
"""Bit of `channel.getstate`."""
LONGEST_DELAY = 60.0
"""Seconds of a channel's own delay."""


def _joined(values: Iterable[object], between: str = ",") -> str | None:
    """Return a list as it is answered; None, which is `nil`, where it is empty."""
    return between.join(map(str, values)) or None


def _close(relays: Relays, text: str) -> None:
    relays.close(relays.image(relays.read(text, slots=False)))


def _exclusive_close(relays: Relays, text: str) -> None:
    """An empty list opens everything."""
    wanted = relays.image(relays.read(text, slots=False)) if text.strip() else []
    if wanted:
        relays.close(wanted, relays.names.terminals)
    else:
        relays.open(relays.names.terminals)


def _exclusive_slot_close(relays: Relays, text: str) -> None:
    wanted = relays.image(relays.read(text, slots=False))
    slots = {int(name[0]) for name in wanted}
    relays.close(wanted, [name for slot in sorted(slots) for name in relays.names.in_slot(slot)])


def _open(relays: Relays, text: str) -> None:
    relays.open(relays.image(relays.read(text)))


def _among(relays: Relays, text: str, chosen: set[str]) -> list[str]:
    return relays.names.sorted(set(relays.read(text)) & chosen)


def _of_each(value: Callable[[Relays, str], object]) -> Callable[[Relays, str], str | None]:
    """Return what answers a value of each relay of a list, in the order of the list."""
    return lambda relays, text: _joined(value(relays, name) for name in relays.read(text))


def _of_each_channel(value: Callable[[Relays, str], object]) -> Callable[[Relays, str], str | None]:
    """Return what answers a value of each crosspoint of a list."""
    return lambda relays, text: _joined(value(relays, name) for name in relays.channels(text))


def _state(relays: Relays, text: str, mask: float = CLOSED) -> str | None:
    return _joined(CLOSED & int(mask) if name in relays.closed else 0 for name in relays.read(text))


def _set_label(relays: Relays, text: str, label: str) -> None:
    found = relays.read(text, slots=False)
    if len(found) != 1:
        raise invalid("a label names one channel")
    relays.label(found[0], label)


def _set_delay(relays: Relays, text: str, seconds: float) -> None:
    relays.delays.update(dict.fromkeys(relays.channels(text), seconds))


def _set_pole(relays: Relays, text: str, poles: float) -> None:
    found = relays.channels(text)
    if poles != relays.names.specification.card.poles:
        raise invalid("pole setting not supported by card")
    for name in found:
        relays.backplane.pop(name, None)


def _set_backplane(relays: Relays, text: str, lines: str) -> None:
    found = relays.channels(text)
    planes = relays.read(lines, slots=False) if lines.strip() else []
    if not all(relays.names.is_backplane(name) for name in planes):
        raise invalid("invalid channel type in channel list")
    for name in found:
        relays.backplane[name] = planes


def _backplane(relays: Relays, text: str) -> str | None:
    return _joined(line for name in relays.channels(text) for line in relays.backplane.get(name, ()))


def _image(relays: Relays, text: str) -> str | None:
    return _joined((",".join(relays.image([name])) for name in relays.channels(text)), ";")


def _specifier(relays: Relays, slot: float, row: float, column: float) -> str:
    names = relays.names
    card = names.specification.card
    if int(slot) not in names.slots or not (1 <= row <= card.rows and 1 <= column <= card.columns):
        raise invalid("invalid channel")
    return names.specification.channel(int(slot), int(row), int(column))


def _set_image(relays: Relays, text: str, name: str) -> None:
    relays.remember(name, relays.image(relays.read(text, slots=False)))


def _snapshot(relays: Relays, name: str) -> None:
    relays.remember(name, relays.names.sorted(relays.closed))


def _delete(relays: Relays, name: str) -> None:
    relays.pattern(name)
    del relays.patterns[name]


def _moves(name: str, call: Callable[..., None], note: str = "", *more: Parameter) -> Function:
    """Return a function of a list of channels that answers nothing."""
    return Function(name, call, (LIST, *more), note=note)


def _asked(name: str, call: Callable[..., str | None], note: str = "", *more: Parameter) -> Function:
    """Return a question about a list of channels; where something is wrong with it, the answer is `nil`."""

    def ask(relays: Relays, *arguments: Any) -> tuple[str | None]:
        try:
            return (call(relays, *arguments),)
        except TspError as problem:
            relays.twin.report(problem.code, problem.text)
            return (None,)

    return Function(name, ask, (LIST, *more), needed=1, note=note)


def members(specification: SwitchSpecification) -> list[Member]:
    """Return what hangs at `channel`."""
    found: list[Member] = [
        _moves("close", _close, "beside what is closed; waits until the relays have settled"),
        _moves("open", _open),
        _moves("exclusiveclose", _exclusive_close, "an empty list opens everything"),
        _moves("exclusiveslotclose", _exclusive_slot_close, "slots that are not named stay as they are"),
        _asked("getclose", lambda relays, text: _joined(_among(relays, text, relays.closed), ";"),
               "between semicolons, lowest slot first; nil where none is closed"),
        _asked("getstate", _state, "IND_CLOSED (1) or 0 of each", Number(0, 15, whole=True)),
        _asked("getcount", _of_each(lambda relays, name: relays.counts[name]), "closures in the life of each relay"),
        _asked("gettype", _of_each(lambda relays, name: BACKPLANE if relays.names.is_backplane(name) else SWITCH)),
        _moves("setforbidden", lambda relays, text: relays.forbid(relays.read(text)), "deletes patterns that hold one"),
        _moves("clearforbidden", lambda relays, text: relays.forbidden.difference_update(relays.read(text))),
        _asked("getforbidden", lambda relays, text: _joined(_among(relays, text, relays.forbidden)), "between commas"),
        _moves("setlabel", _set_label, "up to 19 characters; an empty one takes it away", Text(255)),
        _asked("getlabel", _of_each(lambda relays, name: relays.labels.get(name, name))),
        _moves("setdelay", _set_delay, "s, after the settling time", Number(0, LONGEST_DELAY)),
        _asked("getdelay", _of_each_channel(lambda relays, name: f"{relays.delays.get(name, 0.0):.3e}")),
        _moves("reset", lambda relays, text: relays.reset(relays.read(text)), "opens, and forgets labels, delays, ..."),
        Function("createspecifier", _specifier, (Number(1, 6), Number(1, 99), Number(1, 99)), note="slot, row, column"),
        Attribute("connectrule", lambda relays: relays.rule, lambda relays, rule: setattr(relays, "rule", rule),
                  OneOf((OFF, BREAK_BEFORE_MAKE, MAKE_BEFORE_BREAK)), "of what opens and closes in one command"),
        Attribute("connectsequential", lambda relays: int(relays.sequential),
                  lambda relays, on: setattr(relays, "sequential", bool(on)), OneOf((0, 1)), "one after the other"),
        *(Constant(name, value) for name, value in {
            "OFF": OFF, "ON": 1, "BREAK_BEFORE_MAKE": BREAK_BEFORE_MAKE, "MAKE_BEFORE_BREAK": MAKE_BEFORE_BREAK,
            "IND_CLOSED": CLOSED, "TYPE_SWITCH": SWITCH, "TYPE_BACKPLANE": BACKPLANE,
        }.items()),
        *_pattern_members(),
    ]  # fmt: skip
    return [*found, *_members_with_backplane()] if specification.card.backplane else found


def _pattern_members() -> list[Member]:
    return [
        _moves("pattern.setimage", _set_image, "channels, then the name", Text(255)),
        _moves("pattern.snapshot", _snapshot, "of what is closed"),
        _asked("pattern.getimage", lambda relays, name: _joined(relays.pattern(name))),
        _moves("pattern.delete", _delete),
        Function("pattern.catalog", lambda relays: Each(tuple(relays.patterns)), note="for name in ... do"),
    ]


def _members_with_backplane() -> list[Member]:
    return [
        _moves("setbackplane", _set_backplane, "relays that move with a channel", LIST),
        _asked("getbackplane", _backplane),
        _asked("getimage", _image, "each channel with the relays that move with it"),
        _moves("setpole", _set_pole, "2 is all that a 3730 knows", OneOf((1, 2, 4))),
        _asked("getpole", _of_each_channel(lambda relays, name: relays.names.specification.card.poles)),
        *(Constant(name, value) for name, value in {"POLES_ONE": 1, "POLES_TWO": 2, "POLES_FOUR": 4}.items()),
    ]
