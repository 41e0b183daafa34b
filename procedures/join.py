"""The joins of a run: where it was resumed, what was accepted, and how well the repeated point agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtjlab.instruments.quantity import format_quantity

if TYPE_CHECKING:
    from .journal import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """One place at which a run was taken up again."""

    first: int
    """Number of the first reading after it."""
    wall: float
    """When it was, in s of Unix time."""
    after: str
    """How the run had ended before."""
    accepted: tuple[str, ...] = ()
    """Changes that were accepted by name."""
    difference: float | None = None
    """By how much the repeated point differed, in `unit`; None where none was repeated or no number came."""
    allowed: float | None = None
    """By how much it was allowed to, in `unit`."""
    agrees: bool | None = None
    """Whether it differed by no more; None where none was repeated."""
    unit: str = ""

    @property
    def sentence(self) -> str:
        """The join in words, for a report."""
        text = f"Resumed before reading {self.first} (the run had ended {self.after})"
        if self.accepted:
            text += f", with {', '.join(self.accepted)} accepted"
        if self.difference is None or self.allowed is None:
            return f"{text}; no point was compared."
        found, allowed = (format_quantity(x, self.unit, 3) for x in (self.difference, self.allowed))
        bound = "at most" if self.agrees else "more than"
        return f"{text}; the repeated point differed by {found} ({bound} {allowed})."


def joins(events: Sequence[Event]) -> list[Join]:
    """Return the joins of a run in their order."""
    found: list[Join] = []
    for event in events:
        told = event.payload
        if event.kind == "resumed":
            found.append(
                Join(first=told["taken"], wall=event.wall, after=told["after"], accepted=tuple(told["accepted"]))
            )
        elif event.kind == "overlap" and found:
            resumed = found.pop()
            compared = {name: told[name] for name in ("difference", "allowed", "agrees")}
            found.append(replace(resumed, **compared, unit=told["reading"]["unit"]))
    return found


def part_of(number: int, found: Sequence[Join]) -> int:
    """Return to which part of a run a reading belongs: 1 up to the first join, one more after each."""
    return 1 + sum(number >= join.first for join in found)
