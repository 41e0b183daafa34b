"""The circuit that a bench file describes: which instrument reaches which node, and what stands between the nodes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from smtjlab.simulation.measured_circuit import AttachedSource, MeasuredCircuit

from .bench import Bench
from .errors import BenchFileError, InstrumentMistake, LimitError
from .limits import CurrentLimits, Limits, SiteLimits
from .limits_file import limited_names
from .reading import Setpoint
from .roles import Role
from .terminals import UNCONNECTED

DRIVING = (Role.SOURCE_METER, Role.SOURCE_METER_PAIR, Role.CURRENT_SOURCE)
CHANNEL = re.compile(r"ch(\d+)")


def circuit_of(bench: Bench) -> MeasuredCircuit:
    """Return the circuit of a bench, as its file states it: nominal values, ideal wires but for stated leads.

    Source meters of a circuit sense at its nodes, channels of many cannot.

    BenchFileError where the first device has no gate source or the bench has no circuit around it.
    """
    sources = {name: _attached(bench, name, role) for name, role in source_names(bench)}
    gates = {device: _gate_source(sources, device) for device in bench.devices}
    if gates[bench.devices[0]] is None:
        raise BenchFileError(
            f"The gate of `{bench.devices[0]}` must be wired to a source, but is not ({bench.path.name})."
        )
    return MeasuredCircuit(
        resistors={name: (one.resistance, *one.between) for name, one in bench.components.items()},
        junctions={device: (f"{device}.top", f"{device}.bottom") for device in bench.devices},
        gates=gates,
        sources=sources,
        meters={
            name: (_node(bench, f"{name}.hi"), _node(bench, f"{name}.lo"))
            for name, entry in bench.instruments.items()
            if entry.role is Role.VOLTMETER
        },
        capacitors={name: (one.capacitance, *one.between) for name, one in bench.capacitors.items()},
        amplifiers=bench.amplifiers,
    )


def limits_of_level(bench: Bench, name: str) -> SiteLimits | None:
    """Return the limits of a source of the circuit; those of its case where it is one channel of many."""
    return bench.limits_of(name) or bench.limits.get(name.partition(".")[0])


def check_levels(bench: Bench, setpoint: Setpoint, where: str = "") -> None:
    """Raise LimitError or InstrumentMistake where a setpoint asks a circuit for what cannot be. Moves nothing."""
    if not setpoint.levels and not setpoint.meter:
        return
    place = f" ({where})" if where else ""
    sources = dict(source_names(bench))
    for name, level in setpoint.levels.items():
        limits = limits_of_level(bench, name)
        if name not in sources or not isinstance(limits, Limits | CurrentLimits):
            raise InstrumentMistake(
                f"A level must be of a source of the circuit of {bench.name!r}, {listed(sources)}, but is of "
                f"{name!r}{place}."
            )
        if not math.isfinite(level):
            raise LimitError(f"`{name}` must be at a finite level, but {level} was asked of it{place}.")
        limits.check(level, instrument=name, where=where)
    meters = [name for name, entry in bench.instruments.items() if entry.role is Role.VOLTMETER]
    if setpoint.meter not in (*meters, *sources):
        raise InstrumentMistake(
            f"A reading must be of a meter of the circuit of {bench.name!r}, {listed([*meters, *sources])}, but is of "
            f"{setpoint.meter!r}{place}."
        )


def listed(names: Iterable[str]) -> str:
    """Return names for a sentence; of many the first dozen."""
    known = list(names)
    return ", ".join(repr(name) for name in known[:12]) + (", …" if len(known) > 12 else "")


def source_names(bench: Bench) -> Iterator[tuple[str, Role]]:
    """Yield name and role of everything that drives: an instrument, a channel of one, or the part that one plays."""
    for name, entry in bench.instruments.items():
        if entry.role is Role.VOLTAGE_SOURCES:
            for terminal in bench.wiring:
                owner, _, pin = terminal.partition(".")
                if owner == name and CHANNEL.fullmatch(pin):
                    yield terminal, entry.role
        elif entry.role in DRIVING:
            for limited in limited_names(name, entry.role):
                yield bench.part_of(limited) or limited, entry.role


def _attached(bench: Bench, name: str, role: Role) -> AttachedSource:
    if role is Role.VOLTAGE_SOURCES:
        limits = limits_of_level(bench, name)
        leads = limits.lead_resistance if isinstance(limits, Limits) else None
        nodes = _node(bench, name), _node(bench, f"{name.partition('.')[0]}.lo")
        return AttachedSource(nodes=nodes, held=True, resistance=leads or 0.0)
    place = ".".join(part for part in bench.place_of(name) if part)
    nodes = _node(bench, f"{place}.hi"), _node(bench, f"{place}.lo")
    return AttachedSource(nodes=nodes, unit="A" if role is Role.CURRENT_SOURCE else "V")


def _node(bench: Bench, terminal: str) -> str:
    node = bench.wiring.get(terminal, UNCONNECTED)
    return terminal if node == UNCONNECTED else node


def _gate_source(sources: dict[str, AttachedSource], device: str) -> str | None:
    return next((name for name, one in sources.items() if one.nodes[0] == f"{device}.gate"), None)
