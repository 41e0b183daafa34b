"""Events of a TSP instrument: detectors hear them, blenders and timers make new ones, lines stand for the outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .tsp_parameter import Anything, Flag, Number, Numbers, OneOf, TspError
from .tsp_tree import Attribute, Constant, Function, Member, Tree

if TYPE_CHECKING:
    from .tsp_instrument import TspInstrument
    from .world import Doing

BUS_TRIGGER, BLENDER, TIMER, GENERATOR, DIGIO, TSPLINK, LAN, DISPLAY = 1, 40, 50, 60, 70, 90, 100, 120
"""Event numbers: of `*TRG`, and one below the first of each kind."""
BLENDERS, TIMERS, GENERATORS, DIGIO_LINES, TSPLINK_LINES, LAN_LINES = 6, 8, 2, 14, 3, 8
DEEPEST = 32
"""Events that one event may cause in a row: blenders can be joined to a ring."""
POLL = 1e-3
"""Seconds of bench time between the first two looks of somebody who waits for an event; then it doubles."""
LONGEST_POLL = 0.1


@dataclass(slots=True, eq=False)
class Detector:
    """Hears one event and remembers it until somebody takes it."""

    stimulus: int = 0
    latched: bool = False
    overrun: bool = False
    react: Callable[[], None] | None = None

    def hear(self) -> None:
        """Note that the event has happened."""
        self.overrun = self.overrun or self.latched
        self.latched = True
        if self.react is not None:
            self.react()

    def take(self) -> bool:
        """Return whether the event has happened, and forget it."""
        latched, self.latched = self.latched, False
        return latched

    def clear(self) -> None:
        """Forget event and overrun."""
        self.latched = self.overrun = False


@dataclass(slots=True, eq=False)
class Blender:
    """Makes one event of up to four: when any has happened, or all."""

    detectors: list[Detector] = field(default_factory=lambda: [Detector() for _ in range(4)])
    either: bool = False


@dataclass(slots=True, eq=False)
class Timer:
    """Makes an event after a delay, `count` times."""

    delays: list[float] = field(default_factory=lambda: [10e-6])
    count: int = 1
    passthrough: bool = False


class Events:
    """Everything in one instrument that makes or hears events."""

    def __init__(self, instrument: TspInstrument) -> None:
        self.instrument = instrument
        self.listeners: list[Detector] = []
        self._depth = 0
        self.bus = self.detector(BUS_TRIGGER)
        self.seen: dict[int, Detector] = {}
        """Detectors that latch what a source of events makes, for `wait()` and `overrun`."""
        self.blenders = [self._blender(BLENDER + place) for place in range(1, BLENDERS + 1)]
        self.timers = [self._timer(TIMER + place) for place in range(1, TIMERS + 1)]

    def detector(self, stimulus: int = 0, react: Callable[[], None] | None = None) -> Detector:
        """Return a new detector that listens."""
        made = Detector(stimulus, react=react)
        self.listeners.append(made)
        return made

    def fire(self, event: int) -> None:
        """Let an event happen."""
        if self._depth < DEEPEST:
            self._depth += 1
            for listener in self.listeners:
                if listener.stimulus == event:
                    listener.hear()
            self._depth -= 1

    def source(self, event: int) -> Detector:
        """Return the detector that remembers whether an event was made."""
        if event not in self.seen:
            self.seen[event] = self.detector(event)
        return self.seen[event]

    def wait(self, detector: Detector, timeout: float) -> bool:
        """Let time pass until the event has happened; return whether it has."""
        step = POLL
        while not detector.latched and timeout > 0:
            step = min(step, timeout)
            before = self.instrument.world.time
            self.instrument.pass_time(step)
            if self.instrument.world.time == before:
                break  # the script was aborted
            timeout -= step
            step = min(2 * step, LONGEST_POLL)
        return detector.take()

    def _blender(self, event: int) -> Blender:
        blender = Blender()

        def heard() -> None:
            wired = [one for one in blender.detectors if one.stimulus]
            if blender.either or all(one.latched for one in wired):
                for one in wired:
                    one.clear()
                self.fire(event)

        for one in blender.detectors:
            one.react = heard
            self.listeners.append(one)
        return blender

    def _timer(self, event: int) -> tuple[Timer, Detector]:
        timer = Timer()

        def run() -> Doing[None]:
            for place in range(timer.count):
                yield timer.delays[min(place, len(timer.delays) - 1)]
                self.fire(event)

        def started() -> None:
            if timer.passthrough:
                self.fire(event)
            self.instrument.world.start(run())

        return timer, self.detector(react=started)


STIMULUS = Number(0, 1000, whole=True)
TIMEOUT = Number(0, 1e6)


def _source_members(event: int) -> list[Member]:
    """Return what every source of an event has, of the instrument's events."""
    return [
        Constant("EVENT_ID", event),
        Function("clear", lambda events: events.source(event).clear()),
        Function("wait", lambda events, timeout: events.wait(events.source(event), timeout), (TIMEOUT,)),
        Attribute("overrun", lambda events: events.source(event).overrun),
    ]


