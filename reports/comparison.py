"""Two or more runs of one kind, compared: what differs, by how much, and how sure that is.

Of two readings y_a and y_b at the same setpoint the difference d = y_b - y_a counts, with the covariance

    C = diag(s_a^2 + s_b^2) + sum over common errors of e e^T,

where e is the error's effect on d. An error of an instrument that took both runs is one unknown: its effect on d is the
difference of its effects, which is next to nothing where both readings are alike, so it cancels. Errors of different
instruments, or of one that was calibrated in between, are independent and enter each on its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.observed import Observed
from smtjlab.simulation.inference.extraction import Estimate

from .common_best import best_errors
from .errors import ReportMistake
from .extraction_of import Extracted, extracted
from .figure_differences import differences
from .pairing import FEWEST, Pairs, pair, slope_at
from .relived import refuse_other_than_junctions
from .same_errors import same_errors
from .sweep_figure import Swept, swept
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

Floats = NDArray[np.float64]

FALSE_ALARM_RATE = 0.001
"""Share of comparisons of alike runs in which one is called different from the first, at most (Bonferroni)."""


@dataclass(frozen=True)
class Member:
    """One of the runs."""

    run: Run
    readings: Sequence[Reading]
    observed: Observed
    along: Swept
    extracted: Extracted

    @property
    def label(self) -> str:
        """How figures and tables call it."""
        return self.run.id


@dataclass(frozen=True)
class Difference:
    """A run less the first one, at `n` setpoints that both have."""

    pairs: Pairs
    along: Floats
    """Where, in the unit of what was swept, (n,)."""
    value: Floats
    scatter: Floats
    """Standard deviation of each difference alone."""
    standard: Floats
    """The same with all common errors that do not cancel."""
    pulls: Floats
    """What is left over its scatter once the common errors have taken their best values."""
    chi_square: float
    p_value: float
    shared: tuple[str, ...]
    """Common errors that are one unknown in both runs."""
    apart: tuple[str, ...]
    """Common errors that are each run's own."""
    parameters: Mapping[str, Estimate]
    """The run's parameters less those of the first, by name."""
    rate: float = FALSE_ALARM_RATE
    """Share of alike pairs that are called different: of several, each has its part of that of the comparison."""

    @property
    def agrees(self) -> bool:
        """Whether the runs may be alike."""
        return self.p_value >= self.rate


@dataclass(frozen=True)
class Comparison:
    """Runs, and how each after the first differs from it."""

    members: tuple[Member, ...]
    differences: tuple[Difference, ...]


def compare(runs: Sequence[Run]) -> Comparison:
    """Return the comparison of two or more runs with the first. Raises ReportMistake where they cannot be compared."""
    if len(runs) < 2 or len({run.folder.resolve() for run in runs}) < len(runs):
        raise ReportMistake("A comparison needs at least two runs, each another one.")
    members = [_member(run) for run in runs]
    first = members[0]
    for other in members[1:]:
        _refuse_unlike(first, other)
    rate = FALSE_ALARM_RATE / (len(members) - 1)
    return Comparison(tuple(members), tuple(_difference(first, other, rate) for other in members[1:]))


def _member(run: Run) -> Member:
    if run.meta.get("columns") is not None:
        raise ReportMistake(f"A comparison is made of readings, but run {run.id} has rows of a loop of its own.")
    refuse_other_than_junctions(run, "Runs that are compared must be of one junction each")
    readings = run.readings()
    observed = Observed.of(readings)
    if (usable := int(observed.valid.sum())) < FEWEST:
        raise ReportMistake(
            f"A run that is compared must have at least {FEWEST} valid readings, but run {run.id} has {usable}."
        )
    return Member(run, readings, observed, swept(observed), extracted(run, readings, believed(run)))


def _refuse_unlike(first: Member, other: Member) -> None:
    kinds = [(one.readings[0].quantity, one.along.label.partition("$")[0].strip()) for one in (first, other)]
    if kinds[0] != kinds[1]:
        told = [
            f"run {one.run.id} has {kind[0]} against {kind[1]}" for one, kind in zip((first, other), kinds, strict=True)
        ]
        raise ReportMistake(f"Runs that are compared must be of one quantity, but {' and '.join(told)}.")


def _difference(first: Member, other: Member, rate: float) -> Difference:
    from scipy.special import chdtrc

    pairs = pair(first, other)
    shared = same_errors(first.run, other.run, {*names_of(first), *names_of(other)})
    slope = slope_at(first.observed, first.along.values)[pairs.first]
    value = pairs.value - slope * pairs.offset - first.observed.value[pairs.first]
    scatter = np.hypot(first.observed.scatter[pairs.first], pairs.scatter)
    effects, told = _effects(first, other, pairs, slope, shared)
    z = best_errors(value, scatter, effects)
    pulls = (value - z @ effects) / scatter
    chi_square = float(pulls @ pulls + z @ z)
    return Difference(
        pairs=pairs,
        along=first.along.values[pairs.first],
        value=value,
        scatter=scatter,
        standard=np.sqrt(scatter**2 + np.sum(effects**2, axis=0)),
        pulls=pulls,
        chi_square=chi_square,
        p_value=float(chdtrc(len(value), chi_square)),
        shared=tuple(name for name in told if name in shared),
        apart=tuple(name for name in told if name not in shared),
        parameters=_parameters(first, other, shared),
        rate=rate,
    )


def _parameters(first: Member, other: Member, shared: frozenset[str]) -> dict[str, Estimate]:
    """Return the other's parameter less the first's, where both have it: an error that both share counts once."""
    a, b = first.extracted.extraction, other.extracted.extraction
    if a is None or b is None:
        return {}
    return differences(a, b, shared)


def names_of(member: Member) -> set[str]:
    """Return the names of every common error of a run's readings, and of what was extracted from them."""
    found = {name for mine in member.observed.effects.values() for name in mine}
    if member.extracted.extraction is not None:
        found |= {name for mine in member.extracted.extraction.contributions.values() for name in mine}
    return found


def _effects(
    first: Member, other: Member, pairs: Pairs, slope: Floats, shared: frozenset[str]
) -> tuple[Floats, list[str]]:
    """Return what each common error does to the differences, (K, n), and the names of all of them."""
    a = {
        name: effect[pairs.first]
        for name, effect in by_name(first, slope_at(first.observed, first.along.values)).items()
    }
    b = {
        name: pairs.of_other(effect)
        for name, effect in by_name(other, slope_at(other.observed, other.along.values)).items()
    }
    names, rows = sorted({*a, *b}), []
    nothing = np.zeros(len(slope))
    for name in names:
        mine, theirs = a.get(name, nothing), b.get(name, nothing)
        rows += [theirs - mine] if name in shared else [-mine, theirs]
    kept = [row for row in rows if np.any(row)]
    return np.array(kept).reshape(len(kept), len(slope)), names


def by_name(member: Member, slope: Floats) -> Mapping[str, Floats]:
    """Return the effect of each common error on each reading (n,): its own and, by the slope, that along the axis."""
    effects = {name: effect.copy() for name, effect in member.observed.effects["common"].items()}
    for name, effect in member.observed.effects.get(member.along.name, {}).items():
        effects[name] = effects.get(name, 0.0) + slope * effect
    return effects
