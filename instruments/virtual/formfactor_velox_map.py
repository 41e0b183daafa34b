"""The wafer map of a virtual Velox: steps between dies and sub-dies, bins, and how the map is laid out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .formfactor_velox_language import Code, Refusal, SciCommand, number, whole
from .wafer_map import Die, Subsite, WaferMap

if TYPE_CHECKING:
    from .formfactor_velox import FormfactorVelox

LARGEST_COUNT = 100
"""Sub-dies that a die may have."""


def current(twin: FormfactorVelox) -> Die:
    """Return the die that was stepped to; the one under the needles before the first step."""
    return twin.place if twin.place is not None else twin.station.die


def _at(twin: FormfactorVelox, column: str, row: str) -> Die:
    die = (whole(column), whole(row))
    if die not in twin.station.map.present:
        raise Refusal(Code.NO_DIE, f"There is no die {column} {row}.")
    return die


def _site(twin: FormfactorVelox, word: str) -> int:
    site = whole(word)
    if not 0 <= site < len(twin.station.map.subsites):
        raise Refusal(Code.NO_SITE, f"There is no subdie {word}.")
    return site


def step_to(twin: FormfactorVelox, die: Die, site: int) -> str:
    """Step to a sub-die; return column, row, sub-die and the index of the last sub-die."""
    station = twin.station
    if station.home is None:
        raise Refusal(Code.HOME, "Home is not set.")
    right, up = station.map.position(die, site)
    twin.travel(station.home[0] + right, station.home[1] + up)
    twin.place, twin.site = die, site
    return f"{die[0]} {die[1]} {site} {len(station.map.subsites) - 1}"


def _sites(twin: FormfactorVelox) -> list[int]:
    """Return the sub-dies that are probed."""
    return [site for site in range(len(twin.station.map.subsites)) if site not in twin.disabled]


def _step_first(twin: FormfactorVelox, clear_bins: str = "1", new_route: str = "1") -> str:
    wafer = twin.station.map
    if not wafer.route or not _sites(twin):
        raise Refusal(Code.END_OF_WAFER, "End of wafer.")
    if whole(clear_bins):
        wafer.bins.clear()
    return step_to(twin, wafer.route[0], _sites(twin)[0])


def _step_next(twin: FormfactorVelox, *words: str) -> str:
    """Step to the next sub-die, or the next die where there is none; with parameters to that die.

    What is left out is 0, so that PyMeasure's `step_to_die`, which drops a sub-die of 0, does no harm. Sub-die -1 means
    sub-die 0 of the next die.
    """
    if words:
        column, row, site = [*words, "0", "0"][:3]
        return _following(twin, 0) if whole(site) == -1 else step_to(twin, _at(twin, column, row), _site(twin, site))
    later = [site for site in _sites(twin) if site > twin.site]
    if later:
        return step_to(twin, current(twin), later[0])
    return _following(twin, (_sites(twin) or [0])[0])


def _following(twin: FormfactorVelox, site: int) -> str:
    route, die = twin.station.map.route, current(twin)
    place = route.index(die) + 1 if die in route else 0
    if place >= len(route):
        raise Refusal(Code.END_OF_WAFER, "End of wafer.")
    return step_to(twin, route[place], site)


def _step_to_die(twin: FormfactorVelox, sequence: str = "-1", site: str = "0") -> str:
    if whole(sequence) == -1:
        return _following(twin, _site(twin, site))
    route = twin.station.map.route
    if not 1 <= whole(sequence) <= len(route):
        raise Refusal(Code.NO_DIE, f"The route has {len(route)} dies.")
    return step_to(twin, route[whole(sequence) - 1], _site(twin, site))


def _step_subdie(twin: FormfactorVelox, site: str = "") -> str:
    target = _site(twin, site) if site else _site(twin, str(twin.site + 1))
    step_to(twin, current(twin), target)
    return f"{target} {len(twin.station.map.subsites) - 1}"


def _map_position(first: int) -> Callable[..., str]:
    """Return the command that tells where the map stands, sub-dies counted from `first`."""

    def act(twin: FormfactorVelox, place: str = "0", reference: str = "R") -> str:
        die, wafer = current(twin), twin.station.map
        right, up = twin.station.at_home
        number_ = wafer.route.index(die) + 1 if die in wafer.route else 0
        sites = len(wafer.subsites) - 1 + first
        return (
            f"{die[0]} {die[1]} {right * 1e6:.3f} {up * 1e6:.3f} {twin.site + first} {sites} "
            f"{number_} {len(wafer.route)} 0 0"
        )

    return act


def _bin(twin: FormfactorVelox, value: str, *words: str) -> str:
    die = _at(twin, *words) if words else current(twin)
    twin.station.map.bins[*die, twin.site] = whole(value)
    return f"{die[0]} {die[1]}"


def _bin_and_step(twin: FormfactorVelox, value: str) -> str:
    _bin(twin, value)
    return _following(twin, twin.site)


def _set_home(twin: FormfactorVelox, *words: str) -> None:
    station = twin.station
    if words:
        station.map.home = _at(twin, *words)
    else:
        station.home, station.aligned_angle = (station.x, station.y), station.theta
        twin.place = station.map.home


def _selected(twin: FormfactorVelox, sequence: str) -> str:
    route, place = twin.station.map.route, whole(sequence)
    if not 1 <= place <= len(route):
        raise Refusal(Code.NO_DIE, f"The route has {len(route)} dies.")
    return "{} {}".format(*route[place - 1])


def _dimensions(twin: FormfactorVelox) -> str:
    wafer = twin.station.map
    columns, rows = wafer.size
    return f"W {wafer.pitch[0] * 1e6:.3f} {wafer.pitch[1] * 1e6:.3f} {columns} {rows}"


def _lay_out(twin: FormfactorVelox, diameter: str, width: str, height: str, *rest: str) -> None:
    wafer = WaferMap(
        diameter=number(diameter) * 1e-3, pitch=(number(width) * 1e-6, number(height) * 1e-6), present={(0, 0)}
    )
    if not (0 < wafer.diameter <= 0.5 and min(wafer.pitch) > 1e-6):
        raise Refusal(Code.RANGE, "A wafer and its dies must have a size.")
    try:
        wafer.lay_out()
    except ValueError as problem:
        raise Refusal(Code.RANGE, str(problem)) from None
    twin.station.map, twin.place, twin.site = wafer, None, 0


def _set_status(twin: FormfactorVelox, column: str, row: str, status: str) -> None:
    twin.station.map.select(_at(twin, column, row), status.upper() in ("S", "SELECTED", "1"))


def _status(twin: FormfactorVelox, *words: str) -> str:
    die = (whole(words[0]), whole(words[1])) if words else current(twin)
    wafer = twin.station.map
    return "S" if die in wafer.selected else "U" if die in wafer.present else "D"


def _set_subdie(twin: FormfactorVelox, site: str, x: str, y: str, label: str = "") -> None:
    sites, index = twin.station.map.subsites, whole(site)
    if not 0 <= index <= min(len(sites), LARGEST_COUNT - 1):
        raise Refusal(Code.NO_SITE, f"There is no place for subdie {site}.")
    sites[index : index + 1] = [Subsite(label, number(x) * 1e-6, number(y) * 1e-6)]


def _subdie(twin: FormfactorVelox, site: str = "") -> str:
    index = _site(twin, site) if site else twin.site
    subsite = twin.station.map.subsites[index]
    return f"{index} {subsite.x * 1e6:.3f} {subsite.y * 1e6:.3f} {subsite.name}".rstrip()


def _delete_subdies(twin: FormfactorVelox) -> None:
    twin.station.map.subsites[:] = [Subsite("0", 0.0, 0.0)]
    twin.site, twin.disabled = 0, set()


def _set_subdie_status(twin: FormfactorVelox, site: str, status: str) -> None:
    (twin.disabled.discard if status[:1].upper() in ("E", "1") else twin.disabled.add)(_site(twin, site))


def _set_wafer(twin: FormfactorVelox, identity: str = "0") -> None:
    twin.wafer_identity = identity


COMMANDS = (
    SciCommand("StepFirstDie", _step_first, (0, 1, 2), "clears the bins unless told not to"),
    SciCommand("StepNextDie", _step_next, (0, 1, 2, 3), "column, row, sub-die; 703 after the last die"),
    SciCommand("StepToDie", _step_to_die, (0, 1, 2)),
    SciCommand("StepNextSubDie", _step_subdie, (0, 1)),
    SciCommand("BinMapDie", _bin, (1, 3)),
    SciCommand("BinStepDie", _bin_and_step, (1,)),
    SciCommand("ReadMapPosition", _map_position(1), (0, 1, 2), "sub-dies from 1"),
    SciCommand("ReadMapPosition2", _map_position(0), (0, 1, 2), "sub-dies from 0"),
    SciCommand("SetMapHome", _set_home, (0, 2)),
    SciCommand("GetMapHome", lambda twin: "{} {}".format(*twin.station.map.home)),
    SciCommand("GetNumSelectedDies", lambda twin: str(len(twin.station.map.selected))),
    SciCommand("GetSelectedDieCoords", _selected, (1,)),
    SciCommand("GetMapDims", _dimensions),
    SciCommand("SetWaferMapParams", _lay_out, tuple(range(3, 9)), "diameter in mm, die width and height"),
    SciCommand("SetDieStatus", _set_status, (3,)),
    SciCommand("GetDieStatus", _status, (0, 2), "S selected, U not, D not present"),
    SciCommand("SetSubDieData", _set_subdie, (3, 4), "the needles find a device only at 0 0"),
    SciCommand("GetSubDieData", _subdie, (0, 1)),
    SciCommand("SetSubDieStatus", _set_subdie_status, (2,)),
    SciCommand("GetSubDieStatus", lambda twin, site="0": "D" if _site(twin, site) in twin.disabled else "E", (0, 1)),
    SciCommand("DeleteAllSubDie", _delete_subdies),
    SciCommand("SetWaferID", _set_wafer, (0, 1)),
    SciCommand("GetWaferID", lambda twin: twin.wafer_identity),
)
