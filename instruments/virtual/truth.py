"""What the devices, magnets and the stage of a virtual bench really are: `[truth.*]`. No procedure reads it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.errors import BenchFileError, QuantityError
from smtjlab.instruments.quantity import parse_quantity
from smtjlab.simulation.belief import spread
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.junction_file import junction_from_table
from smtjlab.simulation.toml_file import TomlFile

from .disturbances import Disturbances
from .rival_truth import read_rival
from .wafer_truth import WAFER, Defect, Joints, WaferTruth, read_wafer_truth

if TYPE_CHECKING:
    from smtjlab.simulation.synapses.domain_wall import DomainWall
    from smtjlab.simulation.synapses.memristor import Memristor

STAGE = "stage"
"""Name of the table of the thermal stage."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a truth: its unit, and what `true` stands for, where it is a switch."""

    unit: str
    realistic: float | None = None


SURROUNDINGS = {
    "leakage_resistance": Key("ohm"),
    "gate_capacitance": Key("F"),
    "lead_resistance": Key("ohm"),
    "contact_resistance": Key("ohm", 0.5),
    "breakdown": Key("V", 1.2),
    "gate_breakdown": Key("V", 12.0),
}
"""Keys of a device beside the junction's own. Fields of DeviceTruth, with the same names."""

NOISES = {
    "flicker_noise": Key("m^2", 1e-20),
    "telegraph_noise": Key("", 2e-3),
    "telegraph_rate": Key("1/s", 10.0),
    "drift": Key("1/s", 3e-8),
    "pickup": Key("V", 20e-6),
    "thermal_emf": Key("V", 2e-6),
}
"""Disturbances. Realistic: alpha_H of 1e-8 um^2; steps of 0.2 %; 1e-4 per hour; 20 uV of line; 2 uV a contact."""

MAGNET = {
    "coil_constant": Key("T/A"),
    "resistance": Key("ohm"),
    "inductance": Key("H"),
    "remanence": Key("T"),
}
"""Keys of a magnet, beside `axis` and `acts_on`."""

AXES = ("x", "y")
"""Axes of the devices along which a magnet may stand."""

STAGE_KEYS = {"surroundings": Key("K"), "thermal_resistance": Key("K/W"), "time_constant": Key("s")}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTruth:
    """A device: its junction and what surrounds it."""

    junction: Junction
    rival: Memristor | DomainWall | None = None
    """What stands in the junction's place; its area alone counts then."""
    leakage_resistance: float = 1e11
    """Resistance across the gate in ohm (physics.md section 11: 1e9 to 1e12 ohm)."""
    gate_capacitance: float = 20e-15
    """Capacitance of the gate in F (17.7 fF there)."""
    lead_resistance: float = 1.0
    """Resistance in ohm of each wire to the device that carries current."""
    contact_resistance: float = 0.0
    """Resistance in ohm of each needle, beside its lead."""
    breakdown: float = 1.2
    """Voltage in V across the junction that breaks its barrier for good; inf switches it off."""
    gate_breakdown: float = math.inf
    """Voltage in V across the gate that breaks it for good."""
    contacted: bool = False
    """Whether a prober's needles are down on it when the bench is switched on."""
    defect: Defect | None = None
    """What was wrong with it from the start, on a wafer."""
    disturbances: Disturbances = field(default_factory=Disturbances)


@dataclass(frozen=True, slots=True, kw_only=True)
class MagnetTruth:
    """A magnet, and the devices that stand in its field; None for all of them."""

    coil_constant: float = 0.05
    """T/A."""
    resistance: float = 1.0
    """ohm."""
    inductance: float = 0.1
    """H."""
    remanence: float = 0.0
    """T."""
    axis: str = "x"
    """Along which axis of the devices its field is: `x`, the easy one, or `y`, the minor one."""
    acts_on: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTruth:
    """The thermal stage under all devices."""

    surroundings: float | None = None
    """K; None is the temperature of the junction's own parameters."""
    thermal_resistance: float = 2.0
    """K/W."""
    time_constant: float = 30.0
    """s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Everything that a virtual bench hides."""

    devices: Mapping[str, DeviceTruth]
    magnets: Mapping[str, MagnetTruth]
    stage: StageTruth
    wafer: WaferTruth | None = None
    """The wafer on a prober's chuck; None where one device lies there and nothing beside it."""


def read_truth(
    file: TomlFile,
    seed: int,
    devices: Sequence[str],
    magnets: Sequence[str],
    routes: Mapping[str, Joints] | None = None,
) -> Truth:
    """Return the truth that a bench file tells; Fig. 5's junction where it tells nothing. Raises BenchFileError.

    `routes` tell what relays join on each way through the bench's matrix.
    """
    tables = _table(file, "truth", file.data.get("truth", {}))
    names = (*devices, *magnets, STAGE, WAFER)
    for name in tables:
        if name not in names:
            known = " or ".join(map(repr, names))
            raise BenchFileError(f"A truth must be of {known}, but is of {name!r} ({file.where(f'truth.{name}')}).")
    found = {name: _device(file, name, tables.get(name, {"preset": "fig5"}), seed) for name in devices}
    return Truth(
        devices=found,
        magnets={name: _magnet(file, name, tables.get(name, {}), devices) for name in magnets},
        stage=StageTruth(**_numbers(file, f"truth.{STAGE}", dict(tables.get(STAGE, {})), STAGE_KEYS, whole=True)),
        wafer=read_wafer_truth(file, tables[WAFER], found, seed, routes or {}) if WAFER in tables else None,
    )


