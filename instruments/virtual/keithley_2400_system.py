"""What of a virtual 2400 neither sources nor measures: system, display, terminals, digital output, error texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import TYPE_CHECKING, Any

from .command_tree import ON_OFF, Command, setting
from .keithley_2400_buffer import clear
from .keithley_2400_kinds import Real, numbered
from .keithley_2400_source import set_output
from .parameter import Boolean, Choice, Integer, Number, Text
from .scpi import Argument

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400

ERROR_TEXTS = {
    -214: "Trigger deadlock", -220: "Parameter error", -221: "Settings conflict",
    -222: "Parameter data out of range", -241: "Hardware missing", -410: "Query interrupted",
    -420: "Query unterminated", -430: "Query deadlocked",
    800: "Illegal with storage active", 801: "Insufficient vector data", 802: "OUTPUT blocked by output enable",
    803: "Not permitted with OUTPUT off", 809: "Source memory location revised",
    822: "Too small for sense range", 823: "Invalid with source read-back on", 824: "Cannot exceed compliance range",
    825: "Invalid with auto-ohms on", 826: "Attempt to exceed power limit", 830: "Invalid with INF ARM:COUNT",
}  # fmt: skip
"""Texts of table B-1."""

MISSING = (
    ":CALCulate[1] (math expressions)", ":TRACe:FEED CALCulate[1]", ":CALCulate2:LIMit4 (contact check, an option)",
    ":CALCulate2:...:SOURce2 and :CLIMits (binning patterns)", ":DISPlay:CNDisplay", ":DISPlay:...:ATTRibutes?",
    ":FORMat:SREGister", ":FORMat:SOURce2", ":FORMat:ELEMents:CALCulate", ":SOURce[1]:...:SFACtor",
    ":SOURce[1] left out (optional in the manual)", "[:SENSe[1]]:...:RANGe:HOLDoff", ":STATus:QUEue:ENABle",
    ":STATus:QUEue:DISable", ":SYSTem:CCHeck (an option)", ":SYSTem:KEY", ":SYSTem:MEP",
    ":TRIGger:SEQuence2 (contact check, an option)",
)  # fmt: skip
"""Documented commands that this twin refuses."""

ALL_LINES = 15
"""The pattern of the digital output with all lines high."""


@dataclass(slots=True)
class System:
    """Settings that `*RST` returns and that nothing else depends on; the line frequency aside."""

    line_frequency: int = 50
    line_frequency_auto: bool = True
    guard: str = "CABL"
    range_change: str = "SING"
    power_on: str = "RST"
    beeper: bool = True
    locked: bool = False
    display: bool = True
    digits: int = 6
    texts: dict[int, str] = field(default_factory=lambda: {1: "", 2: ""})
    shown: dict[int, bool] = field(default_factory=lambda: {1: False, 2: False})
    lines: int = ALL_LINES
    actual_lines: int = ALL_LINES
    lines_clear: bool = False
    lines_delay: float = 1e-4
    lines_size: int = 4
    line_4: str = "EOT"
    busy_high: bool = False


def waiting(*commands: Command) -> Iterable[Command]:
    """Yield commands that wait for the end of a running acquisition before they are carried out."""
    for command in commands:
        yield replace(command, write=_after_idle(command.write), query=_after_idle(command.query))


def _after_idle(action: Callable[..., Any] | None) -> Callable[..., Any] | None:
    if action is None:
        return None

    @wraps(action)
    def act(twin: Keithley2400, *arguments: Any) -> Any:
        if twin.trigger_model.running:
            twin.wait_for_operations()
        return action(twin, *arguments)

    return act


class _Autozero(Boolean):
    """ON, OFF, or ONCE."""

    def read(self, argument: Argument) -> bool | None:  # type: ignore[override]  # a third word
        """Return the switch's position, None for ONCE."""
        return None if argument.text.upper() == "ONCE" else Boolean.read(self, argument)


def _set_autozero(twin: Keithley2400, on: bool | None) -> None:
    if on is None:  # zero and reference are measured now, and used from now on
        twin.world.wait(2 * twin.aperture)
    twin.autozero = bool(on)


def _set_terminals(twin: Keithley2400, side: str) -> None:
    """Change the terminals; the output goes off on the way."""
    if side != twin.terminals:
        set_output(twin, False)
        twin.terminals = side
        twin.apply()


def _set_wires(twin: Keithley2400, four: bool) -> None:
    twin.remote_sense = four
    twin.apply()


def _preset(twin: Keithley2400) -> None:
    """Return to the bench's defaults: as `*RST`, but bytes are swapped (table 18-3)."""
    twin.reset()
    twin.byte_order = "SWAP"


def _forget(twin: Keithley2400) -> None:
    """Empty what a battery keeps: buffer, source memory and saved setups."""
    clear(twin)
    twin.memory.clear()
    twin.saved.clear()


