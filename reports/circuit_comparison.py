"""Runs of one circuit procedure, compared: every figure of their datasheets side by side, and what differs how surely.

The difference of two figures has the scatter of both, and the common errors of both: one of an instrument that took
both runs is one unknown and counts by the difference of its effects; others are each run's own. Figures of a datasheet
are correlated; so the largest difference alone is asked, against the chance that the largest of as many is so large
(Bonferroni), which holds whatever the correlations are, and each of several pairs has its part of the rate: alike runs
are called different in at most 0.1 % of all cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from smtjlab.simulation.inference.extraction import Estimate, Extraction

from .circuit_comparison_words import WORDS, FigureWords
from .comparison import FALSE_ALARM_RATE
from .errors import ReportMistake
from .extraction_of import extracted
from .figure_differences import differences, sigma_of
from .same_errors import same_errors
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run


@dataclass(frozen=True)
class CircuitMember:
    """One of the runs, and its figures."""

    run: Run
    told: Extraction


@dataclass(frozen=True)
class CircuitDifference:
    """The figures of a run less those of the first one."""

    figures: Mapping[str, Estimate]
    shared: tuple[str, ...]
    """Common errors that are one unknown in both runs."""
    apart: tuple[str, ...]
    """Common errors that are each run's own."""
    rate: float = FALSE_ALARM_RATE
    """Share of alike pairs that are called different: of several, each has its part of that of the comparison."""

    @cached_property
    def largest(self) -> str | None:
        """The figure that differs most surely; None where no difference has an uncertainty."""
        known = [name for name, one in self.figures.items() if one.uncertainty > 0]
        return max(known, key=lambda name: abs(sigma_of(self.figures[name])), default=None)

    @property
    def p_value(self) -> float:
        """Chance, at most, that the largest of so many differences is as large between runs that are alike."""
        from scipy.special import ndtr

        if self.largest is None:
            return 1.0
        count = sum(one.uncertainty > 0 for one in self.figures.values())
        return min(1.0, count * 2 * float(ndtr(-abs(sigma_of(self.figures[self.largest])))))

    @property
    def agrees(self) -> bool:
        """Whether the runs may be alike."""
        return self.p_value >= self.rate


@dataclass(frozen=True)
class CircuitComparison:
    """Runs of one procedure, and how each after the first differs from it."""

    procedure: str
    members: tuple[CircuitMember, ...]
    differences: tuple[CircuitDifference, ...]

    @property
    def words(self) -> FigureWords:
        """How the figures are written."""
        return WORDS.get(self.procedure, FigureWords())

    @property
    def figures(self) -> list[str]:
        """Return the names of all figures that a run tells, in their order."""
        return list(dict.fromkeys(name for one in self.members for name in one.told.names))


def are_circuits(runs: Sequence[Run]) -> bool:
    """Return whether all runs are of circuits."""
    return all("circuit" in run.meta for run in runs)


def compare_circuits(runs: Sequence[Run]) -> CircuitComparison:
    """Return the comparison of runs with the first. Raises ReportMistake where they cannot be compared."""
    if len(runs) < 2 or len({run.folder.resolve() for run in runs}) < len(runs):
        raise ReportMistake("A comparison needs at least two runs, each another one.")
    names = {run.id: str(run.meta["procedure_name"]) for run in runs}
    if (rows := next((run for run in runs if run.meta.get("columns") is not None), None)) is not None:
        raise ReportMistake(
            f"Runs of circuits that are compared must be made of readings, but run {rows.id} ({names[rows.id]}) is not."
        )
    if len(set(names.values())) > 1:
        told = " and ".join(f"run {run} is of {name}" for run, name in names.items())
        raise ReportMistake(f"Runs of circuits that are compared must be of one procedure, but {told}.")
    members = tuple(_member(run) for run in runs)
    procedure = names[runs[0].id]
    unjudged = WORDS.get(procedure, FigureWords()).unjudged
    rate = FALSE_ALARM_RATE / (len(members) - 1)
    found = tuple(_difference(members[0], one, unjudged, rate) for one in members[1:])
    return CircuitComparison(procedure, members, found)


def _member(run: Run) -> CircuitMember:
    found = extracted(run, run.readings(), believed(run))
    if found.extraction is None:
        reason = found.reason or "its procedure extracts none."
        raise ReportMistake(f"What is compared must have figures, but run {run.id} has none: {reason}")
    return CircuitMember(run, found.extraction)


def _difference(first: CircuitMember, other: CircuitMember, unjudged: frozenset[str], rate: float) -> CircuitDifference:
    told = (first.told, other.told)
    errors = sorted({error for one in told for mine in one.contributions.values() for error in mine})
    shared = same_errors(first.run, other.run, errors)
    found = differences(*told, shared)
    return CircuitDifference(
        {name: one for name, one in found.items() if name not in unjudged},
        tuple(error for error in errors if error in shared),
        tuple(error for error in errors if error not in shared),
        rate,
    )
