"""Commands of the source of a virtual 2400 (manual 2400S-900-01, tables 18-4 and 18-7)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .command_tree import ON_OFF, Command, Extreme, setting
from .keithley_2400_kinds import Real, Span, exponent
from .keithley_2400_source import (
    SourceSettings,
    check_level,
    set_autorange,
    set_delay,
    set_function,
    set_level,
    set_output,
    set_protection,
    set_range,
)
from .parameter import Choice
from .scpi import Argument, Form

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400


class _Protection(Real):
    """Over-voltage protection in V, or NONE."""

    def read(self, argument: Argument) -> float:
        """Return the level in V, infinity for NONE."""
        if argument.form is Form.PLAIN and argument.text.upper() == "NONE":
            return math.inf
        return Real.read(self, argument)

    def write(self, value: float) -> str:
        """Return the level; NONE is the largest voltage."""
        return exponent(self.high if math.isinf(value) else value)


def _set_off_state(twin: Keithley2400, state: str) -> None:
    twin.source.off_state = state
    twin.apply()


def _protection_tripped(twin: Keithley2400) -> str:
    asked = twin.source.voltage.present if not twin.sources_current else twin.sense.voltage.protection
    return ON_OFF.write(twin.source.output and abs(asked) > twin.source.protection)


def source_commands(volts: float, amperes: float) -> tuple[Command, ...]:
    """Return the commands of the source of a model that reaches `volts` V and `amperes` A."""
    protection = _Protection(-volts, volts, volts, "V")
    return (
        Command(header=":SOURce[1]:FUNCtion[:MODE]", write=set_function,
                takes=(Choice(("VOLTage", "CURRent", "MEMory"), quoted=True),),
                query=lambda twin: twin.source_function),
        Command(header=":SOURce[1]:CLEar[:IMMediate]", write=lambda twin: set_output(twin, False),
                note="switches the output off"),
        setting(":SOURce[1]:CLEar:AUTO", "source.clear_auto", ON_OFF),
        setting(":SOURce[1]:CLEar:AUTO:MODE", "source.clear_mode", Choice(("ALWays", "TCOunt"))),
        *_level_commands("voltage", "VOLTage", Real(-volts, volts, 0, "V"), 21.0),
        *_level_commands("current", "CURRent", Real(-amperes, amperes, 0, "A"), 105e-6),
        setting(":SOURce[1]:VOLTage:PROTection[:LEVel]", "source.protection", protection, write=set_protection),
        Command(header=":SOURce[1]:VOLTage:PROTection:TRIPped", query=_protection_tripped),
        setting(":SOURce[1]:DELay", "source.delay", Real(0, 9999.999, 0, "S"), write=set_delay),
        setting(":SOURce[1]:DELay:AUTO", "source.auto_delay", ON_OFF),
        setting(":SOURce[1]:SOAK", "source.soak", Real(0, 9999.999, 0, "S")),
        setting(":OUTPut[1][:STATe]", "source.output", ON_OFF, write=set_output),
        setting(":OUTPut[1]:SMODe", "source.off_state", Choice(("HIMPedance", "NORMal", "ZERO", "GUARd")),
                write=_set_off_state),
        *(command for word in ("ENABle", "INTerlock") for command in (
            setting(f":OUTPut[1]:{word}[:STATe]", "source.enable", ON_OFF),
            Command(header=f":OUTPut[1]:{word}:TRIPped", query=lambda twin: ON_OFF.write(not twin.interlock_open)),
        )),
    )  # fmt: skip


def _level_commands(name: str, keyword: str, level: Real, default_range: float) -> list[Command]:
    """Return the commands of one source function: its level, its range, its mode, and the ends of its sweeps."""
    head, path = f":SOURce[1]:{keyword}", f"source.{name}"
    span = Span(level.low, level.high, default_range, level.unit)

    def of(twin: Keithley2400) -> SourceSettings:
        chosen: SourceSettings = getattr(twin.source, name)
        return chosen

    def set_mode(twin: Keithley2400, mode: str) -> None:
        of(twin).mode, of(twin).swept = mode, None
        twin.apply()

    def set_triggered(twin: Keithley2400, value: float) -> None:
        check_level(twin, of(twin), value)
        of(twin).triggered = value

    def triggered(twin: Keithley2400) -> str:
        held_back = of(twin).triggered
        return exponent(of(twin).level if held_back is None else held_back)

    def full_scale(twin: Keithley2400, special: float | None = None) -> str:
        spec = of(twin).range
        return exponent(spec.usable * spec.range if special is None else special)

    def middle(twin: Keithley2400, value: float) -> None:
        half = (of(twin).stop - of(twin).start) / 2
        of(twin).start, of(twin).stop = value - half, value + half

    def width(twin: Keithley2400, value: float) -> None:
        centre = (of(twin).stop + of(twin).start) / 2
        of(twin).start, of(twin).stop = centre - value / 2, centre + value / 2

    return [
        setting(f"{head}[:LEVel][:IMMediate][:AMPLitude]", f"{path}.level", level,
                write=lambda twin, value: set_level(twin, of(twin), value)),
        Command(header=f"{head}[:LEVel]:TRIGgered[:AMPLitude]", takes=(level,), write=set_triggered,
                query=triggered),
        Command(header=f"{head}:RANGe", takes=(span,), asks=(Extreme(span),), query=full_scale,
                write=lambda twin, value: set_range(twin, of(twin), value)),
        setting(f"{head}:RANGe:AUTO", f"{path}.autorange", ON_OFF,
                write=lambda twin, on: set_autorange(twin, of(twin), on)),
        setting(f"{head}:MODE", f"{path}.mode", Choice(("FIXed", "SWEep", "LIST")), write=set_mode),
        setting(f"{head}:STARt", f"{path}.start", level),
        setting(f"{head}:STOP", f"{path}.stop", level),
        Command(header=f"{head}:CENTer", takes=(level,), write=middle,
                query=lambda twin: exponent((of(twin).start + of(twin).stop) / 2)),
        Command(header=f"{head}:SPAN", takes=(Real(2 * level.low, 2 * level.high, 0, level.unit),), write=width,
                query=lambda twin: exponent(of(twin).stop - of(twin).start)),
    ]  # fmt: skip
