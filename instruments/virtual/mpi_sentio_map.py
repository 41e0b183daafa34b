"""The wafer map of a virtual SENTIO: dies, the route through them, and steps along it. Lengths are in micrometres.

Dies count in coordinates that somebody may choose (grid origin, orientation of the axes); inside they count from the
middle of the wafer, columns to the right and rows upwards, as SENTIO's own do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .mpi_sentio_language import (
    LAST_DIE,
    LAST_SITE,
    Answer,
    Code,
    Refusal,
    RemoteCommand,
    Said,
    chosen,
    whole,
)
from .wafer_map import Die, WaferMap

if TYPE_CHECKING:
    from .mpi_sentio import MpiSentio

ORIENTATIONS = {"dr": (1, -1), "dl": (-1, -1), "ur": (1, 1), "ul": (-1, 1)}
SELECTIONS = {"n": False, "g": True, "u": True, "e": True, "a": True}
"""Path selections: nothing, good, good and ugly, with the edge, all. Here every whole die is good."""


@dataclass(slots=True)
class Place:
    """Where a SENTIO stands on its map, and how it counts."""

    die: Die | None = None
    """None before the first step."""
    site: int = 0
    origin: Die = (0, 0)
    orientation: str = "ur"

    def outside(self, die: Die) -> Die:
        """Return a die in the coordinates of the user."""
        right, up = ORIENTATIONS[self.orientation]
        return (die[0] - self.origin[0]) * right, (die[1] - self.origin[1]) * up

    def inside(self, die: Die) -> Die:
        """Return a die of the user's in SENTIO's own coordinates."""
        right, up = ORIENTATIONS[self.orientation]
        return die[0] * right + self.origin[0], die[1] * up + self.origin[1]


def need_project(twin: MpiSentio) -> WaferMap:
    """Return the map; refused without a project."""
    if twin.project is None:
        raise Refusal(Code.PROJECT, "A project must be open")
    return twin.station.map


def at(twin: MpiSentio, column: str, row: str) -> Die:
    """Return a die of the map that parameters name."""
    die = twin.place.inside((whole(column), whole(row)))
    if die not in need_project(twin).present:
        raise Refusal(Code.BOUNDS, f"There is no die {column}, {row}")
    return die


def current(twin: MpiSentio) -> Die:
    """Return the die that was stepped to; the one under the needles before the first step."""
    return twin.place.die if twin.place.die is not None else twin.station.die


def subsite(twin: MpiSentio, word: str) -> int:
    """Return the index of a sub-site, given as such or by its name."""
    sites = twin.station.map.subsites
    for index, known in enumerate(sites):
        if word == known.name and not word.isdigit():
            return index
    index = whole(word)
    if not 0 <= index < len(sites):
        raise Refusal(Code.BOUNDS, f"There is no subsite {word}")
    return index


def step_to(twin: MpiSentio, die: Die, site: int) -> Answer:
    """Step to a site of a die as the stepping mode says; tell where it is, and whether that is the last."""
    wafer, station = need_project(twin), twin.station
    twin.need_home()
    twin.need_contact_height()
    twin.need_vacuum()
    if twin.stepping_mode == "LockContact" and station.in_contact:
        raise Refusal(Code.WRONG_HEIGHT, "Stepping with wrong z position: the chuck is locked in contact")
    home = station.home or (0.0, 0.0)
    right, up = wafer.position(die, site)
    if not station.within_reach(home[0] + right, home[1] + up):
        raise Refusal(Code.BOUNDS, "The die is out of reach")
    twin.move(station.go_to(die, site, back_to_contact=twin.stepping_mode == "BackToContact"))
    twin.place.die, twin.place.site = die, site
    status = LAST_DIE if wafer.route and die == wafer.route[-1] else 0
    status |= LAST_SITE if site == len(wafer.subsites) - 1 else 0
    column, row = twin.place.outside(die)
    return Answer(f"{column},{row},{site}", status)


def _step_first(twin: MpiSentio, site: str = "0") -> Said:
    return _step_sequence(twin, 0, site)


def _step_sequence(twin: MpiSentio, number_: int, site: str) -> Answer:
    """Step to a die by its place on the route."""
    route = need_project(twin).route
    if not 0 <= number_ < len(route):
        raise Refusal(Code.END_OF_ROUTE, "End of route")
    return step_to(twin, route[number_], subsite(twin, site))


def _sequence(twin: MpiSentio) -> int:
    """Return the place of the current die on the route; -1 where it is not on it."""
    route, die = need_project(twin).route, current(twin)
    return route.index(die) if die in route else -1


def _step_next(twin: MpiSentio, site: str = "") -> Said:
    return _step_sequence(twin, _sequence(twin) + 1, site or str(twin.place.site))


def _step_previous(twin: MpiSentio) -> Said:
    return _step_sequence(twin, _sequence(twin) - 1, str(twin.place.site))


def _step_die(twin: MpiSentio, column: str, row: str, site: str = "0") -> Said:
    return step_to(twin, at(twin, column, row), subsite(twin, site))


def _bin_and_step(twin: MpiSentio, value: str, site: str = "") -> Said:
    need_project(twin).bins[*current(twin), twin.place.site] = whole(value)
    return _step_next(twin, site)


def _count(twin: MpiSentio, what: str) -> Said:
    wafer = need_project(twin)
    columns, rows = wafer.size
    counts = {"present": len(wafer.present), "selected": len(wafer.selected), "total": columns * rows}
    return str(chosen(what, counts))


def _property(twin: MpiSentio, name: str) -> Said:
    return str(chosen(name, {"die_reference_is_set": "True", "die_reference": "0,0"}))


def _select(chosen_: bool) -> Callable[..., Said]:
    def act(twin: MpiSentio, column: str, row: str) -> Said:
        need_project(twin).select(at(twin, column, row), chosen_)
        return None

    return act


def _add(twin: MpiSentio, column: str, row: str) -> Said:
    try:
        need_project(twin).add(twin.place.inside((whole(column), whole(row))))
    except ValueError as problem:
        raise Refusal(Code.BOUNDS, str(problem)) from None
    return None


def _remove(twin: MpiSentio, column: str, row: str) -> Said:
    need_project(twin).remove(at(twin, column, row))
    return None


def _die_status(twin: MpiSentio, column: str, row: str) -> Said:
    wafer, die = need_project(twin), twin.place.inside((whole(column), whole(row)))
    return "1" if die in wafer.selected else "2" if die in wafer.present else "3"


def _current_index(twin: MpiSentio) -> Said:
    column, row = twin.place.outside(current(twin))
    return f"{_sequence(twin)},{column},{row}"


def _path_die(twin: MpiSentio, sequence: str) -> Said:
    route, place = need_project(twin).route, whole(sequence)
    if not 0 <= place < len(route):
        raise Refusal(Code.BOUNDS, f"The route has {len(route)} dies")
    return "{},{}".format(*twin.place.outside(route[place]))


def _select_dies(twin: MpiSentio, selection: str) -> Said:
    everything = chosen(selection, SELECTIONS)
    wafer = need_project(twin)
    for die in wafer.present:
        wafer.select(die, everything)
    return None


COMMANDS = (
    RemoteCommand("map:step_first_die", _step_first, (0, 1)),
    RemoteCommand("map:step_next_die", _step_next, (0, 1), "stays on its sub-site; 11 after the last die"),
    RemoteCommand("map:step_previous_die", _step_previous),
    RemoteCommand("map:step_die", _step_die, (2, 3), "column, row, sub-site; 38 where locked in contact"),
    RemoteCommand("map:step_die_seq", lambda twin, seq, site: _step_sequence(twin, whole(seq), site), (2,)),
    RemoteCommand("map:bin_step_next_die", _bin_and_step, (1, 2)),
    RemoteCommand("map:get_die_seq", lambda twin: str(_sequence(twin))),
    RemoteCommand("map:get_num_dies", _count, (1,), "present, selected or total"),
    RemoteCommand("map:get_num_cols", lambda twin: str(need_project(twin).size[0])),
    RemoteCommand("map:get_num_rows", lambda twin: str(need_project(twin).size[1])),
    RemoteCommand("map:get_prop", _property, (1,)),
    RemoteCommand("map:set_color_scheme", lambda twin, scheme: chosen(scheme, {"0": None, "1": None}), (1,)),
    RemoteCommand("map:die:add", _add, (2,)),
    RemoteCommand("map:die:remove", _remove, (2,)),
    RemoteCommand("map:die:select", _select(True), (2,)),
    RemoteCommand("map:die:unselect", _select(False), (2,)),
    RemoteCommand("map:die:get_status", _die_status, (2,), "1 selected, 2 not, 3 not present"),
    RemoteCommand("map:die:get_current_index", _current_index),
    RemoteCommand("map:die:get_current_subsite", lambda twin: str(twin.place.site)),
    RemoteCommand("map:path:get_die", _path_die, (1,)),
    RemoteCommand("map:path:select_dies", _select_dies, (1,)),
)
