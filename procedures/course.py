"""Which setpoint a run measures next: of a list the next one, of an adaptive procedure the one it proposes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from smtjlab.instruments.reading import Reading, Setpoint

from .adaptive import AdaptiveProcedure
from .errors import ProcedureMistake
from .journal import Journal
from .plan import Plan
from .rejoin import Rejoin

BOUNDED = ("gate", "bias", "field", "transverse_field", "temperature")
"""Quantities in which a proposed setpoint must stay within the candidates."""


class Course(ABC):
    """The setpoints of one execution, asked for one by one; `taken` counts the readings of the whole run."""

    def __init__(self, taken: int) -> None:
        self.taken = taken

    @abstractmethod
    def next(self) -> Setpoint | None:
        """Return what to measure now; None where nothing is left to do."""

    def took(self, reading: Reading) -> None:
        """Hear of the reading that answered; it is in the journal by now."""
        self.taken += 1


def course_of(plan: Plan, journal: Journal, rejoin: Rejoin | None) -> Course:
    """Return the course of a run from where it stands."""
    if isinstance(plan.procedure, AdaptiveProcedure):
        return _Proposed(plan, plan.procedure, journal, rejoin)
    return _Listed(plan.setpoints, 0 if rejoin is None else rejoin.taken)


class _Listed(Course):
    def __init__(self, setpoints: Sequence[Setpoint], taken: int) -> None:
        super().__init__(taken)
        self._setpoints = setpoints

    def next(self) -> Setpoint | None:
        return self._setpoints[self.taken] if self.taken < len(self._setpoints) else None


class _Proposed(Course):
    """Asks the procedure, and writes down what it wants before it is measured."""

    def __init__(self, plan: Plan, procedure: AdaptiveProcedure, journal: Journal, rejoin: Rejoin | None) -> None:
        super().__init__(0 if rejoin is None else rejoin.taken)
        self._plan, self._procedure, self._journal = plan, procedure, journal
        self._readings: list[Reading] = [] if rejoin is None else list(rejoin.readings)
        self._pending = None if rejoin is None else rejoin.pending
        self._standing = ""

    def next(self) -> Setpoint | None:
        if self._pending is not None:  # written down by an execution that did not come to measure it
            check_within(self._plan.setpoints, self._pending, self.taken)
            pending, self._pending = self._pending, None
            return pending
        proposal = self._procedure.propose(self._readings, self._plan.belief)
        self._tell(proposal.standing)
        if proposal.setpoint is None:
            self._journal.note("enough", points=self.taken)
            return None
        if self.taken >= self._procedure.at_most:
            text = f"More readings are wanted, but `at_most` is {self._procedure.at_most}"
            self._journal.note("warning", text=f"{text}: {proposal.standing}." if proposal.standing else f"{text}.")
            return None
        check_within(self._plan.setpoints, proposal.setpoint, self.taken)
        self._journal.add_setpoint(proposal.setpoint.to_dict())
        return proposal.setpoint

    def took(self, reading: Reading) -> None:
        super().took(reading)
        self._readings.append(reading)

    def _tell(self, standing: str) -> None:
        if standing and standing != self._standing:
            self._standing = standing
            self._journal.note("standing", text=standing)


def check_within(candidates: Sequence[Setpoint], proposed: Setpoint, number: int) -> None:
    """Raise ProcedureMistake where a proposed setpoint lies outside what was checked before anything moved."""
    for name in BOUNDED:
        level = getattr(proposed, name)
        known = [value for one in candidates if (value := getattr(one, name)) is not None]
        if level is None or (known and min(known) <= level <= max(known)):
            continue
        span = f"{min(known):g} to {max(known):g}" if known else "none at all"
        raise ProcedureMistake(
            f"What is proposed must stay within the candidates, which were checked before anything moved, but "
            f"`{name}` of point {number + 1} is {level:g} where they have {span}."
        )
    _check_levels(candidates, proposed, number)


def _check_levels(candidates: Sequence[Setpoint], proposed: Setpoint, number: int) -> None:
    """Raise ProcedureMistake where a level or the meter of a circuit was not checked beforehand."""
    if proposed.meter not in {one.meter for one in candidates}:
        raise ProcedureMistake(
            f"What is proposed must be read by a meter of the candidates, but point {number + 1} is to be read by "
            f"{proposed.meter!r}."
        )
    for name, level in proposed.levels.items():
        known = [one.levels[name] for one in candidates if name in one.levels]
        if not known or not min(known) <= level <= max(known):
            span = f"{min(known):g} to {max(known):g}" if known else "none at all"
            raise ProcedureMistake(
                f"What is proposed must stay within the candidates, which were checked before anything moved, but "
                f"`{name}` of point {number + 1} is {level:g} where they have {span}."
            )
