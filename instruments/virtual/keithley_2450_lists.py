"""Configuration lists of a virtual 2450: settings of source or measurement, kept by place (manual 2450-901-01)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .command_tree import Command
from .keithley_2450_source import Source, set_function
from .parameter import Integer, Text
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450

MOST_LISTS, LONGEST, MOST_SETTINGS = 100, 2500, 10_000
"""Lists, places of one, and places of all together (the real one holds more; memory here is finite too)."""
NO_LIST = 1133
"""Number of the error for the name of a list that does not exist: the one of names of buffers."""
NAMES = {"VOLT": "Volt{}SweepList", "CURR": "Curr{}SweepList"}
"""Source lists that sweeps and `:SOURce:LIST` make: Linear, Log, Custom."""


class SweepList(Sequence[Any]):
    """The settings of a sweep: alike but for their levels, and made when they are asked for."""

    def __init__(self, settings: Source, function: str, levels: Sequence[float]) -> None:
        self._settings, self._function, self._levels = settings, function, levels

    def __len__(self) -> int:
        return len(self._levels)

    def __getitem__(self, place: Any) -> Any:
        one = copy.deepcopy(self._settings)
        one.function = self._function
        one.active.level = self._levels[place]
        return one


@dataclass(slots=True)
class ConfigurationLists:
    """All lists of one side, and which of them `:CATalog?` has told about."""

    lists: dict[str, Sequence[Any]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    """Place recalled last, from 1, by list."""
    told: int = 0

    def of(self, name: str) -> Sequence[Any]:
        """Return a list; 1133 where there is none of that name."""
        if name not in self.lists:
            raise ScpiError(NO_LIST, "parameter must be the name of a configuration list")
        return self.lists[name]

    def create(self, name: str) -> None:
        """Make a list, empty."""
        if name in self.lists or not name.isidentifier():
            raise ScpiError(NO_LIST, "parameter must be a new name")
        if len(self.lists) >= MOST_LISTS:
            raise ScpiError(-225)
        self.lists[name] = []

    def store(self, name: str, settings: Any, place: int = 0) -> None:
        """Put settings at a place from 1, or at the end."""
        kept = self.lists[name] = list(self.of(name))
        if place > len(kept) + 1:
            raise ScpiError(-222)
        if place in (0, len(kept) + 1):
            if len(kept) >= LONGEST:
                raise ScpiError(-223)
            if sum(len(one) for one in self.lists.values() if isinstance(one, list)) >= MOST_SETTINGS:
                raise ScpiError(-225)
            kept.append(settings)
        else:
            kept[place - 1] = settings

    def take(self, name: str, place: int = 1) -> Any:
        """Return settings from a place."""
        kept = self.of(name)
        if not 1 <= place <= len(kept):
            raise ScpiError(-222)
        self.places[name] = place
        return kept[place - 1]

    def beside(self, name: str, step: int) -> int:
        """Return the place after (1) or before (-1) the one recalled last, around the ends."""
        length = len(self.of(name))
        if length == 0:
            raise ScpiError(-222)
        return (self.places.get(name, 0 if step > 0 else 1) - 1 + step) % length + 1


def source_settings(twin: Keithley2450) -> Any:
    """Return all settings of the source, the output's switch apart."""
    return copy.deepcopy(twin.source)


def recall_source(twin: Keithley2450, kept: Any) -> None:
    """Take over settings of the source; the output stays as it is, unless the function changes."""
    if kept.function != twin.source.function:
        set_function(twin, kept.function)
    output = twin.source.output
    twin.source = copy.deepcopy(kept)
    twin.source.output, twin.source.changed = output, True
    twin.apply()


def sense_settings(twin: Keithley2450) -> Any:
    """Return all settings of the active measure function."""
    return twin.sense.function, copy.deepcopy(twin.sense.active)


def recall_sense(twin: Keithley2450, kept: Any) -> None:
    """Take over a measure function with its settings."""
    twin.sense.function, settings = kept
    setattr(twin.sense, settings.name, copy.deepcopy(settings))
    twin.apply()


def recall(twin: Keithley2450, name: str, place: int) -> None:
    """Take over settings from a list of either side."""
    if name in twin.source_lists.lists:
        recall_source(twin, twin.source_lists.take(name, place))
    else:
        recall_sense(twin, twin.sense_lists.take(name, place))


def side_of(twin: Keithley2450, name: str) -> ConfigurationLists:
    """Return the side that has a list of that name; 1133 where none has."""
    return twin.source_lists if name in twin.source_lists.lists else twin.sense_lists


def _delete(lists: ConfigurationLists, name: str, place: int) -> None:
    kept = list(lists.of(name))
    if place == 0:
        del lists.lists[name]
    elif place > len(kept):
        raise ScpiError(-222)
    else:
        del kept[place - 1]
        lists.lists[name] = kept


def _catalogue(lists: ConfigurationLists) -> str:
    """Return the name of the next list; empty after the last, then the first again."""
    names = list(lists.lists)
    lists.told = lists.told + 1 if lists.told < len(names) else 0
    return names[lists.told - 1] if lists.told else ""


def _commands(head: str, attribute: str) -> list[Command]:
    """Return the commands of one side."""
    source = attribute == "source_lists"

    def of(twin: Keithley2450) -> ConfigurationLists:
        lists: ConfigurationLists = getattr(twin, attribute)
        return lists

    def store(twin: Keithley2450, name: str, place: int = 0) -> None:
        of(twin).store(name, source_settings(twin) if source else sense_settings(twin), place)

    def take_over(twin: Keithley2450, name: str, place: int = 1, other: str = "", other_place: int = 1) -> None:
        if twin.trigger_model.running:
            raise ScpiError(-221, "trigger model is running")
        mine, beside = of(twin).take(name, place), twin.sense_lists if source else twin.source_lists
        theirs = beside.take(other, other_place) if other else None
        (recall_source if source else recall_sense)(twin, mine)
        if theirs is not None:
            (recall_sense if source else recall_source)(twin, theirs)

    def create(twin: Keithley2450, name: str) -> None:
        of(twin).create(name)

    name, place = Text(32), Integer(1, LONGEST, 1)
    return [
        Command(header=f"{head}:CREate", takes=(name,), write=create),
        Command(header=f"{head}:STORe", takes=(name, place), needed=1, write=store),
        Command(header=f"{head}:RECall", takes=(name, place, name, place), needed=1, write=take_over,
                note="and a list of the other side"),
        Command(header=f"{head}:DELete", takes=(name, place), needed=1,
                write=lambda twin, name, place=0: _delete(of(twin), name, place)),
        Command(header=f"{head}:SIZE", asks=(name,), ask_needed=1,
                query=lambda twin, name: str(len(of(twin).of(name)))),
        Command(header=f"{head}:CATalog", query=lambda twin: _catalogue(of(twin))),
    ]  # fmt: skip


COMMANDS = (
    *_commands(":SOURce[1]:CONFiguration:LIST", "source_lists"),
    *_commands("[:SENSe[1]]:CONFiguration:LIST", "sense_lists"),
)
"""Configuration lists of source and measurement."""
