"""Lake Shore 475 as a gaussmeter, in its own line language (manual of the 475, chapter 6).

What it does not understand it ignores in silence: the event register is asked after every setting. The unit is asked
together with each reading, so that nobody at the panel turns teslas into gauss.
"""

from __future__ import annotations

from typing import ClassVar

from .clock import Clock
from .errors import SessionPoisoned
from .lakeshore_475_specification import SPECIFICATION_475, UNITS
from .limits import FieldLimits
from .roles import Role
from .safe_state import SafeStep
from .session import Session
from .specification import InstrumentSpecification
from .strict_driver import StrictDriver

MISTAKES = {32: "command not understood", 16: "command not carried out", 8: "device fault", 4: "query error"}
"""Bits of the standard event register that tell of mistakes."""
WORDS = ("OL", "+OL", "-OL", "NO PROBE")
"""Answers in place of a reading."""


class LakeShore475(StrictDriver):
    """A 475 that measures dc fields. Its own field control is left off; where somebody left it on, it is an output.

    Nothing is sent on construction.
    """

    role: ClassVar[Role] = Role.GAUSSMETER
    identity_pattern: ClassVar[str] = r"(?i)^LSCI,\s*MODEL475\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_475
    overflow_words: ClassVar[tuple[str, ...]] = WORDS
    """What stands in the place of a reading that there is not, in its language."""

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        self.stand_on(session, clock)

    def read_field(self) -> float | None:
        """Return the field in T; None where it is beyond the range or no probe is there."""
        message = "UNIT?;RDGFIELD?"
        answer = self.session.query(message)
        unit, _, reading = answer.partition(";")
        if reading.strip().upper() in WORDS:
            return None
        try:
            return float(reading) * UNITS[int(unit)]
        except (ValueError, KeyError):
            sentence = f"`{self.name}` must answer {message!r} with a unit and a field, but answered {answer!r}."
            self.session.poison(sentence)
            raise SessionPoisoned(sentence) from None

    def configure(self, *, digits: int = 5, autorange: bool = True) -> None:
        """Set dc readings of 3, 4 or 5 (and 3/4) digits in T, and read it back.

        ValueError for other digits; InstrumentReported or UnsafeError where the instrument does not follow.
        """
        if digits not in (3, 4, 5):
            raise ValueError(f"`digits` of `{self.name}` must be 3, 4 or 5, but are {digits}.")
        mode = f"1,{digits - 2},1,1,1"
        self.set_up(f"UNIT 2;RDGMODE {mode};AUTO {int(autorange)}")
        self.verify({"UNIT?": 2.0, "RDGMODE?": mode, "AUTO?": float(autorange)})

    def output_is_on(self) -> bool:
        """Return whether its closed-loop field control drives a magnet."""
        return self.session.query_numbers("CMODE?", 1) == [1.0]

    def oldest_error(self) -> tuple[int, str]:
        """Return the bits of mistakes in the event register, which this clears, and what they say; 0 for none."""
        (register,) = self.session.query_numbers("*ESR?", 1)
        bits = int(register) & sum(MISTAKES)
        return bits, ", ".join(text for bit, text in MISTAKES.items() if bits & bit)

    def safe_step(self, name: str, limits: FieldLimits | None) -> SafeStep:
        """Return the safe state: field control off. It measures on."""
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            output_query="CMODE?",
            off=("CMODE 0",),
            expected={"CMODE?": 0.0},
        )