def _stimulus(of: Callable[[Any], Detector], name: str = "stimulus") -> Attribute:
    return Attribute(name, lambda owner: of(owner).stimulus, lambda owner, event: _listen(of(owner), event), STIMULUS)


def _listen(detector: Detector, event: float) -> None:
    detector.stimulus = int(event)
    detector.clear()


def _delays(timer: Timer, values: list[float]) -> None:
    if values and all(0 <= value <= 1e5 for value in values):
        timer.delays = values


def _mount_timer(tree: Tree, place: int) -> None:
    event = TIMER + place

    def timer(twin: Any) -> Timer:
        found: Timer = twin.events.timers[place - 1][0]
        return found

    tree.mount(f"trigger.timer[{place}]", [
        Attribute("delay", lambda timer: timer.delays[0], lambda timer, value: _delays(timer, [value]),
                  Number(5e-7, 1e5)),
        Attribute("delaylist", lambda timer: dict(enumerate(timer.delays, 1)), _delays, Numbers()),
        Attribute("count", lambda timer: timer.count, lambda timer, count: setattr(timer, "count", int(count)),
                  Number(1, 1_048_575, whole=True)),
        Attribute("passthrough", lambda timer: timer.passthrough,
                  lambda timer, on: setattr(timer, "passthrough", on), Flag()),
    ], timer, "trigger.timer[N]")  # fmt: skip
    tree.mount(f"trigger.timer[{place}]", [_stimulus(lambda events: events.timers[place - 1][1])],
               lambda twin: twin.events, "trigger.timer[N]")  # fmt: skip
    tree.mount(f"trigger.timer[{place}]", _source_members(event), lambda twin: twin.events, "trigger.timer[N]")


def _mount_blender(tree: Tree, place: int) -> None:
    path, label = f"trigger.blender[{place}]", "trigger.blender[N]"

    def blender(twin: Any) -> Blender:
        found: Blender = twin.events.blenders[place - 1]
        return found

    tree.mount(path, [
        Attribute("orenable", lambda blender: blender.either, lambda blender, on: setattr(blender, "either", bool(on)),
                  Anything(), "whether one event is enough"),
    ], blender, label)  # fmt: skip
    tree.mount(path, _source_members(BLENDER + place), lambda twin: twin.events, label)

    def detector(place: tuple[Blender, float]) -> Detector:
        return place[0].detectors[_fourth(place[1])]

    element = _stimulus(detector)
    tree.indexed(tree.at(f"{path}.stimulus"), element, lambda twin, _: blender(twin), put=True)


def _fourth(key: float) -> int:
    if key not in (1, 2, 3, 4):
        raise TspError(-222)
    return round(key) - 1


def _mount_line(tree: Tree, path: str, label: str, event: int) -> None:
    """Hang a line to the outside: nothing is wired to it, but it can be set up, asserted and waited for."""
    shelf = lambda twin: twin.shelf(path)  # noqa: E731  # an attribute of one object
    tree.mount(path, [
        Attribute("mode", lambda own: own.get("mode", 0), lambda own, mode: own.__setitem__("mode", mode),
                  OneOf(tuple(range(9)))),
        Attribute("pulsewidth", lambda own: own.get("pulsewidth", 1e-5),
                  lambda own, width: own.__setitem__("pulsewidth", width), Number(0, 1e5)),
        Attribute("stimulus", lambda own: own.get("stimulus", 0),
                  lambda own, stimulus: own.__setitem__("stimulus", stimulus), STIMULUS),
        Function("release", lambda own: None),
        Function("reset", lambda own: own.clear()),
    ], shelf, label)  # fmt: skip
    tree.mount(path, [*_source_members(event), Function("assert", lambda events: events.fire(event))],
               lambda twin: twin.events, label)  # fmt: skip


def mount_events(tree: Tree) -> None:
    """Hang `trigger`, and the triggers of the digital lines, the TSP-Link, the network and the display into a tree."""
    tree.mount("trigger", _source_members(BUS_TRIGGER)[:3], lambda twin: twin.events)
    for place in range(1, BLENDERS + 1):
        _mount_blender(tree, place)
    for place in range(1, TIMERS + 1):
        _mount_timer(tree, place)
    for place in range(1, GENERATORS + 1):
        members = [*_source_members(GENERATOR + place),
                   Function("assert", lambda events, event=GENERATOR + place: events.fire(event))]  # fmt: skip
        tree.mount(f"trigger.generator[{place}]", members, lambda twin: twin.events, "trigger.generator[N]")
    for kind, event, count in (
        ("digio", DIGIO, DIGIO_LINES), ("tsplink", TSPLINK, TSPLINK_LINES), ("lan", LAN, LAN_LINES),
    ):  # fmt: skip
        for place in range(1, count + 1):
            _mount_line(tree, f"{kind}.trigger[{place}]", f"{kind}.trigger[N]", event + place)
    tree.mount("display.trigger", _source_members(DISPLAY), lambda twin: twin.events)
