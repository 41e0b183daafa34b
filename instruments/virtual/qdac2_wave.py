"""The sine, square and triangle generators of a channel of a virtual QDAC-II. The world carries one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .circuit import Wave
from .command_tree import ON_OFF, Command
from .parameter import Choice, Integer, Number
from .qdac2_kinds import INTERNAL_TRIGGERS, OrInfinite, TriggerName, asked, per_channel, told
from .scpi import ScpiError
from .world import Operation

if TYPE_CHECKING:
    from .qdac2 import QDAC2
    from .world import Doing

KEYWORDS = {"SINE": "SINE", "SQU": "SQUare", "TRI": "TRIangle"}
SHAPES = {"SINE": "SIN", "SQU": "SQU", "TRI": "TRI"}
MARKERS = {"STARt": "start", "END": "end", "PSTart": "period_start", "PEND": "period_end"}
LONGEST_REST = 1e9
"""Seconds that stand for a waveform without end."""


@dataclass(slots=True)
class WaveGenerator:
    """Settings and state of one waveform; span and offset in V, times in s."""

    name: str
    frequency: float = 1e3
    span: float = 0.2
    """Distance of the lowest from the highest voltage."""
    offset: float = 0.0
    duty: float = 50.0
    kind: str = "SYMM"
    polarity: str = "NORM"
    count: int = -1
    delay: float = 0.0
    slew: float = 2e7
    trigger: str = "IMM"
    continuous: bool = False
    markers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MARKERS.values(), 0))
    waiting: bool = False
    operation: Operation | None = None

    @property
    def running(self) -> bool:
        """Return whether it goes on."""
        return self.operation is not None and not self.operation.done

    @property
    def period(self) -> float:
        """Return the period in s."""
        return 1 / self.frequency

    @property
    def center(self) -> float:
        """Return the middle between lowest and highest voltage."""
        return self.offset + {"POS": self.span / 2, "NEG": -self.span / 2}.get(self.kind, 0.0)

    @property
    def wave(self) -> Wave:
        """Return what it adds to the level, around its mean."""
        phase = 180.0 if self.polarity == "INV" else 0.0
        return Wave(self.frequency, self.span / 2, SHAPES[self.name], phase, self.duty / 100)


def initiate(twin: QDAC2, number: int, name: str) -> None:
    """Make ready for the trigger, which may be immediate; -213 while it runs, -221 while another waveform does."""
    generator = twin.channels[number].waves[name]
    if generator.running:
        raise ScpiError(-213)
    generator.waiting = True
    if generator.trigger == "IMM":
        start(twin, number, name)


def start(twin: QDAC2, number: int, name: str) -> None:
    """Start a waveform."""
    channel = twin.channels[number]
    generator = channel.waves[name]
    if any(other.running for other in channel.waves.values()):
        raise ScpiError(-221, "one waveform at a time is imitated")
    if not channel.range.holds(abs(channel.level + generator.center) + generator.span / 2):
        raise ScpiError(-222)
    generator.waiting = generator.continuous
    generator.operation = twin.world.start(_run(twin, number, name))
    twin.world.catch_up()


def _run(twin: QDAC2, number: int, name: str) -> Doing[None]:
    generator = twin.channels[number].waves[name]
    yield generator.delay
    _mark(twin, generator, "start")
    _put(twin, number, generator.wave, generator.center)
    yield LONGEST_REST if generator.count < 0 else generator.count * generator.period
    _put(twin, number, None, 0.0)
    _mark(twin, generator, "end")


def _mark(twin: QDAC2, generator: WaveGenerator, event: str) -> None:
    if generator.markers[event]:
        twin.fire(f"INT{generator.markers[event]}")


def _put(twin: QDAC2, number: int, wave: Wave | None, center: float) -> None:
    """Let a wave begin or end; its middle is added to the level."""
    channel = twin.channels[number]
    channel.wave, channel.wave_center = wave, center
    twin.drive(number)


def abort(twin: QDAC2, number: int, name: str) -> None:
    """Stop a waveform; its middle goes with it."""
    channel = twin.channels[number]
    generator = channel.waves[name]
    generator.waiting = False
    if generator.running and generator.operation is not None:
        twin.world.abort(generator.operation)
        if channel.wave is not None:
            _put(twin, number, None, 0.0)


def _commands(name: str) -> list[Command]:
    """Return the commands of one kind of waveform."""
    head = f":{KEYWORDS[name]}"

    def of(twin: QDAC2, number: int) -> WaveGenerator:
        return twin.channels[number].waves[name]

    def setting(tail: str, kind: Any, field_name: str) -> Command:
        return per_channel(f"{head}{tail}", kind, field_name,
                           act=lambda twin, number, value: setattr(of(twin, number), field_name, value),
                           read=lambda twin, number: getattr(of(twin, number), field_name))  # fmt: skip

    def marker(keyword: str, event: str) -> Command:
        return per_channel(f"{head}:MARKer:{keyword}", Integer(0, INTERNAL_TRIGGERS[-1], 0), event,
                           act=lambda twin, number, value: of(twin, number).markers.__setitem__(event, value),
                           read=lambda twin, number: of(twin, number).markers[event])  # fmt: skip

    period = Number(2e-6, 1e5, 1e-3, "S")
    return [
        setting("[:VOLTage]:SPAN", Number(0, 20, 0.2, "V"), "span"),
        setting("[:VOLTage]:OFFSet", Number(-10, 10, 0, "V"), "offset"),
        setting("[:VOLTage]:SLEW", OrInfinite(0.01, 2e7, 2e7), "slew"),
        setting(":FREQuency", Number(1e-5, 5e5, 1e3, "HZ"), "frequency"),
        per_channel(f"{head}:PERiod", period, "period",
                    act=lambda twin, number, value: setattr(of(twin, number), "frequency", 1 / value),
                    read=lambda twin, number: of(twin, number).period),
        setting(":DCYCle", Number(0, 100, 50), "duty"),
        setting(":TYPe", Choice(("POSitive", "NEGative", "SYMMetric")), "kind"),
        setting(":POLarity", Choice(("NORMal", "INVerted")), "polarity"),
        setting(":COUNt", Integer(-1, 2**24, -1), "count"),
        setting(":DELay", Number(0, 3600, 0, "S"), "delay"),
        setting(":TRIGger:SOURce", TriggerName(), "trigger"),
        setting(":INITiate:CONTinuous", ON_OFF, "continuous"),
        told(f"{head}:INITiate[:IMMediate]", lambda twin, number: initiate(twin, number, name)),
        told(f"{head}:ABORt", lambda twin, number: abort(twin, number, name)),
        asked(f"{head}:NCLeft", lambda twin, number: str(of(twin, number).count if of(twin, number).running else 0)),
        *(marker(keyword, event) for keyword, event in MARKERS.items()),
    ]  # fmt: skip


COMMANDS = tuple(command for name in KEYWORDS for command in _commands(name))
"""SOURce:SINE, SOURce:SQUare and SOURce:TRIangle."""
