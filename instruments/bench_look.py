"""A look at a bench: who answers, whether anything comes out of it, what it complains of. Nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .bench import Bench
from .errors import BenchTaken, InstrumentFault, InstrumentMistake
from .monitor import QUANTITIES, ask
from .open_bench import open_bench
from .roles import Role, SourceMeter
from .station_roles import Prober


@dataclass(frozen=True)
class Look:
    """What one instrument said."""

    instrument: str
    identity: str = ""
    """Its answer to the question who it is; empty where nobody answered."""
    output: str = ""
    """`on` or `off`; empty where nobody knows."""
    level: float | None = None
    """Programmed level of a source meter in V."""
    value: float | None = None
    """What a thermometer, a gaussmeter or a field source reads, in K or T."""
    unit: str = ""
    """Unit of `value`; empty of instruments that are not read."""
    place: tuple[float, float] | None = None
    """Where the chuck of a prober is, in m from home; None of others, and where home is not set."""
    needles: str = ""
    """Whether the needles of a prober are `up`, `down` or `between`; empty of others, and where nobody knows."""
    fault: str = ""
    """What is the matter, in a sentence."""
    taken: bool = False
    """Whether somebody drives it, so that it was not asked."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self)


def look_at(bench: Bench, station: Path, only: Collection[str] = ()) -> Iterator[Look]:
    """Yield what each instrument of a bench says, each over a session of its own: one that is lost hides no other.

    A bench that somebody drives is left alone: each of its instruments says by whom. Instruments that are asked for
    their errors no longer have them afterwards. A virtual bench that is not served is, in the folder of its `station`.
    With `only` nobody else is spoken to. Raises InstrumentMistake where the bench has no instrument of such a name.
    """
    for name in only:
        if name not in bench.instruments:
            raise InstrumentMistake(f"An instrument must be one of {', '.join(bench.instruments)}, but is {name!r}.")
    for name in only or bench.instruments:
        parts = {part: channel for part, channel in bench.parts.items() if channel.partition(".")[0] == name}
        alone = replace(bench, instruments={name: bench.instruments[name]}, parts=parts)
        try:
            yield _look(alone, name, station)
        except BenchTaken as fault:
            yield Look(name, fault=str(fault), taken=True)
        except InstrumentFault as fault:
            yield Look(name, fault=str(fault))


def _look(alone: Bench, name: str, station: Path) -> Look:
    with open_bench(alone, station=station, holder="a look at the bench") as found:
        driver = found.drivers[name]
        output = "on" if driver.output_is_on() else "off"
        level = driver.level() if isinstance(driver, SourceMeter) else None
        value, unit, place, needles, fault = None, "", None, "", ""
        try:
            driver.check_errors()
            value, unit = _read(driver, alone.instruments[name].role)
            if isinstance(driver, Prober):
                place, needles = driver.position(), str(driver.needles())
        except InstrumentFault as told:
            fault = str(told)
        return Look(name, found.identities[name], output, level, value, unit, place, needles, fault)


def _read(driver: Any, role: Role) -> tuple[float | None, str]:
    """Return what an instrument reads that can be read without being set up, and its unit."""
    if role is Role.SOURCE_METER or role not in QUANTITIES:
        return None, ""
    return ask(driver, role), QUANTITIES[role][1]
