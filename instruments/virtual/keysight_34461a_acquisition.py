"""How a virtual 34461A takes its readings: the trigger system, the reading memory, and what is done to each reading.

States: `idle → waiting for a trigger (BUS, EXT) → measuring → waiting ... → idle`. With the source IMMediate it never
waits. INITiate is overlapped; READ? is not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.specification import OVERFLOW

from .keysight_34461a_format import INFINITE
from .keysight_34461a_functions import OVERLOAD_BITS
from .multimeter_reading import auto_delay, reading
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keysight_34461a import Keysight34461A
    from .world import Doing, Operation

MEMORY = 10_000
"""Readings that the memory holds; one more drives out the oldest."""
MEASURING, WAITING, CHANGED, THRESHOLD = 16, 32, 256, 512
"""Bits of the operation register."""
MEMORY_OVERFLOW = 16384
"""Bit of the questionable register."""


@dataclass(slots=True)
class TriggerSettings:
    """How measurements are triggered, after `*RST`."""

    source: str = "IMM"
    count: float = 1.0
    delay: float = 0.0
    auto_delay: bool = True
    slope: str = "NEG"
    samples: int = 1
    threshold: int = 1
    """Readings in memory that set bit 9 of the operation register."""


@dataclass(slots=True)
class Acquisition:
    """What is being measured, and what has been."""

    twin: Keysight34461A
    memory: deque[float] = field(default_factory=lambda: deque(maxlen=MEMORY))
    operation: Operation | None = None
    waiting: bool = False
    """Whether a trigger must come before it goes on."""
    buffered: bool = False
    """Whether an edge came while it was measuring: one is kept for later."""
    triggers_left: float = 0.0
    mark_when_done: bool = False
    last: tuple[float, str] | None = None
    """The newest reading and the function that it is of."""
    told: int = 0
    """Overload bits that have been set since INITiate."""

    @property
    def measuring(self) -> bool:
        """Return whether readings are being taken."""
        return self.operation is not None and not self.operation.done

    def clear(self) -> None:
        """Forget the readings."""
        self.memory.clear()
        self.twin.status.questionable.lower_condition(MEMORY_OVERFLOW)
        self.twin.status.operation.lower_condition(THRESHOLD)

    # Starting

    def initiate(self) -> None:
        """Leave the idle state; -213 where it has been left already."""
        self._leave_idle()
        if self.twin.triggering.source == "IMM":
            self.start(self.triggers_left)

    def _leave_idle(self) -> None:
        if self.measuring or self.waiting:
            raise ScpiError(-213)
        self.clear()
        self.told, self.buffered = 0, False
        self.twin.status.operation.lower_condition(CHANGED)
        self.triggers_left = self.twin.triggering.count
        self.waiting = self.twin.triggering.source != "IMM"
        if self.waiting:
            self.twin.status.operation.raise_condition(WAITING)

    def triggered(self, source: str) -> None:
        """Take a trigger from the bus or from outside; -211 where nobody waits for it."""
        if not self.waiting or self.twin.triggering.source != source:
            raise ScpiError(-211)
        self.waiting = False
        self.twin.status.operation.lower_condition(WAITING)
        self.start(1.0)

    def edge(self) -> None:
        """Take an edge at the connector Ext Trig; one that comes too early is kept, in idle none is."""
        if self.waiting and self.twin.triggering.source == "EXT":
            self.triggered("EXT")
        elif self.measuring:
            self.buffered = self.twin.triggering.source == "EXT"

    def start(self, triggers: float) -> None:
        """Measure for so many triggers beside whatever else happens."""
        self.operation = self.twin.world.start(self._run(triggers))
        self.twin.world.catch_up()

    def _run(self, triggers: float) -> Doing[None]:
        register = self.twin.status.operation
        register.raise_condition(MEASURING)
        done = 0.0
        while done < triggers:
            yield from self._one_trigger(self.memory)
            done += 0.0 if triggers >= INFINITE else 1.0
        register.lower_condition(MEASURING)
        self.triggers_left -= triggers
        self._end()

    def _one_trigger(self, where: Any) -> Doing[None]:
        trigger = self.twin.triggering
        yield auto_delay(self.twin.active) if trigger.auto_delay else trigger.delay
        for _ in range(trigger.samples):
            value = self.take((yield from reading(self.twin)))
            where.append(value)
            self._tell(value, len(where))

    def _end(self) -> None:
        """Wait for the next trigger, or fall idle."""
        if self.triggers_left > 0 and self.twin.triggering.source != "IMM":
            self.waiting = True
            self.twin.status.operation.raise_condition(WAITING)
            if self.buffered:
                self.buffered = False
                self.triggered("EXT")
        elif self.mark_when_done:
            self.mark_when_done = False
            self.twin.mark_complete()
        self.twin.status.update()

    def abort(self) -> None:
        """Fall idle at once; the readings stay."""
        if self.measuring and self.operation is not None:
            self.twin.world.abort(self.operation)
        self.waiting = self.mark_when_done = self.buffered = False
        self.twin.status.operation.lower_condition(MEASURING | WAITING)

    # One reading

    def take(self, value: float) -> float:
        """Return a reading after null, scaling, limits and statistics."""
        settings = self.twin.active
        if settings.null_on and abs(value) < OVERFLOW:
            if settings.null_auto:
                settings.null, settings.null_auto = value, False
            value -= settings.null
        value = self.twin.mathematics.work(value, self.twin)
        self.last = value, self.twin.function
        return value

    def _tell(self, value: float, stored: int) -> None:
        """Tell the status registers of a reading. An overload sets its bit once per INITiate."""
        status = self.twin.status
        bit = OVERLOAD_BITS[self.twin.active.function.measures]
        if abs(value) >= OVERFLOW and not self.told & bit:
            status.questionable.event |= bit
            self.told |= bit
        if stored >= MEMORY:
            status.questionable.raise_condition(MEMORY_OVERFLOW)
        if stored >= self.twin.triggering.threshold:
            status.operation.raise_condition(THRESHOLD)
        status.update()

    # Reading out

    def read(self) -> Any:
        """Return the readings of a whole measurement.

        -214 where only the bus could trigger it: nothing else is heard before the answer. A trigger from outside may
        come or not: there is no answer yet, as the client learns by its time-out.
        """
        source = self.twin.triggering.source
        if source == "BUS":
            raise ScpiError(-214)
        if self.twin.triggering.count >= INFINITE:
            raise ScpiError(-221, "an infinite count has no end to wait for")
        if source == "EXT":
            self.initiate()
            return None
        self._leave_idle()
        readings: list[float] = []
        self.twin.status.operation.raise_condition(MEASURING)
        for _ in range(int(self.triggers_left)):
            self.twin.carry_out(self._one_trigger(readings))
        self.twin.status.operation.lower_condition(MEASURING)
        self.memory.extend(readings)
        return self.twin.numbers(readings)

    def fetch(self) -> Any:
        """Return all readings once they are taken; -230 where there are none, no answer while a trigger is awaited."""
        if self.triggers_left >= INFINITE and self.measuring:
            raise ScpiError(-221, "an infinite count has no end to wait for")
        self.twin.wait_for_operations()
        if self.waiting:
            return None
        if not self.memory:
            raise ScpiError(-230)
        return self.twin.numbers(list(self.memory))

    def remove(self, count: int) -> list[float]:
        """Return the oldest readings and take them out of the memory."""
        return [self.memory.popleft() for _ in range(min(count, len(self.memory)))]
