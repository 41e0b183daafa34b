"""A matrix of relays that leads to one of several devices behind one set of pads: its routes, and how it takes one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import InstrumentMistake

if TYPE_CHECKING:
    from .station_roles import Switch
    from .wiring_file import Reader

Crosspoint = tuple[int, int]
"""Row and column, from 1."""
SLOT = "1"
"""Slot of the card, as the wiring of a bench names its rows and columns: `1.r1`, `1.c1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What a bench file says of the matrix before the needles."""

    switch: str
    """Name of the instrument."""
    routes: Mapping[str, frozenset[Crosspoint]] = field(default_factory=dict)
    """Crosspoints that lead to a device, by the name by which wafer files call that way."""
    forbidden: frozenset[Crosspoint] = frozenset()
    """Crosspoints that must never close."""

    def terminals(self, route: str) -> frozenset[tuple[str, str]]:
        """Return what a route joins: pairs of terminals, `matrix.1.r1` and `matrix.1.c1`."""
        slot = f"{self.switch}.{SLOT}"
        return frozenset((f"{slot}.r{row}", f"{slot}.c{column}") for row, column in self.routes[route])

    def make_ready(self, switch: Switch) -> None:
        """Open every relay, and let the instrument itself refuse what is forbidden, where it can; both read back."""
        switch.open_all()
        forbid = getattr(switch, "forbid", None)
        if forbid is not None:
            forbid(*self.forbidden)

    def take(self, switch: Switch, route: str) -> None:
        """Let a route, and nothing else, be closed: every relay opens first, and both moves are read back.

        For whoever has read every output back as off. Raises InstrumentMistake for a route that there is not, and what
        the switch raises.
        """
        if route not in self.routes:
            raise InstrumentMistake(f"A route must be one of {', '.join(self.routes)}, but {route!r} was asked for.")
        if switch.closed() == self.routes[route]:
            return
        switch.open_all()
        switch.close(*sorted(self.routes[route]))


def read_matrix(reader: Reader, value: Any, switches: list[str], wiring: Mapping[str, str]) -> Matrix:
    """Return what the table `[matrix]` says; `switches` are those of the bench. Raises BenchFileError."""
    table = reader.table("matrix", value, needed=("routes",), allowed=("switch", "routes", "forbidden"))
    if not switches:
        reader.fail("matrix", "A [matrix] must be of an instrument with the role 'switch', but the bench has none")
    if "switch" not in table and len(switches) > 1:
        reader.fail(
            "matrix", f"A [matrix] must say which `switch` it is of, {reader.one_of('', switches)}, but does not"
        )
    switch = reader.choice("matrix.switch", table.get("switch", switches[0]), switches)
    forbidden = _crosspoints(reader, "matrix.forbidden", table.get("forbidden", []))
    routes: dict[str, frozenset[Crosspoint]] = {}
    for name, one in reader.table("matrix.routes", table["routes"]).items():
        key = f"matrix.routes.{name}"
        routes[name] = found = _crosspoints(reader, key, one)
        if not found:
            reader.fail(key, f"Route {name!r} must close a crosspoint, but closes none")
        if held := sorted(found & forbidden):
            reader.fail(key, f"Route {name!r} must close nothing that is `forbidden`, but closes {list(held[0])}")
        for one_row, other in _joined(found, f"{switch}.{SLOT}", wiring):
            reader.fail(key, f"Route {name!r} must join no two rows, but joins {one_row} with {other}: a short circuit")
        for before in [before for before, closed in routes.items() if before != name and closed == found]:
            reader.fail(key, f"Routes must differ, but {before!r} and {name!r} close the same crosspoints")
    if not routes:
        reader.fail("matrix.routes", "A [matrix] must have a route, but has none")
    return Matrix(switch=switch, routes=routes, forbidden=forbidden)


def _crosspoints(reader: Reader, key: str, value: Any) -> frozenset[Crosspoint]:
    name = key.rpartition(".")[2]
    if not isinstance(value, list):
        reader.fail(key, f"`{name}` must be a list of crosspoints, [row, column] each, but is {value!r}")
    found: list[Crosspoint] = []
    for one in value:
        if not isinstance(one, list) or len(one) != 2 or not all(type(number) is int and number > 0 for number in one):
            reader.fail(key, f"A crosspoint of `{name}` must be [row, column], both from 1, but is {one!r}")
        found.append((one[0], one[1]))
    if twice := sorted({one for one in found if found.count(one) > 1}):
        reader.fail(key, f"A crosspoint of `{name}` must be named once, but {list(twice[0])} is again")
    return frozenset(found)


def _joined(closed: frozenset[Crosspoint], slot: str, wiring: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows that are wired to different nodes, or to nobody knows what, and are joined by crosspoints."""
    groups: list[tuple[set[int], set[int]]] = []
    for row, column in sorted(closed):
        touched = [group for group in groups if row in group[0] or column in group[1]]
        groups = [group for group in groups if group not in touched]
        rows = {row}.union(*(group[0] for group in touched))
        columns = {column}.union(*(group[1] for group in touched))
        groups.append((rows, columns))
    for rows, _ in groups:
        first, *others = sorted(rows)
        nodes = {row: wiring.get(f"{slot}.r{row}", f"row {row}") for row in rows}
        yield from ((first, other) for other in others if nodes[other] != nodes[first])
