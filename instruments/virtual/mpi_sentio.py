"""A virtual MPI SENTIO prober: what the maker's Python package, and anybody else, meets on TCP port 35555.

Remote commands of SENTIO 24.0 in its native command set, as the tables of commands say; what is not there answers 3,
what the machine has no hardware for 13. Texts of errors are ours: only their numbers are public. In contact the chuck
separates before it travels, and stays at separation, as the maker documents for `move_chuck_xyt`; a step between dies
goes back into contact where the stepping mode says so.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from smtjlab.instruments.prober_specification import SPECIFICATION_SENTIO

from . import (
    mpi_sentio_chuck,
    mpi_sentio_grid,
    mpi_sentio_loader,
    mpi_sentio_map,
    mpi_sentio_settings,
    mpi_sentio_sites,
)
from .mpi_sentio_language import Answer, Code, Refusal, RemoteCommand, Said, number, split, whole
from .mpi_sentio_loader import VERSION
from .prober import ProbeStation
from .twin import Supported, Twin

if TYPE_CHECKING:
    from .world import Doing, Operation, World

LONGEST_WAIT = 3600.0
"""Seconds that a client may ask to wait for a command."""
INITIALISATION = 20.0
"""Time in s in which the axes find their zeros."""
REMEMBERED = 100
"""Asynchronous commands whose end can still be asked for."""
ABSENT = ("scope", "vision", "siph", "qalibria", "probe", "aux", "compensation", "setup", "service")
"""Groups of commands for what this machine does not have."""


@dataclass(slots=True)
class AsynchronousCommand:
    """A command that was answered before it was done."""

    text: str
    operation: Operation | None = None
    done: bool = False
    aborted: bool = False


class MpiSentio(Twin):
    """One prober on a bench."""

    missing: ClassVar[tuple[str, ...]] = (
        "map:poi:*", "map:compensation:*", "map:bins:load", "map:bins:set_value", "map:bins:get_bin_info",
        "map:bins:set_bin_info", "map:bins:resize", "map:subsite:export", "map:subsite:import", "map:open", "map:save",
        "map:set_flat_params", "map:set_orient_marker", "map:view:*", "file_transfer", "set_ink", "loader:vc:*",
        "loader:prealign", "loader:read_wafer_id", "loader:swap_wafer", "status:set_chuck_temp", "swap_bridge",
    )  # fmt: skip

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        rng = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        self.station = ProbeStation(SPECIFICATION_SENTIO, world, f"{name}.chuck", rng)
        self.commands: dict[int, AsynchronousCommand] = {}
        self._begun = 0
        self.place = mpi_sentio_map.Place()
        self.cassette = mpi_sentio_loader.Cassette()
        self.projects = {"smtj"}
        self.project: str | None = "smtj"
        self.initialised = True
        self.stepping_mode = "BackToContact"
        self.hover_is_on = True

    @property
    def identity(self) -> str:
        """Return the answer to `*IDN?`."""
        return f"MPI Corporation,SENTIO,{self.serial_number},{VERSION}"

    # The wire

    def execute(self, message: str) -> str | None:
        """Carry out one line; return its answer. Low-level commands with a star and no question have none."""
        if message.lstrip().startswith("*"):
            return self._low_level(message.strip())
        name, parameters = split(message)
        if not name:
            return None
        try:
            answer = self._find(name).say(self, parameters)
        except Refusal as refusal:
            return f"{int(refusal.code)},0,{refusal}"
        if not isinstance(answer, Answer):
            answer = Answer("OK" if answer is None else answer)
        return f"{answer.status},{answer.identifier},{answer.text}"

    def _low_level(self, message: str) -> str | None:
        word = message.upper()
        if not word.endswith("?"):
            return None  # *RCS 1, *LOCAL
        return self.identity if word == "*IDN?" else "Unknown command"

    @staticmethod
    def _find(name: str) -> RemoteCommand:
        found = command_table().get(name)
        if found is not None:
            return found
        if name.partition(":")[0] in ABSENT or "scope" in name:
            raise Refusal(Code.NOT_SUPPORTED, "This machine has no such hardware")
        raise Refusal(Code.UNKNOWN, f"No handler for {name[:40]}")

    # What commands are made of

    def move(self, doing: Doing[None]) -> None:
        """Move while the caller waits."""
        self._check_movable()
        self.world.carry_out(self._guarded(doing))

    def begin(self, doing: Doing[None], text: str = "OK", when_done: Callable[[], None] | None = None) -> Answer:
        """Begin something that goes on by itself; return the answer with the number to ask for it."""
        if self.station.moving:
            raise Refusal(Code.OPERATION, "Another movement is under way")
        command = AsynchronousCommand(text)
        identifier = self._begun = self._begun + 1
        self.commands[identifier] = command
        self.commands.pop(identifier - REMEMBERED, None)
        self.station.moving = True  # from now on, not from the first moment of the operation
        command.operation = self.world.start(self._going_on(command, doing, when_done))
        return Answer("OK", identifier=identifier)

    def _going_on(
        self, command: AsynchronousCommand, doing: Doing[None], when_done: Callable[[], None] | None
    ) -> Doing[None]:
        yield from self._guarded(doing)
        if when_done is not None:
            when_done()
        command.done = True

    def _guarded(self, doing: Doing[None]) -> Doing[None]:
        self.station.moving = True
        try:
            yield from doing
        finally:
            self.station.moving = False

    def _check_movable(self) -> None:
        if self.station.moving:
            raise Refusal(Code.OPERATION, "Another movement is under way")
        if not self.initialised:
            raise Refusal(Code.OPERATION, "The machine must be initialised first")

    def need_contact_height(self) -> None:
        """Refuse what needs a contact height where none is set."""
        if self.station.contact_height is None:
            raise Refusal(Code.CONTACT_HEIGHT, "Contact height is not set")

    def need_home(self) -> None:
        """Refuse what needs a home where none is set."""
        if self.station.home is None:
            raise Refusal(Code.HOME, "Home position is not set")

    def need_vacuum(self) -> None:
        """Refuse to carry a wafer that is not held."""
        if self.station.has_wafer and not self.station.vacuum:
            raise Refusal(Code.VACUUM, "The wafer is not held by vacuum")

    # Twin

    def reset(self) -> None:
        """Leave everything as it is: a prober knows no `*RST`."""

    def device_clear(self) -> None:
        """Abort what goes on by itself."""
        for identifier in self.commands:
            self.abort(identifier)

    def power_cycle(self) -> None:
        """Start SENTIO anew: no project, no home, no contact height, and the axes must find their zeros first."""
        self.device_clear()
        self.commands.clear()
        self.project, self.initialised = None, False
        self.station.home = self.station.contact_height = None

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the command done."""
        for command in self.commands.values():
            if command.operation is not None and not command.operation.done and self.world.jumps:
                self.world.wait_for(command.operation, LONGEST_WAIT)

    def abort(self, identifier: int) -> None:
        """End an asynchronous command before its time."""
        command = self.commands[identifier]
        if command.operation is not None and not command.operation.done:
            self.world.abort(command.operation)
            command.aborted, self.station.moving = True, False

    @classmethod
    def supported(cls) -> list[Supported]:
        """Return the table of commands, for the documentation."""
        low_level = [Supported("*IDN?", "query"), Supported("*RCS", "write"), Supported("*LOCAL", "write")]
        return low_level + [Supported(command.name, "", command.note) for command in command_table().values()]