def _set_line_frequency(twin: Keithley2400, hertz: int) -> None:
    twin.system.line_frequency, twin.system.line_frequency_auto = (60 if hertz > 55 else 50), False


def _set_lines(twin: Keithley2400, pattern: int) -> None:
    twin.system.lines = twin.system.actual_lines = pattern


def _clear_lines(twin: Keithley2400) -> None:
    twin.system.actual_lines = twin.system.lines


def _entry(twin: Keithley2400) -> str:
    return twin.write_error(*twin.status.next_error())


_DIGITAL = (
    setting(":SOURce2:TTL[:LEVel][:DEFault]", "system.lines", Integer(0, ALL_LINES, ALL_LINES), write=_set_lines),
    Command(header=":SOURce2:TTL[:LEVel]:ACTual", query=lambda twin: str(twin.system.actual_lines)),
    Command(header=":SOURce2:CLEar[:IMMediate]", write=_clear_lines),
    setting(":SOURce2:CLEar:AUTO", "system.lines_clear", ON_OFF),
    setting(":SOURce2:CLEar:AUTO:DELay", "system.lines_delay", Real(0, 60, 1e-4, "S")),
    setting(":SOURce2:BSIZe", "system.lines_size", Integer(3, 4, 4)),
    setting(":SOURce2:TTL4:MODE", "system.line_4", Choice(("EOTest", "BUSY"))),
    setting(":SOURce2:TTL4:BSTate", "system.busy_high", ON_OFF),
)
"""The digital output: patterns are kept, and can be asked for."""


def _text_commands(head: str, window: Callable[..., int]) -> list[Command]:
    kind, longest = Text(), {1: 20, 2: 32}

    def write(twin: Keithley2400, *arguments: Any) -> None:
        twin.system.texts[window(*arguments)] = arguments[-1][: longest[window(*arguments)]]

    def show(twin: Keithley2400, *arguments: Any) -> None:
        twin.system.shown[window(*arguments)] = arguments[-1]

    return [
        Command(header=f"{head}:TEXT[:DATA]", takes=(kind,), write=write,
                query=lambda twin, *number: kind.write(twin.system.texts[window(*number)])),
        Command(header=f"{head}:TEXT:STATe", takes=(ON_OFF,), write=show,
                query=lambda twin, *number: ON_OFF.write(twin.system.shown[window(*number)])),
    ]  # fmt: skip


AT_ONCE = (
    Command(header=":STATus:QUEue[:NEXT]", query=_entry),
    Command(header=":STATus:QUEue:CLEar", write=lambda twin: twin.status.errors.clear()),
    Command(header=":SYSTem:PRESet", write=_preset),
)
"""Commands that do not wait for idle."""

COMMANDS = (
    setting(":SYSTem:RSENse", "remote_sense", ON_OFF, write=_set_wires),
    setting(":SYSTem:AZERo[:STATe]", "autozero", _Autozero(), write=_set_autozero),
    setting(":SYSTem:GUARd", "system.guard", Choice(("OHMS", "CABLe"))),
    setting(":SYSTem:POSetup", "system.power_on", Choice(("RST", "PRESet", "SAV0", "SAV1", "SAV2", "SAV3", "SAV4"))),
    setting(":SYSTem:RCMode", "system.range_change", Choice(("SINGle", "MULTiple"))),
    setting(":SYSTem:LFRequency", "system.line_frequency", Integer(50, 60, 50), write=_set_line_frequency),
    setting(":SYSTem:LFRequency:AUTO", "system.line_frequency_auto", ON_OFF),
    Command(header=":SYSTem:TIME", query=lambda twin: f"{twin.world.time - twin.since:.3f}"),
    Command(header=":SYSTem:TIME:RESet", write=lambda twin: twin.reset_time()),
    setting(":SYSTem:TIME:RESet:AUTO", "time_reset_auto", ON_OFF),
    setting(":SYSTem:BEEPer:STATe", "system.beeper", ON_OFF),
    Command(header=":SYSTem:BEEPer[:IMMediate]", write=lambda twin, hertz, seconds: None,
            takes=(Number(65, 2e6, 1000, "HZ"), Number(0, 7.9, 1, "S"))),
    Command(header=":SYSTem:MEMory:INITialize", write=_forget),
    Command(header=":SYSTem:LOCal", write=lambda twin: None),
    Command(header=":SYSTem:REMote", write=lambda twin: None),
    setting(":SYSTem:RWLock", "system.locked", ON_OFF),
    setting(":ROUTe:TERMinals", "terminals", Choice(("FRONt", "REAR")), write=_set_terminals),
    setting(":DISPlay:ENABle", "system.display", ON_OFF),
    setting(":DISPlay:DIGits", "system.digits", Integer(4, 7, 6)),
    *_text_commands(":DISPlay:WINDow<1..2>", lambda number, *others: number),
    *_text_commands(":DISPlay", lambda *others: 1),
    *(both for command in _DIGITAL for both in numbered(command)),
)  # fmt: skip
"""Commands that wait for idle."""
