"""An instrument of a virtual bench, whatever language it speaks: a message in, an answer out, in a world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from .hidden_errors import HiddenErrors
from .scpi import ScpiError
from .status import OPERATION_COMPLETE, Status

if TYPE_CHECKING:
    from .world import Doing, World

T = TypeVar("T")


class DeviceCleared(Exception):
    """A device clear has ended what an instrument was doing for a message."""


@dataclass(frozen=True, slots=True)
class Supported:
    """One line of a model's table of commands, for its page in the documentation."""

    command: str
    """As the manual writes it."""
    forms: str
    """`write`, `query` or both; empty where the language has no such difference."""
    note: str = ""
    """What it does, where the command does not say it."""
    arguments: str = ""
    """What it takes, with limits and units."""


class Twin:
    """One instrument on a bench. Everything is called with the world's lock held."""

    terminator: ClassVar[str] = "\n"
    """What ends each answer."""
    missing: ClassVar[tuple[str, ...]] = ()
    """Commands of the real one that this one refuses, for its page in the documentation."""
    cables: ClassVar[Mapping[str, type[Twin]]] = {}
    """What the end of each cable of its own must be: by the terminal that the bench file names, `digital`."""
    clears: int = 0
    """Device clears so far. One that comes amid a message throws the rest of it away (IEEE 488.2, section 5.8)."""

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        """Switch the instrument `name` on; `number` is its serial number, `seed` the bench's."""
        self.name = name
        self.world = world
        self.seed = seed
        self.number = number
        self.status = self.fresh_status()
        self.interlock_open = False
        """Whether the interlock forbids the output."""

    @property
    def meters(self) -> Sequence[HiddenErrors]:
        """Return what turns truth into readings and levels into truth, in all channels: faults strike there."""
        errors = getattr(self, "errors", None)
        return (errors,) if isinstance(errors, HiddenErrors) else ()

    @property
    def serial_number(self) -> str:
        """Return the serial number, by which software can tell an imitation from metal."""
        return f"SMTJ{self.number:04d}"

    def execute(self, message: str) -> str | None:
        """Carry out one message, given without its terminator; return the answer without its own, or None."""
        raise TypeError(f"A twin must speak a language, but {type(self).__name__} speaks none.")

    def carry_out(self, doing: Doing[T]) -> T:
        """Do something for a message to its end and return its outcome; DeviceCleared where a clear comes first."""
        return self.world.carry_out(self._until_cleared(doing))

    def _until_cleared(self, doing: Doing[T]) -> Doing[T]:
        clears = self.clears
        while True:
            try:
                seconds = next(doing)
            except StopIteration as end:
                outcome: T = end.value
                return outcome
            yield seconds
            if self.clears != clears:
                doing.close()
                raise DeviceCleared

    @property
    def output_is_on(self) -> bool:
        """Return whether anything comes out of the instrument."""
        return False

    @property
    def drives(self) -> bool:
        """Return whether this is a model that has an output at all."""
        return type(self).output_is_on is not Twin.output_is_on

    @classmethod
    def supported(cls) -> list[Supported]:
        """Return the table of commands, for the documentation."""
        return []

    def reset(self) -> None:
        """Return to the settings after `*RST`; status, queue and non-volatile settings stay."""

    def fresh_status(self) -> Status:
        """Return the status of an instrument that was switched on just now."""
        return Status()

    def power_cycle(self) -> None:
        """Switch the instrument off and on: settings, status and queue are those of a fresh one, the output is off.

        Whoever listens for service requests hears them further on.
        """
        self.reset()
        requests = self.status.on_service_request
        self.status = self.fresh_status()
        self.status.on_service_request = requests

    def device_clear(self) -> None:
        """Abort what is under way; settings and status stay."""

    def wait_for_operations(self) -> None:
        """Return when no overlapped operation is under way."""

    def when_operations_end(self, mark: bool) -> None:
        """Set the operation-complete bit as soon as no operation is under way (`*OPC`)."""
        if mark:
            self.mark_complete()

    def mark_complete(self) -> None:
        """Set the operation-complete bit."""
        self.status.event |= OPERATION_COMPLETE
        self.status.update()

    def was_polled(self) -> None:
        """Somebody has asked whether an operation has ended."""

    def trigger(self) -> None:
        """Do what `*TRG` or a bus trigger does."""
        raise ScpiError(-211)

    def open_interlock(self) -> None:
        """Let the interlock open: what comes out goes off, and stays off."""
        self.interlock_open = True
        self.reset()

    def lose_field(self) -> None:
        """Notice that the magnet at the output has quenched: the output goes off by itself."""

    def close(self) -> None:
        """Give back what the instrument holds outside this process."""
