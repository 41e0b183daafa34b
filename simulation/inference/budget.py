"""Budgets of uncertainty: what a quantity depends on, how strongly, and how far its 95 % reach (GUM, JCGM 100:2008).

Everything is a number of `uncertainties` that remembers the unknowns behind it by their tags; a budget sorts them into
rows. An unknown behind several inputs is one row, with its sign: correlations are in it. Imported only where a budget
is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .coverage import Interval, expanded_uncertainty
from .errors import InferenceError
from .extraction import Extraction

if TYPE_CHECKING:
    from uncertainties import UFloat

Floats = NDArray[np.float64]

SCATTER = "scatter of the readings"
"""Tag of everything that is another draw in each reading."""
TAKEN = "parameters taken from elsewhere"
"""Tag of what an extraction holds and knows only so well."""
MISSED = 1e-9
"""Fraction of a variance below which what no part of it explains is rounding."""


@dataclass(frozen=True)
class Component:
    """One unknown: of which type it is, how it is distributed, and who says so."""

    name: str
    kind: str = "B"
    """`A`, from a series of readings, or `B`, from anything else."""
    distribution: str = "normal"
    """`normal` or `rectangular`."""
    dof: float = math.inf
    """Degrees of freedom of its size."""
    source: str = ""
    uncertainty: float | None = None
    """Standard uncertainty of the unknown in a unit of its own; None where it has none but the quantity's."""
    unit: str = ""


@dataclass(frozen=True)
class BudgetRow:
    """What one unknown does to a quantity."""

    name: str
    uncertainty: float
    """Standard uncertainty of the unknown, in `unit`."""
    unit: str
    sensitivity: float
    """Derivative of the quantity by the unknown."""
    contribution: float
    """Signed effect of +1 sigma of the unknown, in the unit of the quantity."""
    kind: str
    distribution: str
    dof: float
    source: str


