"""What a Keithley 3706A with a 3730 card, and a 707B with a 7174A card, promise: relays, times, names. Data only.

Sources: reference manual of the Series 3700A (3700AS-901-01) and of 707B and 708B (707B-901-01), data sheets of the
cards. A channel is named by slot, row and column: `1101` on a 3706A, `1A01` on a 707B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .specification import InstrumentSpecification

ROW_LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCard:
    """A card whose relays join rows with columns."""

    model: str
    description: str
    rows: int
    columns: int
    poles: int
    largest_voltage: float
    """V between any two terminals."""
    largest_current: float
    """A through one relay."""
    settling: float
    """Seconds that a relay takes to open or to close, bounces included."""
    path_resistance: float
    """Largest resistance in ohm of a closed path at the end of a relay's life."""
    backplane: int
    """Relays that join a row each with a line of the mainframe's analog backplane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSpecification(InstrumentSpecification):
    """A mainframe with its card in slot 1; relays measure nothing."""

    slots: int
    letters: bool
    """Whether a row is named by a letter."""
    card: MatrixCard

    def channel(self, slot: int, row: int, column: int) -> str:
        """Return the name of a crosspoint."""
        return f"{slot}{ROW_LETTERS[row - 1] if self.letters else row}{column:02d}"

    def crosspoint(self, channel: str) -> tuple[int, int, int] | None:
        """Return slot, row and column of a channel's name; None for what names no crosspoint of the card."""
        found = re.fullmatch(r"(\d)([A-Ha-h])(\d\d)" if self.letters else r"(\d)(\d)(\d\d)", channel, re.ASCII)
        if found is None:
            return None
        slot, row, column = found.groups()
        place = ROW_LETTERS.index(row.upper()) + 1 if self.letters else int(row)
        if not (1 <= place <= self.card.rows and 1 <= int(column) <= self.card.columns):
            return None
        return int(slot), place, int(column)

    def backplane_relay(self, slot: int, row: int) -> str:
        """Return the name of the relay that joins a row with its line of the backplane."""
        return f"{slot}91{row}"


K3730 = MatrixCard(
    model="3730",
    description="6x16 High Density Matrix",
    rows=6,
    columns=16,
    poles=2,
    largest_voltage=300.0,
    largest_current=1.0,
    settling=4e-3,
    path_resistance=2.0,
    backplane=6,
)

K7174A = MatrixCard(
    model="7174A",
    description="8x12 Low Current Matrix",
    rows=8,
    columns=12,
    poles=1,
    largest_voltage=200.0,
    largest_current=0.5,
    settling=2e-3,
    path_resistance=1.5,
    backplane=0,
)

K3706A = SwitchSpecification(
    model="3706A",
    source="reference manual 3700AS-901-01; data sheet of the card 3730",
    unverified="path resistance and settling of the card, as remembered",
    relay_time=K3730.settling,
    slots=6,
    letters=False,
    card=K3730,
)
K707B = SwitchSpecification(
    model="707B",
    source="reference manual 707B-901-01, chapters 2 and 5; data sheet of the card 7174A",
    unverified="path resistance and settling of the card, as remembered",
    relay_time=K7174A.settling,
    slots=6,
    letters=True,
    card=K7174A,
)
