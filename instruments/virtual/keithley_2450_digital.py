"""The digital lines of a virtual 2450, and the cable to those of others (manual 2450-901-01, DIGital and TRIGger).

A bench file lays a cable: `"gate.digital" = "junction"` joins line 1 with line 1, and so on. Lines are pulled up: one
is low where any instrument on the cable pulls it down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .command_tree import Command
from .keithley_2450_events import STIMULUS, happen
from .parameter import Choice, Integer, Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450
    from .world import Doing

LINES = 6
SHORTEST_PULSE, LONGEST_PULSE = 1e-6, 100e3
TOGGLED_INPUT = 2010
"""Number of the warning that an input was written to; the manual gives none."""


@dataclass(slots=True)
class Line:
    """One line as one instrument uses it."""

    kind: str = "DIG"
    """DIG under direct control, TRIG for the trigger system, SYNC for synchronous triggers."""
    direction: str = "IN"
    """IN, OUT, OPEN; MAST or ACC with SYNC."""
    high: bool = True
    """What was written to it; a line of the trigger system rests high, or low with positive logic."""
    edge: str = "FALL"
    logic: str = "NEG"
    pulse: float = 10e-6
    stimulus: str = "NONE"
    detected: bool = False
    pulsing: bool = False

    @property
    def pulls_down(self) -> bool:
        """Return whether this instrument pulls the line down."""
        if self.kind == "DIG":
            return self.direction != "IN" and not self.high
        if self.direction in ("OUT", "MAST"):
            return self.pulsing == (self.logic == "NEG")
        return self.pulsing


def port() -> dict[int, Line]:
    """Return the lines after `*RST`: inputs."""
    return {number: Line() for number in range(1, LINES + 1)}


def cabled(twin: Keithley2450) -> Iterator[Keithley2450]:
    """Yield all instruments on the cable at a port, this one first."""
    links, wires = twin.world.links, twin.world.netlist
    ports = {key.removesuffix(".digital"): other for key, other in links.items() if key.endswith(".digital")}
    found, names = [twin.name], [twin.name]
    while names:
        name = names.pop()
        near = [one for one in ports if name in (one, wires.wired_to(f"{one}.digital"))]
        near += [wires.wired_to(f"{name}.digital") or name]
        for one in near:
            if one in ports and one not in found:
                found.append(one)
                names.append(one)
    for name in found:
        yield ports[name]  # type: ignore[misc]  # what lies under this key is a port's owner


def level(twin: Keithley2450, number: int) -> bool:
    """Return whether a line is high."""
    return not any(one.lines[number].pulls_down for one in cabled(twin))


def _levels(twin: Keithley2450) -> list[bool]:
    return [level(twin, number) for number in range(1, LINES + 1)]


def change(twin: Keithley2450, number: int, **new: object) -> None:
    """Change a line; instruments on the cable that wait for its edge are told."""
    before = level(twin, number)
    for name, value in new.items():
        setattr(twin.lines[number], name, value)
    after = level(twin, number)
    if before != after:
        for one in list(cabled(twin)):
            _edge(one, number, after)


def _edge(twin: Keithley2450, number: int, rising: bool) -> None:
    line = twin.lines[number]
    listens = line.kind != "DIG" and line.direction in ("IN", "OPEN", "MAST", "ACC") and not line.pulsing
    if listens and line.edge in ("EITH", "RIS" if rising else "FALL"):
        line.detected = True
        happen(twin, f"DIG{number}")


def assert_line(twin: Keithley2450, number: int) -> None:
    """Send a pulse over a line of the trigger system."""
    if twin.lines[number].kind != "DIG" and not twin.lines[number].pulsing:
        twin.world.start(_pulse(twin, number))
        twin.world.catch_up()


def _pulse(twin: Keithley2450, number: int) -> Doing[None]:
    change(twin, number, pulsing=True)
    yield twin.lines[number].pulse
    change(twin, number, pulsing=False)


def write_lines(twin: Keithley2450, pattern: int, mask: int = 2**LINES - 1) -> None:
    """Write a pattern to the lines of a mask; all of them must be under direct control (-221)."""
    numbers = [number for number in twin.lines if mask >> (number - 1) & 1]
    if any(twin.lines[number].kind != "DIG" for number in numbers):
        raise ScpiError(-221, "a line is not set for digital control")
    for number in numbers:
        change(twin, number, high=bool(pattern >> (number - 1) & 1))


def read_lines(twin: Keithley2450) -> int:
    """Return the pattern of all lines."""
    return sum(high << place for place, high in enumerate(_levels(twin)))


def _set_mode(twin: Keithley2450, number: int, kind: str, direction: str) -> None:
    if (kind == "SYNC") != (direction in ("MAST", "ACC")):
        raise ScpiError(-221, "line type and direction do not go together")
    change(twin, number, kind=kind, direction=direction, high=direction != "OUT", pulsing=False)


def _set_state(twin: Keithley2450, number: int, state: int) -> None:
    line = twin.lines[number]
    if line.kind != "DIG":
        raise ScpiError(-221, "the line is not set for digital control")
    if line.direction == "IN":
        twin.log.note(TOGGLED_INPUT, f"Digital line {number} is an input and cannot be written", "WARN")
        return
    change(twin, number, high=bool(state))


def _setting(header: str, name: str, kind: Choice | Number) -> Command:
    return Command(
        header=header, takes=(kind,),
        write=lambda twin, number, value: change(twin, number, **{name: value}),
        query=lambda twin, number: kind.write(getattr(twin.lines[number], name)),
    )  # fmt: skip


def _clear_input(twin: Keithley2450, number: int) -> None:
    twin.lines[number].detected = False


_KIND = Choice(("DIGital", "TRIGger", "SYNChronous"))
_DIRECTION = Choice(("IN", "OUT", "OPENdrain", "MASTer", "ACCeptor"))
_TRIGGER = ":TRIGger:DIGital<1..6>"

COMMANDS = (
    Command(header=":DIGital:LINE<1..6>:MODE", write=_set_mode, takes=(_KIND, _DIRECTION),
            query=lambda twin, number: f"{twin.lines[number].kind},{twin.lines[number].direction}"),
    Command(header=":DIGital:LINE<1..6>:STATe", write=_set_state, takes=(Integer(0, 255, 0),),
            query=lambda twin, number: str(int(level(twin, number)))),
    Command(header=":DIGital:READ", query=lambda twin: str(read_lines(twin))),
    Command(header=":DIGital:WRITe", write=write_lines, takes=(Integer(0, 2**LINES - 1, 0),)),
    _setting(f"{_TRIGGER}:IN:EDGE", "edge", Choice(("FALLing", "RISing", "EITHer"))),
    Command(header=f"{_TRIGGER}:IN:CLEar", write=_clear_input),
    _setting(f"{_TRIGGER}:OUT:LOGic", "logic", Choice(("POSitive", "NEGative"))),
    _setting(f"{_TRIGGER}:OUT:PULSewidth", "pulse", Number(SHORTEST_PULSE, LONGEST_PULSE, 10e-6, "S")),
    _setting(f"{_TRIGGER}:OUT:STIMulus", "stimulus", STIMULUS),
)  # fmt: skip
"""Digital lines, and the triggers that come and go over them."""
