"""The relays of a virtual 3706A or 707B: which are closed, how they move, and what is known of each."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .keithley_3706a_lists import ChannelNames, check_name, invalid

if TYPE_CHECKING:
    from .keithley_3706a import Keithley3706A

OFF, BREAK_BEFORE_MAKE, MAKE_BEFORE_BREAK = 0, 1, 2
"""Values of `channel.connectrule`."""
HOT = 1e-6
"""Current in A above which a relay that moves is noted as hot-switched."""
MOST_NOTES = 1000
"""Entries of the event log; the oldest gives way."""
MOST_PATTERNS = 500


class Relays:
    """All relays of one mainframe and their settings."""

    def __init__(self, twin: Keithley3706A, names: ChannelNames) -> None:
        self.twin, self.names = twin, names
        self.counts: Counter[str] = Counter()
        """How often each relay has closed in its life."""
        self.notes: deque[str] = deque(maxlen=MOST_NOTES)
        """Hot switching, for the event log: the metal cannot know, and says nothing."""
        self.closed: set[str] = set()
        self.forget_settings()

    def forget_settings(self) -> None:
        """Return to the settings after a reset."""
        self.rule, self.sequential = BREAK_BEFORE_MAKE, False
        self.forbidden: set[str] = set()
        self.labels: dict[str, str] = {}
        """Label by channel."""
        self.patterns: dict[str, list[str]] = {}
        self.delays: dict[str, float] = {}
        """Seconds that a channel waits after its settling time."""
        self.backplane: dict[str, list[str]] = {}
        """Relays of the backplane that move with a channel."""

    def read(self, text: str, *, slots: bool = True) -> list[str]:
        """Return the channels that a list names, labels and patterns known; 1115 where it is wrong."""
        known = {label: [channel] for channel, label in self.labels.items()} | self.patterns
        return self.names.read(text, known, slots=slots)

    def channels(self, text: str) -> list[str]:
        """Return the crosspoints that a list names; the backplane is left out of slots, and refused by name (1115)."""
        found = self.read(text)
        whole = "slot" in text
        if not whole and any(self.names.is_backplane(name) for name in found):
            raise invalid("invalid channel type in channel list")
        return [name for name in found if not self.names.is_backplane(name)]

    def image(self, channels: Iterable[str]) -> list[str]:
        """Return channels with the relays of the backplane that move with them."""
        found: dict[str, None] = {}
        for name in channels:
            found.update(dict.fromkeys((name, *self.backplane.get(name, ()))))
        return list(found)

    # Moves

    def close(self, wanted: Sequence[str], others: Iterable[str] = ()) -> None:
        """Close relays and open `others`, in the order of the rule; nothing moves where one is forbidden (1115)."""
        for name in wanted:
            if name in self.forbidden:
                raise invalid(f"channel {name} is forbidden to close")
            if self.names.is_backplane(name) and self.twin.interlock_open:
                raise invalid(f"interlock of backplane relay {name} is open")
        closing = [[name] for name in wanted] if self.sequential and wanted else [list(wanted)]
        opening = [name for name in others if name in self.closed and name not in wanted]
        if self.rule == BREAK_BEFORE_MAKE and opening:
            self._move(opening, [])
        for place, stage in enumerate(closing):
            self._move(opening if self.rule == OFF and place == 0 else [], stage)
        if self.rule == MAKE_BEFORE_BREAK and opening:
            self._move(opening, [])

    def open(self, names: Iterable[str]) -> None:
        """Open relays."""
        self._move(list(names), [])

    def _move(self, opening: Sequence[str], closing: Sequence[str]) -> None:
        """Move relays at once and let them settle."""
        opened = [name for name in opening if name in self.closed]
        closed = [name for name in closing if name not in self.closed]
        hot = [(name, self._current(name)) for name in opened]
        self.closed = (self.closed - set(opened)) | set(closed)
        self.counts.update(closed)
        if opened or closed:
            self.twin.world.set_relays(self.twin.name, [self.names.terminals[name] for name in self.closed])
        hot += [(name, self._current(name)) for name in closed]
        for name, amperes in hot:
            if abs(amperes) > HOT:
                self.notes.append(f"{self.twin.world.time:.6f}, HOT SWITCHING, {name}, {abs(amperes):.3e} A")
        delay = max((self.delays.get(name, 0.0) for name in closing), default=0.0)
        self.twin.pass_time(self.names.specification.card.settling + delay)

    def _current(self, name: str) -> float:
        first, second = (f"{self.twin.name}.{terminal}" for terminal in self.names.terminals[name])
        return self.twin.world.through(first, second)

    # Settings of channels

    def forbid(self, channels: Iterable[str]) -> None:
        """Forbid channels to close; patterns that hold one are gone. Those that are closed stay so."""
        names = set(channels)
        self.forbidden |= names
        self._drop_patterns(names)

    def _drop_patterns(self, names: set[str]) -> None:
        self.patterns = {name: held for name, held in self.patterns.items() if not names & set(held)}

    def label(self, channel: str, label: str) -> None:
        """Give a channel a name of its own, or take it away (empty); 1115 where another has it."""
        label = label.strip()
        if not label:
            self.labels.pop(channel, None)
            return
        check_name(label)
        owner = next((name for name, given in self.labels.items() if given == label and name != channel), None)
        if owner is not None or label in self.patterns:
            raise invalid(f"label already used with channel {owner}" if owner else "label already used by a pattern")
        self.labels[channel] = label

    def remember(self, name: str, channels: list[str]) -> None:
        """Keep a pattern of channels under a name; 1115 where it is no name, a label, or holds what is forbidden."""
        check_name(name)
        if name in self.labels.values():
            raise invalid("pattern name already used as a label")
        if len(self.patterns) >= MOST_PATTERNS and name not in self.patterns:
            raise invalid("no memory for another pattern")
        if found := [channel for channel in channels if channel in self.forbidden]:
            raise invalid(f"channel {found[0]} is forbidden to close")
        self.patterns[name] = channels

    def pattern(self, name: str) -> list[str]:
        """Return the channels of a pattern; 1115 where there is none of that name."""
        if name not in self.patterns:
            raise invalid(f"unknown pattern {name[:20]}")
        return self.patterns[name]

    def reset(self, channels: list[str]) -> None:
        """Open channels and forget what was set for them."""
        self.open(channels)
        for name in channels:
            self.labels.pop(name, None)
            self.delays.pop(name, None)
            self.backplane.pop(name, None)
        self.forbidden -= set(channels)
        self._drop_patterns(set(channels))