def _device(file: TomlFile, name: str, table: Any, seed: int) -> DeviceTruth:
    key = f"truth.{name}"
    entries = dict(_table(file, key, table))
    around = _numbers(file, key, entries, SURROUNDINGS)
    for switch in ("breakdown", "gate_breakdown"):
        if around.get(switch) == 0.0:
            around[switch] = math.inf
    noises = Disturbances(**_numbers(file, key, entries, NOISES))
    if around.get("leakage_resistance") == 0:
        raise BenchFileError(f"`leakage_resistance` must be above 0 ohm, but is 0 ({file.where(key)}).")
    contacted = entries.pop("contacted", False)
    if not isinstance(contacted, bool):
        raise BenchFileError(
            f"`contacted` must be true or false, but is {contacted!r} ({file.where(f'{key}.contacted')})."
        )
    rival = read_rival(file, key, entries)
    relative = _spread(file, key, entries.pop("spread", 0.0))
    own_seed = seed if name == "device" else seed + zlib.crc32(name.encode())
    try:
        junction = _junction(file, key, entries, relative, own_seed)
        return DeviceTruth(junction=junction, rival=rival, disturbances=noises, contacted=contacted, **around)
    except SimulationMistake as problem:
        sentence = str(problem)
        where = "" if file.path.name in sentence else f" ({file.where(key)})"
        raise BenchFileError(f"{sentence.removesuffix('.')}{where}.") from None


def _magnet(file: TomlFile, name: str, table: Any, devices: Sequence[str]) -> MagnetTruth:
    key = f"truth.{name}"
    entries = dict(_table(file, key, table))
    acts_on = entries.pop("acts_on", None)
    if acts_on is not None and not (isinstance(acts_on, list) and all(one in devices for one in acts_on)):
        raise BenchFileError(
            f"`acts_on` must be a list of {' and '.join(map(repr, devices))}, but is {acts_on!r} "
            f"({file.where(f'{key}.acts_on')})."
        )
    if (axis := entries.pop("axis", "x")) not in AXES:
        raise BenchFileError(f"`axis` must be 'x' or 'y', but is {axis!r} ({file.where(f'{key}.axis')}).")
    numbers = _numbers(file, key, entries, MAGNET, whole=True)
    for needed in ("coil_constant", "resistance", "inductance"):
        if numbers.get(needed) == 0:
            raise BenchFileError(f"`{needed}` must not be 0, but is ({file.where(f'{key}.{needed}')}).")
    return MagnetTruth(axis=axis, acts_on=None if acts_on is None else tuple(acts_on), **numbers)


def _numbers(
    file: TomlFile, key: str, entries: dict[str, Any], keys: Mapping[str, Key], *, whole: bool = False
) -> dict[str, Any]:
    """Take the keys of a table that are numbers out of it; where it must be `whole`, none may be left."""
    found = {name: _number(file, f"{key}.{name}", entries.pop(name), keys[name]) for name in keys if name in entries}
    if whole and entries:
        left = next(iter(entries))
        raise BenchFileError(
            f"A key of [{key}] must be one of {', '.join(keys)}, but is {left!r} ({file.where(f'{key}.{left}')})."
        )
    return found


def _number(file: TomlFile, key: str, value: Any, of: Key) -> float:
    name = key.rpartition(".")[2]
    if isinstance(value, bool):
        if of.realistic is None:
            raise BenchFileError(f"`{name}` must be in {of.unit}, but is {value!r} ({file.where(key)}).")
        return of.realistic if value else 0.0
    try:
        number = parse_quantity(value, of.unit)
    except QuantityError as problem:
        sentence = str(problem).removesuffix(".")
        raise BenchFileError(
            f"`{name}` must be in {of.unit or 'plain numbers'}: {sentence} ({file.where(key)})."
        ) from None
    if number < 0 and name not in ("remanence", "coil_constant", "drift"):
        raise BenchFileError(f"`{name}` must not be below 0 {of.unit}, but is {value!r} ({file.where(key)}).")
    return number


def _junction(file: TomlFile, key: str, entries: dict[str, Any], relative: float, seed: int) -> Junction:
    """Return the junction: a preset or a file, spread, then the fields that the table states, exactly as stated."""
    if "preset" in entries and "junction" in entries:
        raise BenchFileError(f"A truth must name `preset` or `junction`, but names both ({file.where(key)}).")
    base: Junction | None = None
    if "preset" in entries:
        base = Junction.preset(str(entries.pop("preset")))
    elif "junction" in entries:
        base = Junction.load(Path(file.path).parent / Path(str(entries.pop("junction"))).expanduser())
    elif not set(entries) & {one.name for one in fields(Junction)}:
        base = Junction.preset("fig5")
    if base is None:
        whole = junction_from_table(file, entries, key, None)
        return spread(whole, relative, seed) if relative else whole
    return junction_from_table(file, entries, key, spread(base, relative, seed) if relative else base)


def _table(file: TomlFile, key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BenchFileError(f"`{key}` must be a table, but is {value!r} ({file.where(key)}).")
    return value


def _spread(file: TomlFile, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 0.3:
        raise BenchFileError(f"`spread` must be between 0 and 0.3, but is {value!r} ({file.where(f'{key}.spread')}).")
    return float(value)
