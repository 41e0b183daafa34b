"""What a row of readings tells of the instruments that took them, and of the clock: said while the run goes on.

No single reading proves any of it, and the run is not ended by it: whoever looks at the run decides.
"""

from __future__ import annotations

import time

from smtjlab.instruments.reading import Flag, Reading

from .journal import Journal

IN_A_ROW = 5
"""Readings, one after the other, that must tell the same before it is said."""
JUMP = 2.0
"""Seconds by which the computer's clock must leave an even course to count as set: less is what keeps it right."""
ASTRAY = 0.1
"""Fraction of the wished bias by which a source that is in compliance misses it."""


class Suspicion:
    """Looks at each reading of a run in turn."""

    def __init__(self) -> None:
        self._before: Reading | None = None
        self._rows: dict[str, int] = {}
        self._told: set[str] = set()
        self._clock = _ahead()

    def look(self, number: int, reading: Reading, journal: Journal) -> None:
        """Look at the reading of that number, and note a warning where a row of readings has become suspicious."""
        for kind, sentence in self._found(reading).items():
            self._rows[kind] = self._rows.get(kind, 0) + 1 if sentence else 0
            if self._rows[kind] >= IN_A_ROW and kind not in self._told:
                self._told.add(kind)
                first = number - IN_A_ROW + 1
                journal.note("warning", text=f"From reading {first} on {sentence}", suspicion=kind, number=first)
        self._before = reading
        self._look_at_clock(number, journal)

    def _look_at_clock(self, number: int, journal: Journal) -> None:
        """Note that the computer's clock was set, every time: the moments in the record jump there."""
        before, self._clock = self._clock, _ahead()
        jump = self._clock - before
        if abs(jump) > JUMP:
            text = (
                f"The computer's clock was set {'back' if jump < 0 else 'forward'} by {abs(jump):.0f} s before reading "
                f"{number}: moments in this record jump there, the order of its rows does not."
            )
            journal.note("warning", text=text, suspicion="clock", number=number, seconds=jump)

    def _found(self, reading: Reading) -> dict[str, str]:
        """Return what the reading tells, by kind; empty where nothing is wrong with it."""
        open_circuit = _reads_none(reading)
        stuck = not open_circuit and self._before is not None and _same_numbers(self._before, reading)
        return {
            "compliance": _in_compliance(reading),
            "contact": "`junction` reads no current: needles or wires may have lost contact." if open_circuit else "",
            "stuck": "`junction` reads the same to the last digit: it may be stuck." if stuck else "",
        }


def _ahead() -> float:
    """Return by how many s the computer's clock is ahead of one that nobody sets."""
    return time.time() - time.monotonic()


def source_in_compliance(reading: Reading) -> str:
    """Return which source at a junction is in compliance; empty where none is, and for circuits, where none is told."""
    if Flag.COMPLIANCE not in reading.flags or reading.levels:
        return ""
    wanted, found = reading.setpoint.bias, reading.bias
    astray = wanted is not None and found is not None and abs(found - wanted) > ASTRAY * abs(wanted)
    return "junction" if astray else "gate"


def _in_compliance(reading: Reading) -> str:
    """Return which source is in compliance, and what that means; empty where none is."""
    if Flag.COMPLIANCE not in reading.flags:
        return ""
    if reading.levels:
        return (
            "a source of the circuit is in compliance: something draws more than its limit, and may have broken down."
        )
    name = source_in_compliance(reading)
    return f"`{name}` is in compliance: the device draws more than its current limit, and may have broken down."


def _reads_none(reading: Reading) -> bool:
    """Return whether the conductance cannot be told from none; an output of a circuit may well be zero."""
    if reading.value is None or reading.quantity != "conductance":
        return False
    return not reading.uncertainty.tells_from_none(reading.value)


def _same_numbers(first: Reading, second: Reading) -> bool:
    """Return whether current and voltage are the same to the last digit, at gates that were not."""
    moved = first.setpoint.gate != second.setpoint.gate
    return moved and first.current is not None and (first.current, first.bias) == (second.current, second.bias)
