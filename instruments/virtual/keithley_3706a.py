"""A virtual Keithley 3706A-S with a 3730 card in slot 1, and a 707B with a 7174A by data (manuals 3700AS, 707B-901-01).

Relays really join the nets that the bench file wires to rows and columns; they take their settling time. The metal
does not know whether a current flows that a relay interrupts; this one notes it in its event log, and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from smtjlab.instruments.keithley_3706a_specification import K707B, K3706A, SwitchSpecification

from .keithley_3706a_commands import members
from .keithley_3706a_lists import INVALID, ChannelNames
from .keithley_3706a_mainframe import mount_mainframe
from .keithley_3706a_relays import Relays
from .status import Status
from .tsp_common import mount_common
from .tsp_events import Events, mount_events
from .tsp_instrument import TspInstrument
from .tsp_status import TspStatus, mount_registers
from .tsp_texts import TEXTS
from .tsp_tree import Tree
from .twin import Supported

if TYPE_CHECKING:
    from .world import World

SLOTS = (1,)
"""Slots with a card."""


class Keithley3706A(TspInstrument):
    """One 3706A-S, the mainframe without a multimeter. Everything is called with the world's lock held."""

    specification: ClassVar[SwitchSpecification] = K3706A
    model: ClassVar[str] = "3706A-S"
    firmware: ClassVar[str] = "01.56a"
    missing: ClassVar[tuple[str, ...]] = (
        "buffervar.*", "channel.calibration.*", "channel.getmatch()", "channel.getmode()", "channel.getoutputenable()",
        "channel.getpowerstate()", "channel.getstatelatch()", "channel.read()", "channel.trigger[N].*",
        "channel.write()", "dmm.*", "fs.*", "io.*", "lan.config.*", "lan.status.*", "os.*", "printbuffer()", "ptp.*",
        "scan.*", "schedule.*", "setup.*", "slot[N].interlock.override", "tspnet.*", "upgrade.*",
    )  # fmt: skip

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.names = ChannelNames(self.specification, SLOTS)
        self.relays = Relays(self, self.names)
        self.registers = TspStatus(self.status, "")
        self.events = Events(self)
        self.interfaces: dict[str, Any] = {}
        """Settings of bus and network: they outlive a reset."""

    @classmethod
    def grow(cls, tree: Tree) -> None:
        """Hang the model's objects into `tree`."""
        mount_common(tree, cls.model, cls.firmware)
        mount_events(tree)
        mount_registers(tree, "")
        tree.mount("channel", members(cls.specification), lambda twin: twin.relays)
        mount_mainframe(tree, cls.specification.slots, interlocked=bool(cls.specification.card.backplane))

    @classmethod
    def supported(cls) -> list[Supported]:
        """Return the table of commands; sweeps are scripts of source meters."""
        return [one for one in super().supported() if not one.command.startswith("Sweep")]

    @property
    def identity(self) -> str:
        """Return the answer to `*IDN?`."""
        return f"KEITHLEY INSTRUMENTS INC.,MODEL {self.model},{self.serial_number},{self.firmware}"

    def fresh_status(self) -> Status:
        """Return the status of an instrument that was switched on just now."""
        return Status(texts={**TEXTS, INVALID: "Parameter error"}, depth=100)

    def reset_status(self) -> None:
        """Do what `status.reset()` does."""
        self.registers.reset()
        self.status.event_enable = self.status.service_enable = 0

    def trigger(self) -> None:
        """Do what `*TRG` does: an event that scripts may wait for."""
        self.events.fire(1)

    def reset(self) -> None:
        """Return to the settings after `reset()`, every relay open; counts, scripts, status and queue stay."""
        self.relays.open(self.names.terminals)
        self.relays.forget_settings()
        super().reset()

    def power_cycle(self) -> None:
        """Switch off and on: every relay is open, the event log is empty."""
        super().power_cycle()
        self.relays.notes.clear()
        self.registers = TspStatus(self.status, "")

    def open_interlock(self) -> None:
        """Let the interlock open: the relays of the backplane open and stay so, all others work on."""
        self.interlock_open = True
        self.relays.open([name for name in self.names.terminals if self.names.is_backplane(name)])


class Keithley707B(Keithley3706A):
    """One 707B with a 7174A card in slot 1, whose rows are letters."""

    specification: ClassVar[SwitchSpecification] = K707B
    model: ClassVar[str] = "707B"
    firmware: ClassVar[str] = "01.12a"
    missing: ClassVar[tuple[str, ...]] = (
        "channel.trigger[N].*", "fs.*", "io.*", "lan.config.*", "lan.status.*", "os.*", "scan.*", "setup.*", "tspnet.*",
        "upgrade.*",
    )  # fmt: skip
