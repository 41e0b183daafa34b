"""What somebody tells a virtual SENTIO of its chuck: heights and gaps, home, vacuum. Lengths are in micrometres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .mpi_sentio_chuck import site
from .mpi_sentio_language import Code, Refusal, RemoteCommand, Said, chosen, metres, micrometres, number, switch

if TYPE_CHECKING:
    from .mpi_sentio import MpiSentio


def _heights(twin: MpiSentio, where: str) -> Said:
    site(where)
    station = twin.station
    return micrometres(station.contact_height or 0.0, station.separation_gap, station.overtravel, station.hover_gap)


def _set_heights(twin: MpiSentio, where: str, contact: str, separation: str, overtravel: str, hover: str) -> Said:
    site(where)
    station = twin.station
    heights = [metres(word) for word in (contact, separation, overtravel, hover)]
    if not (
        0 < heights[0] <= station.model.top and all(0 <= gap < heights[0] for gap in heights[1:]) and heights[1] > 0
    ):
        raise Refusal(Code.BOUNDS, "Heights must be above 0, gaps below the contact height")
    station.contact_height, station.separation_gap, station.overtravel, station.hover_gap = heights
    return f"Wafer,{micrometres(*heights)}"


def _gap(attribute: str, with_site: bool) -> RemoteCommand:
    """Return the command that sets one gap."""

    def act(twin: MpiSentio, *parameters: str) -> Said:
        if with_site:
            site(parameters[0])
        gap = metres(parameters[-1])
        if not 0 <= gap <= 5e-3:
            raise Refusal(Code.BOUNDS, "The gap must be within 0 and 5000")
        setattr(twin.station, attribute, gap)
        return None

    word = attribute.removesuffix("_gap")
    return RemoteCommand(f"set_chuck_{'site_' if with_site else ''}{word}_gap", act, (1 + with_site,))


def _enable(name: str, with_site: bool) -> RemoteCommand:
    """Return the command that enables overtravel or hover."""

    def act(twin: MpiSentio, *parameters: str) -> Said:
        if with_site:
            site(parameters[0])
        if name == "hover":
            twin.hover_is_on = switch(parameters[-1])
        else:
            twin.station.overtravel_is_on = switch(parameters[-1])
        return None

    return RemoteCommand(f"enable_chuck_{'site_' if with_site else ''}{name}", act, (1 + with_site,))


def _clear_contact(twin: MpiSentio, where: str = "Wafer") -> Said:
    site(where)
    twin.station.contact_height = None
    return None


def _site_status(twin: MpiSentio, where: str) -> Said:
    site(where)
    station = twin.station
    flags = (station.home is not None, station.contact_height is not None, station.overtravel_is_on, station.vacuum)
    return ",".join(str(int(flag)) for flag in flags)


def _site_position(twin: MpiSentio, where: str = "Wafer") -> Said:
    site(where)
    twin.need_home()
    station = twin.station
    x, y = station.home or (0.0, 0.0)
    travel = station.model.travel
    return f"{micrometres(x + travel, y + travel)},{station.aligned_angle:.5f}"


def _set_site_position(twin: MpiSentio, *parameters: str) -> Said:
    """Take a place, given from zero, as home; the place of the moment where none is given."""
    station = twin.station
    if len(parameters) == 4:
        site(parameters[0])
    if parameters:
        travel = station.model.travel
        x, y = metres(parameters[-3]) - travel, metres(parameters[-2]) - travel
        angle = number(parameters[-1])
    else:
        x, y, angle = station.x, station.y, station.theta
    station.home, station.aligned_angle = (x, y), angle
    return None


def _vacuum(twin: MpiSentio, where: str = "Wafer") -> Said:
    site(where)
    return str(int(twin.station.vacuum))


def _set_vacuum(twin: MpiSentio, where: str, state: str) -> Said:
    site(where)
    on = switch(state)
    if on and not twin.station.has_wafer:
        raise Refusal(Code.VACUUM, "There is no wafer to hold")
    if not on and twin.station.in_contact:
        raise Refusal(Code.OPERATION, "Vacuum must stay on in contact")
    twin.station.vacuum = on
    return None


def _set_mode(twin: MpiSentio, mode: str) -> Said:
    modes = ("BackToContact", "StepToSeparation", "LockContact")
    twin.stepping_mode = chosen(mode, {name.lower(): name for name in modes})
    return None


COMMANDS = (
    RemoteCommand("get_chuck_site_heights", _heights, (1,), "contact, gaps of separation, overtravel and hover"),
    RemoteCommand("set_chuck_site_heights", _set_heights, (5,)),
    *(_gap(name, with_site) for name in ("overtravel", "separation_gap") for with_site in (False, True)),
    *(_enable(name, with_site) for name in ("overtravel", "hover") for with_site in (False, True)),
    RemoteCommand("clear_contact", _clear_contact, (0, 1)),
    RemoteCommand("get_chuck_site_status", _site_status, (1,), "home, contact height, overtravel, vacuum"),
    RemoteCommand("get_chuck_site_pos", _site_position, (0, 1)),
    RemoteCommand("set_chuck_site_pos", _set_site_position, (0, 3, 4), "home, from zero"),
    RemoteCommand("get_vacuum_status", _vacuum, (0, 1)),
    RemoteCommand("set_vacuum", _set_vacuum, (2,)),
    RemoteCommand("set_stepping_contact_mode", _set_mode, (1,)),
)
