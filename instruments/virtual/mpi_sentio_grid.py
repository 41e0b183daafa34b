"""How the wafer map of a virtual SENTIO is laid out: grid, coordinates, route. Lengths are in micrometres."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .mpi_sentio_language import Code, Refusal, RemoteCommand, Said, chosen, metres, micrometres, number, whole
from .mpi_sentio_map import ORIENTATIONS, at, need_project
from .wafer_map import WaferMap

if TYPE_CHECKING:
    from .mpi_sentio import MpiSentio


def _lay_out(twin: MpiSentio, change: Callable[[WaferMap], None]) -> None:
    wafer = need_project(twin)
    try:
        change(wafer)
    except ValueError as problem:
        raise Refusal(Code.BOUNDS, str(problem)) from None
    twin.place.die = None


def _positive(word: str, unit: float) -> float:
    value = number(word) * unit
    if not 1e-6 <= value <= 1:
        raise Refusal(Code.BOUNDS, f"The length is out of bounds: {word}")
    return value


def _create(twin: MpiSentio, diameter: str) -> Said:
    def change(wafer: WaferMap) -> None:
        wafer.diameter = _positive(diameter, 1e-3)
        wafer.lay_out()

    _lay_out(twin, change)
    return None


def _create_rectangle(twin: MpiSentio, columns: str, rows: str) -> Said:
    _lay_out(twin, lambda wafer: wafer.lay_out_rectangle(whole(columns), whole(rows)))
    return None


def _set_grid(twin: MpiSentio, width: str, height: str, right: str, up: str, edge: str) -> Said:
    def change(wafer: WaferMap) -> None:
        wafer.pitch = (_positive(width, 1e-6), _positive(height, 1e-6))
        wafer.offset, wafer.edge = (metres(right), metres(up)), abs(metres(edge))
        wafer.lay_out()

    _lay_out(twin, change)
    return None


def _grid(twin: MpiSentio) -> Said:
    wafer = need_project(twin)
    return micrometres(*wafer.pitch, *wafer.offset, wafer.edge)


def _set_index(twin: MpiSentio, width: str, height: str) -> Said:
    need_project(twin).pitch = (_positive(width, 1e-6), _positive(height, 1e-6))
    return None


def _set_street(twin: MpiSentio, width: str, height: str) -> Said:
    need_project(twin).street = (metres(width), metres(height))
    return None


def _street(twin: MpiSentio) -> Said:
    return ",".join(f"{width * 1e6:.0f}" for width in need_project(twin).street)


def _set_origin(twin: MpiSentio, column: str, row: str) -> Said:
    twin.place.origin = (whole(column), whole(row))
    return None


def _set_orientation(twin: MpiSentio, orientation: str) -> Said:
    twin.place.orientation = chosen(orientation, {name: name for name in ORIENTATIONS})
    return None


def _set_home_die(twin: MpiSentio, column: str, row: str) -> Said:
    need_project(twin).home = at(twin, column, row)
    return None


def _home_die(twin: MpiSentio) -> Said:
    return "{},{}".format(*twin.place.outside(need_project(twin).home))


def _set_routing(twin: MpiSentio, start: str, priority: str) -> Said:
    try:
        need_project(twin).walk(start.lower(), priority.lower())
    except ValueError as problem:
        raise Refusal(Code.PARAMETER, str(problem)) from None
    return None


def _routing(twin: MpiSentio) -> Said:
    wafer = need_project(twin)
    return f"{wafer.start},{wafer.priority}".upper()


COMMANDS = (
    RemoteCommand("map:create", _create, (1,), "diameter in mm"),
    RemoteCommand("map:create_rect", _create_rectangle, (2,)),
    RemoteCommand("map:get_diameter", lambda twin: f"{need_project(twin).diameter * 1e3:.0f}", note="in mm"),
    RemoteCommand("map:set_diameter", _create, (1,)),
    RemoteCommand("map:set_grid_params", _set_grid, (5,)),
    RemoteCommand("map:get_grid_params", _grid),
    RemoteCommand("map:set_index_size", _set_index, (2,)),
    RemoteCommand("map:get_index_size", lambda twin: micrometres(*need_project(twin).pitch)),
    RemoteCommand("map:set_street_size", _set_street, (2,)),
    RemoteCommand("map:get_street_size", _street),
    RemoteCommand("map:set_grid_origin", _set_origin, (2,)),
    RemoteCommand("map:get_grid_origin", lambda twin: "{},{}".format(*twin.place.origin)),
    RemoteCommand("map:set_axis_orient", _set_orientation, (1,)),
    RemoteCommand("map:get_axis_orient", lambda twin: twin.place.orientation.upper()),
    RemoteCommand("map:set_home_die", _set_home_die, (2,)),
    RemoteCommand("map:get_home_die", _home_die),
    RemoteCommand("map:set_routing", _set_routing, (2,)),
    RemoteCommand("map:get_routing", _routing),
)