def _command(twin: MpiSentio, word: str) -> tuple[int, AsynchronousCommand]:
    identifier = whole(word)
    if identifier not in twin.commands:
        raise Refusal(Code.UNKNOWN_ID, f"No command {identifier}")
    return identifier, twin.commands[identifier]


def _state(identifier: int, command: AsynchronousCommand) -> Answer:
    """Return how a command stands."""
    if command.done:
        return Answer(command.text, identifier=identifier)
    code = Code.ABORTED if command.aborted else Code.PENDING
    return Answer("Aborted" if command.aborted else "Pending", status=int(code), identifier=identifier)


def _query(twin: MpiSentio, word: str) -> Said:
    answer = _state(*_command(twin, word))
    twin.was_polled()
    return answer


def _wait(twin: MpiSentio, word: str, timeout: str = "300") -> Said:
    identifier, command = _command(twin, word)
    if command.operation is not None and not (command.done or command.aborted):
        twin.world.wait_for(command.operation, min(max(number(timeout), 0.0), LONGEST_WAIT))
    answer = _state(identifier, command)
    return Answer("Timeout", int(Code.TIMEOUT), identifier) if answer.status == Code.PENDING else answer


def _wait_all(twin: MpiSentio, timeout: str = "90") -> Said:
    for identifier in twin.commands:
        answer = _wait(twin, str(identifier), timeout)
        if isinstance(answer, Answer) and answer.status == Code.TIMEOUT:
            return answer
    return None


def _abort(twin: MpiSentio, word: str) -> Said:
    identifier, _ = _command(twin, word)
    twin.abort(identifier)
    return None


def _initialise(twin: MpiSentio) -> Said:
    def finding() -> Doing[None]:
        yield from twin.station.lift(0.0)
        yield INITIALISATION
        yield from twin.station.travel(0.0, 0.0)

    def found() -> None:
        twin.initialised = True

    return twin.begin(finding(), when_done=found)


COMMANDS = (
    RemoteCommand("start_initialization", _initialise, note="all axes find their zeros; home and contact stay"),
    RemoteCommand("query_command_status", _query, (1,), "30 pending, 31 aborted, 32 unknown; the answer where done"),
    RemoteCommand("wait_complete", _wait, (1, 2), "number, seconds; 19 where it is not done by then"),
    RemoteCommand("wait_all", _wait_all, (0, 1)),
    RemoteCommand("abort_command", _abort, (1,)),
    *mpi_sentio_chuck.COMMANDS,
    *mpi_sentio_settings.COMMANDS,
    *mpi_sentio_map.COMMANDS,
    *mpi_sentio_grid.COMMANDS,
    *mpi_sentio_sites.COMMANDS,
    *mpi_sentio_loader.COMMANDS,
)
"""Everything that this twin understands."""


@cache
def command_table() -> dict[str, RemoteCommand]:
    """Return the commands by their names, built once."""
    return {command.name: command for command in COMMANDS}
