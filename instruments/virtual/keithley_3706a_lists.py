"""Lists of channels as a 3706A and a 707B read them: `"1101:1106, 1911; path"`, `"slot1"`, `"allslots"`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from smtjlab.instruments.keithley_3706a_specification import SwitchSpecification

from .tsp_parameter import TspError

INVALID = 1115
"""Number of every error in a list of channels; the text says which."""
LONGEST_NAME = 19
"""Characters of a label or of the name of a pattern."""


def invalid(what: str) -> TspError:
    """Return the error of a list: the manual's two words, then what is wrong."""
    return TspError(INVALID, f"Parameter error {what}")


class ChannelNames:
    """The channels of one mainframe, its cards in `slots`, in the order in which it lists them."""

    def __init__(self, specification: SwitchSpecification, slots: Sequence[int]) -> None:
        self.specification = specification
        self.slots = tuple(slots)
        card = specification.card
        self.terminals: dict[str, tuple[str, str]] = {}
        """What each relay joins: terminals of the switch without its name."""
        for slot in self.slots:
            for row in range(1, card.rows + 1):
                for column in range(1, card.columns + 1):
                    self.terminals[specification.channel(slot, row, column)] = (f"{slot}.r{row}", f"{slot}.c{column}")
            for row in range(1, card.backplane + 1):
                self.terminals[specification.backplane_relay(slot, row)] = (f"{slot}.r{row}", f"backplane.{row}")
        self._place = {name: number for number, name in enumerate(self.terminals)}

    def is_backplane(self, name: str) -> bool:
        """Return whether a relay joins a row with the backplane."""
        return self.terminals[name][1].startswith("backplane")

    def sorted(self, names: set[str]) -> list[str]:
        """Return channels lowest slot first, those of the backplane after the others of their slot."""
        return sorted(names, key=self._place.__getitem__)

    def in_slot(self, slot: int) -> list[str]:
        """Return all relays of a slot."""
        return [name for name in self.terminals if name.startswith(str(slot))]

    def read(self, text: str, known: Mapping[str, Sequence[str]], *, slots: bool = True) -> list[str]:
        """Return the channels of a list as they are named, each once; `known` are labels and patterns.

        Raises 1115 where one does not exist, where nothing is named, and for whole slots unless they may be named.
        """
        words = [word.strip() for word in re.split("[,;]", text)]
        if not any(words):
            raise invalid("channel list is empty")
        found: dict[str, None] = {}
        for word in words:
            found.update(dict.fromkeys(self._meant(word, known, slots)))
        return list(found)

    def _meant(self, word: str, known: Mapping[str, Sequence[str]], slots: bool) -> Sequence[str]:
        if word in known:
            return known[word]
        if word == "allslots" or re.fullmatch(r"slot\d{1,3}", word, re.ASCII):
            if not slots:
                raise invalid(f"{word} not allowed in channel list")
            return self._of_slots(word)
        first, colon, last = word.partition(":")
        return self._range(first.strip(), last.strip()) if colon else [self._one(word)]

    def _of_slots(self, word: str) -> Sequence[str]:
        if word == "allslots":
            return list(self.terminals)
        if int(word[4:]) not in self.slots:
            raise invalid(f"no card in {word[:20]}")
        return self.in_slot(int(word[4:]))

    def _range(self, first: str, last: str) -> list[str]:
        """Return all channels between two of one kind, in the order of their numbers."""
        low, high = self._one(first), self._one(last)
        if self._place[low] > self._place[high] or self.is_backplane(low) != self.is_backplane(high):
            raise invalid(f"invalid channel range {low}:{high}")
        kind = self.is_backplane(low)
        return [
            name
            for name, place in self._place.items()
            if self._place[low] <= place <= self._place[high] and self.is_backplane(name) == kind
        ]

    def _one(self, word: str) -> str:
        name = word.upper() if self.specification.letters else word
        if name in self.terminals:
            return name
        digit = name[:1]
        if digit.isdecimal() and 1 <= int(digit) <= self.specification.slots and int(digit) not in self.slots:
            raise invalid(f"no card in slot {digit}")
        raise invalid(f"invalid channel {word[:20]} in channel list")


def check_name(name: str) -> None:
    """Raise 1115 unless a name may be given to a pattern or a channel: a letter, then letters, digits or `_`."""
    if not re.fullmatch(rf"[A-Za-z]\w{{0,{LONGEST_NAME - 1}}}", name, re.ASCII):
        raise invalid("invalid name")
