"""Around the chuck of a virtual SENTIO: wafers and their cassette, projects, what the machine says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .mpi_sentio_language import Code, Refusal, RemoteCommand, Said, chosen, number, switch, whole

if TYPE_CHECKING:
    from .mpi_sentio import MpiSentio
    from .world import Doing

SLOTS = 25
STATIONS = {"cas1": "Cassette1", "chuck": "Chuck", "cas2": None, "pa": None, "forka": None, "forkb": None, "ww": None}
"""Names of stations as SENTIO writes them; None where this machine has none."""
PREPARATION = 15.0
"""Time in s in which a cassette is scanned."""
FOLDER = "C:/ProgramData/MPI Corporation/Sentio/projects/"
VERSION = "24.0.0"
"""Version of the remote commands; from 25.2 on clients expect groups for every stage."""
MOST_PROJECTS = 1000
MODULES = ("wafermap", "setup", "loader", "dashboard")


@dataclass(slots=True)
class Cassette:
    """The wafers that are not on the chuck."""

    slots: set[int] = field(default_factory=lambda: {2, 3, 4, 5})
    on_chuck: int | None = 1
    """Slot that the wafer on the chuck came from."""


def _station(word: str) -> str:
    name = chosen(word, STATIONS)
    if name is None:
        raise Refusal(Code.NOT_SUPPORTED, f"This machine has no station {word}")
    return str(name)


def _slot(word: str) -> int:
    slot = whole(word)
    if not 1 <= slot <= SLOTS:
        raise Refusal(Code.BOUNDS, f"A slot must be within 1 and {SLOTS}")
    return slot


def _has_station(twin: MpiSentio, word: str) -> Said:
    return str(int(chosen(word, STATIONS) is not None))


def _has_cassette(twin: MpiSentio, word: str) -> Said:
    return f"1,{SLOTS}" if _station(word) == "Cassette1" else "0,0"


def _scan(twin: MpiSentio, word: str) -> Said:
    _station(word)
    return "".join(str(int(slot in twin.cassette.slots)) for slot in range(1, SLOTS + 1))


def _load(twin: MpiSentio, word: str, where: str, angle: str = "0") -> Said:
    _station(word)
    slot, _ = _slot(where), number(angle)
    if twin.cassette.on_chuck is not None:
        raise Refusal(Code.OCCUPIED, "There is a wafer on the chuck")
    if slot not in twin.cassette.slots:
        raise Refusal(Code.EMPTY, f"Slot {slot} is empty")
    twin.move(twin.station.load())
    twin.cassette.slots.discard(slot)
    twin.cassette.on_chuck = slot
    twin.place.die = None
    return None


def _unload(twin: MpiSentio, word: str = "cas1", where: str = "") -> Said:
    _station(word)
    if twin.cassette.on_chuck is None:
        raise Refusal(Code.EMPTY, "There is no wafer on the chuck")
    slot = _slot(where) if where else twin.cassette.on_chuck
    if slot in twin.cassette.slots:
        raise Refusal(Code.OCCUPIED, f"Slot {slot} is occupied")
    twin.move(twin.station.unload())
    twin.cassette.slots.add(slot)
    twin.cassette.on_chuck = None
    return None


def _transfer(twin: MpiSentio, source: str, slot: str, target: str, target_slot: str) -> Said:
    if _station(target) == "Chuck":
        return _load(twin, source, slot)
    if _station(source) == "Chuck":
        return _unload(twin, target, target_slot)
    raise Refusal(Code.OPERATION, "One end of a transfer must be the chuck")


def _wafer(twin: MpiSentio, word: str, where: str) -> Said:
    slot = _slot(where)
    origin = twin.cassette.on_chuck if _station(word) == "Chuck" else slot if slot in twin.cassette.slots else None
    if origin is None:
        raise Refusal(Code.EMPTY, "There is no wafer")
    return f"Cassette1,{origin},{twin.station.map.diameter * 1e3:.0f},0,0"


def _prepare(twin: MpiSentio, word: str, angle: str = "0") -> Said:
    _station(word)
    number(angle)

    def scanning() -> Doing[None]:
        yield PREPARATION

    return twin.begin(scanning(), str(_scan(twin, word)))


def _open_project(twin: MpiSentio, name: str, restore_heights: str = "False") -> Said:
    """Open a project; home and contact height come from it only where that is asked for, and a wafer is there."""
    stem = name.replace("\\", "/").rpartition("/")[2].removesuffix(".trex")
    if stem not in twin.projects:
        raise Refusal(Code.FILE, f"There is no project {stem}")
    twin.project = stem
    if switch(restore_heights):
        station = twin.station
        station.home = station.home or (0.0, 0.0)
        station.contact_height = station.contact_height or station.surface
    return None


def _save_project(twin: MpiSentio, name: str) -> Said:
    if len(twin.projects) >= MOST_PROJECTS:
        raise Refusal(Code.EXECUTION, "The disk is full of projects")
    twin.project = name.replace("\\", "/").rpartition("/")[2].removesuffix(".trex")
    twin.projects.add(twin.project)
    return None


def _project(twin: MpiSentio, what: str = "FullPath") -> Said:
    if twin.project is None:
        raise Refusal(Code.PROJECT, "A project must be open")
    full = chosen(what, {"name": False, "fullpath": True})
    return f"{FOLDER}{twin.project}.trex" if full else twin.project


def _create_project(twin: MpiSentio, name: str) -> Said:
    _save_project(twin, name)
    return _project(twin)


def _machine(twin: MpiSentio) -> Said:
    words = ["Ready"] if twin.initialised else ["NotReady"]
    return ",".join(words + (["IsMeasuring"] if twin.station.moving else []))


def _version(twin: MpiSentio) -> Said:
    return f"Version: {VERSION}"


def _temperature(twin: MpiSentio) -> Said:
    return f"{twin.world.stage.temperature(twin.world.time) - 273.15:.2f}"


COMMANDS = (
    RemoteCommand("loader:has_station", _has_station, (1,)),
    RemoteCommand("loader:has_cassette", _has_cassette, (1,)),
    RemoteCommand("loader:scan_station", _scan, (1,), "1 for each slot with a wafer"),
    RemoteCommand("loader:load_wafer", _load, (2, 3), "the wafer lies elsewhere, and home must be set again"),
    RemoteCommand("loader:unload_wafer", _unload, (0, 1, 2)),
    RemoteCommand("loader:transfer_wafer", _transfer, (4,)),
    RemoteCommand("loader:query_wafer_status", _wafer, (2,), "65 where there is none"),
    RemoteCommand("loader:start_prepare_station", _prepare, (1, 2)),
    RemoteCommand("open_project", _open_project, (1, 2), "name, whether home and heights are restored"),
    RemoteCommand("save_project", _save_project, (1,)),
    RemoteCommand("create_project", _create_project, (1,)),
    RemoteCommand("get_project", _project, (0, 1)),
    RemoteCommand("save_config", lambda twin: None),
    RemoteCommand("select_module", lambda twin, module, tab="": chosen(module, dict.fromkeys(MODULES)), (1, 2)),
    RemoteCommand("status:get_version", _version),
    RemoteCommand("status:get_machine_id", lambda twin: twin.serial_number),
    RemoteCommand("status:get_machine_status", _machine),
    RemoteCommand("status:get_access_level", lambda twin: "Engineer"),
    RemoteCommand("status:get_chuck_temp", _temperature, note="in degrees Celsius; the chuck has no heater of its own"),
    RemoteCommand("status:get_chuck_thermo_state", lambda twin: "uncontrolled"),
)
