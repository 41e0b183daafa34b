"""Lists of a virtual Kepco: currents or voltages that follow each other, each for its dwell time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.kepco_bop_specification import LONGEST_LIST, RATED_CURRENT, RATED_VOLTAGE

from .command_tree import Command, setting
from .kepco_bop_numbers import KepcoNumber, scientific
from .parameter import Choice, Integer
from .scpi import ScpiError

if TYPE_CHECKING:
    from .kepco_bop import KepcoBOP3612
    from .world import Doing

SHOWN = 16
"""Entries that one question answers, from where `LIST:QUERy` points."""
DWELLS = (5e-4, 10.0)
"""Shortest and longest dwell in s; an assumption."""


@dataclass(slots=True)
class Lists:
    """What has been entered."""

    current: list[float] = field(default_factory=list)
    voltage: list[float] = field(default_factory=list)
    dwell: list[float] = field(default_factory=list)
    count: int = 1
    """How often the list runs; 0 for ever."""
    query: int = 0


def run(twin: KepcoBOP3612, name: str) -> Doing[None]:
    """Step through a list; one dwell time serves all points, else each has its own. The last level stays."""
    lists = twin.lists
    levels, dwells = list(getattr(lists, name)), list(lists.dwell)
    passes = lists.count or None
    while passes is None or passes > 0:
        for place, level in enumerate(levels):
            setattr(twin, name, level)
            twin.apply()
            yield dwells[place] if len(dwells) > 1 else dwells[0]
        passes = None if passes is None else passes - 1
    twin.list_ended()


def _set_mode(twin: KepcoBOP3612, name: str, mode: str) -> None:
    twin.abort_list()
    if mode == "FIX":
        return
    lists = twin.lists
    levels = getattr(lists, name)
    wrong_mode = (name == "current") is not (twin.mode == "CURR")
    if wrong_mode or not levels or not lists.dwell or len(lists.dwell) not in (1, len(levels)):
        raise ScpiError(-221)
    twin.start_list(name)


def _append(twin: KepcoBOP3612, name: str, low: float, high: float, numbers: tuple[float, ...]) -> None:
    entries: list[float] = getattr(twin.lists, name)
    other = {"current": twin.lists.voltage, "voltage": twin.lists.current}.get(name)
    if other:
        raise ScpiError(-221)
    if not all(low <= number <= high for number in numbers):
        raise ScpiError(-222)
    if len(entries) + len(numbers) > LONGEST_LIST:
        raise ScpiError(-223)
    entries.extend(numbers)


def _shown(twin: KepcoBOP3612, name: str) -> str:
    entries = getattr(twin.lists, name)[twin.lists.query : twin.lists.query + SHOWN]
    return ",".join(map(scientific, entries))


def _entries(header: str, name: str, low: float, high: float) -> tuple[Command, ...]:
    """Return the commands of one column of the list."""
    return (
        Command(header=header, write=lambda twin, *numbers: _append(twin, name, low, high, numbers),
                query=lambda twin: _shown(twin, name), takes=(KepcoNumber(),), repeats=True),
        Command(header=f"{header}:POINts", query=lambda twin: str(len(getattr(twin.lists, name)))),
    )  # fmt: skip


def _mode(header: str, name: str) -> Command:
    return Command(
        header=header,
        write=lambda twin, mode: _set_mode(twin, name, mode),
        query=lambda twin: "LIST" if twin.list_runs == name else "FIX",
        takes=(Choice(("FIXed", "LIST")),),
        polls=True,
        note="LIST runs the list",
    )


COMMANDS = (
    *_entries(":LIST:CURRent[:LEVel]", "current", -RATED_CURRENT, RATED_CURRENT),
    *_entries(":LIST:VOLTage[:LEVel]", "voltage", -RATED_VOLTAGE, RATED_VOLTAGE),
    *_entries(":LIST:DWELl", "dwell", *DWELLS),
    Command(header=":LIST:CLEar", write=lambda twin: twin.clear_lists()),
    setting(":LIST:COUNt", "lists.count", Integer(0, 255, 1)),
    setting(":LIST:QUERy", "lists.query", Integer(0, LONGEST_LIST - 1, 0)),
    _mode("[:SOURce]:CURRent:MODE", "current"),
    _mode("[:SOURce]:VOLTage:MODE", "voltage"),
)
"""Commands of the lists."""
