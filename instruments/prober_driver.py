"""What drivers of probers do alike: needles set down are counted, limited and read back; travel happens separated."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from .errors import InstrumentReported, UnsafeError
from .limits import ContactLimits
from .roles import Role
from .safe_state import SafeStep
from .strict_driver import StrictDriver

MOVEMENT_TIMEOUT = 60.0
"""Time in s that a movement may take until it is answered."""
TOLERANCE = 1e-6
"""Height in m by which a chuck may read below contact and still be there."""


class ProberDriver(StrictDriver):
    """A prober of any maker. Errors come with each answer, so there is no queue to empty.

    The safe state is the one it is in, unless the site's limits want the needles lifted after the outputs are off.
    """

    role: ClassVar[Role] = Role.PROBER
    echo: ClassVar[str | None] = None
    separation: ClassVar[str]
    """Message that lifts the needles, and is answered once they are."""
    separated: ClassVar[Mapping[str, str]]
    """Question to the regular expression that its answer matches while the needles are up."""
    limits: ContactLimits | None = None
    contacts = 0
    """How often the needles have been set down in this session, by whatever command."""
    _down: bool | None = None
    """Whether the needles were down when somebody looked last; None before that."""

    @abstractmethod
    def _raise(self) -> None:
        """Move to contact."""

    @abstractmethod
    def _lower(self) -> None:
        """Move to separation."""

    @abstractmethod
    def _heights(self) -> tuple[float, float]:
        """Return the height of the chuck and that of contact in m."""

    @abstractmethod
    def _step(self, column: int, row: int) -> tuple[int, int]:
        """Step to a die and return where it is."""

    def safe_step(self, name: str, limits: ContactLimits | None) -> SafeStep:
        """Return the safe state: as it is, or where the limits say so with the needles lifted, last of all."""
        step = super().safe_step(name, limits)
        if limits is None or not limits.separate:
            return step
        return replace(
            step, off=(self.separation,), answered=MOVEMENT_TIMEOUT, matches=self.separated, after_sources=True
        )

    def check_errors(self) -> list[object]:
        """Return an empty list: each answer tells of its own error."""
        return []

    def is_in_contact(self) -> bool:
        """Return whether the chuck is at contact height or above.

        Needles that are down now and were not before count, whoever set them down: a step may end in contact.
        """
        height, contact = self._heights()
        down = height >= contact - TOLERANCE
        if down and self._down is False:
            self.contacts += 1
        self._down = down
        return down

    def contact(self) -> None:
        """Set the needles down within the limit of contacts, and read back that they are; UnsafeError if not."""
        if self.limits is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        if self.is_in_contact():
            return
        self.limits.check(self.contacts, instrument=self.name)
        self.contacts, self._down = self.contacts + 1, True  # before the movement: one that fails may have touched
        self._raise()
        if not self.is_in_contact():
            raise UnsafeError(f"Chuck of `{self.name}` must read contact after it was raised, but does not.")

    def separate(self) -> None:
        """Lift the needles, and read back that they are; UnsafeError if not."""
        self._lower()
        if self.is_in_contact():
            raise UnsafeError(f"Chuck of `{self.name}` must read separation after it was lowered, but does not.")

    def go_to_die(self, column: int, row: int) -> tuple[int, int]:
        """Separate, go to a die and return it as read back; InstrumentReported where it is another."""
        self.separate()
        reached = self._step(column, row)
        if reached != (column, row):
            raise InstrumentReported(
                f"`{self.name}` must go to die {column},{row}, but is at {reached[0]},{reached[1]}."
            )
        return reached

    def reported(self, code: int, text: str, sent: str) -> InstrumentReported:
        """Return the error that an answer told."""
        return InstrumentReported(
            f"`{self.name}` must accept what it is sent, but reported {code}, {text!r} after {sent!r}.",
            code=code,
            text=text,
            sent=sent,
        )
