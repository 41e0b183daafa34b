"""Sub-sites of the dies of a virtual SENTIO, and the bins that dies and sub-sites are sorted into."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .mpi_sentio_language import Code, Refusal, RemoteCommand, Said, chosen, metres, micrometres, whole
from .mpi_sentio_map import ORIENTATIONS, at, current, need_project, step_to, subsite
from .wafer_map import Die, Subsite

if TYPE_CHECKING:
    from .mpi_sentio import MpiSentio

UNBINNED = -1
LARGEST_BIN = 255
LARGEST_COUNT = 100
"""Sub-sites that a die may have."""
MOST_BINS = 200_000
"""Bins that one command may set."""


def _add(twin: MpiSentio, name: str, x: str, y: str, orientation: str = "UR") -> Said:
    right, up = chosen(orientation, ORIENTATIONS)
    sites = need_project(twin).subsites
    if len(sites) >= LARGEST_COUNT:
        raise Refusal(Code.BOUNDS, f"A die must have at most {LARGEST_COUNT} subsites")
    sites.append(Subsite(name, metres(x) * right, metres(y) * up))
    return str(len(sites) - 1)


def _get(twin: MpiSentio, index: str, orientation: str = "MAP") -> Said:
    choices = ORIENTATIONS | {"map": ORIENTATIONS[twin.place.orientation]}
    right, up = chosen(orientation, choices)
    site = need_project(twin).subsites[subsite(twin, index)]
    return f"{site.name},{micrometres(site.x * right, site.y * up)}"


def _remove(twin: MpiSentio, word: str) -> Said:
    index = subsite(twin, word)
    if index == 0:
        raise Refusal(Code.OPERATION, "The first subsite must stay")
    del need_project(twin).subsites[index]
    twin.place.site = min(twin.place.site, len(twin.station.map.subsites) - 1)
    return None


def _reset(twin: MpiSentio) -> Said:
    del need_project(twin).subsites[1:]
    twin.place.site = 0
    return None


def _step(twin: MpiSentio, word: str) -> Said:
    return step_to(twin, current(twin), subsite(twin, word))


def _step_by(step: int) -> Callable[..., Said]:
    def act(twin: MpiSentio, value: str | None = None) -> Said:
        if value is not None:
            need_project(twin).bins[*current(twin), twin.place.site] = _bin(value)
        site = twin.place.site + step
        if not 0 <= site < len(need_project(twin).subsites):
            raise Refusal(Code.END_OF_LIST, "End of the list of subsites")
        return step_to(twin, current(twin), site)

    return act


def _bin(word: str) -> int:
    value = whole(word)
    if not 0 <= value <= LARGEST_BIN:
        raise Refusal(Code.BOUNDS, f"A bin must be within 0 and {LARGEST_BIN}")
    return value


def _where(twin: MpiSentio, words: tuple[str, ...]) -> tuple[Die, int]:
    """Return die and site of up to three parameters; the current ones where there are none."""
    if not words:
        return current(twin), twin.place.site
    if len(words) == 1:
        raise Refusal(Code.COUNT, "Column and row must come together")
    return at(twin, *words[:2]), subsite(twin, words[2]) if len(words) == 3 else 0


def _set_bin(twin: MpiSentio, value: str, *words: str) -> Said:
    die, site = _where(twin, words)
    need_project(twin).bins[*die, site] = _bin(value)
    return None


def _get_bin(twin: MpiSentio, *words: str) -> Said:
    die, site = _where(twin, words)
    return str(need_project(twin).bins.get((*die, site), UNBINNED))


def _clear(twin: MpiSentio) -> Said:
    need_project(twin).bins.clear()
    return None


def _clear_values(twin: MpiSentio) -> Said:
    need_project(twin)  # dies have bins here, but no values
    return None


def _set_all(twin: MpiSentio, value: str, what: str) -> Said:
    number = _bin(value)
    wafer = need_project(twin)
    count = len(wafer.subsites)
    sites = chosen(what, {"a": range(count), "d": range(1), "s": range(1, count)})
    if len(sites) * len(wafer.present) > MOST_BINS:
        raise Refusal(Code.BOUNDS, f"At most {MOST_BINS} bins can be set at once")
    wafer.bins.update({(*die, site): number for die in wafer.present for site in sites})
    return None


COMMANDS = (
    RemoteCommand("map:subsite:add", _add, (3, 4), "name, x, y, orientation; the needles find a device only at 0, 0"),
    RemoteCommand("map:subsite:get", _get, (1, 2)),
    RemoteCommand("map:subsite:get_num", lambda twin, group="": str(len(need_project(twin).subsites)), (0, 1)),
    RemoteCommand("map:subsite:remove", _remove, (1,)),
    RemoteCommand("map:subsite:reset", _reset),
    RemoteCommand("map:subsite:step", _step, (1,)),
    RemoteCommand("map:subsite:step_next", _step_by(1), (0,), "16 after the last sub-site"),
    RemoteCommand("map:subsite:step_previous", _step_by(-1), (0,)),
    RemoteCommand("map:subsite:bin_step_next", _step_by(1), (1,)),
    RemoteCommand("map:bins:set_bin", _set_bin, (1, 3, 4)),
    RemoteCommand("map:bins:get_bin", _get_bin, (0, 2, 3), "-1 where there is none"),
    RemoteCommand("map:bins:set_all", _set_all, (2,)),
    RemoteCommand("map:bins:clear_all", _clear),
    RemoteCommand("map:bins:clear_all_values", _clear_values),
    RemoteCommand("map:bins:get_num_bins", lambda twin: str(LARGEST_BIN + 1)),
)
