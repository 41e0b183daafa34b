"""A virtual Keithley 2636B, and a 2602B by data: two SMUs in one case, spoken to in Lua (manual 2600BS-901-01).

What it knows is in the tree that `grow` hangs together; scripts run in a worker process (`tsp_host`). Its serial
number begins with SMTJ, so that software can tell the truth about what it measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from smtjlab.instruments.keithley_2636b_specification import K2602B, K2636B, TspSourceMeterSpecification
from smtjlab.instruments.limits import HAZARDOUS

from . import keithley_2636b_channel
from .hidden_errors import HiddenErrors
from .keithley_2636b_buffer import MOST_BUFFERS, Buffer, define_buffers
from .keithley_2636b_channel import Channel
from .keithley_2636b_source import compliance, forbidden
from .keithley_2636b_trigger import event_constants
from .status import OPERATION_COMPLETE
from .tsp_common import CHANNEL_DISPLAY, mount_common, printed_columns, shelf_at
from .tsp_events import Events, mount_events
from .tsp_instrument import TspInstrument
from .tsp_parameter import BUFFER, Number, TspError
from .tsp_status import INTERLOCK, TspStatus, mount_registers
from .tsp_tree import Function, Lines, Made, Tree

if TYPE_CHECKING:
    from .world import World

CHANNELS = "ab"
LONGEST_WAIT = 3600.0
"""Seconds of bench time that `waitcomplete()` waits for a trigger model; one that hears nothing waits for ever."""
SHORT_WAIT = 1.0
"""Seconds of imagined time that a poll lets pass while a trigger model waits for an event."""


class Keithley2636B(TspInstrument):
    """One 2636B on a bench. Everything is called with the world's lock held."""

    specification: ClassVar[TspSourceMeterSpecification] = K2636B
    model: ClassVar[str] = K2636B.model
    missing: ClassVar[tuple[str, ...]] = (
        "smuX.cal.*", "smuX.contact.*", "smuX.savebuffer()", "smuX.source.calibrateY()", "smuX.measure.calibrateY()",
        "display.loadmenu.*", "display.input*()", "display.menu()", "display.prompt()", "fs.*", "gpib.address", "io.*",
        "lan.config.*", "lan.status.*", "os.*", "serial.*", "setup.*", "status.system.*", "tspnet.*",
        "status.*.trigger_overrun.*", "KIPulse",
    )  # fmt: skip

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.registers = TspStatus(self.status, CHANNELS)
        self.events = Events(self)
        self.channels = {letter: Channel(self, letter) for letter in CHANNELS}
        dedicated = [buffer for channel in self.channels.values() for buffer in channel.buffers]
        self._buffers = dict(enumerate(dedicated, 1))
        self._next_handle = len(dedicated) + 1
        self._mark_when_done = False
        self._looked: set[str] = set()
        """Registers that the present message has looked at."""
        for channel in self.channels.values():
            channel.apply()

    @classmethod
    def grow(cls, tree: Tree) -> None:
        """Hang the model's objects into `tree`."""
        mount_common(tree, cls.model, cls.firmware)
        mount_events(tree)
        mount_registers(tree, CHANNELS)
        tree.mount("", [
            Function("printbuffer", _print_buffer, (Number(), Number(), BUFFER), repeats=True),
        ], lambda twin: twin)  # fmt: skip
        define_buffers(tree, lambda twin, handle: twin.buffer(handle))
        for place, letter in enumerate(CHANNELS):
            path = f"smu{letter}"
            tree.mount(path, keithley_2636b_channel.members(cls.specification), _channel(letter), "smuX")
            tree.mount(f"{path}.trigger", event_constants(letter), _channel(letter), "smuX.trigger")
            tree.mount(f"display.{path}", CHANNEL_DISPLAY, shelf_at(f"display.{path}"), "display.smuX")
            for number in (1, 2):
                tree.place(f"{path}.nvbuffer{number}", "bufferVar", 2 * place + number)

    @property
    def has_interlock(self) -> bool:
        """Return whether the model has one: where a range is hazardous."""
        return self.specification.source_voltage[-1].range > HAZARDOUS

    def open_interlock(self) -> None:
        """Let the interlock open: a channel in its 200 V range goes off, the other stays."""
        self.interlock_open = True
        for channel in self.channels.values():
            if forbidden(channel) and channel.source.output:
                channel.stop()
                channel.source.output = False
                channel.apply()

    @property
    def output_is_on(self) -> bool:
        """Return whether the output of any channel is on."""
        return any(channel.source.output for channel in self.channels.values())

    # Buffers

    def buffer(self, handle: int) -> Buffer:
        """Return the reading buffer of a handle; 4903 where it is gone."""
        if handle not in self._buffers:
            raise TspError(4903)
        return self._buffers[handle]

    def make_buffer(self, capacity: int) -> Made:
        """Return a new reading buffer for a script (-225 where scripts hold too many)."""
        if len(self._buffers) >= MOST_BUFFERS:
            raise TspError(-225)
        handle = self._next_handle
        self._next_handle += 1
        self._buffers[handle] = Buffer(capacity, self.count_readings)
        return Made("bufferVar", handle)

    def forget(self, handles: tuple[int, ...]) -> None:
        """Drop buffers that no script holds any longer."""
        for handle in handles:
            if handle > len(CHANNELS) * 2:
                self._buffers.pop(handle, None)

    @property
    def meters(self) -> Sequence[HiddenErrors]:
        """Return what turns truth into readings and levels into truth, in both channels."""
        return [channel.errors for channel in self.channels.values()]

    # Status

    def refresh(self) -> None:
        """Bring the conditions of all channels up to date."""
        for letter, channel in self.channels.items():
            limited = compliance(channel)
            volts = channel.source.function == 1
            put = self.registers.put
            put("measurement", letter, "VOLTAGE_LIMIT", limited and not volts)
            put("measurement", letter, "CURRENT_LIMIT", limited and volts)
            put("measurement", letter, "READING_OVERFLOW", channel.overflowed)
            put("measurement", letter, "BUFFER_AVAILABLE", any(buffer.entries for buffer in channel.buffers))
            put("operation", letter, "SWEEPING", channel.sweeping or channel.unseen)
            put("operation", letter, "MEASURING", channel.busy and not channel.sweeping)
        self.registers.registers["measurement"].put(INTERLOCK, not self.interlock_open and self.has_interlock)
        self._finish()

    def look(self, path: str, read: Callable[[], int]) -> int:
        """Return what `read` finds, conditions fresh. A sweep is seen sweeping once, however short it was.

        Two looks at one register in one message are a script that polls; the end of a message is a client that does.
        """
        if path in self._looked:
            self.message_ends()
        self.refresh()
        if not path.startswith("measurement"):
            self._looked.add(path)
        return read()

    def message_ends(self) -> None:
        """Let imagined time pass where somebody has looked whether an operation has ended."""
        if self._looked:
            if any(path.startswith("operation") for path in self._looked):
                for channel in self.channels.values():
                    channel.unseen = False
            self._looked.clear()
            self.was_polled()

    def count_readings(self, buffer: Buffer) -> int:
        """Return how many readings a buffer holds; who asks is polling."""
        if "n" in self._looked:
            self.message_ends()
        self._looked.add("n")
        return len(buffer.entries)

    def reset_status(self) -> None:
        """Do what `status.reset()` does."""
        super().reset_status()
        self.registers.reset()

    def _finish(self) -> None:
        """Mark completion where `*OPC` waits for it and nothing is under way any longer."""
        if self._mark_when_done and not any(channel.busy for channel in self.channels.values()):
            self._mark_when_done = False
            self.status.event |= OPERATION_COMPLETE
        self.status.update()

    # What is under way

    def wait_for(self, channel: Channel) -> None:
        """Wait until a channel's operation has ended, at most an hour, or until the script is aborted."""
        waited = 0.0
        step = LONGEST_WAIT if self.world.jumps else 0.05
        while channel.busy and channel.operation is not None and waited < LONGEST_WAIT and not self._aborted:
            before = self.world.time
            self.world.wait_for(channel.operation, step)
            waited += max(self.world.time - before, 1e-9)

    def wait_for_operations(self) -> None:
        """Return when no sweep and no overlapped measurement is under way."""
        for channel in self.channels.values():
            self.wait_for(channel)
            channel.unseen = False
        self.refresh()

    def when_operations_end(self, mark: bool) -> None:
        """Set the operation-complete bit as soon as nothing is under way."""
        self._mark_when_done = mark
        self._finish()

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the operation done."""
        if self.world.jumps:
            for channel in self.channels.values():
                if channel.busy and channel.operation is not None:
                    longest = SHORT_WAIT if channel.trigger.waiting else LONGEST_WAIT
                    self.world.wait_for(channel.operation, longest)
            self._finish()

    def trigger(self) -> None:
        """Do what `*TRG` does: an event that trigger models may hear."""
        self.events.fire(1)

    def device_clear(self) -> None:
        """Abort the script, sweeps and overlapped measurements; levels and outputs stay."""
        super().device_clear()
        for channel in self.channels.values():
            channel.stop()

    # Its life

    def reset(self) -> None:
        """Return to the settings after `reset()`, outputs off; readings, scripts, status and queue stay."""
        for channel in self.channels.values():
            channel.reset()
        super().reset()

    def power_cycle(self) -> None:
        """Switch off and on: readings and what scripts hold are lost too."""
        super().power_cycle()
        self.registers = TspStatus(self.status, CHANNELS)
        for channel in self.channels.values():
            for buffer in channel.buffers:
                buffer.clear()


class Keithley2602B(Keithley2636B):
    """The same with the ranges of a 2602B: 40 V and 3 A."""

    specification: ClassVar[TspSourceMeterSpecification] = K2602B
    model: ClassVar[str] = K2602B.model


def _channel(letter: str) -> Callable[[Any], Channel]:
    def of(twin: Any) -> Channel:
        channel: Channel = twin.channels[letter]
        return channel

    return of


def _print_buffer(twin: Keithley2636B, first: float, last: float, *shown: tuple[int, str]) -> Lines:
    return printed_columns(
        twin, first, last, [twin.buffer(handle).column(column or "readings") for handle, column in shown]
    )
