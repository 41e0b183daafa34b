"""The trigger model of one channel of a virtual 2636B: arm and trigger layer, events before each action, sweeps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.keithley_2636b_specification import TspSourceMeterSpecification

from .keithley_2636b_buffer import Buffer
from .keithley_2636b_measure import entry, taking
from .keithley_2636b_source import VOLTS
from .tsp_events import LONGEST_POLL, POLL, STIMULUS, Detector, Events
from .tsp_parameter import BUFFER, ON_OFF, Number, Numbers, OneOf, TspError
from .tsp_tree import Attribute, Constant, Function, Member

if TYPE_CHECKING:
    from .keithley_2636b_channel import Channel
    from .world import Doing

LONGEST_SWEEP = 100_000
"""Points of a sweep."""
LAYER_TIME = 25e-6
"""Seconds that each layer takes (of the order of the fastest sweeps of the data sheet)."""
EVENT_NAMES = ("SWEEPING", "ARMED", "SOURCE_COMPLETE", "MEASURE_COMPLETE", "PULSE_COMPLETE", "SWEEP_COMPLETE", "IDLE")
FIRST_EVENT = {"a": 10, "b": 20}
"""Number of the first event of each channel."""
LAYERS = ("arm", "source", "measure", "endpulse")


class TriggerModel:
    """Settings and detectors of one channel's trigger model."""

    def __init__(self, events: Events) -> None:
        self.detectors = {layer: events.detector() for layer in LAYERS}
        self.running = self.waiting = False
        self.reset()

    def reset(self) -> None:
        """Return to the settings after a reset."""
        for detector in self.detectors.values():
            detector.stimulus = 0
            detector.clear()
        self.arm_count = self.count = 1
        self.source_action = self.measure_action = self.endpulse_action = self.endsweep_action = 0
        self.autoclear = 0
        self.limits = {"v": 0.0, "i": 0.0}
        self.levels: list[float] = []
        self.level_function = VOLTS
        self.letters = ""
        self.buffers: list[tuple[int, str]] = []


def event(channel: Channel, name: str) -> int:
    """Return the number of one of a channel's events."""
    return FIRST_EVENT[channel.letter] + EVENT_NAMES.index(name)


def check(channel: Channel) -> None:
    """Refuse a sweep that cannot run: no levels, the other quantity, levels beyond a fixed range."""
    model = channel.trigger
    if not model.source_action:
        return
    active = channel.source.active
    if not model.levels or model.level_function != channel.source.function:
        raise TspError(-221)
    if active.fixed is not None and not all(active.fixed.holds(level) for level in model.levels):
        raise TspError(5005)


def running_model(channel: Channel) -> Doing[None]:
    """Run arm and trigger layer to their end, then be idle."""
    model = channel.trigger
    buffers = [channel.twin.buffer(handle) for handle, _ in model.buffers] if model.measure_action else []
    for buffer in buffers:
        buffer.begin()
    override = model.limits["i" if channel.source.function == VOLTS else "v"]
    channel.limit_override = override if model.source_action and override > 0 else None
    _tell(channel, "SWEEPING")
    for _ in _times(model.arm_count):
        yield from _await(model, model.detectors["arm"])
        _tell(channel, "ARMED")
        for point in _times(model.count):
            yield from _cycle(channel, point, buffers)
        if not model.endsweep_action:
            _return_to_bias(channel)
        _tell(channel, "SWEEP_COMPLETE")
    _rest(channel)
    _tell(channel, "IDLE")


def _cycle(channel: Channel, point: int, buffers: list[Buffer]) -> Doing[None]:
    """Carry out source, measure and end-pulse action once, each when its event has come."""
    model = channel.trigger
    yield from _await(model, model.detectors["source"])
    if model.source_action:
        channel.source.active.override = model.levels[point % len(model.levels)]
        channel.source.changed = True
        channel.apply()
        yield channel.twin.specification.settling
    _tell(channel, "SOURCE_COMPLETE")
    yield from _await(model, model.detectors["measure"])
    if model.measure_action and model.letters:
        taken = yield from taking(channel)
        for letter, buffer in zip(model.letters, buffers, strict=False):
            if len(buffer.entries) < buffer.capacity or not buffer.fills_once:
                buffer.add(entry(channel, letter, taken))
    _tell(channel, "MEASURE_COMPLETE")
    yield from _await(model, model.detectors["endpulse"])
    if model.source_action and not model.endpulse_action:
        _return_to_bias(channel)
    _tell(channel, "PULSE_COMPLETE")


def _times(count: int) -> Any:
    """Return the passes of a layer; 0 means for ever."""
    return iter(int, 1) if count == 0 else range(count)


def _await(model: TriggerModel, detector: Detector) -> Doing[None]:
    """Wait for the event of a layer; without a stimulus nothing is waited for."""
    if not detector.stimulus:
        # A layer that is asked for nothing still lets time pass: an endless one must not stop the world.
        yield LAYER_TIME
        return
    step = POLL
    model.waiting = True
    while not detector.take():
        yield step
        step = min(2 * step, LONGEST_POLL)
    model.waiting = False


def _tell(channel: Channel, name: str) -> None:
    channel.twin.events.fire(event(channel, name))


