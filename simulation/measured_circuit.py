"""A circuit as a bench measures it: what stands between its nodes, and where sources and meters are attached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedSource:
    """A source of a bench at two nodes of a circuit."""

    nodes: tuple[str, str]
    """`hi` and `lo`."""
    unit: str = "V"
    """`V` of a source of voltage, `A` of a source of current that flows out of `hi`."""
    resistance: float = 0.0
    """Resistance in ohm between the level and the nodes: leads and output."""
    held: bool = False
    """Whether it holds 0 V while nobody uses it; else it is switched off then, an open circuit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amplifier:
    """An operational amplifier of a bench. What is None is ideal: no limit to it."""

    plus: str
    minus: str
    output: str
    ground: str
    """Node against which its output stands."""
    gain: float | None = None
    """Gain at dc."""
    gain_bandwidth: float | None = None
    """Hz at which the gain of the single pole has fallen to 1."""
    largest_output: float | None = None
    """V that its output reaches, of either sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCircuit:
    """What a model must know of a circuit to foretell its readings."""

    resistors: Mapping[str, tuple[float, str, str]] = field(default_factory=dict)
    """Resistance in ohm and the two nodes, by name."""
    junctions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Nodes of top and bottom of each junction, by device; the first device first."""
    gates: Mapping[str, str | None] = field(default_factory=dict)
    """Source at the gate of each device; None where the gate is not driven."""
    sources: Mapping[str, AttachedSource] = field(default_factory=dict)
    meters: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Nodes of `hi` and `lo` of each voltmeter."""
    capacitors: Mapping[str, tuple[float, str, str]] = field(default_factory=dict)
    """Capacitance in F and the two nodes, by name; open in every reading at rest."""
    amplifiers: Mapping[str, Amplifier] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the circuit that `to_dict` described; older records know no capacitors and amplifiers."""
        return cls(
            resistors={name: (one[0], one[1], one[2]) for name, one in fields["resistors"].items()},
            junctions={name: (one[0], one[1]) for name, one in fields["junctions"].items()},
            gates=dict(fields["gates"]),
            sources={
                name: AttachedSource(**one | {"nodes": tuple(one["nodes"])}) for name, one in fields["sources"].items()
            },
            meters={name: (one[0], one[1]) for name, one in fields["meters"].items()},
            capacitors={name: (one[0], one[1], one[2]) for name, one in fields.get("capacitors", {}).items()},
            amplifiers={name: Amplifier(**one) for name, one in fields.get("amplifiers", {}).items()},
        )
