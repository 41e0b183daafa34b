"""The chuck of a virtual SENTIO: places, heights, angle, sites, vacuum. Lengths on the wire are in micrometres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .mpi_sentio_language import (
    Code,
    Refusal,
    RemoteCommand,
    Said,
    chosen,
    metres,
    micrometres,
    number,
    whole,
)

if TYPE_CHECKING:
    from .mpi_sentio import MpiSentio
    from .world import Doing

XY = {"m": "zero", "machine": "zero", "z": "zero", "zero": "zero", "a": "zero", "realpos": "zero", "h": "home",
      "home": "home", "c": "center", "center": "center", "u": "user", "userdefined": "user", "r": "current",
      "relative": "current", "current": "current"}  # fmt: skip
Z = {"c": "contact", "contact": "contact", "s": "separation", "separation": "separation", "h": "hover",
     "hover": "hover", "z": "zero", "zero": "zero", "realpos": "zero", "r": "current",
     "current": "current"}  # fmt: skip
THETA = {"z": "zero", "zero": "zero", "s": "align", "align": "align", "r": "current", "current": "current"}
OTHER_SITES = ("auxright", "auxleft", "auxright2", "auxleft2", "chuckcamera", "chuckcamera2")
LOAD_POSITIONS = {"front": (0.0, -0.15), "side": (0.15, 0.0), "center": (0.0, 0.0)}


def site(word: str) -> None:
    """Accept the wafer site, the only one of this chuck."""
    if word.lower() in OTHER_SITES:
        raise Refusal(Code.NOT_SUPPORTED, f"This chuck has no site {word}")
    chosen(word, {"wafer": None})


def _origin(twin: MpiSentio, reference: str) -> tuple[float, float]:
    """Return where a reference stands, from the middle of the stage in m."""
    station = twin.station
    if reference == "home":
        twin.need_home()
    places = {
        "zero": (-station.model.travel, -station.model.travel),
        "home": station.home or (0.0, 0.0),
        "center": (0.0, 0.0),
        "user": station.user,
        "current": (station.x, station.y),
    }
    return places[reference]


def _from_zero(twin: MpiSentio) -> str:
    station = twin.station
    return micrometres(station.x + station.model.travel, station.y + station.model.travel)


def _xy(twin: MpiSentio, where: str = "Wafer", reference: str = "Z") -> Said:
    site(where)
    x, y = _origin(twin, chosen(reference, XY))
    return micrometres(twin.station.x - x, twin.station.y - y)


def separated(twin: MpiSentio, x: float, y: float) -> Doing[None]:
    """Separate where needed, then travel."""
    yield from twin.station.separate()
    yield from twin.station.travel(x, y)


def _travel(twin: MpiSentio, x: float, y: float) -> str:
    if not twin.station.within_reach(x, y):
        raise Refusal(Code.BOUNDS, "The position is out of reach")
    twin.need_vacuum()
    twin.move(separated(twin, x, y))
    return _from_zero(twin)


def _move_xy(twin: MpiSentio, reference: str, right: str, up: str) -> Said:
    x, y = _origin(twin, chosen(reference, XY))
    return _travel(twin, x + metres(right), y + metres(up))


def _move_index(twin: MpiSentio, reference: str, columns: str, rows: str) -> Said:
    """Step by dies; where it was in contact it goes back there, as the maker documents."""
    x, y = _origin(twin, chosen(reference, XY))
    width, height = twin.station.map.pitch
    was_in_contact = twin.station.in_contact
    said = _travel(twin, x + whole(columns) * width, y + whole(rows) * height)
    if was_in_contact:
        twin.move(twin.station.touch())
    return said


def _move_home(twin: MpiSentio) -> Said:
    twin.need_home()
    return _travel(twin, *(twin.station.home or (0.0, 0.0)))


def _move_xyt(twin: MpiSentio, right: str, up: str, angle: str) -> Said:
    _travel(twin, twin.station.x + metres(right), twin.station.y + metres(up))
    _rotate(twin, twin.station.theta + number(angle))
    return None


def _z(twin: MpiSentio, reference: str = "Z") -> Said:
    return micrometres(twin.station.z - _level(twin, chosen(reference, Z)))


def _level(twin: MpiSentio, reference: str) -> float:
    """Return the height of a reference in m."""
    station = twin.station
    if reference in ("contact", "separation", "hover"):
        twin.need_contact_height()
        assert station.contact_height is not None
        gaps = {"contact": 0.0, "separation": station.separation_gap, "hover": station.hover_gap}
        return station.contact_height - gaps[reference]
    return station.z if reference == "current" else 0.0


def _lift(twin: MpiSentio, z: float) -> str:
    station = twin.station
    top = station.model.top if station.contact_height is None else station.contact_height + station.overtravel
    if not 0 <= z <= top + 1e-9:
        raise Refusal(Code.BOUNDS, f"The height must be within 0 and {top * 1e6:.3f}")
    twin.move(station.lift(z))
    return micrometres(station.z)


def _move_z(twin: MpiSentio, reference: str, up: str) -> Said:
    return _lift(twin, _level(twin, chosen(reference, Z)) + metres(up))


def _contact(twin: MpiSentio) -> Said:
    twin.need_contact_height()
    twin.need_vacuum()
    return _lift(twin, twin.station.touching_height)


def _separation(twin: MpiSentio) -> Said:
    return _lift(twin, _level(twin, "separation"))


def _hover(twin: MpiSentio) -> Said:
    if not twin.hover_is_on:
        raise Refusal(Code.OPERATION, "Hover is not enabled")
    return _lift(twin, _level(twin, "hover"))


def _rotate(twin: MpiSentio, angle: float) -> str:
    largest = twin.station.model.rotation
    if not abs(angle) <= largest:
        raise Refusal(Code.BOUNDS, f"The angle must stay within {largest:g} degrees")

    def turning() -> Doing[None]:
        yield from twin.station.separate()
        yield from twin.station.rotate(angle)

    twin.move(turning())
    return f"{twin.station.theta:.5f}"


def _move_theta(twin: MpiSentio, reference: str, angle: str) -> Said:
    zeros = {"zero": 0.0, "align": twin.station.aligned_angle, "current": twin.station.theta}
    return _rotate(twin, zeros[chosen(reference, THETA)] + number(angle))


def _move_load(twin: MpiSentio, position: str) -> Said:
    x, y = chosen(position, LOAD_POSITIONS)

    def going() -> Doing[None]:
        yield from twin.station.lift(0.0)
        yield from twin.station.travel(x, y)

    twin.move(going())
    return None


def _move_site(twin: MpiSentio, where: str) -> Said:
    site(where)
    _move_home(twin)
    station = twin.station
    return f"{_from_zero(twin)},{micrometres(station.z)},{station.theta:.5f}"


def _theta(twin: MpiSentio, where: str) -> Said:
    site(where)
    return f"{twin.station.theta:.5f}"


def _site_index(twin: MpiSentio, where: str = "Wafer") -> Said:
    site(where)
    return "0"


COMMANDS = (
    RemoteCommand("get_chuck_xy", _xy, (0, 2), "without parameters from zero"),
    RemoteCommand("move_chuck_xy", _move_xy, (3,), "reference, x, y; separates first and stays at separation"),
    RemoteCommand("move_chuck_index", _move_index, (3,), "reference, columns, rows; back into contact afterwards"),
    RemoteCommand("move_chuck_home", _move_home),
    RemoteCommand("move_chuck_xyt", _move_xyt, (3,)),
    RemoteCommand("move_chuck_site", _move_site, (1,)),
    RemoteCommand("move_chuck_load", _move_load, (1,)),
    RemoteCommand("move_chuck_work_area", lambda twin, area: chosen(area, {"probing": None}), (1,)),
    RemoteCommand("get_chuck_z", _z, (0, 1), "from zero, or from a reference"),
    RemoteCommand("move_chuck_z", _move_z, (2,)),
    RemoteCommand("move_chuck_contact", _contact, note="23 where no contact height is set"),
    RemoteCommand("move_chuck_separation", _separation),
    RemoteCommand("move_chuck_hover", _hover),
    RemoteCommand("move_chuck_lift", lambda twin: _lift(twin, 0.0)),
    RemoteCommand("get_chuck_theta", _theta, (1,)),
    RemoteCommand("move_chuck_theta", _move_theta, (2,)),
    RemoteCommand("get_chuck_site_count", lambda twin: "1"),
    RemoteCommand("get_chuck_site_index", _site_index, (0, 1)),
    RemoteCommand("get_chuck_site_name", lambda twin, index="0": chosen(index, {"0": "Wafer"}), (0, 1)),
    RemoteCommand("get_chuck_position_hint", lambda twin: "Probing,Wafer"),
    RemoteCommand("get_chuck_speed", lambda twin: "Normal"),
    RemoteCommand("has_chuck_xyz", lambda twin: "Yes"),
    RemoteCommand("has_scope_xyz", lambda twin: "No"),
    RemoteCommand("has_scope_z", lambda twin: "No"),
    RemoteCommand("get_wafer_diameter", lambda twin: f"{twin.station.map.diameter * 1e3:g}"),
)
