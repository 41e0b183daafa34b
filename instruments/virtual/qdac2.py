"""A virtual QDevil QDAC-II, many gates at once: what its driver, and anybody else's, meets on the wire.

Chosen among sources with many channels because QCoDeS's contributed package drives it, it speaks SCPI over a TCP port
of its own (5025), each of its 24 outputs has a slew rate, and each measures its own current. Commands are those of that
driver and of the command reference, as far as the tables say; everything else answers -113. Channel n is the terminal
`ch<n>`, all share `lo`. Outputs have no switch: off is 0 V.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from smtjlab.instruments.qdac2_specification import CHANNELS, MEASURE_CURRENT, SOURCE_VOLTAGE

from . import qdac2_channel, qdac2_generator, qdac2_sense, qdac2_wave
from .command_tree import Command, setting
from .hidden_errors import HiddenErrors
from .parameter import Boolean, Choice, Integer, Number
from .qdac2_channel import Channel
from .qdac2_kinds import INTERNAL_TRIGGERS, TriggerName, told
from .scpi_instrument import COMMON, SYSTEM, ScpiInstrument
from .world import World


@dataclass(slots=True)
class OutputTrigger:
    """One trigger output; times in s."""

    source: str = "HOLD"
    width: float = 1e-6
    polarity: str = "NORM"
    delay: float = 0.0
    pulses: int = 0
    """Pulses given so far."""


@dataclass(slots=True)
class Clockwork:
    """Clock and synchronisation with other instruments of its kind."""

    source: str = "INT"
    sends: bool = False
    synchronised: int = field(default=0)


def _abort_channel(twin: QDAC2, number: int) -> None:
    """Stop everything that a channel does, where it is."""
    qdac2_generator.abort(twin, number)
    qdac2_sense.abort(twin, number)
    for name in twin.channels[number].waves:
        qdac2_wave.abort(twin, number, name)


def _output_triggers() -> list[Command]:
    """Return the commands of the trigger outputs."""

    def command(tail: str, kind: Number | Choice | TriggerName, name: str) -> Command:
        return Command(
            header=f":OUTPut:TRIGger<1..5>{tail}",
            takes=(kind,),
            write=lambda twin, number, value: setattr(twin.triggers[number], name, value),
            query=lambda twin, number: kind.write(getattr(twin.triggers[number], name)),
        )

    return [
        command(":SOURce", TriggerName(), "source"),
        command(":WIDTh", Number(1e-6, 10, 1e-6, "S"), "width"),
        command(":POLarity", Choice(("NORMal", "INVerted")), "polarity"),
        command(":DELay", Number(0, 3600, 0, "S"), "delay"),
        Command(header=":OUTPut:TRIGger<1..5>:SIGNal", write=lambda twin, number: twin.pulse(number)),
    ]


def _synchronise(twin: QDAC2) -> None:
    twin.clockwork.synchronised += 1


COMMANDS = (
    *(command for command in COMMON if command.header not in (":*LANG", ":*SAV", ":*RCL")),
    *(command for command in SYSTEM if "MEASurement" not in command.header),
    *qdac2_channel.COMMANDS,
    *qdac2_generator.COMMANDS,
    *qdac2_wave.COMMANDS,
    *qdac2_sense.COMMANDS,
    *_output_triggers(),
    told(":ALL:ABORt", _abort_channel, note="stops all generators of a channel"),
    Command(header=":ABORt", write=lambda twin: twin.device_clear(), note="stops everything"),
    Command(header=":TINTernal", takes=(Integer(1, INTERNAL_TRIGGERS[-1], 1),),
            write=lambda twin, number: twin.fire(f"INT{number}"), note="fires an internal trigger"),
    Command(header=":SYSTem:COMMunicate:LAN:MAC", query=lambda twin: f'"049162{twin.number:06X}"'),
    setting(":SYSTem:CLOCk:SOURce", "clockwork.source", Choice(("INTernal", "EXTernal"))),
    setting(":SYSTem:CLOCk:SEND", "clockwork.sends", Boolean()),
    Command(header=":SYSTem:CLOCk:SYNC", write=_synchronise),
    Command(header=":OUTPut:SYNC:SIGNal", write=_synchronise),
)  # fmt: skip
"""Everything that this twin understands."""


class QDAC2(ScpiInstrument):
    """One QDAC-II on a bench. Everything is called with the world's lock held."""

    commands: ClassVar[tuple[Command, ...]] = COMMANDS
    terminals: ClassVar[tuple[str, ...]] = (*(f"ch{number}" for number in CHANNELS), "lo")
    missing: ClassVar[tuple[str, ...]] = (
        ":SOURce<n>:AWG", ":TRACe", ":SOURce<n>:VOLTage:LFRequency", ":OUTPut:TRIGger<n>:TRIGger", ":SYSTem:RESTart",
        ":SYSTem:COMMunicate:LAN, but MAC?", ":DISPlay", ":CALibration", "two waveforms on one channel at a time",
    )  # fmt: skip

    channels: dict[int, Channel]
    triggers: dict[int, OutputTrigger]
    clockwork: Clockwork

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"QDevil, QDAC-II, {self.serial_number}, 13-1.57"
        rng = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        tables = SOURCE_VOLTAGE.values(), MEASURE_CURRENT.values()
        self.errors = {channel: HiddenErrors(rng, tables) for channel in CHANNELS}
        """By channel: each has converters of its own."""
        self._defaults()

    def _defaults(self) -> None:
        self.channels = {number: Channel(number) for number in CHANNELS}
        self.triggers = {number: OutputTrigger() for number in range(1, 6)}
        self.clockwork = Clockwork()
        for number in CHANNELS:
            self.drive(number)

    @staticmethod
    def write_error(code: int, text: str) -> str:
        """Return an entry of the error queue as the QDAC-II answers it."""
        return f'{code}, "{text}"'

    @property
    def output_is_on(self) -> bool:
        """Return whether any channel drives anything but 0 V."""
        return any(channel.present or channel.wave is not None for channel in self.channels.values())

    def port(self, number: int) -> str:
        """Return the port of a channel."""
        return f"{self.name}.ch{number}"

    def wired(self, number: int) -> bool:
        """Return whether anything is wired to a channel."""
        return self.world.netlist.wired_to(self.port(number)) is not None

    def drive(self, number: int) -> None:
        """Let the terminals of a channel follow its state."""
        qdac2_channel.drive(self, number)

    # Triggers

    def fire(self, trigger: str) -> None:
        """Start whatever awaits a trigger: BUS, INT<n> or EXT<n>."""
        for number, channel in self.channels.items():
            if channel.dc.trigger == trigger and channel.dc.waiting:
                qdac2_generator.start(self, number)
            if channel.sensor.trigger == trigger and channel.sensor.waiting:
                qdac2_sense.start(self, number)
            for name, generator in channel.waves.items():
                if generator.trigger == trigger and generator.waiting:
                    qdac2_wave.start(self, number, name)
        for number, output in self.triggers.items():
            if output.source == trigger:
                self.pulse(number)

    def pulse(self, number: int) -> None:
        """Give a pulse at a trigger output."""
        self.triggers[number].pulses += 1

    def trigger(self) -> None:
        """Start whatever awaits the bus; nothing may, without an error."""
        self.fire("BUS")

    # What every SCPI instrument does

    def reset(self) -> None:
        """Return to the settings after `*RST`: every channel at 0 V."""
        self.device_clear()
        for number in CHANNELS:
            qdac2_channel.stop_ramp(self, number)
        self._defaults()

    def device_clear(self) -> None:
        """Stop all generators and sensors, where they are."""
        for number in CHANNELS:
            _abort_channel(self, number)