def _return_to_bias(channel: Channel) -> None:
    if channel.source.active.override is not None:
        channel.source.active.override = None
        channel.apply()


def _rest(channel: Channel) -> None:
    """Be idle: a held level stays as the programmed one."""
    active = channel.source.active
    active.level, active.override = active.sourced, None
    channel.limit_override = None
    channel.trigger.running = False
    channel.apply()
    channel.twin.refresh()


# Sweeps


def _set_levels(channel: Channel, letter: str, levels: list[float]) -> None:
    specification = channel.twin.specification
    table = specification.source_voltage if letter == "v" else specification.source_current
    if not levels or len(levels) > LONGEST_SWEEP:
        raise TspError(-223 if levels else -220)
    if not all(table[-1].holds(level) for level in levels):
        raise TspError(1102)
    channel.refuse_while_sweeping()
    channel.trigger.levels = levels
    channel.trigger.level_function = int(letter == "v")


def _linear(letter: str) -> Callable[[Channel, float, float, float], None]:
    def call(channel: Channel, start: float, stop: float, points: float) -> None:
        steps = max(int(points) - 1, 1)
        levels = [start + (stop - start) * place / steps for place in range(int(points))]
        _set_levels(channel, letter, levels)

    return call


def _logarithmic(letter: str) -> Callable[..., None]:
    def call(channel: Channel, start: float, stop: float, points: float, asymptote: float = 0.0) -> None:
        first, last = start - asymptote, stop - asymptote
        if first * last <= 0:
            raise TspError(-220)
        steps = max(int(points) - 1, 1)
        ratio = math.log(last / first) / steps
        _set_levels(channel, letter, [asymptote + first * math.exp(ratio * place) for place in range(int(points))])

    return call


def _measures(letters: str) -> Callable[..., None]:
    def call(channel: Channel, *buffers: tuple[int, str]) -> None:
        channel.refuse_while_sweeping()
        for handle, _ in buffers:
            channel.twin.buffer(handle)
        channel.trigger.letters, channel.trigger.buffers = letters, list(buffers)

    return call


def _plain(name: str, field: str, takes: Number | OneOf, note: str = "") -> Attribute:
    return Attribute(
        f"trigger.{name}",
        lambda channel: getattr(channel.trigger, field),
        lambda channel, value: setattr(channel.trigger, field, int(value)),
        takes,
        note,
    )


def _layer(layer: str) -> list[Member]:
    def of(channel: Channel) -> Detector:
        return channel.trigger.detectors[layer]

    def listen(channel: Channel, stimulus: float) -> None:
        of(channel).stimulus = int(stimulus)
        of(channel).clear()

    return [
        Attribute(f"trigger.{layer}.stimulus", lambda channel: of(channel).stimulus, listen, STIMULUS),
        Function(f"trigger.{layer}.set", lambda channel: of(channel).hear(), note="as if the event had happened"),
    ]


def _sweeps(letter: str) -> list[Member]:
    points = Number(1, LONGEST_SWEEP, whole=True)
    limit = Attribute(
        f"trigger.source.limit{letter}",
        lambda channel: channel.trigger.limits[letter],
        lambda channel, value: channel.trigger.limits.__setitem__(letter, value),
        Number(0, 202.0),
        "0 is LIMIT_AUTO: the limit of the source",
    )
    return [
        Function(f"trigger.source.linear{letter}", _linear(letter), (Number(), Number(), points)),
        Function(f"trigger.source.log{letter}", _logarithmic(letter), (Number(), Number(), points, Number()), needed=3),
        Function(f"trigger.source.list{letter}", lambda channel, levels: _set_levels(channel, letter, levels),
                 (Numbers(),)),
        limit,
    ]  # fmt: skip


def members(model: TspSourceMeterSpecification) -> list[Member]:
    """Return what hangs at `smuX.trigger`."""
    found: list[Member] = [
        _plain("count", "count", Number(0, LONGEST_SWEEP, whole=True), "0 for ever"),
        _plain("arm.count", "arm_count", Number(0, LONGEST_SWEEP, whole=True), "0 for ever"),
        _plain("autoclear", "autoclear", ON_OFF),
        _plain("source.action", "source_action", ON_OFF),
        _plain("measure.action", "measure_action", OneOf((0, 1, 2))),
        _plain("endpulse.action", "endpulse_action", ON_OFF, "SOURCE_IDLE (0) or SOURCE_HOLD (1)"),
        _plain("endsweep.action", "endsweep_action", ON_OFF, "SOURCE_IDLE (0) or SOURCE_HOLD (1)"),
        Function("trigger.initiate", lambda channel: channel.initiate()),
        *_sweeps("v"), *_sweeps("i"),
    ]  # fmt: skip
    for layer in LAYERS:
        found += _layer(layer)
    for letters in ("v", "i", "r", "p", "iv"):
        found.append(Function(f"trigger.measure.{letters}", _measures(letters), (BUFFER,) * len(letters)))
    return found


def event_constants(letter: str) -> list[Member]:
    """Return the names of one channel's events."""
    return [Constant(f"{name}_EVENT_ID", FIRST_EVENT[letter] + place) for place, name in enumerate(EVENT_NAMES)]
