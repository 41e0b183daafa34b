"""What drivers of probers do alike: needles set down are counted, limited and read back; travel happens separated."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from .clock import Clock
from .errors import InstrumentReported, LimitError, UnsafeError
from .limits import ContactLimits
from .pad_counts import PadCounts, Place
from .quantity import format_quantity
from .roles import Needles, Role
from .safe_state import SafeStep
from .session import Session
from .strict_driver import StrictDriver

MOVEMENT_TIMEOUT = 60.0
"""Time in s that a movement may take until it is answered."""
TOLERANCE = 1e-6
"""Height in m by which a chuck may read below contact and still be there."""
NEAR = 2e-6
"""Distance in m by which a chuck may read beside the place that it was sent to."""
TURNED = 2e-3
"""The same of its angle, in degrees."""
LEAST_SEPARATION = 10e-6
"""Height in m below contact, at least, at which needles count as lifted; `separated` asks for no less."""
CLEANING_TOUCHES = 3


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
    since_cleaning = 0
    """The same since the needles were cleaned."""
    pads: PadCounts
    """Touchdowns by pads; whoever knows of earlier sessions adds theirs."""
    _down: bool | None = None
    """Whether the needles were down when somebody looked last; None before that."""

    def stand_on(self, session: Session, clock: Clock | None) -> None:
        """Take a session and a clock."""
        super().stand_on(session, clock)
        self.pads = PadCounts()

    @abstractmethod
    def _raise(self) -> None:
        """Move to contact."""

    @abstractmethod
    def _lower(self) -> None:
        """Move to separation."""

    @abstractmethod
    def _heights(self) -> tuple[float, float, float]:
        """Return the height of the chuck and that of contact in m, and how far below contact separation is."""

    @abstractmethod
    def _step(self, column: int, row: int) -> tuple[int, int]:
        """Step to a die and return where it is."""

    @abstractmethod
    def _travel(self, x: float, y: float) -> None:
        """Travel, separated, to a place in m from home."""

    @abstractmethod
    def _turn(self, degrees: float) -> None:
        """Turn the chuck, separated, to an angle from that of the alignment."""

    @abstractmethod
    def _set_overtravel(self, metres: float) -> None:
        """Set how far contact goes beyond first touch."""

    @abstractmethod
    def position(self) -> tuple[float, float]:
        """Return where the chuck is, in m from home: x to the right on the wafer, y upwards."""

    @abstractmethod
    def angle(self) -> float:
        """Return the angle of the chuck in degrees from that of the alignment."""

    @abstractmethod
    def overtravel(self) -> float:
        """Return how far contact goes beyond first touch, in m."""

    @abstractmethod
    def check_ready(self) -> None:
        """Raise UnsafeError where home, contact height or vacuum are gone."""

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
        return self._look()[0]

    def is_separated(self) -> bool:
        """Return whether the chuck is at least half the separation below contact, and 10 um in any case."""
        return self._look()[1]

    def needles(self) -> Needles:
        """Return how the needles stand; a chuck in between is neither at contact nor at separation."""
        down, up = self._look()
        return Needles.DOWN if down else Needles.UP if up else Needles.BETWEEN

    def contact(self) -> None:
        """Set the needles down within the limit of contacts, and read back that they are; UnsafeError if not."""
        if self.limits is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        if self.is_in_contact():
            return
        self.limits.check(self.contacts, instrument=self.name)
        self.check_pads()
        self.check_clean(self.limits)
        self.check_overtravel(self.limits)
        place = self.position()
        self._down = True  # before the movement: one that fails may have touched
        self._count()
        self.pads.add(place)
        self._raise()
        if not self.is_in_contact():
            raise UnsafeError(f"Chuck of `{self.name}` must read contact after it was raised, but does not.")

    def separate(self) -> None:
        """Lift the needles, and read back that they are; UnsafeError if not."""
        self._lower()
        if not self.is_separated():
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

    def go_to(self, x: float, y: float) -> tuple[float, float]:
        """Separate, travel to a place in m from home and return it as read back.

        InstrumentReported where it is another; LimitError, before anything moves, where it is out of travel.
        """
        if self.limits is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        self.limits.check_place(x, y, instrument=self.name)
        self.separate()
        self._travel(x, y)
        reached = self.position()
        if math.hypot(reached[0] - x, reached[1] - y) > NEAR:
            raise InstrumentReported(
                f"`{self.name}` must go to {1e3 * x:.6g} mm, {1e3 * y:.6g} mm, but is at {1e3 * reached[0]:.6g} mm, "
                f"{1e3 * reached[1]:.6g} mm."
            )
        return reached

    def turn(self, degrees: float) -> float:
        """Separate, turn the chuck and return its angle as read back; InstrumentReported where it is another."""
        self.separate()
        self._turn(degrees)
        angle = self.angle()
        if abs(angle - degrees) > TURNED:
            raise InstrumentReported(f"`{self.name}` must turn to {degrees:g} degrees, but is at {angle:g}.")
        return angle

    def set_overtravel(self, metres: float) -> float:
        """Set how far contact goes beyond first touch, with the needles up, and return it as read back.

        LimitError where the site's limits do not allow it, UnsafeError where it reads otherwise.
        """
        most = None if self.limits is None else self.limits.overtravel
        if not 0 <= metres <= (math.inf if most is None else most):
            allowed = "0 m or more" if most is None else f"0 to {format_quantity(most, 'm')}"
            raise LimitError(f"Overtravel of `{self.name}` must be {allowed}, but {metres!r} m was asked for.")
        self.separate()
        self._set_overtravel(metres)
        if abs((read := self.overtravel()) - metres) > TOLERANCE:
            raise UnsafeError(f"Overtravel of `{self.name}` must be {metres:g} m, but reads {read:g} m.")
        return read

    def check_overtravel(self, limits: ContactLimits) -> None:
        """Raise LimitError where contact goes farther beyond first touch than the limits allow, whoever set it."""
        if limits.overtravel is not None and (read := self.overtravel()) > limits.overtravel + TOLERANCE:
            most, is_set = (format_quantity(length, "m") for length in (limits.overtravel, read))
            raise LimitError(f"Overtravel of `{self.name}` must be at most {most}, but {is_set} is set at the prober.")

    def check_pads(self) -> None:
        """Raise LimitError where the pads under the needles may not be touched again."""
        if self.limits is not None:
            self.limits.check_pad(self.pads[self.position()], instrument=self.name)

    def check_clean(self, limits: ContactLimits) -> None:
        """Raise LimitError where needles must be cleaned before they touch down again."""
        if self.needs_cleaning:
            raise LimitError(
                f"Needles of `{self.name}` must be cleaned after {limits.cleaning_interval} touchdowns, but have "
                f"touched down {self.since_cleaning} times since."
            )

    def know_pads(self, earlier: Mapping[Place, int]) -> None:
        """Take what earlier sessions have touched, by place in m from home."""
        for place, count in earlier.items():
            self.pads.add(place, count)

    @property
    def needs_cleaning(self) -> bool:
        """Whether needles have touched down as often as the limits let them without being cleaned."""
        interval = None if self.limits is None else self.limits.cleaning_interval
        return interval is not None and self.since_cleaning >= interval

    def clean(self) -> None:
        """Go to where needles are cleaned and touch down there some times; LimitError where the limits name no place.

        Whoever cleaned them by hand calls `cleaned`.
        """
        if self.limits is None or self.limits.cleaning is None:
            raise LimitError(f"Limits of `{self.name}` must name a place for `cleaning`, but name none.")
        self.check_overtravel(self.limits)
        self.go_to(*self.limits.cleaning)
        for _ in range(CLEANING_TOUCHES):
            self._down = True
            self._raise()
            self.separate()
        self.cleaned()

    def cleaned(self) -> None:
        """Take it that needles are clean."""
        self.since_cleaning = 0

    def _count(self) -> None:
        self.contacts += 1
        self.since_cleaning += 1

    def _look(self) -> tuple[bool, bool]:
        """Return whether the needles are down and whether they are up: a chuck in between is neither."""
        height, contact, separation = self._heights()
        down = height >= contact - TOLERANCE
        if down and self._down is False:
            self._count()
        self._down = down
        return down, height <= contact - max(separation / 2, LEAST_SEPARATION)

    def reported(self, code: int, text: str, sent: str) -> InstrumentReported:
        """Return the error that an answer told."""
        return InstrumentReported(
            f"`{self.name}` must accept what it is sent, but reported {code}, {text!r} after {sent!r}.",
            code=code,
            text=text,
            sent=sent,
        )