@dataclass(frozen=True)
class Budget:
    """A quantity with all that is unknown about it; the largest contribution first."""

    quantity: str
    unit: str
    value: float
    rows: tuple[BudgetRow, ...]
    p: float = 0.95

    @property
    def uncertainty(self) -> float:
        """Combined standard uncertainty."""
        return math.hypot(*(row.contribution for row in self.rows))

    @property
    def dof(self) -> float:
        """Effective degrees of freedom of the combined standard uncertainty (Welch-Satterthwaite, GUM G.4)."""
        return _effective_dof(self.rows)

    @property
    def expanded(self) -> float:
        """Half width that holds the truth with a probability of `p`, from the exact distribution of the sum."""
        flat = [row for row in self.rows if row.distribution == "rectangular"]
        bells = [row for row in self.rows if row.distribution != "rectangular"]
        return expanded_uncertainty(
            math.hypot(*(row.contribution for row in bells)),
            [math.sqrt(3) * abs(row.contribution) for row in flat],
            self.p,
            _effective_dof(bells),
        )

    @property
    def factor(self) -> float:
        """Expanded over standard uncertainty; nan where nothing is unknown."""
        return self.expanded / self.uncertainty if self.uncertainty > 0 else math.nan

    @property
    def interval(self) -> Interval:
        """Both ends of the expanded uncertainty around the value."""
        return Interval(self.value - self.expanded, self.value + self.expanded, self.p)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; an infinite number of degrees of freedom is None."""
        told = {name: getattr(self, name) for name in ("quantity", "unit", "value", "uncertainty", "expanded", "p")}
        rows = [asdict(row) | {"dof": _finite(row.dof)} for row in self.rows]
        return told | {"dof": _finite(self.dof), "factor": _finite(self.factor), "rows": rows}


def budget_of(quantity: str, unit: str, value: UFloat, components: Iterable[Component] = (), p: float = 0.95) -> Budget:
    """Return the budget of a number of `uncertainties`: a row for each tag behind it, by the component of that name.

    What has no tag or no component is normal, of type B.
    """
    known = {one.name: one for one in components}
    effects: dict[str, list[tuple[float, float]]] = {}
    for variable, derivative in getattr(value, "derivatives", {}).items():
        if variable.std_dev > 0 and derivative != 0:
            effects.setdefault(str(variable.tag or "untold"), []).append((derivative, variable.std_dev))
    rows = [_row(known.get(name, Component(name)), parts) for name, parts in effects.items()]
    rows.sort(key=lambda row: -abs(row.contribution))
    return Budget(quantity, unit, float(getattr(value, "nominal_value", value)), tuple(rows), p)


def known(component: Component, value: float, uncertainty: float) -> UFloat:
    """Return an input of a budget, tagged as the component."""
    from uncertainties import ufloat

    return ufloat(value, uncertainty, component.name)


def components_of(sources: Sequence[Mapping[str, Any]]) -> list[Component]:
    """Return the components that a run has noted in its event `uncertainty`."""
    return [
        Component(
            name=str(one["name"]),
            distribution=str(one["distribution"]),
            source=_source(one),
            uncertainty=float(one["limit"]) / (math.sqrt(3) if one["distribution"] == "rectangular" else 1.0),
            unit=str(one["unit"]),
        )
        for one in sources
    ]


def reading_with_errors(value: float, independent: float, common: Mapping[str, float]) -> UFloat:
    """Return one reading as a number that shares its common errors with others, by their names.

    `independent` and the effects are standard uncertainties in the unit of the reading.
    """
    [reading] = readings_with_errors([value], [independent], {name: [effect] for name, effect in common.items()})
    return reading


def budget_of_reading(
    value: float,
    independent: float,
    common: Mapping[str, float],
    sources: Sequence[Mapping[str, Any]] = (),
    repeats: int = 1,
) -> Budget:
    """Return the budget of one conductance in S, from its scatter and the effects of what it shares with others.

    The scatter of ten repeats or more has been widened for their number already, and that of fewer is the
    instrument's: its degrees of freedom are not counted again.
    """
    scatter = Component(SCATTER, "A", source=f"{repeats} repeats, noise and resolution of the instrument")
    number = reading_with_errors(value, independent, common)
    return budget_of("G", "S", number, [*components_of(sources), scatter])


def readings_with_errors(
    values: Sequence[float], scatter: Sequence[float], common: Mapping[str, Sequence[float]]
) -> list[UFloat]:
    """Return some readings as numbers, each with its own scatter and all with the same common errors."""
    from uncertainties import ufloat

    shared = {name: ufloat(0.0, 1.0, name) for name in common}
    own = [ufloat(value, size, SCATTER) if size > 0 else value for value, size in zip(values, scatter, strict=True)]
    return [
        value + sum(effects[number] * shared[name] for name, effects in common.items())
        for number, value in enumerate(own)
    ]


def parameters_with_errors(extraction: Extraction) -> dict[str, UFloat]:
    """Return what was extracted as numbers that remember scatter, common errors and what was taken from elsewhere."""
    from uncertainties import ufloat

    count = len(extraction.names)
    names = sorted({error for name in extraction.names for error in extraction.contributions.get(name, {})})
    effects = np.array(
        [[extraction.contributions.get(name, {}).get(error, 0.0) for error in names] for name in extraction.names]
    ).reshape(count, len(names))
    rest = extraction.covariance - extraction.statistical - effects @ effects.T
    blocks = [(SCATTER, _factor(extraction.statistical, extraction.statistical)),
              (TAKEN, _factor(rest, extraction.covariance))]  # fmt: skip
    columns = [(error, effects[:, j]) for j, error in enumerate(names)]
    columns += [(tag, column) for tag, block in blocks for column in block.T]
    unknowns = [(ufloat(0.0, 1.0, tag), column) for tag, column in columns]
    return {
        name: float(extraction.values[k]) + sum(float(column[k]) * one for one, column in unknowns)
        for k, name in enumerate(extraction.names)
    }


def budget_of_extraction(
    quantity: str,
    unit: str,
    function: Callable[[Mapping[str, UFloat]], UFloat],
    extraction: Extraction,
    sources: Sequence[Mapping[str, Any]] = (),
    dof: float = math.inf,
) -> Budget:
    """Return the budget of anything made of extracted parameters; `dof` is that of the scatter, where it was found.

    `function` takes the parameters by name. Raises InferenceError where one that it asks for was not extracted.
    """
    try:
        value = function(parameters_with_errors(extraction))
    except KeyError as missing:
        raise InferenceError(f"A budget of {quantity} needs {missing.args[0]}, which was not extracted.") from None
    held = ", ".join(extraction.taken) or "priors"
    own = [Component(SCATTER, "A", dof=dof, source=f"{extraction.points} readings"), Component(TAKEN, source=held)]
    return budget_of(quantity, unit, value, [*components_of(sources), *own])


def _row(component: Component, parts: Sequence[tuple[float, float]]) -> BudgetRow:
    """Return the row of some unknowns of one name, from derivative and standard deviation of each."""
    if len(parts) == 1:
        [(sensitivity, size)] = parts
    else:
        sensitivity, size = 1.0, math.hypot(*(derivative * deviation for derivative, deviation in parts))
    contribution = sensitivity * size
    if component.uncertainty:
        sensitivity, size = contribution / component.uncertainty, component.uncertainty
    return BudgetRow(
        component.name, size, component.unit, sensitivity, contribution, component.kind, component.distribution,
        component.dof, component.source,
    )  # fmt: skip


def _effective_dof(rows: Sequence[BudgetRow]) -> float:
    variance = math.fsum(row.contribution**2 for row in rows)
    spread = math.fsum(row.contribution**4 / row.dof for row in rows)
    return variance**2 / spread if spread > 0 else math.inf


def _factor(part: Floats, whole: Floats) -> Floats:
    """Return F, shape (k, m), with F Fᵀ = `part`, a covariance, without what is negative or rounding beside `whole`."""
    if not len(part):
        return np.zeros((0, 0))
    scale = np.sqrt(np.diag(whole))
    scale = np.where(scale > 0, scale, 1.0)
    sizes, axes = np.linalg.eigh(part / np.outer(scale, scale))
    kept = sizes > MISSED
    return np.asarray(scale[:, None] * axes[:, kept] * np.sqrt(sizes[kept]), float)


def _source(one: Mapping[str, Any]) -> str:
    """Return where the size of an error stands, in words."""
    page = str(one.get("page", ""))
    words = [str(one.get("document", "")), f"page {page}" if page[:1].isdigit() else page]
    words += [f"within {one['interval']:.0f} days"] if one.get("interval") else []
    words += [f"calibrated {one['calibrated']}"] if one.get("calibrated") else []
    words += [f"assumed: {one['assumed']}"] if one.get("assumed") else []
    return ", ".join(word for word in words if word and word != "none")


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
