"""The plan: measurements that a person lines up before any of them is begun, with undo."""

from __future__ import annotations

from dataclasses import dataclass

from smtjlab.procedures.parameter import parameters_of

from .desk import Wish
from .form import asks_belief, label, shown


@dataclass(frozen=True)
class Planned:
    """One line of the plan."""

    name: str
    """Of the procedure, as a person types it."""
    wish: Wish
    seconds: float | None = None
    """Estimated time on the instruments' clock."""

    @property
    def asks_belief(self) -> bool:
        """Whether belief and model of the wish count: those of a wafer stand in its drawing and in its form."""
        return asks_belief(type(self.wish.procedure))

    @property
    def fields(self) -> tuple[str, ...]:
        """What is asked for otherwise than the procedure declares it, a field each."""
        asked = self.wish.procedure
        values = ((field, getattr(asked, name)) for name, field in parameters_of(type(asked)).items())
        return tuple(f"{label(field.name)}: {shown(field, value)}" for field, value in values if value != field.default)


class PlanList:
    """Lines in order. Every change can be taken back."""

    def __init__(self) -> None:
        self.lines: tuple[Planned, ...] = ()
        self._before: list[tuple[Planned, ...]] = []
        self._after: list[tuple[Planned, ...]] = []

    def add(self, line: Planned) -> None:
        """Put a line at the end."""
        self._change((*self.lines, line))

    def remove(self, place: int) -> None:
        """Take a line away."""
        self._change(self.lines[:place] + self.lines[place + 1 :])

    def move(self, place: int, by: int) -> int:
        """Move a line up (-1) or down (1); return where it is then."""
        to = min(max(place + by, 0), len(self.lines) - 1)
        if to != place:
            left = [*self.lines[:place], *self.lines[place + 1 :]]
            left.insert(to, self.lines[place])
            self._change(tuple(left))
        return to

    def replace(self, lines: tuple[Planned, ...]) -> None:
        """Take other lines in the place of these, as those of a file."""
        self._change(lines)

    def clear(self) -> None:
        """Take all lines away: they have been handed in."""
        if self.lines:
            self._change(())

    def undo(self) -> None:
        """Take the last change back."""
        if self._before:
            self._after.append(self.lines)
            self.lines = self._before.pop()

    def redo(self) -> None:
        """Take the last undo back."""
        if self._after:
            self._before.append(self.lines)
            self.lines = self._after.pop()

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undo to take back."""
        return bool(self._after)

    @property
    def seconds(self) -> float:
        """Estimated time of all whose time is known, in s."""
        return sum(line.seconds or 0.0 for line in self.lines)

    def _change(self, lines: tuple[Planned, ...]) -> None:
        self._before.append(self.lines)
        self._after.clear()
        self.lines = lines
