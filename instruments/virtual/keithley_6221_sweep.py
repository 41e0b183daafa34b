"""Sweeps of a virtual 6221: linear, logarithmic, of a list; armed, started, ended (reference manual, sections 4, 8)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.instruments.keithley_6221_specification import COMPLIANCE, LARGEST_CURRENT, SOURCE_CURRENT
from smtjlab.instruments.specification import range_for

from .command_tree import ON_OFF, Command, setting
from .endless import EndlessInteger
from .keithley_6221_source import go_to, in_compliance
from .parameter import Choice, Integer, Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_6221 import Keithley6221
    from .world import Doing

LONGEST_LIST = 65_535
"""Points of a sweep."""


@dataclass(slots=True)
class Sweep:
    """What a sweep goes through; currents in A, delays in s."""

    start: float = 0.0
    stop: float = 0.1
    points: int = 11
    spacing: str = "LIN"
    ranging: str = "BEST"
    count: float = 1
    abort_in_compliance: bool = False
    currents: list[float] = field(default_factory=lambda: [0.0])
    delays: list[float] = field(default_factory=lambda: [1.0])
    compliances: list[float] = field(default_factory=lambda: [10.0])

    @property
    def step(self) -> float:
        """Return the distance of two points in A."""
        return (self.stop - self.start) / (self.points - 1) if self.points > 1 else 0.0

    @property
    def center(self) -> float:
        """Return the middle in A."""
        return (self.start + self.stop) / 2

    @property
    def span(self) -> float:
        """Return the width in A."""
        return self.stop - self.start


def levels(sweep: Sweep) -> list[float]:
    """Return the levels of a sweep in A; -221 where start and stop of a logarithmic one do not share a sign."""
    if sweep.spacing == "LIST":
        return sweep.currents
    if sweep.spacing == "LIN":
        return [float(level) for level in np.linspace(sweep.start, sweep.stop, sweep.points)]
    if sweep.start * sweep.stop <= 0:
        raise ScpiError(-221)
    return [float(level) for level in np.geomspace(sweep.start, sweep.stop, sweep.points)]


def _steps(twin: Keithley6221) -> Iterator[tuple[float, float, float]]:
    """Yield level, delay and compliance of each point; what a list lacks its last entry says."""
    sweep, source = twin.sweep, twin.source
    for place, level in enumerate(levels(sweep)):
        if sweep.spacing != "LIST":
            yield level, source.delay, source.compliance
        else:
            last = min(place, len(sweep.delays) - 1), min(place, len(sweep.compliances) - 1)
            yield level, sweep.delays[last[0]], sweep.compliances[last[1]]


def arm(twin: Keithley6221) -> None:
    """Prepare a sweep: its range is fixed, whatever was armed before is not any more."""
    chosen = levels(twin.sweep)
    if twin.sweep.ranging == "BEST":
        twin.source.fixed, twin.source.autorange = range_for(SOURCE_CURRENT, max(chosen, key=abs)), False
    elif twin.sweep.ranging == "AUTO":
        twin.source.autorange = True
    twin.arm(run)


def run(twin: Keithley6221) -> Doing[None]:
    """Go through the points; return early in compliance where that ends a sweep."""
    passes = 0
    twin.source.output = True
    while passes < twin.sweep.count:
        passes += 1
        for level, delay, compliance in list(_steps(twin)):
            twin.source.compliance = compliance
            go_to(twin, _held(twin, level))
            yield delay
            if in_compliance(twin) and twin.sweep.abort_in_compliance:
                twin.end_run(aborted=True)
                return
    twin.end_run()


def _held(twin: Keithley6221, level: float) -> float:
    """Return a level as the range lets it out: a fixed one goes to its end and no further (manual, page 4-9)."""
    spec = twin.source.range
    return level if spec.holds(level) else math.copysign(spec.usable * spec.range, level)


def _set_edges(sweep: Sweep, start: float, stop: float) -> None:
    if not all(SOURCE_CURRENT[-1].holds(edge) for edge in (start, stop)):
        raise ScpiError(-222)
    sweep.start, sweep.stop = round(start, 15) + 0.0, round(stop, 15) + 0.0


def _set_step(sweep: Sweep, step: float) -> None:
    points = 1 + round(abs(sweep.span) / step)
    if not 1 <= points <= LONGEST_LIST:
        raise ScpiError(-222)
    sweep.points = points


def _list_commands(keyword: str, name: str, kind: Number) -> list[Command]:
    """Return the commands of one of the three lists of a custom sweep."""

    def extend(twin: Keithley6221, old: list[float], new: tuple[float, ...]) -> None:
        if len(old) + len(new) > LONGEST_LIST:
            raise ScpiError(-223)
        setattr(twin.sweep, name, [*old, *new])

    def of(twin: Keithley6221) -> list[float]:
        found: list[float] = getattr(twin.sweep, name)
        return found

    head = f"[:SOURce[1]]:LIST:{keyword}"
    return [
        Command(header=head, takes=(kind,), repeats=True, write=lambda twin, *new: extend(twin, [], new),
                query=lambda twin: ",".join(kind.write(one) for one in of(twin))),
        Command(header=f"{head}:APPend", takes=(kind,), repeats=True,
                write=lambda twin, *new: extend(twin, of(twin), new)),
        Command(header=f"{head}:POINts", query=lambda twin: str(len(of(twin)))),
    ]  # fmt: skip


def _coupled(keyword: str, name: str, kind: Number, act: Callable[[Sweep, float], None]) -> Command:
    """Return one of the settings that move each other: edges, centre, span, step, points (manual, page 4-22)."""

    def write(twin: Keithley6221, value: Any) -> None:
        act(twin.sweep, value)

    return setting(f"[:SOURce[1]]:CURRent:{keyword}", f"sweep.{name}", kind, write=write)


_CURRENT = Number(-LARGEST_CURRENT, LARGEST_CURRENT, 0, "A")

COMMANDS = (
    _coupled("STARt", "start", _CURRENT, lambda sweep, value: _set_edges(sweep, value, sweep.stop)),
    _coupled("STOP", "stop", _CURRENT, lambda sweep, value: _set_edges(sweep, sweep.start, value)),
    _coupled("CENTer", "center", _CURRENT,
             lambda sweep, value: _set_edges(sweep, value - sweep.span / 2, value + sweep.span / 2)),
    _coupled("SPAN", "span", Number(-2 * LARGEST_CURRENT, 2 * LARGEST_CURRENT, 0.1, "A"),
             lambda sweep, value: _set_edges(sweep, sweep.center - value / 2, sweep.center + value / 2)),
    _coupled("STEP", "step", Number(1e-13, LARGEST_CURRENT, 0.01, "A"), _set_step),
    setting("[:SOURce[1]]:SWEep:SPACing", "sweep.spacing", Choice(("LINear", "LOGarithmic", "LIST"))),
    setting("[:SOURce[1]]:SWEep:POINts", "sweep.points", Integer(1, LONGEST_LIST, 11)),
    setting("[:SOURce[1]]:SWEep:RANGing", "sweep.ranging", Choice(("BEST", "AUTO", "FIXed"))),
    setting("[:SOURce[1]]:SWEep:COUNt", "sweep.count", EndlessInteger(1, 9999, 1)),
    setting("[:SOURce[1]]:SWEep:CABort", "sweep.abort_in_compliance", ON_OFF),
    Command(header="[:SOURce[1]]:SWEep:ARM[:IMMediate]", write=arm, note="prepares a sweep for INITiate"),
    Command(header="[:SOURce[1]]:SWEep:ABORt", write=lambda twin: twin.abort(disarm=True),
            note="ends sweep, delta mode or waveform"),
    *_list_commands("CURRent", "currents", _CURRENT),
    *_list_commands("DELay", "delays", Number(1e-3, 999_999.999, 1, "S")),
    *_list_commands("COMPliance", "compliances", Number(*COMPLIANCE, 10, "V")),
)  # fmt: skip
"""SOURce:SWEep, SOURce:LIST and the edges of a sweep."""
