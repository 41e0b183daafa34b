"""From an open bench to the sources and meters of its circuit, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from .bench import Bench
from .bench_circuit import CHANNEL, limits_of_level, source_names
from .calibration import Circumstances
from .circuit_meters import VoltageMeter
from .circuit_sources import ChannelSource, ForcedCurrent, LevelSource, MeteredSource
from .limits import CurrentLimits, Limits
from .roles import Role


def sources_of(bench: Bench, drivers: Mapping[str, Any]) -> dict[str, LevelSource]:
    """Return the sources of an open bench's circuit by name; those without limits are not driven."""
    found: dict[str, LevelSource] = {}
    for name, role in source_names(bench):
        limits = limits_of_level(bench, name)
        driver = _driver(bench, drivers, name)
        if role is Role.VOLTAGE_SOURCES and isinstance(limits, Limits):
            instrument, _, channel = name.partition(".")
            found[name] = ChannelSource(name, drivers[instrument], int(channel.removeprefix("ch")), limits)
        elif isinstance(limits, CurrentLimits):
            found[name] = ForcedCurrent(name, driver, limits)
        elif isinstance(limits, Limits):
            found[name] = MeteredSource(name, driver, limits)
    return found


def meters_of(bench: Bench, drivers: Mapping[str, Any]) -> dict[str, VoltageMeter]:
    """Return the voltmeters of an open bench by name."""
    return {
        name: VoltageMeter(name, drivers[name])
        for name, entry in bench.instruments.items()
        if entry.role is Role.VOLTMETER
    }


def circumstances_of(bench: Bench, names: Iterable[str], today: date) -> dict[str, Circumstances]:
    """Return what the limits of sources and meters depend on, on a day."""
    found = {}
    for name in names:
        entry = bench.instruments[bench.place_of(name)[0]]
        found[name] = Circumstances(calibrated=entry.calibrated, today=today, ambient=bench.ambient)
    return found


def _driver(bench: Bench, drivers: Mapping[str, Any], name: str) -> Any:
    if name in drivers:
        return drivers[name]
    instrument, channel = bench.place_of(name)
    return getattr(drivers[instrument], channel) if channel and not CHANNEL.fullmatch(channel) else drivers[instrument]
