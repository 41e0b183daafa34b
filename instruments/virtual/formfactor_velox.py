"""A virtual FormFactor Velox prober: what PyMeasure, the maker's Python interface and anybody else meets on a socket.

Two ways of speaking are understood on one line, as a client chooses: bare commands, answered `0: data` as on GPIB, and
the message server's `Cmd=n:name:parameters` on TCP port 1412, answered `Rsp=n:0:data`. Of the error numbers only 703,
the end of the wafer, is public; the others and all texts are ours. Coordinates of dies are those of the map with the
home die at 0, 0, columns to the right and rows upwards.
"""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from smtjlab.instruments.prober_specification import SPECIFICATION_VELOX

from . import formfactor_velox_chuck, formfactor_velox_map
from .formfactor_velox_language import Code, Refusal, SciCommand, words
from .prober import ProbeStation
from .twin import Supported, Twin
from .wafer_map import Die

if TYPE_CHECKING:
    from .world import Doing, World

VERSION = "3.2.1"
APPLICATIONS = ("wafermap", "kernel", "controlcenter")


class FormfactorVelox(Twin):
    """One prober on a bench."""

    missing: ClassVar[tuple[str, ...]] = (
        "MoveScope*", "ReadScope*", "MoveProbe*", "SnapImage", "AutoAlign", "HeatChuck", "SetHeaterTemp", "LoadWafer",
        "UnloadWafer", "OpenProject", "OpenWaferMap", "SaveMapFile", "ReadMapYield", "StepFailedBack",
        "StepFailedForward", "StepNextDieOffset", "DoInkerRun", "SearchChuckContact", "MoveChuckVelocity",
        "SetChuckThermoScale", "RegisterNotification", "GetDieDataAsColRow", "GetDieDataAsNum",
    )  # fmt: skip

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        rng = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        self.station = ProbeStation(SPECIFICATION_VELOX, world, f"{name}.chuck", rng)
        self.auto_z = True
        self.interlock = True
        self.place: Die | None = None
        """The die that was stepped to; None before the first step."""
        self.site = 0
        self.disabled: set[int] = set()
        """Sub-sites that are not probed."""
        self.wafer_identity = "SMTJ"

    @property
    def identity(self) -> str:
        """Return the answer to `*IDN?`."""
        return f"FormFactor,Velox,{self.serial_number},{VERSION}"

    # The wire

    def execute(self, message: str) -> str | None:
        """Carry out one line; return its answer."""
        message = message.strip()
        if message.upper() == "*IDN?":
            return self.identity
        head, _, rest = message.partition("=")
        if head == "Cmd":
            identifier, _, rest = rest.partition(":")
            name, _, parameters = rest.partition(":")
            code, text = self._carry_out(f"{name} {parameters}")
            return f"Rsp={identifier[:8]}:{code}:{text}"
        if head == "FCN":  # the message server's own: a client tells its name, or asks for the names of commands
            return self._server_function(rest)
        if head in ("Name", "Notify"):  # how clients of older servers introduce themselves
            return None
        if not message:
            return None
        code, text = self._carry_out(message)
        return f"{code}: {text}" if text else f"{code}:"

    def _server_function(self, rest: str) -> str:
        identifier, _, function = rest.partition(":")
        if function.startswith("GetCommands"):
            listed = ";".join(f"Velox {command.name} {place} 5000" for place, command in enumerate(COMMANDS))
            return f"FCN={identifier[:8]}:0:{listed}"
        return f"FCN={identifier[:8]}:0:"

    def _carry_out(self, message: str) -> tuple[int, str]:
        name, parameters = words(message)
        command = command_table().get(name.lower())
        if command is None:
            return int(Code.UNKNOWN), f"Unknown command {name[:40]}."
        try:
            return 0, command.say(self, parameters) or ""
        except Refusal as refusal:
            return int(refusal.code), str(refusal)

    # What commands are made of

    def move(self, doing: Doing[None]) -> None:
        """Move while the caller waits."""
        if self.station.moving:
            raise Refusal(Code.BUSY, "Another movement is under way.")
        self.world.carry_out(self._guarded(doing))

    def _guarded(self, doing: Doing[None]) -> Doing[None]:
        self.station.moving = True
        try:
            yield from doing
        finally:
            self.station.moving = False

    def need_contact_height(self) -> None:
        """Refuse what needs a contact height where none is set."""
        if self.station.contact_height is None:
            raise Refusal(Code.CONTACT, "Contact height is not set.")

    def travel(self, x: float, y: float) -> None:
        """Go to a place in m from the middle of the stage, as Auto Z and Interlock say (`SetChuckMode`).

        In contact Auto Z separates first, and stays there; without it Interlock refuses; without both the needles are
        dragged across the wafer and are down at the other end.
        """
        station = self.station
        if not station.within_reach(x, y):
            raise Refusal(Code.RANGE, "The position is out of reach.")
        if station.in_contact and not self.auto_z and self.interlock:
            raise Refusal(Code.INTERLOCK, "The chuck is in contact, and Interlock is on.")

        def going() -> Doing[None]:
            if self.auto_z:
                yield from station.separate()
            yield from station.travel(x, y)

        self.move(going())

    # Twin

    def power_cycle(self) -> None:
        """Start Velox anew: home and contact height must be set again."""
        self.station.home = self.station.contact_height = None
        self.auto_z = self.interlock = True
        self.place, self.site = None, 0

    @classmethod
    def supported(cls) -> list[Supported]:
        """Return the table of commands, for the documentation."""
        return [Supported("*IDN?", "query")] + [Supported(command.name, "", command.note) for command in COMMANDS]


def _registered(twin: FormfactorVelox, application: str) -> str:
    return str(int(application.lower() in APPLICATIONS))


COMMANDS = (
    SciCommand("ReportSoftwareVersion", lambda twin: VERSION),
    SciCommand("ReportKernelVersion", lambda twin: f"{VERSION} SMTJ"),
    SciCommand("IsAppRegistered", _registered, (1,)),
    SciCommand("EnableMotorQuiet", lambda twin, state="1": None, (0, 1), "nothing to be heard here"),
    *formfactor_velox_chuck.COMMANDS,
    *formfactor_velox_map.COMMANDS,
)
"""Everything that this twin understands."""


@cache
def command_table() -> dict[str, SciCommand]:
    """Return the commands by their names in small letters, built once."""
    return {command.name.lower(): command for command in COMMANDS}
