"""The dc generator of a channel of a virtual QDAC-II: sweeps and lists, what starts them, the markers they fire."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.qdac2_specification import LONGEST_LIST

from .command_tree import ON_OFF, Command
from .parameter import Choice, Integer, Number
from .qdac2_kinds import INTERNAL_TRIGGERS, Samples, TriggerName, asked, per_channel, told
from .scpi import ScpiError
from .world import Operation

if TYPE_CHECKING:
    from .qdac2 import QDAC2
    from .world import Doing

SHORTEST_DWELL = 2e-6
"""Seconds; one sample of the generator is 1 us."""
FINEST = 1e-3
"""Seconds that a step lasts at least in the imitation: shorter ones are taken together."""
MARKERS = {"STARt": "start", "END": "end", "SSTart": "step_start", "SEND": "step_end"}


@dataclass(slots=True)
class Generator:
    """Settings and state of the dc generator; voltages in V, times in s."""

    mode: str = "FIX"
    trigger: str = "IMM"
    continuous: bool = False
    delay: float = 0.0
    loaded: bool = False
    """Whether a level awaits a trigger."""
    start: float = 0.0
    stop: float = 0.0
    points: int = 2
    sweep_dwell: float = 1e-3
    sweep_kind: str = "STEP"
    sweep_direction: str = "UP"
    sweep_count: int = 1
    voltages: list[float] = field(default_factory=lambda: [0.0])
    list_dwell: float = 1e-3
    stepping: str = "AUTO"
    """Whether each step of a list goes by itself, or awaits a trigger (STEP)."""
    list_direction: str = "UP"
    list_count: int = 1
    markers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MARKERS.values(), 0))
    waiting: bool = False
    operation: Operation | None = None
    cycles_left: int = 0
    place: int = 0
    """Next entry of a stepped list."""

    @property
    def running(self) -> bool:
        """Return whether a sweep or a list goes on."""
        return self.operation is not None and not self.operation.done

    @property
    def count(self) -> int:
        """Return how often it is repeated; -1 for ever."""
        return self.sweep_count if self.mode == "SWE" else self.list_count

    @property
    def dwell(self) -> float:
        """Return the time at each level."""
        return self.sweep_dwell if self.mode == "SWE" else self.list_dwell

    def levels(self) -> list[float]:
        """Return the levels in their order."""
        if self.mode == "SWE":
            levels = [float(level) for level in np.linspace(self.start, self.stop, self.points)]
            return levels[::-1] if self.sweep_direction == "DOWN" else levels
        return self.voltages[::-1] if self.list_direction == "DOWN" else list(self.voltages)


def initiate(twin: QDAC2, number: int) -> None:
    """Make ready for the trigger, which may be immediate; -213 while it runs."""
    generator = twin.channels[number].dc
    if generator.running:
        raise ScpiError(-213)
    generator.waiting, generator.place = True, 0
    if generator.trigger == "IMM":
        start(twin, number)


def start(twin: QDAC2, number: int) -> None:
    """Do what the trigger asks for: the next level, the next step, the whole sweep or list."""
    from .qdac2_channel import check_level, go_to

    channel = twin.channels[number]
    generator = channel.dc
    if generator.running:
        return
    generator.waiting = generator.continuous
    if generator.mode == "FIX":
        if generator.loaded:
            generator.loaded = False
            go_to(twin, number, channel.next_level)
        return
    levels = generator.levels()
    for level in levels:
        check_level(twin, number, level)
    if generator.mode == "LIST" and generator.stepping == "STEP":
        go_to(twin, number, levels[generator.place % len(levels)])
        generator.place += 1
        generator.waiting = generator.continuous or generator.place < len(levels)
        return
    generator.operation = twin.world.start(_run(twin, number, levels))
    twin.world.catch_up()


def _run(twin: QDAC2, number: int, levels: list[float]) -> Doing[None]:
    from .qdac2_channel import go_to

    generator = twin.channels[number].dc
    generator.cycles_left = generator.count
    yield generator.delay
    _mark(twin, generator, "start")
    together = max(1, math.ceil(FINEST / generator.dwell - 1e-9))
    while generator.cycles_left != 0:
        for first in range(0, len(levels), together):
            group = levels[first : first + together]
            go_to(twin, number, group[-1])
            _mark(twin, generator, "step_start")
            yield generator.dwell * len(group)
            _mark(twin, generator, "step_end")
        generator.cycles_left -= 1 if generator.cycles_left > 0 else 0
    _mark(twin, generator, "end")


def _mark(twin: QDAC2, generator: Generator, event: str) -> None:
    if generator.markers[event]:
        twin.fire(f"INT{generator.markers[event]}")


def abort(twin: QDAC2, number: int) -> None:
    """Stop a sweep or a list where it is."""
    generator = twin.channels[number].dc
    generator.waiting, generator.cycles_left = False, 0
    if generator.running and generator.operation is not None:
        twin.world.abort(generator.operation)


def _set_continuous(twin: QDAC2, number: int, on: bool) -> None:
    generator = twin.channels[number].dc
    generator.continuous = on
    if on and not generator.running:
        initiate(twin, number)


def _set_trigger(twin: QDAC2, number: int, source: str) -> None:
    twin.channels[number].dc.trigger = source


def _set_list(extend: bool) -> Callable[..., None]:
    def write(twin: QDAC2, number: int, *parts: list[float]) -> None:
        generator = twin.channels[number].dc
        new = [value for part in parts for value in part]
        voltages = [*generator.voltages, *new] if extend else new
        if len(voltages) > LONGEST_LIST:
            raise ScpiError(-223)
        generator.voltages = voltages

    return write


def _list(twin: QDAC2, number: int) -> str:
    return ",".join(_VOLTS.write(value) for value in twin.channels[number].dc.voltages)


_VOLTS = Samples(-10, 10, 0, "V")
_EDGE = Number(-10, 10, 0, "V")
_DWELL = Number(SHORTEST_DWELL, 3600, 1e-3, "S")
_COUNT = Integer(-1, 2**24, 1)
_DIRECTION = Choice(("UP", "DOWN"))


def _marker(keyword: str, name: str) -> Command:
    def act(twin: QDAC2, number: int, trigger: int) -> None:
        twin.channels[number].dc.markers[name] = trigger

    return per_channel(f":DC:MARKer:{keyword}", Integer(0, INTERNAL_TRIGGERS[-1], 0), name, act=act,
                       read=lambda twin, number: twin.channels[number].dc.markers[name])  # fmt: skip


COMMANDS = (
    told(":DC:INITiate[:IMMediate]", initiate, note="starts, or makes ready for the trigger"),
    per_channel(":DC:INITiate:CONTinuous", ON_OFF, "continuous", part="dc", act=_set_continuous),
    told(":DC:ABORt", abort),
    per_channel(":DC:TRIGger:SOURce", TriggerName(), "trigger", part="dc", act=_set_trigger),
    per_channel(":DC:DELay", Number(0, 3600, 0, "S"), "delay", part="dc"),
    *(_marker(keyword, name) for keyword, name in MARKERS.items()),
    per_channel("[:DC]:SWEep:STARt", _EDGE, "start", part="dc"),
    per_channel("[:DC]:SWEep:STOP", _EDGE, "stop", part="dc"),
    per_channel("[:DC]:SWEep:POINts", Integer(2, 2**24, 2), "points", part="dc"),
    per_channel("[:DC]:SWEep:DWELl", _DWELL, "sweep_dwell", part="dc"),
    per_channel("[:DC]:SWEep:COUNt", _COUNT, "sweep_count", part="dc"),
    per_channel("[:DC]:SWEep:DIRection", _DIRECTION, "sweep_direction", part="dc"),
    per_channel("[:DC]:SWEep:GENeration", Choice(("STEPped", "ANALog")), "sweep_kind", part="dc",
                note="an analog sweep is imitated by its steps"),
    asked("[:DC]:SWEep:NCLeft", lambda twin, number: str(twin.channels[number].dc.cycles_left)),
    asked("[:DC]:SWEep:TIME", lambda twin, number: _EDGE.write(
        twin.channels[number].dc.points * twin.channels[number].dc.sweep_dwell), note="s of one sweep"),
    Command(header=":SOURce<1..24>[:DC]:LIST:VOLTage", takes=(_VOLTS,), repeats=True, write=_set_list(extend=False),
            query=_list),
    Command(header=":SOURce<1..24>[:DC]:LIST:VOLTage:APPend", takes=(_VOLTS,), repeats=True,
            write=_set_list(extend=True)),
    asked("[:DC]:LIST:POINts", lambda twin, number: str(len(twin.channels[number].dc.voltages))),
    asked("[:DC]:LIST:NCLeft", lambda twin, number: str(twin.channels[number].dc.cycles_left)),
    per_channel("[:DC]:LIST:DWELl", _DWELL, "list_dwell", part="dc"),
    per_channel("[:DC]:LIST:COUNt", _COUNT, "list_count", part="dc"),
    per_channel("[:DC]:LIST:DIRection", _DIRECTION, "list_direction", part="dc"),
    per_channel("[:DC]:LIST:TMODe", Choice(("AUTO", "STEPped")), "stepping", part="dc"),
)  # fmt: skip
"""SOURce:DC, SOURce:SWEep and SOURce:LIST."""
