"""A procedure whose next setpoint depends on the readings so far."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.reading import Reading, Setpoint

from .parameter import parameter
from .procedure import Procedure

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What to measure next, and how far the readings have come."""

    setpoint: Setpoint | None
    """The next setpoint; None where the readings are enough."""
    standing: str = ""
    """What is reached against what is wanted, for whoever watches: a clause without its full stop."""


@dataclass(frozen=True, kw_only=True)
class AdaptiveProcedure(Procedure):
    """A procedure that proposes one setpoint after another.

    What it may ever propose is known beforehand, so limits are checked before the first volt as for every procedure.
    The engine writes each proposed setpoint into the record before it is measured, and refuses one that lies outside
    the candidates. A run that is resumed hands its readings in again and goes on as if it had never been interrupted.
    """

    at_most: int = parameter(200, limits=(1, 100_000), doc="most readings that are taken")

    @property
    def most_points(self) -> int:
        """Most readings that there can be: `at_most`, where the course says nothing."""
        return self.at_most

    @abstractmethod
    def candidates(self) -> list[Setpoint]:
        """Return every setpoint that may be proposed, or those that bound them in each quantity."""

    @abstractmethod
    def propose(self, readings: Sequence[Reading], belief: Belief) -> Proposal:
        """Return what to measure after these readings; the same for the same readings, in whichever process.

        `belief` is what is believed of the junction, as for `extraction`.
        """

    def setpoints(self) -> list[Setpoint]:
        """Return the candidates: limits, range and ramps are those of them."""
        return self.candidates()
