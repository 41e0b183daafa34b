"""What the building blocks of a virtual 2450's trigger model do (manual 2450-901-01, `:TRIGger:BLOCk`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .keithley_2450_buffer import MeasureStatus, named
from .keithley_2450_digital import LINES, write_lines
from .keithley_2450_events import happen
from .keithley_2450_lists import recall, side_of
from .keithley_2450_meter import reading
from .keithley_2450_source import output_doing
from .keithley_2450_trigger import STAY, Block, clear_buffer, store
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450
    from .world import Doing

Act = Callable[["Keithley2450", int], "Doing[int | None] | int | None"]


def nop() -> Block:
    """Do nothing."""
    return Block("NO_OPERATION", "", lambda twin, number: None)


def buffer_clear(buffer: str) -> Block:
    """Empty a buffer."""

    def act(twin: Keithley2450, number: int) -> None:
        clear_buffer(twin, named(twin, buffer))

    return Block("BUFFER_CLEAR", f"BUFFER: {buffer}", act)


def measure(buffer: str, count: int) -> Block:
    """Take readings into a buffer."""

    def act(twin: Keithley2450, number: int) -> Doing[int | None]:
        kept, group = named(twin, buffer), MeasureStatus.START_GROUP
        for _ in range(count):
            one = yield from reading(twin, group)
            store(twin, kept, one)
            group = MeasureStatus(0)
            for place in (number, 0):
                values = twin.trigger_model.measured.setdefault(place, [])
                values.append(one.value)
                del values[:-2]
        return None

    return Block("MEASURE_DIGITIZE", f"BUFFER: {buffer} COUNT: {count}", act)


def delay(seconds: float) -> Block:
    """Let time pass."""

    def act(twin: Keithley2450, number: int) -> Doing[int | None]:
        yield seconds
        return None

    return Block("DELAY_CONSTANT", f"DELAY: {seconds:.6f}", act)


def user_delay(side: str, place: int) -> Block:
    """Let the time of a user delay pass, of the measurement (MEAS) or of the source (SOUR)."""

    def act(twin: Keithley2450, number: int) -> Doing[int | None]:
        delays = (twin.sense if side == "MEAS" else twin.source).active.user_delays
        yield delays[place - 1]
        return None

    return Block("DELAY_DYNAMIC", f"USER_DELAY: {side}{place}", act)


def source_state(on: bool) -> Block:
    """Switch the output."""
    return Block("SOURCE_OUTPUT", f"OUTPUT: {'ON' if on else 'OFF'}", lambda twin, number: output_doing(twin, on))


def digital_io(pattern: int, mask: int) -> Block:
    """Write a pattern to the digital lines of a mask."""
    return Block("DIGITAL_IO", f"VALUE: {pattern} MASK: {mask}", lambda twin, number: write_lines(twin, pattern, mask))


ALL_LINES = 2**LINES - 1


def notify(event: int) -> Block:
    """Make an event, NOTify<n>."""
    return Block("NOTIFY", f"ID: {event}", lambda twin, number: happen(twin, f"NOT{event}"))


def log_event(kind: str, text: str) -> Block:
    """Write a message into the event log."""
    return Block("LOG_EVENT", f"EVENT: {kind} MESSAGE: {text}", lambda twin, number: twin.log.note(1002, text, kind))


def wait(events: Sequence[str], everything: bool, clear: bool) -> Block:
    """Wait for one of several events, or for all of them."""
    wanted = frozenset(events)

    def act(twin: Keithley2450, number: int) -> int | None:
        model, come = twin.trigger_model, twin.trigger_model.come[number]
        if clear and not model.waiting:  # on the way in: what came before does not count
            come.clear()
        if come >= wanted if everything else come & wanted:
            come.clear()
            return None
        return STAY

    return Block("WAIT", f"EVENT: {' '.join(events)} LOGIC: {'AND' if everything else 'OR'}", act, wanted)


# Configuration lists


def recall_list(pairs: Sequence[tuple[str, int]]) -> Block:
    """Take settings from places of one or two lists."""

    def act(twin: Keithley2450, number: int) -> None:
        for name, place in pairs:
            recall(twin, name, place)

    return Block("CONFIG_RECALL", " ".join(f"CONFIG_LIST: {name} INDEX: {place}" for name, place in pairs), act)


def step_list(names: Sequence[str], step: int) -> Block:
    """Take settings from the next (1) or the previous (-1) place of one or two lists."""

    def act(twin: Keithley2450, number: int) -> None:
        for name in names:
            recall(twin, name, side_of(twin, name).beside(name, step))

    word = "CONFIG_NEXT" if step > 0 else "CONFIG_PREV"
    return Block(word, " ".join(f"CONFIG_LIST: {name}" for name in names), act)


# Branches


def branch_always(target: int) -> Block:
    """Go to another block."""
    return Block("BRANCH_ALWAYS", f"BRANCH_BLOCK: {target}", lambda twin, number: target)


def branch_counter(value: int, target: int) -> Block:
    """Go to another block until this one has been reached `value` times."""

    def act(twin: Keithley2450, number: int) -> int | None:
        counts = twin.trigger_model.counts
        before = counts.get(number, 0)
        counts[number] = 1 if before >= value else before + 1
        return target if counts[number] < value else None

    return Block("BRANCH_COUNTER", f"VALUE: {value} BRANCH_BLOCK: {target}", act)


def branch_once(target: int, excluded: bool) -> Block:
    """Go to another block the first time, or every time but the first."""

    def act(twin: Keithley2450, number: int) -> int | None:
        counts = twin.trigger_model.counts
        counts[number] = counts.get(number, 0) + 1
        return target if (counts[number] > 1) == excluded else None

    return Block("BRANCH_ONCE_EXCLUDED" if excluded else "BRANCH_ONCE", f"BRANCH_BLOCK: {target}", act)


def branch_event(event: str, target: int) -> Block:
    """Go to another block if an event has come."""

    def act(twin: Keithley2450, number: int) -> int | None:
        come = twin.trigger_model.come[number]
        happened = event in come
        come.clear()
        return target if happened else None

    return Block("BRANCH_ON_EVENT", f"EVENT: {event} BRANCH_BLOCK: {target}", act, frozenset((event,)))


def branch_until(duration: float, target: int) -> Block:
    """Go to another block until `duration` s have passed since the start."""

    def act(twin: Keithley2450, number: int) -> int | None:
        model = twin.trigger_model
        return target if twin.world.time - model.began < duration else None

    return Block("BRANCH_DURATION", f"DURATION: {duration:.6f} BRANCH_BLOCK: {target}", act)


def _latest(twin: Keithley2450, block: int, needed: int) -> list[float]:
    """Return the last values of a measuring block; -230 where there are too few."""
    values = twin.trigger_model.measured.get(block, [])
    if len(values) < needed:
        raise ScpiError(-230, "nothing was measured before a branch on it")
    return values


def branch_delta(difference: float, target: int, block: int) -> Block:
    """Go to another block if the last value is not more than `difference` below the one before."""

    def act(twin: Keithley2450, number: int) -> int | None:
        values = twin.trigger_model.measured.get(block, [])
        return target if len(values) == 2 and values[0] - values[1] <= difference else None

    return Block("BRANCH_DELTA", f"VALUE: {difference:g} BRANCH_BLOCK: {target} MEASURE_BLOCK: {block}", act)


def _meets(kind: str, value: float, low: float, high: float) -> bool:
    return {"ABOV": value > high, "BEL": value < low, "IN": low <= value <= high, "OUT": value < low or value > high}[
        kind
    ]


def branch_limit(kind: str, low: float, high: float, target: int, block: int) -> Block:
    """Go to another block if the last value is above, below, inside or outside bounds."""

    def act(twin: Keithley2450, number: int) -> int | None:
        return target if _meets(kind, _latest(twin, block, 1)[-1], low, high) else None

    text = f"LIMIT: {kind} LOW: {low:g} HIGH: {high:g} BRANCH_BLOCK: {target} MEASURE_BLOCK: {block}"
    return Block("BRANCH_LIMIT_CONSTANT", text, act)


def branch_test(kind: str, test: int, target: int, block: int) -> Block:
    """Go to another block by the bounds of one of the two limit tests of the active function."""

    def act(twin: Keithley2450, number: int) -> int | None:
        bounds = twin.sense.active.calculation.limits[test]
        return target if _meets(kind, _latest(twin, block, 1)[-1], bounds.lower, bounds.upper) else None

    text = f"LIMIT: {kind} TEST: {test} BRANCH_BLOCK: {target} MEASURE_BLOCK: {block}"
    return Block("BRANCH_LIMIT_DYNAMIC", text, act)
