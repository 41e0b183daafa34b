"""Commands of the measuring side of a virtual 2400 (manual 2400S-900-01, table 18-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command_tree import ON_OFF, Command, Extreme, setting
from .keithley_2400_kinds import FUNCTION, FUNCTION_NAMES, Real, Span, exponent
from .keithley_2400_sense import (
    OHMS_USABLE,
    SenseSettings,
    disable,
    enable,
    function_list,
    set_autorange,
    set_compliance,
    set_concurrent,
    set_filter,
    set_ohms_mode,
    set_ohms_range,
    set_range,
)
from .parameter import Choice, Integer

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400


def sense_commands(volts: float, amperes: float) -> tuple[Command, ...]:
    """Return the commands of the measuring side of a model that reaches `volts` V and `amperes` A."""
    return (
        Command(header="[:SENSe[1]]:FUNCtion[:ON]", write=enable, takes=(FUNCTION,), repeats=True,
                query=function_list),
        Command(header="[:SENSe[1]]:FUNCtion:OFF", write=disable, takes=(FUNCTION,), repeats=True,
                query=lambda twin: ",".join(full for name, full in FUNCTION_NAMES.items()
                                            if name not in twin.sense.functions) or '""'),
        Command(header="[:SENSe[1]]:FUNCtion[:ON]:ALL", write=lambda twin: enable(twin, *FUNCTION_NAMES)),
        Command(header="[:SENSe[1]]:FUNCtion:OFF:ALL", write=lambda twin: disable(twin, *FUNCTION_NAMES)),
        Command(header="[:SENSe[1]]:FUNCtion[:ON]:COUNt", query=lambda twin: str(len(twin.sense.functions))),
        Command(header="[:SENSe[1]]:FUNCtion:STATe", asks=(FUNCTION,), ask_needed=1,
                query=lambda twin, name: ON_OFF.write(name in twin.sense.functions)),
        setting("[:SENSe[1]]:FUNCtion:CONCurrent", "sense.concurrent", ON_OFF, write=set_concurrent),
        *_quantity_commands("voltage", "VOLTage[:DC]", Real(-volts, volts, 21, "V"), 0.21),
        *_quantity_commands("current", "CURRent[:DC]", Real(-amperes, amperes, 105e-6, "A"), 1e-6),
        *_ohms_commands(),
        setting("[:SENSe[1]]:AVERage[:STATe]", "sense.average", ON_OFF,
                write=lambda twin, on: set_filter(twin, "average", on)),
        setting("[:SENSe[1]]:AVERage:COUNt", "sense.average_count", Integer(1, 100, 10),
                write=lambda twin, count: set_filter(twin, "average_count", count)),
        setting("[:SENSe[1]]:AVERage:TCONtrol", "sense.average_type", Choice(("REPeat", "MOVing")),
                write=lambda twin, kind: set_filter(twin, "average_type", kind)),
    )  # fmt: skip


def _quantity_commands(name: str, keyword: str, limit: Real, bottom: float) -> list[Command]:
    """Return the commands of voltage or of current."""
    head, path = f"[:SENSe[1]]:{keyword}", f"sense.{name}"
    span = Span(limit.low, limit.high, limit.default, limit.unit)

    def of(twin: Keithley2400) -> SenseSettings:
        chosen: SenseSettings = getattr(twin.sense, name)
        return chosen

    def synchronise(twin: Keithley2400, on: bool) -> None:
        twin.sense.voltage.synchronised = twin.sense.current.synchronised = on

    def in_compliance(twin: Keithley2400) -> str:
        return ON_OFF.write(twin.limits_voltage == (name == "voltage") and twin.in_compliance())

    return [
        Command(header=f"{head}:RANGe[:UPPer]", takes=(span,), asks=(Extreme(span),),
                write=lambda twin, value: set_range(twin, name, value),
                query=lambda twin, special=None: exponent(of(twin).full_scale() if special is None else special)),
        setting(f"{head}:RANGe:AUTO", f"{path}.autorange", ON_OFF,
                write=lambda twin, on: set_autorange(twin, name, on)),
        setting(f"{head}:RANGe:AUTO:LLIMit", f"{path}.lower_limit", Real(bottom, limit.high, bottom, limit.unit)),
        Command(header=f"{head}:RANGe:AUTO:ULIMit",
                query=lambda twin: exponent(of(twin).compliance_range.usable * of(twin).compliance_range.range)),
        setting(f"{head}:NPLCycles", "sense.nplc", Real(0.01, 10, 1)),
        setting(f"{head}:PROTection[:LEVel]", f"{path}.protection", limit,
                write=lambda twin, value: set_compliance(twin, name, value)),
        setting(f"{head}:PROTection:RSYNchronize", f"{path}.synchronised", ON_OFF, write=synchronise),
        Command(header=f"{head}:PROTection:TRIPped", query=in_compliance),
    ]  # fmt: skip


def _ohms_commands() -> list[Command]:
    """Return the commands of the resistance function."""
    head, span = "[:SENSe[1]]:RESistance", Span(0, 210e6, 2.1e5, "OHM")
    return [
        setting(f"{head}:MODE", "sense.resistance.mode", Choice(("MANual", "AUTO")), write=set_ohms_mode),
        setting(f"{head}:OCOMpensated", "sense.resistance.compensated", ON_OFF),
        Command(header=f"{head}:RANGe[:UPPer]", takes=(span,), asks=(Extreme(span),), write=set_ohms_range,
                query=lambda twin, special=None: exponent(
                    OHMS_USABLE * twin.sense.resistance.present_range if special is None else special)),
        setting(f"{head}:RANGe:AUTO", "sense.resistance.autorange", ON_OFF),
        setting(f"{head}:RANGe:AUTO:LLIMit", "sense.resistance.lower_limit", Real(-2.1e8, 2.1e8, 20, "OHM")),
        setting(f"{head}:RANGe:AUTO:ULIMit", "sense.resistance.upper_limit", Real(-2.1e8, 2.1e8, 2.1e8, "OHM")),
        setting(f"{head}:NPLCycles", "sense.nplc", Real(0.01, 10, 1)),
    ]  # fmt: skip
