"""A circuit: elements, the nodes between them, and the checks without which nothing can be solved."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from smtjlab.simulation.errors import ModelError

from .elements import (
    GROUND,
    Capacitor,
    CurrentSource,
    Element,
    Junction,
    OpAmp,
    Pair,
    Resistor,
    Source,
    VoltageSource,
)

Kind = TypeVar("Kind", Resistor, Capacitor, Junction, VoltageSource, CurrentSource, OpAmp)


@dataclass(frozen=True)
class Circuit:
    """Elements with names of their own, every node with a path for direct current to ground.

    A node at which there are gates only may lack the path until the circuit is solved: on a bench an instrument is
    attached there. Raises ModelError on construction where that is not so, or where voltages are held in a loop.
    """

    elements: tuple[Element, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "elements", tuple(self.elements))
        counts = Counter(one.name for one in self.elements)
        if doubled := next((name for name, count in counts.items() if count > 1), None):
            raise ModelError(f"Every element must have a name of its own, but two are called {doubled!r}.")
        if not any(node in GROUND for one in self.elements for node in one.nodes) and not self.all_of(OpAmp):
            raise ModelError("A circuit must have a reference node, '0' or 'ground', but has none.")
        self._check_loops()
        ends = (one.nodes[:2] if isinstance(one, Junction) else one.nodes for one in self.elements)
        self._check_paths({node for some in ends for node in some})

    def all_of(self, kind: type[Kind]) -> list[Kind]:
        """Return the elements of one kind, in their order."""
        return [one for one in self.elements if isinstance(one, kind)]

    @property
    def sources(self) -> list[Source]:
        """Sources of voltage and of current, in their order."""
        return [one for one in self.elements if isinstance(one, VoltageSource | CurrentSource)]

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Names of the nodes without ground, as they first appear."""
        return tuple(dict.fromkeys(node for one in self.elements for node in one.nodes if node not in GROUND))

    def junction(self, name: str) -> Junction:
        """Return the junction of that name. Raises ModelError where there is none."""
        found = {one.name: one for one in self.all_of(Junction)}
        if name not in found:
            raise ModelError(f"A junction must be one of {', '.join(found) or 'none'}, but is {name!r}.")
        return found[name]

    def require_paths(self) -> None:
        """Raise ModelError where a node has no path for direct current to ground, gates included."""
        self._check_paths(self.nodes)

    def require_node(self, node: str) -> None:
        """Raise ModelError where the circuit has no such node."""
        if node not in self.nodes and node not in GROUND:
            raise ModelError(f"A node must be one of {', '.join((*self.nodes, 'ground'))}, but is {node!r}.")

    def _check_paths(self, nodes: Collection[str]) -> None:
        roots = _Roots()
        for pair in self._conductors():
            roots.join(*pair)
        for node in self.nodes:
            if node in nodes and roots.of(node) != roots.of(GROUND[0]):
                raise ModelError(
                    f"Every node must have a path for direct current to ground, but {node!r} has none: "
                    "capacitors, gates without leakage, current sources and inputs of amplifiers are none."
                )

    def _conductors(self) -> Iterator[Pair]:
        """Yield pairs of nodes that direct current can flow between."""
        for one in self.elements:
            if isinstance(one, Resistor | VoltageSource):
                yield one.between
            elif isinstance(one, OpAmp):
                yield one.output, GROUND[0]
            elif isinstance(one, Junction):
                yield one.top, one.bottom
                if one.gate is not None and one.back is not None and math.isfinite(one.gate_resistance):
                    yield one.gate, one.back

    def _check_loops(self) -> None:
        """Refuse voltages that are held in a loop: no current is right for them."""
        roots = _Roots()
        held: list[tuple[str, Pair]] = [
            (one.name, one.between)
            for one in self.all_of(VoltageSource)
            if one.sense is None and one.output_resistance == 0
        ]
        held += [(one.name, (one.output, GROUND[0])) for one in self.all_of(OpAmp)]
        for name, pair in held:
            if not roots.join(*pair):
                raise ModelError(
                    f"Sources of voltage without output resistance must not form a loop, but {name!r} closes one."
                )


class _Roots:
    """Which nodes are connected: union and find."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def of(self, node: str) -> str:
        node = GROUND[0] if node in GROUND else node
        while (parent := self._parents.get(node, node)) != node:
            self._parents[node] = self._parents.get(parent, parent)
            node = parent
        return node

    def join(self, first: str, second: str) -> bool:
        """Connect two nodes; return whether they were apart."""
        a, b = self.of(first), self.of(second)
        self._parents[a] = b
        return a != b
