"""TRIGger, SAMPle, INITiate, READ?, FETCh?, R? and DATA of a virtual 34461A (Truevolt guide, SCPI reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command_tree import ON_OFF, Command, Extreme, setting
from .keysight_34461a_acquisition import MEMORY
from .keysight_34461a_format import Count, Real, Signed, block, scientific
from .keysight_34461a_functions import SUFFIXES
from .multimeter_reading import auto_delay
from .parameter import Choice
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keysight_34461a import Keysight34461A

DELAY = Real(0, 3600, 0, "S")


def _set_delay(twin: Keysight34461A, seconds: float) -> None:
    """Fix the delay; the automatic one is off from then on."""
    twin.triggering.delay, twin.triggering.auto_delay = seconds, False


def _delay(twin: Keysight34461A, special: float | None = None) -> str:
    if special is not None:
        return scientific(special)
    return scientific(auto_delay(twin.active) if twin.triggering.auto_delay else twin.triggering.delay)


def _take_out(twin: Keysight34461A, largest: int = MEMORY) -> str:
    """Answer `R?`: readings that are there, oldest first, as a block; they are taken out of the memory."""
    readings = twin.numbers(twin.acquisition.remove(largest))
    return block(readings) if twin.data_format == "ASC" else readings  # binary numbers are a block already


def _remove(twin: Keysight34461A, count: int, wait: str = "") -> str:
    """Answer `DATA:REMove?`: so many readings, which must be there, or with WAIT will be."""
    if wait:
        twin.wait_for_operations()
    if count > len(twin.acquisition.memory):
        raise ScpiError(-222, "fewer readings are in memory")
    return twin.numbers(twin.acquisition.remove(count))


def _last(twin: Keysight34461A) -> str:
    """Answer `DATA:LAST?`: the newest reading with its unit; not a number where there is none."""
    value, keyword = twin.acquisition.last or (9.91e37, twin.function)
    return f"{scientific(value)} {SUFFIXES[keyword]}"


def _points(twin: Keysight34461A) -> str:
    return f"{len(twin.acquisition.memory):+d}"


COMMANDS = (
    setting(":TRIGger:SOURce", "triggering.source", Choice(("IMMediate", "EXTernal", "BUS"))),
    setting(":TRIGger:COUNt", "triggering.count", Count(1, 1e6, 1)),
    Command(header=":TRIGger:DELay", write=_set_delay, takes=(DELAY,), query=_delay,
            asks=(Extreme(DELAY),)),
    setting(":TRIGger:DELay:AUTO", "triggering.auto_delay", ON_OFF),
    setting(":TRIGger:SLOPe", "triggering.slope", Choice(("POSitive", "NEGative"))),
    setting(":SAMPle:COUNt", "triggering.samples", Signed(1, 1_000_000, 1)),
    Command(header=":INITiate[:IMMediate]", write=lambda twin: twin.acquisition.initiate()),
    Command(header=":ABORt", write=lambda twin: twin.acquisition.abort()),
    Command(header=":READ", query=lambda twin: twin.acquisition.read()),
    Command(header=":FETCh", query=lambda twin: twin.acquisition.fetch()),
    Command(header=":R", query=_take_out, asks=(Signed(1, MEMORY, MEMORY),), note="readings so far, as a block"),
    Command(header=":DATA:LAST", query=_last),
    Command(header=":DATA:POINts", query=_points, polls=True),
    setting(":DATA:POINts:EVENt:THReshold", "triggering.threshold", Signed(1, MEMORY, 1)),
    Command(header=":DATA:REMove", query=_remove, asks=(Signed(1, MEMORY, 1), Choice(("WAIT",))), ask_needed=1),
)  # fmt: skip
